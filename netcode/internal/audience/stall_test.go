//go:build !race

package audience

import (
	"testing"
	"time"
)

// TestBusyProcessors: processors have no time for those who watch and feed, all the time a little or
// now and then for long. Nobody leaves a feeder for that, and nobody has nothing for longer than
// a few stalls in a row last. Then half of those who feed others are killed: the others have the
// match again as soon as their stalls let them, and lose nothing.
func TestBusyProcessors(t *testing.T) {
	for _, c := range []struct {
		name   string
		stalls func(m *model) time.Duration
	}{
		{"always", func(m *model) time.Duration { return m.between(100, 400) }},
		{"at times", func(m *model) time.Duration {
			if m.chance.IntN(100) == 0 {
				return m.between(400, 1200)
			}
			return m.between(0, 50)
		}},
	} {
		for seed, viewers := range []int{5, 12, 60} {
			t.Run(c.name, func(t *testing.T) { busy(t, uint64(seed), viewers, c.stalls) })
		}
	}
}

func (m *model) between(leastMs, mostMs int) time.Duration {
	return time.Duration(leastMs+m.chance.IntN(mostMs-leastMs)) * time.Millisecond
}

func busy(t *testing.T, seed uint64, viewers int, stalls func(m *model) time.Duration) {
	m := newModel(t, 1, seed)
	for id := ID(1); id <= 2; id++ {
		m.desk.Reserve(Neighbour{ID: id})
		m.add(&actor{id: id, stand: NewStand(match, &m.ring, OfPlayer)})
	}
	m.stalls = func() time.Duration { return stalls(m) }
	for range viewers {
		m.join()
		m.run(300 * time.Millisecond)
	}
	m.run(10 * time.Second)
	m.mark()
	m.run(time.Minute)
	changes := 0
	for _, a := range m.viewers() {
		changes += a.changes
	}
	if changes*10 > viewers {
		t.Errorf("%d viewers have changed their feeders %d times in a minute in which all were there", viewers, changes)
	}
	m.shown("while nobody dies", 3500*time.Millisecond)

	for i, a := range m.relays() {
		a.dead = i%2 == 0
	}
	m.mark()
	m.run(10 * time.Second)
	m.shown("when half of those who feed are dead", 5*time.Second)
}

// shown fails if a viewer has lost something since all was marked, or had nothing for longer than
// most.
func (m *model) shown(when string, most time.Duration) {
	m.t.Helper()
	worst := time.Duration(0)
	for _, a := range m.viewers() {
		pause := max(a.worst, m.now-a.gotAt)
		if worst = max(worst, pause); pause > most {
			m.t.Errorf("%s: viewer %d had nothing for %v", when, a.id, pause)
		}
		if a.lost > 0 {
			m.t.Errorf("%s: viewer %d has lost %d segments", when, a.id, a.lost)
		}
	}
	m.t.Logf("%s: %v without anything at most, of %d", when, worst, len(m.viewers()))
}
