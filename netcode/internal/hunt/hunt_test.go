//go:build !race

package hunt

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// worlds are those of one machine: plain bytes, of which the newest frames are kept.
type worlds struct {
	kept    map[rollback.Frame][]byte
	current rollback.Frame
}

func (w *worlds) Confirmed() rollback.Frame { return w.current - 1 }
func (w *worlds) Current() rollback.Frame   { return w.current }

func (w *worlds) ChecksumAt(f rollback.Frame) (rollback.Checksum, bool) {
	world, ok := w.kept[f]
	if !ok {
		return rollback.Checksum{}, false
	}
	return rollback.Checksum{Frame: f, World: xxh3.Hash(world)}, true
}

func (w *worlds) AppendWorldAt(dst []byte, f rollback.Frame) ([]byte, bool) {
	world, ok := w.kept[f]
	return append(dst, world...), ok
}

// cell is a field of a world: three bytes, so one lies across the border of two parts.
func cell(world []byte, at int) string {
	at -= at % 3
	return fmt.Sprint(world[at:min(at+3, len(world))])
}

func (w *worlds) DiffAt(f rollback.Frame, theirs []byte) (all []rollback.Difference) {
	mine := w.kept[f]
	if len(mine) != len(theirs) {
		return []rollback.Difference{{Field: "length", A: fmt.Sprint(len(mine)), B: fmt.Sprint(len(theirs))}}
	}
	for i := 0; i < len(mine); i += 3 {
		if end := min(i+3, len(mine)); !bytes.Equal(mine[i:end], theirs[i:end]) {
			all = append(all, rollback.Difference{Field: fmt.Sprintf("[%d]", i/3), A: cell(mine, i), B: cell(theirs, i)})
		}
	}
	return all
}

// two are the hunts of two machines, 0 and 1, of one match. What they say is under way.
type two struct {
	worlds [2]*worlds
	hunts  [2]*Hunt
	said   [2][]wire.Message // to each
}

// apart are two that agree at frame 40, and of which the worlds differ from frame differs on:
// in a byte of the first's, and the next.
func apart(bytes, differs, at int) *two {
	t := new(two)
	for i := range t.worlds {
		t.worlds[i] = &worlds{kept: map[rollback.Frame][]byte{}, current: 61}
		for f := rollback.Frame(40); f <= 60; f++ {
			world := make([]byte, bytes)
			world[0] = byte(f)
			if i == 0 && int(f) >= differs {
				world[at] ^= 0x80
				world[min(at+1, bytes-1)] ^= 0x40
			}
			t.worlds[i].kept[f] = world
		}
		t.hunts[i] = New(7, func(to uint8, m wire.Message) {
			if int(to) == 1-i {
				t.said[to] = append(t.said[to], m)
			}
		})
		t.hunts[i].Attach(t.worlds[i])
	}
	return t
}

func (t *two) begin(who int) {
	mine, _ := t.worlds[who].ChecksumAt(60)
	theirs, _ := t.worlds[1-who].ChecksumAt(60)
	mine.Frame = 60
	t.hunts[who].Begin(uint8(1-who), mine, &wire.Checksum{Frame: 60, World: theirs.World}, 40)
}

// deliver hands over what was said until nothing is left.
func (t *two) deliver() {
	for len(t.said[0])+len(t.said[1]) > 0 {
		for i, h := range t.hunts {
			all := t.said[i]
			t.said[i] = nil
			for _, m := range all {
				take(h, uint8(1-i), m)
			}
		}
	}
}

// take hands a hunt a message, as a match does.
func take(h *Hunt, machine uint8, m wire.Message) {
	switch m := m.(type) {
	case *wire.DesyncHashes:
		if h.Comparable(m) {
			h.TakeHashes(machine, m)
		}
	case *wire.DesyncParts:
		h.TakeParts(machine, m)
	case *wire.DesyncAsk:
		h.Answer(machine, m)
	case *wire.DesyncPart:
		h.TakePart(machine, m)
	}
}

// TestFindsTheFirst: both sides find the first frame and field, in worlds that are sent whole
// and in others, wherever in them it lies.
func TestFindsTheFirst(t *testing.T) {
	for _, size := range []int{1, 100, wire.MaxAskedParts * wire.MaxWorldPart, wire.MaxAskedParts*wire.MaxWorldPart + 17} {
		for _, at := range []int{0, size / 2, min(size-1, wire.MaxWorldPart-1), size - 1} {
			w := apart(size, 47, at)
			w.begin(0)
			w.begin(1)
			w.deliver()
			for i, h := range w.hunts {
				found, mine, theirs := h.Found(), cell(w.worlds[i].kept[47], at), cell(w.worlds[1-i].kept[47], at)
				if !h.Over() || found.Frame != 47 || !found.First || found.Equal || found.Inputs || found.Agreed != 40 ||
					found.Field != fmt.Sprintf("[%d]", at/3) || found.Here != mine || found.There != theirs {
					t.Errorf("%d bytes, at %d, machine %d: over %t, %+v", size, at, i, h.Over(), found)
				}
				world, known := h.TheirWorld(47)
				if whole := wire.WorldParts(size) <= wire.MaxAskedParts; known != whole || whole && !bytes.Equal(world, w.worlds[1-i].kept[47]) {
					t.Errorf("%d bytes: the other's world is known: %t", size, known)
				}
			}
		}
	}
}

// TestFindsWhatIsKept: where worlds are no longer kept, or too big, or grown, the frame is
// said that is known to differ, and no field that may not be it.
func TestFindsWhatIsKept(t *testing.T) {
	for name, test := range map[string]struct {
		size  int
		spoil func(w *two)
		check func(f Found) bool
	}{
		"no worlds between": {100, func(w *two) {
			for f := range rollback.Frame(60) {
				delete(w.worlds[1].kept, f)
			}
		}, func(f Found) bool { return f.Frame == 60 && !f.First && f.Field == "[3]" }},
		"none at all": {100, func(w *two) { clear(w.worlds[1].kept) }, func(f Found) bool { return f.Frame == 60 && f.Field == "" }},
		"another length": {100, func(w *two) { w.worlds[1].kept[47] = append(w.worlds[1].kept[47], 1) },
			func(f Found) bool { return f.Frame == 47 && f.Field == "length" }},
		"another length of a big one": {wire.MaxWorldPart*wire.MaxAskedParts + 9, func(w *two) { w.worlds[1].kept[47] = append(w.worlds[1].kept[47], 1) },
			func(f Found) bool { return f.Frame == 47 && f.Field == "" }},
		"too big": {wire.MaxWorldParts*wire.MaxWorldPart + 1, func(w *two) {
			for f := range rollback.Frame(60) { // to keep the test short
				for i := range w.worlds {
					delete(w.worlds[i].kept, f)
				}
			}
		}, func(f Found) bool { return f.Frame == 60 && f.Field == "" }},
	} {
		w := apart(min(test.size, 1<<20), 47, 9)
		if test.size > 1<<20 {
			for i := range w.worlds {
				w.worlds[i].kept[60] = make([]byte, test.size)
				w.worlds[i].kept[60][9] = byte(i)
			}
		}
		test.spoil(w)
		w.begin(0)
		w.begin(1)
		w.deliver()
		for i, h := range w.hunts {
			if !h.Over() || !test.check(h.Found()) {
				t.Errorf("%s, machine %d: over %t, %+v", name, i, h.Over(), h.Found())
			}
		}
	}
}

// TestInputsDiffer: there is nothing to be looked for, and nothing is said.
func TestInputsDiffer(t *testing.T) {
	w := apart(100, 47, 9)
	w.hunts[0].Begin(1, rollback.Checksum{Frame: 60, World: 1, Inputs: 1}, &wire.Checksum{Frame: 60, World: 2, Inputs: 2}, 40)
	if h := w.hunts[0]; !h.Over() || !h.Found().Inputs || len(w.said[1]) > 0 {
		t.Errorf("over %t, %+v, %d messages", h.Over(), h.Found(), len(w.said[1]))
	}
}

// TestEqualWorlds: of two who disagree on the end only, the worlds are equal.
func TestEqualWorlds(t *testing.T) {
	w := apart(100, 1000, 9)
	mine, _ := w.worlds[0].ChecksumAt(60)
	for i := range w.hunts {
		w.hunts[i].Begin(uint8(1-i), mine, &wire.Checksum{Frame: 60, World: mine.World}, 40)
	}
	w.deliver()
	for i, h := range w.hunts {
		if !h.Over() || !h.Found().Equal || h.Found().Frame != 60 {
			t.Errorf("machine %d: over %t, %+v", i, h.Over(), h.Found())
		}
	}
}

// TestLateHunter: who hunts, or is at the end of it, lets a third find the same, once; and
// hashes that came before it hunted are answered when it does.
func TestLateHunter(t *testing.T) {
	for _, before := range []bool{true, false} {
		w := apart(100, 47, 9)
		var told []wire.Message
		h := w.hunts[0]
		h.say = func(to uint8, m wire.Message) {
			if to == 2 {
				told = append(told, m)
			}
		}
		hashes := &wire.DesyncHashes{Match: 7, First: 40}
		for f := rollback.Frame(40); f <= 60; f++ {
			sum, _ := w.worlds[1].ChecksumAt(f)
			hashes.Hashes = append(hashes.Hashes, sum.World)
		}
		if before {
			h.Keep(2, hashes)
		}
		w.begin(0)
		if !before {
			h.TakeHashes(2, hashes)
		}
		h.TakeHashes(2, hashes)
		if parts, ok := told[0].(*wire.DesyncParts); len(told) != 1 || !ok || parts.Frame != 47 || len(parts.Hashes) != 1 {
			t.Errorf("kept %t: it is told %v", before, told)
		}
	}
}

// TestComparable: hashes of frames that this machine cannot have a world of are nobody's who is
// honest.
func TestComparable(t *testing.T) {
	w := apart(10, 47, 0)
	for _, test := range []struct {
		first  int32
		hashes int
		want   bool
	}{{40, 21, true}, {61, 1, true}, {40, 0, false}, {40, 23, false}, {62, 1, false}, {1<<31 - 1, 1, false}, {1<<31 - 1, 100, false}} {
		if got := w.hunts[0].Comparable(&wire.DesyncHashes{First: test.first, Hashes: make([]uint64, test.hashes)}); got != test.want {
			t.Errorf("%d from frame %d: %t", test.hashes, test.first, got)
		}
	}
}

// TestNobodyMakesItWork: whatever a stranger sends, of whatever machine, each is answered once
// with each kind of answer, nothing panics, and only the one that is hunted with ends a hunt.
func TestNobodyMakesItWork(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := apart(1+r.IntN(200), 40+r.IntN(20), 0)
		h, answers := w.hunts[0], map[string]int{}
		h.say = func(to uint8, m wire.Message) { answers[fmt.Sprintf("%T to %d", m, to)]++ }
		if r.IntN(3) > 0 {
			w.begin(0)
		}
		hunted := h.running
		for range 60 {
			take(h, uint8(2+r.IntN(3)), anyWord(r))
		}
		if h.running != hunted || h.Found().Field != "" {
			t.Fatalf("seed %d: %+v", seed, h.Found())
		}
		for range 60 {
			take(h, 1, anyWord(r))
		}
		for what, n := range answers {
			if n > 1 && what != "*wire.DesyncPart to 1" { // of a world that was told of, as many as it has
				t.Fatalf("seed %d: %d %s", seed, n, what)
			}
		}
	}
}

func anyWord(r *rand.Rand) wire.Message {
	frame := int32(30 + r.IntN(40))
	if r.IntN(10) == 0 {
		frame = 1<<31 - 1
	}
	switch r.IntN(4) {
	case 0:
		hashes := make([]uint64, r.IntN(30))
		for i := range hashes {
			hashes[i] = r.Uint64() * uint64(r.IntN(2))
		}
		return &wire.DesyncHashes{Match: 7, First: frame, Hashes: hashes}
	case 1:
		n := r.IntN(300)
		return &wire.DesyncParts{Match: 7, Frame: frame, Bytes: uint32(n), Hashes: make([]uint64, wire.WorldParts(n))}
	case 2:
		return &wire.DesyncAsk{Match: 7, Frame: frame, First: uint16(r.IntN(3)), Count: uint16(r.IntN(wire.MaxAskedParts + 1))}
	}
	return &wire.DesyncPart{Match: 7, Frame: frame, Part: uint16(r.IntN(2)), Bytes: make([]byte, r.IntN(300))}
}
