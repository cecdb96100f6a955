package rollback

import (
	"fmt"
	"testing"
)

// TestDelayStream: the local stream as the other side receives it, frame by
// frame, while the delay goes up and down. Known frames never change, a raised
// delay repeats the last input for the gap, a lowered one drops samples.
func TestDelayStream(t *testing.T) {
	s := mustNew(t, ledgerConfig(1, 0))
	var want []uint16
	sample := uint16(0)
	tick := func(times int, gap int, dropped bool) {
		t.Helper()
		for range times {
			sample++
			s.Tick(sample)
			for range gap {
				want = append(want, last(want))
			}
			if gap = 0; !dropped {
				want = append(want, sample)
			}
			if int(s.LocalThrough()) != len(want)-1 {
				t.Fatalf("tick %d: known through %d, want %d", sample, s.LocalThrough(), len(want)-1)
			}
		}
	}
	tick(3, 0, false)
	if s.SetDelay(4); s.Delay() != 4 {
		t.Fatalf("delay %d", s.Delay())
	}
	tick(5, 4, false) // frames 3 to 6 repeat sample 3
	s.SetDelay(1)
	tick(3, 0, true) // three samples have no frame left
	tick(2, 0, false)
	s.SetDelay(MaxDelayFrames + 5)
	tick(1, MaxDelayFrames-1, false)
	if s.SetDelay(-5); s.Delay() != 0 {
		t.Fatalf("delay %d", s.Delay())
	}
	tick(MaxDelayFrames, 0, true)
	tick(4, 0, false)
	for f, v := range want {
		if b, ok := s.AppendInput(nil, 0, Frame(f)); !ok || b[0] != byte(v) {
			t.Errorf("frame %d was sent as %v, want %d", f, b, v)
		}
	}
	if got := *s.World(); got != straight(1, s.Current(), func(_ int, f Frame) uint16 { return want[f] }) {
		t.Errorf("the world was not fed with what was sent")
	}
}

func last(s []uint16) uint16 {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1]
}

// TestDelayAtTheStart: the frames before the first sample have input zero.
func TestDelayAtTheStart(t *testing.T) {
	config := ledgerConfig(1, 0)
	config.DelayFrames = 3
	s := mustNew(t, config)
	s.Tick(7)
	for f, want := range []byte{0, 0, 0, 7} {
		if b, ok := s.AppendInput(nil, 0, Frame(f)); !ok || b[0] != want {
			t.Errorf("frame %d is %v, want %d", f, b, want)
		}
	}
}

// TestDelayChangesBetweenMachines changes both sides' delays in the middle of
// a match with several local seats each; both must play the same game.
func TestDelayChangesBetweenMachines(t *testing.T) {
	for _, lockstep := range []bool{false, true} {
		t.Run(fmt.Sprintf("lockstep=%v", lockstep), func(t *testing.T) {
			left, right := []int{0, 3}, []int{1, 2}
			config := func(local []int) Config[ledger, uint16] {
				c := ledgerConfig(4, local...)
				c.ChecksumFrames, c.Lockstep = 1, lockstep
				return c
			}
			a, b := mustNew(t, config(left)), mustNew(t, config(right))
			first := map[[2]int][2]byte{}
			var sumsA, sumsB []Checksum
			chance := NewRand(11)
			for range 3000 {
				a.Tick(uint16(chance.Uint32()%64), uint16(chance.Uint32()%64))
				b.Tick(uint16(chance.Uint32()%64), uint16(chance.Uint32()%64))
				if chance.OneIn(20) {
					a.SetDelay(int(chance.Below(9)))
				}
				if chance.OneIn(30) {
					b.SetDelay(int(chance.Below(MaxDelayFrames + 1)))
				}
				neverRenumbered(t, a, left, first)
				neverRenumbered(t, b, right, first)
				carry(t, a, b, left, Frame(chance.Below(4)))
				carry(t, b, a, right, Frame(chance.Below(4)))
				sumsA, sumsB = a.AppendChecksums(sumsA), b.AppendChecksums(sumsB)
			}
			n := min(len(sumsA), len(sumsB))
			if n < 800 {
				t.Fatalf("only %d frames became final", n)
			}
			for i := range n {
				if sumsA[i] != sumsB[i] {
					t.Fatalf("checksum %d: %+v and %+v", i, sumsA[i], sumsB[i])
				}
			}
		})
	}
}

func neverRenumbered(t *testing.T, s *Session[ledger, uint16], seats []int, first map[[2]int][2]byte) {
	t.Helper()
	for _, seat := range seats {
		for f := max(0, s.LocalThrough()-40); f <= s.LocalThrough(); f++ {
			b, ok := s.AppendInput(nil, seat, f)
			if !ok {
				t.Fatalf("seat %d frame %d is not kept", seat, f)
			}
			key, now := [2]int{seat, int(f)}, [2]byte(b)
			if was, seen := first[key]; seen && was != now {
				t.Fatalf("seat %d frame %d was %v and is %v", seat, f, was, now)
			}
			first[key] = now
		}
	}
}
