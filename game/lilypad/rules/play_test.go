package rules

import (
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// tally is what happened in some rounds, to the frogs of one level.
type tally struct {
	frogs, score, splashes, alone, knocks, wins int
}

// per returns n per frog, in tenths.
func (a tally) per(n int) float64 { return float64(n) / float64(max(a.frogs, 1)) }

// playRounds plays rounds between bots, whose levels take turns on the seats.
func playRounds(t *testing.T, rounds, seats int, levels ...uint8) (byLevel [MaxLevel + 1]tally, events [EventOver + 1]int) {
	for seed := range rounds {
		s := Setup{Seed: uint64(seed), Seats: seats}
		for seat := range seats {
			s.Levels[seat] = levels[(seat+seed)%len(levels)]
		}
		table := newTable(t, New(s), 1)
		for !table.World().Over() {
			for _, n := range table.tick(0) {
				if n.Phase != rollback.Confirmed {
					continue
				}
				events[n.Kind]++
				if n.Kind == EventSplash && PlaceOf(n.Value).Extra < 0 {
					byLevel[s.Levels[n.Key]].alone++
				}
			}
		}
		w := table.World()
		byLevel[s.Levels[w.Winner()]].wins++
		for seat := range seats {
			f, a := &w.Frogs[seat], &byLevel[s.Levels[seat]]
			a.frogs++
			a.score += int(f.Score)
			a.splashes += int(f.Splashes)
			a.knocks += int(f.Knocks)
		}
	}
	return byLevel, events
}

func TestSummary(t *testing.T) {
	for _, seats := range []int{2, 4, 8} {
		const rounds = 24
		byLevel, events := playRounds(t, rounds, seats, 1, 2, 3)
		for level, a := range byLevel[1:] {
			t.Logf("%d seats, level %d: score %.1f, splashes %.1f (alone %.1f), knocks %.1f, wins %d", seats, level+1,
				a.per(a.score), a.per(a.splashes), a.per(a.alone), a.per(a.knocks), a.wins)
		}
		for kind, name := range map[uint16]string{EventEat: "eat", EventGold: "gold", EventSlam: "slam", EventHit: "hit", EventSpit: "spit", EventPull: "pull", EventTug: "tug", EventCatch: "catch", EventPerfect: "perfect", EventBump: "bump", EventSplash: "splash", EventSudden: "sudden", EventHop: "hop"} {
			t.Log(name, float64(events[kind])/rounds)
		}
	}
}
