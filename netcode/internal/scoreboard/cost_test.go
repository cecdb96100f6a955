//go:build !race

package scoreboard

import (
	"math"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
)

// TestYardsticks: both do the work that they stand for, whatever the compiler makes
// of them.
func TestYardsticks(t *testing.T) {
	for _, players := range []int{2, 8} {
		sim, frame := bareRoll(players)
		for range 1000 {
			frame()
		}
		if sim.current != 1000 || sim.rollbacks != 1000-rollFrames || sim.sum == 0 {
			t.Errorf("%d players: %d rollbacks in %d frames", players, sim.rollbacks, sim.current)
		}
		for f := sim.current - 2*rollFrames; f < sim.current-rollFrames; f++ {
			if want := uint32(f)*0x9E3779B9 + 1; sim.used.at(f)[players-1] != want || sim.used.at(f)[0] != 7 {
				t.Errorf("%d players: frame %d was stepped with %x", players, f, sim.used.at(f))
			}
		}
		peers, frame := bareLive(players)
		for range 1000 {
			frame()
		}
		for i, p := range peers {
			for k, through := range p.through[:players] {
				if p.current != 1100 || p.rollbacks > 1 || through < p.current-3 || p.used.at(through)[k] != 7 {
					t.Errorf("%d players: peer %d is at %d after %d rollbacks, holds %d's through %d", players, i, p.current, p.rollbacks, k, through)
				}
			}
		}
	}
}

// TestYardstickMailIsRead: what a lost datagram said comes with the next ones.
func TestYardstickMailIsRead(t *testing.T) {
	peers, frame := bareLive(2)
	for range 5 {
		peers[0].mail[1].n = 0
		frame()
	}
	lost := peers[0].through[1]
	frame()
	frame()
	if got := peers[0].through[1]; got < lost+5 {
		t.Errorf("held through %d, and %d after five were lost", lost, got)
	}
}

// TestTurns: minima, the median of ratios, and what cannot be told from 1.
func TestTurns(t *testing.T) {
	for _, c := range []struct {
		turns turns
		want  Cost
	}{
		{turns{[]float64{30, 20, 100}, []float64{10, 11, 25}, []float64{3, 1.8, 4}}, Cost{NsPerFrame: 20, YardstickNs: 10, Ratio: 3}},
		{turns{[]float64{10, 10, 10, 10}, []float64{9, 11, 10, 10}, []float64{1.1, 0.9, 0.95, 1.05}}, Cost{NsPerFrame: 10, YardstickNs: 9, Ratio: 1, Noise: true}},
		{turns{[]float64{10, 10, 10, 10}, []float64{9, 9, 10, 10}, []float64{1.1, 0.9, 1.02, 1.05}}, Cost{NsPerFrame: 10, YardstickNs: 9, Ratio: 1.035}},
	} {
		var got Cost
		c.turns.sum(&got)
		if math.Abs(got.Ratio-c.want.Ratio) < 1e-9 {
			got.Ratio = c.want.Ratio
		}
		if got != c.want {
			t.Errorf("%+v, want %+v", got, c.want)
		}
	}
}

// TestBenches: what each row of live matches measures is what its name says; check
// finds the contrary.
func TestBenches(t *testing.T) {
	for _, c := range []struct {
		name       string
		conditions memlink.Conditions
		noisy      bool
		depth      int
	}{
		{"live", memlink.Conditions{}, false, 0},
		{"jittery", conditions(10, 10, 0), false, 0},
		{"lag", memlink.Conditions{Delay: rollFrames * liveTick}, true, rollFrames},
	} {
		m, err := newLiveMatch(4, c.conditions, c.noisy)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		right, wrong := m.bench(c.depth), m.bench(c.depth+1)
		for range 500 {
			m.frame()
		}
		if err := right.check(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if wrong.check() == nil {
			t.Errorf("%s: check sees nothing", c.name)
		}
	}
}

// TestCosts runs the quickest rows of part A: they must measure something, and
// the engine must not allocate.
func TestCosts(t *testing.T) {
	board, err := Run(Options{Rows: []string{"A-alone-2", "A-roll7-2", "A-live-2", "A-lag7-2", "A-roll7-2-4k"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range board.Costs {
		if c.NsPerFrame < 1 || c.YardstickNs < 1 || c.Ratio <= 0 || math.Round(c.Allocs) != 0 {
			t.Errorf("%+v", c)
		}
	}
	if len(board.Costs) != 5 {
		t.Errorf("%d rows", len(board.Costs))
	}
}
