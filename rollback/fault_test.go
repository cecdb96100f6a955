package rollback

import (
	"strings"
	"testing"
)

// comeAndGo plays frames frames in which seats come and go and pauses are made, and calls
// each after every tick.
func comeAndGo(t *testing.T, s *Session[ledger, uint16], frames Frame, each func()) {
	t.Helper()
	r := NewRand(3)
	l := Lineup{}
	for s.Current() < s.core.first+frames {
		for s.LineupsThrough() < s.Current()-Frame(r.Below(4)) {
			if r.OneIn(10) {
				l = Lineup{Absent: uint16(r.Below(1 << s.config.Seats)), Paused: r.OneIn(8)}
			}
			mustCall(t, s, s.LineupsThrough()+1, l)
		}
		for seat := range s.config.Seats {
			for f := s.Held(seat) + 1; f < s.Current()-Frame(r.Below(4)); f++ {
				mustConfirm(t, s, seat, f, inputAt(seat, f))
				f = s.Held(seat)
			}
		}
		s.Tick()
		each()
	}
}

// TestNoFaultOfComingAndGoing: a sound game is found sound at every frame that is kept,
// however it is saved, whatever absent seats do.
func TestNoFaultOfComingAndGoing(t *testing.T) {
	for _, absence := range []Absence{AbsentIdle, AbsentFrozen, AbsentBot} {
		for _, saveEvery := range []int{1, 7, 32} {
			config := castConfig(3, absence)
			config.SaveEvery, config.ChecksumFrames, config.Guard = saveEvery, -1, true
			config.Origin.Frame = 50
			s := mustNew(t, config)
			looked := 0
			comeAndGo(t, s, 700, func() {})
			for f := s.Current() - 2*logFrames; f <= s.Current(); f++ {
				fault, found := s.FaultAt(f, "")
				if found {
					t.Fatalf("absence %d, saving every %d, frame %d of %d: %+v", absence, saveEvery, f, s.Current(), fault)
				}
				if _, kept := s.At(f); kept {
					looked++
				}
			}
			if looked < 8 || s.Stats().Rollbacks < 100 {
				t.Errorf("%d frames were looked at, after %d rollbacks", looked, s.Stats().Rollbacks)
			}
		}
	}
}

// TestFaultOfABot: one that remembers something outside the world is found.
func TestFaultOfABot(t *testing.T) {
	config, asked := castConfig(2, AbsentBot), uint16(0)
	config.Bot = func(*ledger, int) uint16 { asked++; return asked }
	s := mustNew(t, config)
	for f := range Frame(20) {
		mustCall(t, s, f, Lineup{Absent: 0b11})
	}
	s.Follow(20)
	if fault, found := s.FaultAt(10, ""); !found || fault.Part != "Step" || !strings.Contains(fault.Says, "Config.Bot") {
		t.Errorf("%+v, %v", fault, found)
	}
}
