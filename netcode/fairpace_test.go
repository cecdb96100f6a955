package netcode

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
	"github.com/visavis-netcode/visavis/rollback"
)

// field is machines whose loops run at rates of their own, without prediction's
// cost or with it.
type field struct {
	t       *testing.T
	network *MemoryNetwork
	lobbies []*Lobby[ledger, uint32]
	period  []time.Duration
	next    []time.Duration
	depth   []int // frames predicted, summed over the ticks of the measurement
	ticks   []int
}

// newField starts a match between machines that tick so many times a second.
func newField(t *testing.T, c Conditions, game func(i int) Config[ledger, uint32], rates ...float64) *field {
	t.Helper()
	f := &field{t: t, network: NewMemoryNetwork(5)}
	f.network.SetConditions(c)
	for i, rate := range rates {
		node := f.network.NewNode(fmt.Sprint("P", i))
		l, err := OpenLobby(node, game(i), LobbyConfig{ManualDelay: true})
		if i > 0 {
			l, err = JoinLobby(node, game(i), f.lobbies[0].node.Addr().String(), LobbyConfig{Ready: true, ManualDelay: true})
		}
		if err != nil {
			t.Fatal(err)
		}
		f.lobbies = append(f.lobbies, l)
		f.period = append(f.period, time.Duration(float64(time.Second)/rate))
		f.next = append(f.next, f.network.network.Now()+time.Duration(i)*3*time.Millisecond)
		f.depth, f.ticks = append(f.depth, 0), append(f.ticks, 0)
		f.run(2 * time.Second)
	}
	if err := f.lobbies[0].Start(1, 0); err != nil {
		t.Fatal(err)
	}
	return f
}

// run lets time pass. A tick takes as long as the clock says: none, unless the game
// sleeps.
func (f *field) run(d time.Duration) {
	for end := f.network.network.Now() + d; ; {
		i := 0
		for k := range f.next {
			if f.next[k] < f.next[i] {
				i = k
			}
		}
		if f.next[i] >= end {
			f.network.Advance(end - f.network.network.Now())
			return
		}
		f.network.Advance(max(0, f.next[i]-f.network.network.Now()))
		began := time.Now()
		f.turn(i)
		f.next[i] += max(f.period[i], time.Since(began))
	}
}

func (f *field) turn(i int) {
	m := f.lobbies[i].Match()
	if m == nil {
		f.lobbies[i].Poll()
		return
	}
	m.Tick(heldInput(i, int32(m.session.Current())))
	f.depth[i] += int(m.session.Current() - 1 - m.session.Confirmed())
	f.ticks[i]++
}

// measure plays some seconds and returns each machine's mean of predicted frames and
// its frames a second.
func (f *field) measure(seconds int) (depth, fps []float64) {
	before := make([]rollback.Frame, len(f.lobbies))
	for i, l := range f.lobbies {
		before[i], f.depth[i], f.ticks[i] = l.Match().session.Current(), 0, 0
	}
	f.run(time.Duration(seconds) * time.Second)
	for i, l := range f.lobbies {
		depth = append(depth, float64(f.depth[i])/float64(f.ticks[i]))
		fps = append(fps, float64(l.Match().session.Current()-before[i])/float64(seconds))
	}
	return depth, fps
}

func same(game Config[ledger, uint32]) func(int) Config[ledger, uint32] {
	return func(int) Config[ledger, uint32] { return game }
}

// TestSlowMachineIsYieldedTo: one machine cannot keep up with the rate. The others
// play at its speed, and not at the edge of the window.
func TestSlowMachineIsYieldedTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the machine that plays it has no part in it
		home := Conditions{DelayMs: 30, JitterMs: 5, LossPercent: 1}
		near, far := Conditions{DelayMs: 35, JitterMs: 6, LossPercent: 1}, Conditions{DelayMs: 55, JitterMs: 10, LossPercent: 2}
		for _, c := range []struct {
			network Conditions
			rates   []float64
			deepest float64 // mean of predicted frames
			slowest float64 // frames a second
		}{
			// Before anybody yielded these three predicted 7.1, 7.9 and 7.9 frames, at 58.4,
			// 46.1 and 51.2 a second, of which at most 2 % may be lost.
			{home, []float64{60, 57}, 4.5, 57.3},
			{home, []float64{60, 45}, 6, 45.2},
			{home, []float64{60, 60, 60, 50}, 5, 50.2},
			{near, []float64{60, 56.5}, 4.7, 56.9},
			{near, []float64{48, 60}, 5.7, 47.8},
			{far, []float64{60, 56}, 6.2, 56.4},
			{near, []float64{60, 52, 60, 60}, 5.6, 51.8},
			{near, []float64{60, 60, 59.9, 60}, 4, 59.5},
			{Conditions{DelayMs: 2}, []float64{60, 55}, 2.7, 55.3},
		} {
			f := newField(t, c.network, same(ledgerGame()), c.rates...)
			f.run(6 * time.Second)
			depth, fps := f.measure(10)
			for i := range depth {
				if depth[i] > c.deepest || fps[i] < c.slowest {
					t.Errorf("%v over %+v: machine %d predicts %.2f frames at %.1f a second", c.rates, c.network, i, depth[i], fps[i])
				}
			}
		}
	})
}

// TestLeadsInARing: the ways there and back differ so that everybody seems to be
// ahead of the next, which no pace can mend. Nobody slows down for it.
func TestLeadsInARing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the machine that plays it has no part in it
		f := newField(t, Conditions{DelayMs: 50}, same(ledgerGame()), 60, 60, 60)
		for i := range 3 {
			f.network.network.Path(i, (i+1)%3).SetConditions(memlink.Conditions{Delay: 10 * time.Millisecond, Jitter: 3 * time.Millisecond})
			f.network.network.Path((i+1)%3, i).SetConditions(memlink.Conditions{Delay: 115 * time.Millisecond, Jitter: 3 * time.Millisecond})
		}
		f.run(6 * time.Second)
		if depth, fps := f.measure(10); min(fps[0], fps[1], fps[2]) < 59.5 {
			t.Errorf("%.2f frames predicted, %.1f a second", depth, fps)
		}
	})
}

// TestSlowComputer: a machine for which a frame costs a quarter of a tick. It tells
// how much of a rollback it has time for, and is not made to roll back deeper for
// fairness' sake.
func TestSlowComputer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		game := func(i int) Config[ledger, uint32] {
			g := ledgerGame()
			if i == 1 {
				g.Step = func(w *ledger, in rollback.Inputs[uint32]) {
					time.Sleep(4200 * time.Microsecond)
					w.Step(in)
				}
			}
			return g
		}
		f := newField(t, Conditions{DelayMs: 60, JitterMs: 5}, game, 60, 56)
		f.run(8 * time.Second)
		depth, fps := f.measure(10)
		if bears := f.lobbies[1].Match().Stats().BearsFrames; bears != 0 {
			t.Errorf("it bears %d frames", bears)
		}
		if bears := f.lobbies[0].Match().Stats().BearsFrames; bears != 15 {
			t.Errorf("the other one bears %d frames", bears)
		}
		for i, l := range f.lobbies {
			if told := slices.DeleteFunc(heard(l.AppendEvents(nil)), func(s string) bool { return !strings.HasPrefix(s, "slow ") }); !slices.Equal(told, []string{"slow P1"}) {
				t.Errorf("machine %d is told %q", i, told)
			}
		}
		if depth[1] > 1 || fps[1] < 55.5 {
			t.Errorf("%.2f frames predicted, %.1f a second", depth, fps)
		}
	})
}
