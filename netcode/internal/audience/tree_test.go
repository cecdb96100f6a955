//go:build !race

package audience

import (
	"slices"
	"testing"
	"time"
)

// TestFiveHundred: 500 come to a match of four, nobody sends more than two streams of the
// players, and all but a few see it within 300 ms. Then half of those who feed others are
// killed at once: nobody loses a frame, and all have the match again within two seconds.
func TestFiveHundred(t *testing.T) {
	m := newModel(t, 4, 1)
	for range 500 {
		m.join()
		m.run(100 * time.Millisecond)
	}
	m.run(5 * time.Second)
	m.mark()
	m.run(10 * time.Second)
	m.allWatch("all have come", PerSecond)
	var delays []time.Duration
	for _, a := range m.viewers() {
		delays = append(delays, a.delays...)
		if a.lost > 0 {
			t.Errorf("viewer %d has lost %d segments", a.id, a.lost)
		}
	}
	m.shape()
	slices.Sort(delays)
	t.Logf("delay: half %v, 95 %% %v, worst %v", delays[len(delays)/2], delays[len(delays)*95/100], delays[len(delays)-1])
	if d := delays[len(delays)*95/100]; d >= 300*time.Millisecond {
		t.Errorf("one in twenty segments comes %v late", d)
	}
	for _, a := range m.list[:4] {
		t.Logf("player %d: %d streams at most, %d bytes sent", a.id, a.streams, a.sent)
		if a.streams > OfPlayer {
			t.Errorf("player %d has fed %d", a.id, a.streams)
		}
	}

	relays := 0
	for _, a := range m.viewers() {
		if a.stand.Fed() > 0 {
			if relays++; relays%2 == 0 {
				a.dead = true
			}
		}
	}
	killed := m.now
	m.mark()
	m.run(6 * time.Second)
	m.allWatch("healed", PerSecond)
	worst := time.Duration(0)
	var pauses []time.Duration
	for _, a := range m.viewers() {
		worst = max(worst, a.worst)
		pauses = append(pauses, a.worst)
		if a.lost > 0 {
			t.Errorf("viewer %d has lost %d segments when others died", a.id, a.lost)
		}
		if a.worst > 2*time.Second {
			t.Errorf("viewer %d had nothing for %v", a.id, a.worst)
		}
	}
	slices.Sort(pauses)
	t.Logf("pauses: half %v, 90 %% %v", pauses[len(pauses)/2], pauses[len(pauses)*9/10])
	t.Logf("%d of %d relaying viewers killed at %v; %d live; the longest pause %v", relays/2, relays, killed, len(m.viewers()), worst)
}

// TestDeskIsSucceeded: the host is gone without a word, and its desk with it. Those whom it has
// fed are fed by players who stood by and fed nobody before; the next host's desk lets all have
// the numbers and the places that they had, and heals the tree as the one before. Nobody loses
// anything.
func TestDeskIsSucceeded(t *testing.T) {
	m := newModel(t, 1, 11)
	for id := ID(1); id <= 2; id++ {
		m.desk.Reserve(Neighbour{ID: id})
		m.add(&actor{id: id, stand: NewStand(match, &m.ring, OfPlayer)})
	}
	for range 120 {
		m.join()
		m.run(100 * time.Millisecond)
	}
	m.run(5 * time.Second)
	if a, b := m.actors[1], m.actors[2]; a.streams > 0 || b.streams > 0 {
		t.Errorf("reserves have fed %d and %d", a.streams, b.streams)
	}
	m.mark()
	m.actors[0].dead = true
	for _, a := range m.viewers() {
		a.viewer.Deskless()
		a.viewer.Down(0)
	}
	m.run(6 * time.Second)
	m.allWatch("without a desk", PerSecond)

	m.desk, m.deskAt = NewDesk(12), 1
	m.desk.Source(Neighbour{ID: 1})
	m.desk.Reserve(Neighbour{ID: 2})
	parents := map[ID]ID{}
	for _, a := range m.viewers() {
		parents[a.id] = a.viewer.Parent()
		for m.desk.Takes(m.now) != nil {
			m.run(100 * time.Millisecond)
		}
		if id, err := m.desk.Came(m.now, [32]byte{}); id != a.id || err != nil {
			t.Fatalf("viewer %d is %d now, %v", a.id, id, err)
		}
		m.desk.Return(m.now, a.id)
		a.viewer.Returned()
	}
	m.run(3 * time.Second)
	moved := 0
	for _, a := range m.viewers() {
		if a.viewer.Parent() != parents[a.id] {
			moved++
		}
	}
	if moved > 4 {
		t.Errorf("%d have another parent only because there is another desk", moved)
	}
	relays := 0
	for _, a := range m.viewers() {
		if a.stand.Fed() > 0 {
			if relays++; relays%2 == 0 {
				a.dead = true
			}
		}
	}
	m.run(6 * time.Second)
	m.allWatch("healed by the next desk", PerSecond)
	for _, a := range m.list {
		if a.lost > 0 || a.id < FirstViewer && a.streams > OfPlayer {
			t.Errorf("%d has lost %d segments, and fed %d", a.id, a.lost, a.streams)
		}
	}
}

// TestApart: some have a way to the players and to nobody else who watches. Those who have such a
// way hardly notice, and two of the others are fed by players who else stand by: no more, for those
// whom the host feeds need these when it goes.
func TestApart(t *testing.T) {
	m := newModel(t, 1, 13)
	for id := ID(1); id <= 2; id++ {
		m.desk.Reserve(Neighbour{ID: id})
		m.add(&actor{id: id, stand: NewStand(match, &m.ring, OfPlayer)})
	}
	alone := map[ID]bool{}
	m.apart = func(a, b ID) bool {
		return a >= FirstViewer && b >= FirstViewer && (alone[a] || alone[b])
	}
	for i := range 60 {
		a := m.join()
		alone[a.id] = i == 20 || i == 30 || i == 40
		m.run(100 * time.Millisecond)
	}
	m.run(30 * time.Second)
	fed := 0
	for _, a := range m.viewers() {
		switch {
		case a.viewer.Parent() == NoID && alone[a.id]:
			a.dead = true
		case alone[a.id]:
			if fed++; len(a.dialled) > apartAfter+2*(1+StandBys) {
				t.Errorf("one who reaches no other still calls one after the other, %d by now", len(a.dialled))
			}
		}
	}
	if fed != OfPlayer {
		t.Errorf("%d who reach players only are fed", fed)
	}
	m.allWatch("with some who reach players only", PerSecond)
	late := m.join()
	for range 10 {
		m.run(100 * time.Millisecond)
		late = m.join()
	}
	m.run(1500 * time.Millisecond)
	if late.next == 0 {
		t.Error("who comes later is led to those who reach nobody")
	}
	m.mark()
	m.actors[0].dead = true
	for _, a := range m.viewers() {
		a.viewer.Deskless()
		a.viewer.Down(0)
	}
	m.run(6 * time.Second)
	m.allWatch("when the host is gone", PerSecond)
	for _, a := range m.list {
		if a.lost > 0 || a.id < FirstViewer && a.streams > OfPlayer {
			t.Errorf("%d has lost %d segments, and fed %d", a.id, a.lost, a.streams)
		}
	}
}

// TestBeforeTheFirst: those who have come before there is anything to see are fed by whom the
// desk has named, and not by each other in a long row.
func TestBeforeTheFirst(t *testing.T) {
	m := newModel(t, 1, 9)
	m.quiet = true
	for range 40 {
		m.join()
		m.run(100 * time.Millisecond)
	}
	m.run(4 * time.Second)
	m.quiet = false
	m.run(10 * time.Second)
	m.allWatch("begun", PerSecond)
	for _, a := range m.viewers() {
		depth := 0
		for at := a; at != nil && at.viewer != nil && depth < maxPath; at = m.actors[at.viewer.Parent()] {
			depth++
		}
		if depth > 4 {
			t.Errorf("viewer %d is fed by %v", a.id, a.viewer.path)
		}
	}
}
