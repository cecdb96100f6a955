package lab

import (
	"image"
	"strings"
	"testing"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// steady is the clock of a computer that is as fast as one can be.
func steady() func() time.Duration {
	now := time.Duration(0)
	return func() time.Duration { now += tickTime / 4; return now }
}

func setup(seats int) rules.Setup {
	return rules.Setup{Seed: 7, Seats: seats, DurationFrames: rules.RoundFrames}
}

// play lets bots play at every machine.
func play(b bench, machines, ticks int) {
	pads := make([]rules.Pad, machines)
	for range ticks {
		for i := range pads {
			pads[i] = rules.Bot(b.world(i), i, botLevel)
		}
		b.tick(pads)
	}
}

func open(t *testing.T, mode Mode, machines int, wires network) bench {
	t.Helper()
	b, err := newBench(mode, setup(machines), machines, wires)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.close)
	return b
}

func TestRollbackAgreesAndRepairs(t *testing.T) {
	for _, machines := range []int{2, 4} {
		b := open(t, Rollback, machines, network{delayMs: 120, jitterMs: 20, lossPercent: 5})
		rolled := 0
		pads := make([]rules.Pad, machines)
		for range 900 {
			for i := range pads {
				pads[i] = rules.Bot(b.world(i), i, botLevel)
			}
			b.tick(pads)
			rolled += b.sample(0).RolledBack
		}
		if rolled == 0 {
			t.Errorf("%d machines: nothing was rolled back", machines)
		}
		if report := b.report(); len(report) > 0 {
			t.Errorf("%d machines: %q", machines, report)
		}
		for i := range machines {
			if frame := b.sample(i).Frame; frame < 800 {
				t.Errorf("machine %d of %d is at frame %d after 900 ticks: it waited too much", i, machines, frame)
			}
			if b.sample(i).Confirmed < 800-24 {
				t.Errorf("machine %d of %d has confirmed only %d", i, machines, b.sample(i).Confirmed)
			}
		}
	}
}

func TestDelayBasedNeverGuesses(t *testing.T) {
	b := open(t, DelayBased, 2, network{delayMs: 100})
	play(b, 2, 600)
	s := b.sample(0)
	if want := delayFor(network{delayMs: 100}); s.DelayFrames != want || want < 6 {
		t.Errorf("the delay is %d frames, want %d, and more than the 6 that 100 ms are", s.DelayFrames, want)
	}
	if s.Confirmed < s.Frame-1 || s.RolledBack != 0 {
		t.Errorf("frame %d was shown with %d confirmed", s.Frame, s.Confirmed)
	}
	if s.Frame < 550 {
		t.Errorf("frame %d after 600 ticks: the delay does not cover the way", s.Frame)
	}
}

func TestNoCorrectionDrifts(t *testing.T) {
	b := open(t, NoCorrection, 2, network{delayMs: 100})
	play(b, 2, 600)
	if len(b.report()) == 0 {
		t.Error("after ten seconds over slow wires the worlds are still the same")
	}
	perfect := open(t, NoCorrection, 3, network{})
	play(perfect, 3, 600)
	if report := perfect.report(); len(report) > 0 {
		t.Errorf("over perfect wires the worlds differ: %q", report)
	}
}

func TestNaiveMailIsBounded(t *testing.T) {
	b := newNaive(setup(4), 4)
	b.setNetwork(network{delayMs: 1 << 20})
	play(b, 4, 200)
	if len(b.mail) > mailRoom {
		t.Errorf("%d letters are under way, at most %d may be", len(b.mail), mailRoom)
	}
}

func TestBreakItIsFound(t *testing.T) {
	b := open(t, Rollback, 2, network{delayMs: 50})
	play(b, 2, 120)
	b.flip()
	play(b, 2, 300)
	report := strings.Join(b.report(), "\n")
	for _, want := range []string{"First bad frame: ", "Frogs[0].X", " here, "} {
		if !strings.Contains(report, want) {
			t.Errorf("%q is missing in the report:\n%s", want, report)
		}
	}
}

// The whole Lab without a window: every way and number of machines, and
// Draw changes nothing.
func TestLab(t *testing.T) {
	l := New(Config{Seed: 3, Now: steady()})
	defer l.Close()
	picture := ebiten.NewImage(width, height)
	for machines := range machineNames {
		for way := range wayNames {
			l.machines, l.way = machines, way
			for range 90 {
				l.Update(ui.Input{}, rules.Hop)
			}
			if l.trouble != "" || l.peers != machines+2 || l.mode != Mode(way) {
				t.Fatalf("%s with %d machines: %q", wayNames[way], l.peers, l.trouble)
			}
			before := *l.bench.world(0)
			l.Draw(ui.NewPainter(picture, 1))
			if *l.bench.world(0) != before {
				t.Error("Draw changed the world")
			}
			if before.Tick < 30 {
				t.Errorf("%s with %d machines: only %d frames in 90 ticks", wayNames[way], l.peers, before.Tick)
			}
		}
	}
}

func TestSpeedPauseAndStep(t *testing.T) {
	l := New(Config{Seed: 3, Now: steady()})
	defer l.Close()
	frames := func(ticks int, in ui.Input) int32 {
		before := l.bench.sample(0).Frame
		for range ticks {
			l.Update(in, 0)
			in = ui.Input{}
		}
		return l.bench.sample(0).Frame - before
	}
	frames(120, ui.Input{})
	l.speed = 2
	if n := frames(120, ui.Input{}); n < 27 || n > 31 {
		t.Errorf("at a quarter of the speed, 120 ticks ran %d frames", n)
	}
	if n := frames(60, ui.Input{Chars: []rune("p")}); n != 0 {
		t.Errorf("paused, %d frames ran", n)
	}
	if n := frames(60, ui.Input{Chars: []rune("n")}); n > 1 {
		t.Errorf("one frame forward ran %d", n)
	}
}

// B breaks a world and, once the machines have found out, begins a new round.
func TestBreakThenNewRound(t *testing.T) {
	l := New(Config{Seed: 3, Now: steady()})
	defer l.Close()
	key := ui.Input{Chars: []rune("b")}
	for range 60 {
		l.Update(ui.Input{}, 0)
	}
	l.Update(key, 0)
	for range 240 {
		l.Update(ui.Input{}, 0)
	}
	if !l.broken() || l.breaker.Text != "New round" {
		t.Fatalf("broken %v, the button says %q", l.broken(), l.breaker.Text)
	}
	l.Update(key, 0)
	if l.broken() || l.breaker.Text != breakWord || l.bench.sample(0).Frame > 2 {
		t.Errorf("broken %v, frame %d, the button says %q", l.broken(), l.bench.sample(0).Frame, l.breaker.Text)
	}
}

// Those who have a mouse only get out of the Lab, however many machines there are.
func TestLeaveWithTheMouse(t *testing.T) {
	for machines := range len(machineNames) {
		left := false
		l := New(Config{Now: steady(), Seed: 1, Leave: func() { left = true }})
		l.machines = machines
		l.Update(ui.Input{}, 0)
		r := l.form.At(l.leaver)
		if !r.In(image.Rect(0, 0, width, height)) {
			t.Errorf("%s machines: the button is at %v", machineNames[machines], r)
		}
		at := r.Min.Add(image.Pt(3, 3))
		l.Update(ui.Input{Pointer: at, Moved: true, Pressed: true, Held: true}, 0)
		l.Update(ui.Input{Pointer: at, Released: true}, 0)
		if !left {
			t.Errorf("%s machines: the button does not leave", machineNames[machines])
		}
		l.Close()
	}
}
