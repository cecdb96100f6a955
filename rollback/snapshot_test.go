package rollback

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"
)

// scroll is a world that is not a plain value.
type scroll struct {
	Lines []uint32
	Names map[uint8]uint32
}

func (w *scroll) Step(in Inputs[uint8]) {
	w.Lines = append(w.Lines, uint32(in.At(0))<<8|uint32(in.At(1)))
	if len(w.Lines) > 20 {
		w.Lines = w.Lines[:copy(w.Lines, w.Lines[7:])]
	}
	for i := range w.Lines { // changes shared memory, if it is shared
		w.Lines[i] = w.Lines[i]*31 + uint32(i)
	}
	w.Names[in.At(0)&3] += uint32(in.At(1))
}

func copyScroll(dst, src *scroll) {
	dst.Lines = append(dst.Lines[:0], src.Lines...)
	dst.Names = map[uint8]uint32{}
	for k := range uint8(4) {
		dst.Names[k] = src.Names[k]
	}
}

func appendScroll(b []byte, w *scroll) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(w.Lines)))
	for _, line := range w.Lines {
		b = binary.LittleEndian.AppendUint32(b, line)
	}
	for k := range uint8(4) {
		b = binary.LittleEndian.AppendUint32(b, w.Names[k])
	}
	return b
}

var errShort = errors.New("scroll: cut off")

func decodeScroll(w *scroll, b []byte) error {
	if len(b) < 4 {
		return errShort
	}
	n := int(binary.LittleEndian.Uint32(b))
	if len(b) != 4+4*n+16 {
		return errShort
	}
	w.Lines, w.Names = nil, map[uint8]uint32{}
	for i := range n {
		w.Lines = append(w.Lines, binary.LittleEndian.Uint32(b[4+4*i:]))
	}
	for k := range uint8(4) {
		w.Names[k] = binary.LittleEndian.Uint32(b[4+4*n+4*int(k):])
	}
	return nil
}

func scrollConfig(local ...int) Config[scroll, uint8] {
	return Config[scroll, uint8]{
		Start: scroll{Names: map[uint8]uint32{}}, Step: (*scroll).Step, Seats: 2, Local: local, ChecksumFrames: 1,
		Copy: copyScroll, Append: appendScroll, Decode: decodeScroll,
	}
}

// playScroll plays two sessions of one match, one late and one in lockstep.
func playScroll(t *testing.T, late, truth *Session[scroll, uint8]) {
	t.Helper()
	lag := NewRand(2)
	var got, want []Checksum
	for f := range Frame(1000) {
		late.Tick(byte(inputAt(0, late.Current())))
		for g := late.Held(1) + 1; g < late.Current()-Frame(lag.Below(7)); g++ {
			mustConfirm(t, late, 1, g, byte(inputAt(1, g)))
		}
		mustConfirm(t, truth, 0, f, byte(inputAt(0, f)))
		mustConfirm(t, truth, 1, f, byte(inputAt(1, f)))
		truth.Follow(1)
		got, want = late.AppendChecksums(got), truth.AppendChecksums(want)
	}
	if len(got) < 990 || !slices.Equal(got, want[:len(got)]) || late.Stats().Rollbacks < 100 {
		t.Fatalf("%d checksums, %d rollbacks", len(got), late.Stats().Rollbacks)
	}
}

// TestWorldWithCopy plays a world of slices and maps late and in lockstep.
func TestWorldWithCopy(t *testing.T) {
	late, truth := mustNew(t, scrollConfig(0)), mustNew(t, scrollConfig())
	playScroll(t, late, truth)
	b := late.AppendWorld(nil, late.World())
	var back scroll
	if err := late.DecodeWorld(&back, b); err != nil || late.Hash(&back) != late.Hash(late.World()) {
		t.Errorf("a world comes back as %v (%v)", back, err)
	}
	if err := late.DecodeWorld(&back, b[1:]); err != errShort {
		t.Errorf("a cut world is %v", err)
	}
	back.Lines[0] ^= 0x300
	d := late.Diff(late.World(), &back, 5)
	if len(d) != 1 || d[0] != (Difference{"Lines[0]", fmt.Sprint(late.World().Lines[0]), fmt.Sprint(back.Lines[0])}) {
		t.Errorf("diff %v", d)
	}
	back.Lines = back.Lines[:0]
	if d := late.Diff(&scroll{}, &back, 1); len(d) != 1 || d[0].Field != "Names[0]" {
		t.Errorf("diff %v", d)
	}
	if late.Diff(&back, &back, 5) != nil || late.Diff(late.World(), &back, 0) != nil {
		t.Error("a diff of equal worlds, or of none wanted")
	}
}

// TestStartIsCopied: the session shares no memory with the caller's world.
func TestStartIsCopied(t *testing.T) {
	config := scrollConfig()
	config.Start.Lines = []uint32{1, 2, 3}
	s := mustNew(t, config)
	config.Start.Lines[0] = 99
	if s.World().Lines[0] != 1 {
		t.Error("the caller's world is the session's")
	}
}

// TestHistoryIsBounded: small worlds are kept for the desync report, big ones
// only as far as a rollback may need them, also if their bulk hides behind
// Config.Copy.
func TestHistoryIsBounded(t *testing.T) {
	if s := mustNew(t, ledgerConfig(2, 0)); len(s.snaps.worlds) != historyFrames {
		t.Errorf("%d small worlds are kept", len(s.snaps.worlds))
	}
	need := DefaultWindowFrames + 3
	big := mustNew(t, Config[[1 << 20]uint8, uint8]{Step: func(*[1 << 20]uint8, Inputs[uint8]) {}, Seats: 1})
	if n := len(big.snaps.worlds); n != need {
		t.Errorf("%d worlds of 1 MiB are kept, want %d", n, need)
	}
	config := scrollConfig()
	config.Start.Lines = make([]uint32, 1<<18)
	if n := len(mustNew(t, config).snaps.worlds); n != need {
		t.Errorf("%d worlds of 1 MiB with Copy are kept, want %d", n, need)
	}
}

// TestSparseSaving: what is kept is every k-th frame, the checksum frames and
// the world being played, and a rollback steps from the newest of them that is
// not after the wrong frame.
func TestSparseSaving(t *testing.T) {
	config := ledgerConfig(2, 0)
	config.SaveEvery, config.ChecksumFrames = 6, 10
	s := mustNew(t, config)
	play(t, s, 100, 3, 9, nil)
	for f := range s.Current() + 3 {
		world, ok := s.At(f)
		if want := f%6 == 0 && f < s.Current() || f%10 == 0 && f < s.Current() || f == s.Current(); ok != want {
			t.Errorf("frame %d of %d is kept: %v", f, s.Current(), ok)
		}
		if ok && world.Frame != int32(f) {
			t.Errorf("the world of frame %d is that of %d", f, world.Frame)
		}
	}

	s = mustNew(t, config)
	for range 8 {
		s.Tick(1)
	}
	for f := range Frame(8) {
		mustConfirm(t, s, 1, f, uint16(f/7)) // wrong at 7
	}
	if st := s.Tick(1); st.RolledBack != 2 { // 6 and 7
		t.Errorf("rolled back %d frames, want 2", st.RolledBack)
	}
}

// TestSmallestRing plays worlds so big that only the places that the deepest
// rollback needs are there.
func TestSmallestRing(t *testing.T) {
	type huge struct {
		ledger
		Bulk [historyBytes / 4]uint8
	}
	for _, saveEvery := range []int{1, 5} {
		for _, window := range []int{1, 3} {
			config := Config[huge, uint16]{
				Step:  func(w *huge, in Inputs[uint16]) { w.ledger.Step(in); w.Bulk[w.Frame]++ },
				Seats: 3, Local: []int{0}, WindowFrames: window, SaveEvery: saveEvery,
			}
			config.Start.Rand = NewRand(7)
			s := mustNew(t, config)
			if len(s.snaps.worlds) != window+2+saveEvery {
				t.Fatalf("%d places", len(s.snaps.worlds))
			}
			r := NewRand(4)
			for ticks := 0; s.Current() < 100 && ticks < 2000; ticks++ {
				s.Tick(inputAt(0, s.Current()))
				for seat := 1; seat < 3; seat++ {
					for f := s.Held(seat) + 1; f < s.Current()-Frame(r.Below(int32(window+2))); f++ {
						mustConfirm(t, s, seat, f, inputAt(seat, f))
					}
				}
			}
			w, f := s.ConfirmedWorld()
			if w.ledger != straight(3, f, nil) || s.Stats().MaxDepth != window || f < 90 {
				t.Errorf("saving every %d, window %d: frame %d, %+v", saveEvery, window, f, s.Stats())
			}
		}
	}
}
