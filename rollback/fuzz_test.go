package rollback

import (
	"bytes"
	"testing"
)

// FuzzSession feeds a session with whatever a stranger and a clumsy game may
// do: any seat, frame and bytes, delays out of range, ticks in between. It must
// not panic, what it refuses must change nothing, and the window must hold.
func FuzzSession(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 1, 0, 5, 1, 2, 1, 7, 0})
	f.Add([]byte("the window, the window, the window and the edge of it"))
	f.Fuzz(func(t *testing.T, script []byte) {
		config := arenaConfig()
		if len(script) > 0 {
			config.WindowFrames, config.SaveEvery = int(script[0]&31)+1, int(script[0]>>5)
			config.Lockstep = script[0] == 0
			config.Lineups, config.Absent = script[0]&3 != 1, Absence(script[0]>>2%3)
			if config.Lockstep {
				config.WindowFrames = 0
			}
		}
		config.Bot = func(w *arena, seat int) padded { return padded{Aim: uint32(w.Sum) + uint32(seat)} }
		s := mustNew(t, config)
		for len(script) >= 4 {
			op, a, b, c := script[0], script[1], script[2], script[3]
			script = script[4:]
			switch op & 3 {
			case 0, 1:
				s.Tick(padded{a&1 == 1, uint32(b)}, padded{b&1 == 1, uint32(c)})
			case 2:
				seat := int(int8(a))
				frame := s.Held(min(max(seat, 0), 3)) + Frame(int8(b)>>5)
				packed := bytes.Repeat([]byte{c}, 5+int(op>>7))
				before := s.core.held
				if err := s.ConfirmPacked(seat, frame, packed); err != nil && s.core.held != before {
					t.Fatalf("%v, and it was taken", err)
				}
			case 3:
				if op&4 != 0 {
					s.SetDelay(int(int8(a)))
					break
				}
				before, through := s.core.held, s.LineupsThrough()
				if s.ConfirmLineup(through+1+Frame(int8(c)>>6), Lineup{Absent: uint16(a) | uint16(a)<<8, Paused: b&1 == 1}) != nil && s.core.held != before {
					t.Fatal("a lineup was refused, and it was taken")
				}
			}
			if ahead := s.Current() - 1 - s.Confirmed(); ahead > s.core.window {
				t.Fatalf("%d frames are predicted with a window of %d", ahead, s.core.window)
			}
			if _, f := s.ConfirmedWorld(); f > s.Confirmed()+1 || f > s.Current() {
				t.Fatalf("the confirmed world is of frame %d with %d confirmed", f, s.Confirmed())
			}
		}
	})
}

// FuzzDecodeWorld: any bytes of the right length are a world, whose bytes are
// canonical from then on.
func FuzzDecodeWorld(f *testing.F) {
	s := mustNew(f, Config[goldenWorld, uint8]{Step: func(*goldenWorld, Inputs[uint8]) {}, Seats: 1})
	w := newGoldenWorld()
	f.Add(s.AppendWorld(nil, &w))
	f.Add(bytes.Repeat([]byte{0xFF}, s.world.size))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		var w, back goldenWorld
		if err := s.DecodeWorld(&w, b); err != nil {
			if len(b) == s.world.size || w != (goldenWorld{}) {
				t.Fatal(err)
			}
			return
		}
		canonical := s.AppendWorld(nil, &w)
		if err := s.DecodeWorld(&back, canonical); err != nil || !bytes.Equal(s.AppendWorld(nil, &back), canonical) {
			t.Fatalf("% x comes back as % x (%v)", canonical, s.AppendWorld(nil, &back), err)
		}
		if s.Hash(&w) != s.Hash(&back) {
			t.Fatal("equal bytes, other hashes")
		}
	})
}
