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
	f.Add(uint64(1<<2|1<<3|1<<5), uint8(5), uint16(0x4E40), []byte("three rounds, in teams of two"))
	f.Fuzz(func(t *testing.T, seed uint64, seats uint8, levels uint16, inputs []byte) {
		s := Setup{
			Seed: seed, Seats: int(seats), DurationFrames: MinRoundFrames,
			Pond: uint8(seed % 4), Teams: seed>>2&1 == 1, Rounds: int(seed >> 3 % 4),
		}
		for seat := range s.Levels {
			if s.Levels[seat] = uint8(levels >> (2 * seat) & 3); s.Levels[seat] > 0 && seed>>5&1 == 1 {
				s.Levels[seat]++
			}
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
			if frame > int(w.Rounds)*(ReadyFrames+MinRoundFrames+SuddenFrames+RestFrames) {
				t.Fatal("the match does not end")
			}
		}
	})
}

// patch overwrites bytes of a world as they would come from a stranger, three
// bytes of patches each: where (two) and what (one). It returns false if the
// result is refused.
func patch(s *table, w *World, patches []byte) bool {
	b := s.AppendWorld(nil, w)
	for ; len(patches) >= 3; patches = patches[3:] {
		b[(int(patches[0])|int(patches[1])<<8)%len(b)] = patches[2]
	}
	return s.DecodeWorld(w, b) == nil && w.Check() == nil
}

// middles returns worlds from the middle of rounds.
func middles(t testing.TB) (worlds []World) {
	for seed := range uint64(4) {
		w := New(Setup{Seed: seed, Seats: 2 + 2*int(seed), Levels: [MaxSeats]uint8{1, 2, 3, 4, 2, 3}, DurationFrames: 1000})
		if seed > 1 {
			w = New(Setup{Seed: seed, Seats: 8, Levels: [MaxSeats]uint8{4, 1, 2, 3}, DurationFrames: MinRoundFrames, Rounds: 3, Teams: true})
		}
		for !w.Over() {
			if w.Tick%97 == 3 {
				worlds = append(worlds, w)
			}
			w.Step(idle)
		}
		worlds = append(worlds, w)
	}
	return worlds
}

// survive steps a world that passed Check, with many buttons.
func survive(t testing.TB, w *World) {
	for frame := range 150 {
		w.Step(rollback.InputsOf(Pad(frame), Pad(frame>>1), Pad(frame*5), 0, Hop|Tongue&Pad(frame)))
	}
	if w.AppendRanking(nil); w.Winner() >= int(w.Seats) {
		t.Fatalf("winner %d of %d seats", w.Winner(), w.Seats)
	}
}

// TestStrangeWorlds changes worlds by chance. What passes Check can be
// stepped, however odd it is.
func TestStrangeWorlds(t *testing.T) {
	worlds := middles(t)
	s := newTable(t, worlds[0], 1)
	rand := rollback.NewRand(5)
	passed, refused := 0, 0
	for range 6000 {
		w := worlds[rand.Below(int32(len(worlds)))]
		patches := make([]byte, 3*rand.Between(1, 4))
		for i := range patches {
			patches[i] = byte(rand.Uint32())
			if i%3 == 2 && rand.OneIn(2) {
				patches[i] = byte(rand.Between(-3, 9))
			}
		}
		if !patch(s, &w, patches) {
			refused++
			continue
		}
		passed++
		survive(t, &w)
	}
	if passed < 500 || refused < 500 {
		t.Fatalf("%d passed, %d were refused: the test shows little", passed, refused)
	}
}

// FuzzStrangeWorld does the same with what the fuzzer thinks of.
func FuzzStrangeWorld(f *testing.F) {
	worlds := middles(f)
	s := newTable(f, worlds[0], 1)
	f.Add(uint8(3), []byte{0, 0, 0})
	f.Add(uint8(20), []byte{200, 0, 255, 7, 2, 1})
	f.Fuzz(func(t *testing.T, which uint8, patches []byte) {
		w := worlds[int(which)%len(worlds)]
		if patch(s, &w, patches) {
			survive(t, &w)
		}
	})
}
