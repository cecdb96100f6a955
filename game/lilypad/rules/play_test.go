package rules

import "testing"

func TestSummary(t *testing.T) {
	for _, seats := range []int{2, 4, 8} {
		var splashes, score, knocks, sudden int
		const rounds = 20
		for seed := range uint64(rounds) {
			s := Setup{Seed: seed, Seats: seats}
			for i := range seats {
				s.Levels[i] = uint8(i%3 + 1)
			}
			w := New(s)
			for !w.Over() {
				w.Step(idle)
				if w.Phase == Sudden && w.PhaseFrames == 0 {
					sudden++
				}
			}
			for _, f := range w.Frogs {
				splashes += int(f.Splashes)
				knocks += int(f.Knocks)
				score += int(f.Score)
			}
			t.Log(seats, seed, w.Winner(), w.Tick, w.Hatched, w.Flown)
		}
		t.Logf("%d seats: score %d splashes %d knocks %d per round, sudden %d", seats, score/rounds, splashes/rounds, knocks/rounds, sudden)
	}
}
