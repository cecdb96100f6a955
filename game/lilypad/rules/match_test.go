package rules

import (
	"slices"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// win lets a seat win the round that is being played, with so many flies more
// than the others, and steps until the next round or the end.
func win(t *testing.T, w *World, seat int, flies int16) {
	t.Helper()
	for i := range w.Flies {
		w.flyAway(i)
	}
	for i := range w.Frogs {
		w.Hatched -= int32(w.Frogs[i].Score)
		w.Frogs[i].Score = 0
	}
	w.Frogs[seat].Score = flies
	w.Hatched += int32(flies)
	w.Phase, w.LeftFrames = Final, 1
	step(t, w)
	for w.Phase == Rest {
		step(t, w)
	}
}

// TestStop: in every phase most of the players who are there end the match at once and for good,
// and nobody else does: no half of them, whoever they are, no bot, no pad that is nearly Stop.
func TestStop(t *testing.T) {
	phases := map[Phase]bool{}
	w := New(Setup{Seed: 6, Seats: 3, Rounds: 3, DurationFrames: MinRoundFrames})
	for !w.Over() {
		if stopped := w; !phases[w.Phase] {
			phases[w.Phase] = true
			stopped.Step(rollback.InputsOf(0, Stop, Stop))
			if err := stopped.Check(); err != nil || !stopped.Over() || !stopped.Stopped() || stopped.Winner() != -1 {
				t.Errorf("in phase %d: phase %d after it, winner %d, %v", w.Phase, stopped.Phase, stopped.Winner(), err)
			}
			if ranking := stopped.AppendRanking(nil); len(ranking) != 3 {
				t.Errorf("the ranking is %v", ranking)
			}
		}
		if without := w; !w.Over() {
			without.Step(rollback.InputsOf(Stop, Stop, 0).Without(0)) // one of the two who are there
			before := w
			before.StepRules5(rollback.InputsOf(Stop, 0, 0))
			if alone := w; without.Stopped() || !before.Stopped() {
				t.Fatalf("tick %d: one of two has stopped it: %v, seat 0 by the rules before: %v", w.Tick, without.Stopped(), before.Stopped())
			} else if alone.Step(rollback.InputsOf(0, 0, Stop).Without(0, 1)); !alone.Stopped() {
				t.Fatalf("tick %d: the only player has not stopped it", w.Tick)
			}
		}
		if w.Step(rollback.InputsOf(Stop&^Auto, Stop, 0)); w.Stopped() {
			t.Fatalf("tick %d: one has stopped it", w.Tick)
		}
	}
	for _, phase := range []Phase{Ready, Play, Final, Rest} {
		if !phases[phase] {
			t.Errorf("not tried in phase %d", phase)
		}
	}
	bots := New(Setup{Seats: 2, Levels: [MaxSeats]uint8{1, 1}})
	if bots.Step(rollback.InputsOf(Stop)); bots.Over() {
		t.Error("there is a bot in seat 0, and its pad counts")
	}
}

// TestBestOf: a match ends when nobody can overtake the winner, or after its
// last round, by rounds won and then by flies.
func TestBestOf(t *testing.T) {
	for _, c := range []struct {
		name    string
		rounds  int
		winners []int
		flies   []int16
		want    int
	}{
		{"one round", 1, []int{2}, []int16{4}, 2},
		{"two of three", 3, []int{1, 1}, []int16{4, 4}, 1},
		{"two of three, the last two", 3, []int{0, 1, 1}, []int16{40, 4, 4}, 1},
		{"three winners of three: flies decide", 3, []int{0, 1, 2}, []int16{4, 9, 5}, 1},
		{"three of five", 5, []int{0, 2, 0, 2, 2}, []int16{50, 4, 50, 4, 4}, 2},
		{"three of five, early", 5, []int{2, 2, 2}, []int16{4, 4, 4}, 2},
		{"two of five are most", 5, []int{2, 0, 1, 2, 0}, []int16{4, 4, 50, 4, 5}, 0},
	} {
		w := New(Setup{Seed: 5, Seats: 3, Rounds: c.rounds, DurationFrames: MinRoundFrames})
		for i, seat := range c.winners {
			if w.Over() || int(w.Round) != i+1 || w.Winner() != -1 {
				t.Fatalf("%s: round %d of %d in phase %d before round %d", c.name, w.Round, w.Rounds, w.Phase, i+1)
			}
			win(t, &w, seat, c.flies[i])
		}
		if !w.Over() || w.Winner() != c.want || w.AppendRanking(nil)[0] != c.want {
			t.Errorf("%s: phase %d, winner %d, want %d", c.name, w.Phase, w.Winner(), c.want)
		}
	}
}

// TestNextRound: between two rounds all is still for 210 frames, then a fresh
// pond is counted down, with what was won and how often one fell.
func TestNextRound(t *testing.T) {
	w := New(Setup{Seed: 9, Seats: 3, Rounds: 3, DurationFrames: MinRoundFrames})
	w.Frogs[1].Splashes, w.Frogs[2].Knocks = 4, 7
	win(t, &w, 1, 6)
	if w.Phase != Ready || w.PhaseFrames != 0 || w.LeftFrames != MinRoundFrames || w.Champion != -1 || w.Round != 2 {
		t.Fatalf("phase %d, %d frames, round %d", w.Phase, w.PhaseFrames, w.Round)
	}
	if w.Wins != [MaxSeats]uint8{1: 1} || w.Earlier != [MaxSeats]int32{1: 6} || w.Frogs[1].Score != 0 || w.Frogs[1].Splashes != 4 || w.Frogs[2].Knocks != 7 {
		t.Fatalf("wins %v, flies %v, frogs %+v", w.Wins, w.Earlier, w.Frogs[:3])
	}
	w.Frogs[0].Score, w.Hatched = 3, w.Hatched+3
	w.Phase, w.LeftFrames = Final, 1
	step(t, &w)
	still := w
	for frame := int32(1); frame < RestFrames; frame++ {
		w.Step(rollback.InputsOf[Pad](Hop|Left, Tongue, Croak))
		if w.Tick != still.Tick+frame || w.Frogs != still.Frogs || w.Lilies != still.Lilies || w.Champion != 0 {
			t.Fatalf("%d frames on it is not still", frame)
		}
	}
	step(t, &w)
	if w.Phase != Ready || w.Round != 3 {
		t.Fatalf("phase %d, round %d", w.Phase, w.Round)
	}
}

// TestMatchesHold plays whole matches with wild players and bots, in teams and
// not: the world stays whole, and the match ends.
func TestMatchesHold(t *testing.T) {
	for seed := range uint64(24) {
		s := Setup{Seed: seed, Seats: 2 + int(seed)%7, DurationFrames: MinRoundFrames, Rounds: int(seed)%5 + 1, Teams: seed%2 == 0}
		for seat := range s.Seats {
			s.Levels[seat] = uint8((int(seed)*seat)%(MaxLevel+1)) * uint8(seed%3)
		}
		w := New(s)
		wild := wildPads{rand: rollback.NewRand(seed)}
		most := int32(w.Rounds) * (ReadyFrames + MinRoundFrames + SuddenFrames + RestFrames)
		for !w.Over() {
			if err := w.Check(); err != nil {
				t.Fatalf("seed %d, tick %d: %v", seed, w.Tick, err)
			}
			if w.Tick > most {
				t.Fatalf("seed %d: not over by tick %d", seed, w.Tick)
			}
			w.Step(wild.next(s.Seats))
		}
		if ranking := w.AppendRanking(nil); ranking[0] != w.Winner() || len(ranking) != int(w.Seats) || w.Teams && w.Mate(ranking[0]) != ranking[1] {
			t.Fatalf("seed %d: winner %d, ranking %v", seed, w.Winner(), ranking)
		}
	}
}

// duo returns a world like that of calm, of two teams.
func duo() *World {
	w := calm(4)
	w.Teams = true
	return w
}

// TestTeamsFillUp: there are at least two teams, and nobody is without a mate.
func TestTeamsFillUp(t *testing.T) {
	for seats, want := range []int{4, 4, 4, 4, 4, 6, 6, 8, 8} {
		w := New(Setup{Seats: seats, Teams: true})
		if int(w.Seats) != want {
			t.Errorf("%d players have %d seats, want %d", seats, w.Seats, want)
		}
		for seat := max(seats, 1); seat < want; seat++ {
			if w.Levels[seat] != AutoLevel {
				t.Errorf("%d players: seat %d has level %d", seats, seat, w.Levels[seat])
			}
		}
	}
}

// TestMatesLeaveEachOther: bubbles, tongues and landings do nothing to one's
// mate, and what they do to others they still do.
func TestMatesLeaveEachOther(t *testing.T) {
	for _, c := range []struct {
		other int
		hit   bool
	}{{1, false}, {2, true}} {
		w := duo()
		lily(w, 3, 2).Radius = 60
		f := put(w, c.other, 300, 184, 0)
		bubble(w, 0, 0, 270, 184, 0)
		for range 12 {
			step(t, w)
		}
		if hit := f.VX != 0 || f.Stun > 0; hit != c.hit {
			t.Errorf("a bubble of seat 0 hits seat %d: %v", c.other, hit)
		}

		w = duo()
		lily(w, 3, 2).Radius = 60
		put(w, 0, 250, 184, 0)
		f = put(w, c.other, 300, 184, 0)
		pulled := false
		for range 8 {
			step(t, w, Tongue)
			pulled = pulled || f.State == Thrown
		}
		if pulled != c.hit {
			t.Errorf("the tongue of seat 0 pulls seat %d: %v", c.other, pulled)
		}

		w = duo()
		lily(w, 3, 2).Radius = 60
		put(w, 0, 280, 184, 0)
		f = put(w, c.other, 301, 184, 0)
		for range HopFrames {
			step(t, w, Hop)
		}
		if hit := f.Stun > 0; hit != c.hit {
			t.Errorf("seat 0 lands on seat %d: %v", c.other, hit)
		}
	}
}

// TestTeamWins: the flies of both count, and the better of the two is shown.
func TestTeamWins(t *testing.T) {
	w := tie(9, 1, 4, 7)
	w.Teams = true
	step(t, w)
	if !w.Over() || w.Winner() != 3 || w.Wins != [MaxSeats]uint8{2: 1, 3: 1} {
		t.Fatalf("phase %d, winner %d, wins %v", w.Phase, w.Winner(), w.Wins)
	}
	if got := w.AppendRanking(nil); !slices.Equal(got, []int{3, 2, 0, 1}) {
		t.Fatalf("ranking %v", got)
	}
}

// TestTeamSudden: teams that are level play on, and a team is in it as long as
// one of the two is.
func TestTeamSudden(t *testing.T) {
	w := tie(9, 1, 3, 7)
	w.Teams = true
	step(t, w)
	if w.Phase != Sudden || w.Rivals != 0b1111 {
		t.Fatalf("phase %d, rivals %b", w.Phase, w.Rivals)
	}
	put(w, 0, 600, 50, 0)
	put(w, 2, 600, 50, 0)
	step(t, w)
	if w.Phase != Sudden || w.Rivals != 0b1010 {
		t.Fatalf("phase %d, rivals %b", w.Phase, w.Rivals)
	}
	put(w, 3, 600, 50, 0)
	step(t, w)
	if !w.Over() || w.Winner() != 1 || w.Wins[0] != 1 {
		t.Fatalf("phase %d, winner %d, wins %v", w.Phase, w.Winner(), w.Wins)
	}
}

// TestBotsSpareTheirMates: a bot of the fiercest level goes for its opponents
// only.
func TestBotsSpareTheirMates(t *testing.T) {
	knocked := 0
	for seed := range uint64(6) {
		s := newTable(t, New(Setup{Seed: seed, Seats: 4, Teams: true, Levels: [MaxSeats]uint8{4, 4, 4, 4}, DurationFrames: 2400}), 1)
		for !s.World().Over() {
			for _, n := range s.tick(0) {
				pulled := int(PlaceOf(n.Value).Extra)
				if n.Kind == EventPull && n.Phase == rollback.Confirmed {
					knocked++
					if int(n.Key)^1 == pulled {
						t.Fatalf("seed %d: seat %d pulled its mate %d", seed, n.Key, pulled)
					}
				}
			}
		}
	}
	if knocked < 20 {
		t.Errorf("only %d pulls: the test shows little", knocked)
	}
}
