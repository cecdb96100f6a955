package rules

import (
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// tally is what happened in some rounds, to the frogs of one level.
type tally struct {
	frogs, score, splashes, alone, knocks, wins int
}

// per returns n per frog.
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

// TestRoundsAreLively plays rounds between bots of all levels. Something must
// happen in them, but nobody may be in the water most of the time.
func TestRoundsAreLively(t *testing.T) {
	for _, seats := range []int{2, 4, 8} {
		const rounds = 12
		byLevel, events := playRounds(t, rounds, seats, Calm, Keen, Fierce)
		for level := Calm; level <= Fierce; level++ {
			a := byLevel[level]
			t.Logf("%d seats, level %d: score %.1f, splashes %.1f (%.1f alone), knocks %.1f, %d wins of %d rounds",
				seats, level, a.per(a.score), a.per(a.splashes), a.per(a.alone), a.per(a.knocks), a.wins, rounds)
			if splashes := a.per(a.splashes); splashes < 2 || splashes > 20 {
				t.Errorf("%d seats, level %d: %.1f splashes a round", seats, level, splashes)
			}
			if a.per(a.score) < 8 {
				t.Errorf("%d seats, level %d: %.1f flies a round", seats, level, a.per(a.score))
			}
		}
		t.Logf("%d seats, per round: flies %d, golden %d, hops %d, pulls %d, tugs %d, spat %d, hits %d, catches %d, perfect %d, slams %d, bumps %d, splashes %d", seats,
			events[EventEat]/rounds, events[EventGold]/rounds, events[EventHop]/rounds, events[EventPull]/rounds, events[EventTug]/rounds,
			events[EventSpit]/rounds, events[EventHit]/rounds, events[EventCatch]/rounds, events[EventPerfect]/rounds,
			events[EventSlam]/rounds, events[EventBump]/rounds, events[EventSplash]/rounds)
		for _, kind := range []uint16{EventEat, EventGold, EventHop, EventPull, EventTug, EventSpit, EventHit, EventCatch, EventSlam, EventSplash} {
			if events[kind] < rounds {
				t.Errorf("%d seats: event %d came only %d times in %d rounds", seats, kind, events[kind], rounds)
			}
		}
	}
}

// TestCharacters: one knows the levels apart by what they do, when each has a
// pond of its own: the first falls in by itself, the second keeps to its corner,
// the third spits, the fourth lands on others.
func TestCharacters(t *testing.T) {
	const rounds = 6
	var alone, spat, slams, roamed [MaxLevel + 1]int
	for level := FirstPond; level <= Fierce; level++ {
		byLevel, events := playRounds(t, rounds, 4, level)
		alone[level], spat[level], slams[level] = byLevel[level].alone, events[EventSpit], events[EventSlam]
		roamed[level] = roaming(level, rounds)
		t.Logf("level %d, per round: %.1f alone in the water, %.1f bubbles, %.1f landed on; mean distance from the middle of its places %d px", level,
			float64(alone[level])/rounds, float64(spat[level])/rounds, float64(slams[level])/rounds, roamed[level])
	}
	for level := FirstPond; level <= Fierce; level++ {
		if level != FirstPond && alone[level]*2 > alone[FirstPond] {
			t.Errorf("level %d falls in by itself %d times, the first %d times", level, alone[level], alone[FirstPond])
		}
		if level != Calm && roamed[level]*2 < roamed[Calm]*3 {
			t.Errorf("level %d keeps within %d px, who hoards within %d px", level, roamed[level], roamed[Calm])
		}
		if level < Keen && spat[level]*2 > spat[Keen] {
			t.Errorf("level %d spits %d times, the third %d times", level, spat[level], spat[Keen])
		}
		if level != Fierce && slams[level]*3 > slams[Fierce]*2 {
			t.Errorf("level %d lands on others %d times, the fourth %d times", level, slams[level], slams[Fierce])
		}
	}
}

// roaming returns how far from the middle of all its places a bot of a level is
// on average, in px.
func roaming(level uint8, rounds int) int {
	sum, n := int64(0), int64(0)
	for seed := range rounds {
		w := New(Setup{Seed: uint64(seed), Seats: 4, Levels: [MaxSeats]uint8{level, level, level, level}, Pond: MillPond})
		var at [][2]int32
		var x, y int64
		for !w.Over() {
			if f := &w.Frogs[0]; f.State == Sit && w.Phase != Ready {
				at = append(at, [2]int32{f.X, f.Y})
				x, y = x+int64(f.X), y+int64(f.Y)
			}
			w.Step(idle)
		}
		x, y = x/int64(len(at)), y/int64(len(at))
		for _, p := range at {
			sum += int64(root(uint64(square(p[0]-int32(x), p[1]-int32(y)))))
			n++
		}
	}
	return int(sum / n / Px)
}

// TestBetterBotsWin: of two bots the one of the higher level wins clearly.
func TestBetterBotsWin(t *testing.T) {
	const rounds = 24
	for _, c := range []struct {
		high, low uint8
		atLeast   int
	}{{Fierce, FirstPond, 21}, {Fierce, Keen, 15}, {Keen, Calm, 15}, {Calm, FirstPond, 19}} {
		byLevel, _ := playRounds(t, rounds, 2, c.high, c.low)
		t.Logf("level %d wins %d of %d rounds against level %d", c.high, byLevel[c.high].wins, rounds, c.low)
		if byLevel[c.high].wins < c.atLeast {
			t.Errorf("want at least %d", c.atLeast)
		}
	}
}

// TestNoSeatIsBetter: between equal bots every seat wins about as often.
func TestNoSeatIsBetter(t *testing.T) {
	const rounds = 96
	var wins [4]int
	for seed := range uint64(rounds) {
		w := New(Setup{Seed: 1000 + seed, Seats: 4, Levels: [MaxSeats]uint8{2, 2, 2, 2}})
		for !w.Over() {
			w.Step(idle)
		}
		wins[w.Winner()]++
	}
	t.Logf("wins by seat: %v", wins)
	for seat, n := range wins {
		if n < rounds/8 || n > rounds*2/5 {
			t.Errorf("seat %d won %d of %d rounds", seat, n, rounds)
		}
	}
}

// TestBotIsTheSameOutside: a bot asked from outside and played as an input
// does what the bot inside of Step does, and asking changes nothing.
func TestBotIsTheSameOutside(t *testing.T) {
	for seed := range uint64(6) {
		levels := [MaxSeats]uint8{2, 3, 4, 4, 3, 2}
		inner := New(Setup{Seed: seed, Seats: 6, Levels: levels, DurationFrames: 1200})
		outer := New(Setup{Seed: seed, Seats: 6, DurationFrames: 1200})
		for !inner.Over() {
			var pads [6]Pad
			before := outer
			for seat := range pads {
				pads[seat] = Bot(&outer, seat, int(levels[seat]))
			}
			if outer != before {
				t.Fatalf("tick %d: Bot changed the world", outer.Tick)
			}
			inner.Step(idle)
			outer.Step(rollback.InputsOf(pads[:]...))
			outer.Levels = levels
			if inner != outer {
				t.Fatalf("tick %d: they differ", outer.Tick)
			}
			outer.Levels = [MaxSeats]uint8{}
		}
	}
}

// TestAuto: a seat that holds Auto is played by a bot.
func TestAuto(t *testing.T) {
	auto := New(Setup{Seed: 3, Seats: 2})
	bots := New(Setup{Seed: 3, Seats: 2, Levels: [MaxSeats]uint8{AutoLevel, AutoLevel}})
	for !bots.Over() {
		auto.Step(rollback.InputsOf(Auto, Auto|Left|Hop))
		bots.Step(idle)
	}
	if bots.Frogs != auto.Frogs || auto.Frogs[0].Score == 0 {
		t.Fatalf("%+v and %+v", bots.Frogs[:2], auto.Frogs[:2])
	}
}

// TestBotHasNothingToSay where there is no seat, no level or no game.
func TestBotHasNothingToSay(t *testing.T) {
	w := New(Setup{Seed: 1, Seats: 2})
	w.Phase = Over
	for _, c := range [][2]int{{-1, 1}, {2, 1}, {9, 1}, {0, 0}, {0, -1}, {0, 3}} {
		if pad := Bot(&w, c[0], c[1]); pad != 0 {
			t.Errorf("seat %d, level %d: %b", c[0], c[1], pad)
		}
	}
}

// TestBotReacts: no bot sees a fly earlier than its reaction allows, and unless
// it dreams it snaps at it then.
func TestBotReacts(t *testing.T) {
	for level := 1; level <= MaxLevel; level++ {
		delay := skills[level].delay
		first := int32(1 << 30)
		for mood := range uint32(40) {
			w := calm(1)
			w.Mood = mood * 0x9E3779B1
			for range PastLen * SightFrames {
				step(t, w)
			}
			put(w, 0, 40, 40, 4)
			fly(w, 0, FlyPlain, 80, 50)
			frame := int32(0)
			for ; frame < 60 && Bot(w, 0, level)&Tongue == 0; frame++ {
				step(t, w, 0)
				w.Flies[0].X, w.Flies[0].Y = 80*Px, 50*Px
			}
			first = min(first, frame)
		}
		if first < delay || first > delay+2*SightFrames {
			t.Errorf("level %d: snapped after %d frames", level, first)
		}
	}
}

func BenchmarkStep(b *testing.B) {
	for _, c := range []struct {
		name   string
		levels [MaxSeats]uint8
	}{{"8 players", [MaxSeats]uint8{}}, {"8 bots", [MaxSeats]uint8{4, 4, 4, 4, 4, 4, 4, 4}}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			start := New(Setup{Seed: 1, Seats: 8, Levels: c.levels})
			w := start
			wild := wildPads{rand: rollback.NewRand(1)}
			var script [1024]rollback.Inputs[Pad]
			for i := range script {
				in := wild.next(MaxSeats)
				pads := make([]Pad, MaxSeats)
				for seat := range pads {
					pads[seat] = in.At(seat)
				}
				script[i] = rollback.InputsOf(pads...)
			}
			for b.Loop() {
				if w.Over() {
					w = start
				}
				w.Step(script[w.Tick&1023])
			}
		})
	}
}

// TestStepDoesNotAllocate: not with players, not with bots.
func TestStepDoesNotAllocate(t *testing.T) {
	w := New(Setup{Seed: 1, Seats: 8, Levels: [MaxSeats]uint8{4, 3, 2, 1}})
	in := rollback.InputsOf[Pad](0, 0, 0, 0, Hop|Left, Tongue, Croak, Auto)
	if n := testing.AllocsPerRun(3000, func() { w.Step(in) }); n != 0 {
		t.Fatalf("%v allocations per step", n)
	}
}
