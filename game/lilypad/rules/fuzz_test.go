package rules

import (
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// FuzzStep plays any inputs from any start: the world stays whole, and a copy
// of it goes the same way. The first bytes are the setup, the others are the
// inputs, each for a few frames.
func FuzzStep(f *testing.F) {
	f.Add(uint64(1), uint8(2), uint16(0), []byte{0x28, 0x10, 0x10, 0x22})
	f.Add(uint64(9), uint8(8), uint16(0xE4E4), []byte("tongues out, hop and croak, hop and spit"))
	f.Fuzz(func(t *testing.T, seed uint64, seats uint8, levels uint16, inputs []byte) {
		s := Setup{Seed: seed, Seats: int(seats), DurationFrames: MinRoundFrames}
		for seat := range s.Levels {
			s.Levels[seat] = uint8(levels >> (2 * seat) & 3)
		}
		w := New(s)
		n := int(w.Seats)
		for range ReadyFrames {
			w.Step(idle)
		}
		var pads [MaxSeats]Pad
		for frame := 0; !w.Over(); frame++ {
			for seat := range n {
				if at := frame/5*n + seat; at < len(inputs) {
					pads[seat] = Pad(inputs[at])
				}
			}
			in := rollback.InputsOf(pads[:n]...)
			kept := w
			w.Step(in)
			if err := w.Check(); err != nil {
				t.Fatalf("tick %d: %v", w.Tick, err)
			}
			if frame%50 == 0 {
				if kept.Step(in); kept != w {
					t.Fatalf("tick %d: the same step led elsewhere", w.Tick)
				}
			}
			if frame > MinRoundFrames+SuddenFrames {
				t.Fatal("the round does not end")
			}
		}
	})
}

// FuzzStrangeWorld reads worlds from any bytes, as a snapshot from a stranger
// would be. What passes Check can be stepped, however odd it is.
func FuzzStrangeWorld(f *testing.F) {
	s := newTable(f, New(Setup{Seed: 1, Seats: 8, Levels: [MaxSeats]uint8{1, 2, 3, 1, 2, 3}}), 1)
	whole := func() []byte { return s.AppendWorld(nil, s.World()) }
	f.Add(whole(), uint16(0), uint8(0))
	for range 1500 {
		s.tick(0)
	}
	f.Add(whole(), uint16(100), uint8(255))
	f.Fuzz(func(t *testing.T, b []byte, at uint16, value uint8) {
		var w World
		full := whole()
		b = append(b[:min(len(b), len(full))], full[min(len(b), len(full)):]...)
		b[int(at)%len(b)] = value // one more chance to be odd and still pass
		if err := s.DecodeWorld(&w, b); err != nil || w.Check() != nil {
			return
		}
		for frame := range 400 {
			w.Step(rollback.InputsOf(Pad(frame), Pad(value), Pad(at)))
		}
		if w.AppendRanking(nil); w.Winner() >= int(w.Seats) {
			t.Fatalf("winner %d of %d seats", w.Winner(), w.Seats)
		}
	})
}
