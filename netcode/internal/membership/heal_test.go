//go:build !race

package membership

import (
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

const (
	healStep  = 50 * time.Millisecond
	healLimit = 90 * time.Second
)

// mayHeal reports whether the match can go on once everybody reaches everybody: the
// living are a quorum of the last view that any of them knows, and of whatever any of
// them has voted for.
func (m *match) mayHeal() bool {
	var last *View
	for _, p := range m.peers {
		if p.alive && p.leaving.asked && p.status == Member {
			return false // it waits for an agreement to end, and soon goes without: as if it died then
		}
	}
	for _, p := range m.living() {
		if last == nil || last.Number < p.view.Number {
			last = &p.view
		}
	}
	if last == nil {
		return false
	}
	if !m.quorumLives(last.Members, last.Number, nil) {
		return false
	}
	for _, p := range m.living() {
		if a := p.inst.accepted; a != nil && p.view.Number == last.Number && !m.quorumLives(a.Value.Members, last.Number, a.Value) {
			return false
		}
	}
	return true
}

// living are those who can still vote or will be able to.
func (m *match) living() (list []*player) {
	for _, p := range m.peers {
		if p.alive && (p.status == Member || p.status == Joining && !p.Dead()) {
			list = append(list, p)
		}
	}
	return list
}

// quorumLives reports whether enough of some streams' machines live, without those who
// are known to have left the view. They may be those of a value that is still to come,
// with whom it lets in.
func (m *match) quorumLives(members []records.StreamID, number uint32, value *Value) bool {
	var all, live, byes Machines
	for _, p := range m.living() {
		if p.view.Number == number {
			byes |= p.saidBye()
		}
	}
	for _, id := range members {
		all |= One(id.Machine)
		if int(id.Machine) < len(m.peers) {
			p := m.peers[id.Machine]
			if p.alive && (p.status == Member && p.own == id || value != nil && p.admits(value)) {
				live |= One(id.Machine)
			}
		}
	}
	return live.quorumOf(all&^byes, m.config.NoTie)
}

// saidBye is who has told a player that it leaves the view.
func (p *player) saidBye() (s Machines) {
	for _, m := range p.inst.messages {
		if m.id.kind == kindBye {
			s |= One(m.id.author)
		}
	}
	return s
}

// heal lets everybody reach everybody from now on, with clocks, and reports what does
// not come right.
func (w *walk) heal() string {
	if !w.mayHeal() {
		return ""
	}
	w.healed = true
	w.soup, w.groups = nil, []Machines{1<<MaxMachines - 1}
	w.now += time.Minute
	for _, p := range w.peers {
		if p.alive {
			p.Advance(w.now) // as after sleep: nobody is suspected for what was before
			w.judge(p)
			for _, q := range w.peers {
				if q != p && q.alive {
					p.Linked(q.me, true)
				}
			}
		}
	}
	goal := w.goal()
	for end := w.now + healLimit; w.now < end; w.now += healStep {
		if w.healOn(); w.fault != "" {
			return w.fault
		}
		if w.whole(goal) {
			return ""
		}
	}
	return "it does not come right again"
}

// goal is how far everybody is to confirm.
func (w *walk) goal() (f rollback.Frame) {
	for _, p := range w.living() {
		f = max(f, p.set.Confirmed()+5)
	}
	return f + rollback.Frame(w.config.Records.TailFrames())
}

// healOn is a moment in which all that is said arrives.
func (w *walk) healOn() {
	for range w.pace() {
		for _, p := range w.peers {
			if !p.alive {
				continue
			}
			w.produce(p)
			if p.status == Member || p.status == Left {
				for _, id := range p.set.Streams(nil) {
					for w.inReach(p, id) && w.deliver(p, id) {
					}
				}
			}
			w.confirm(p)
		}
	}
	for _, p := range w.peers {
		for p.alive && w.follow(p) {
		}
	}
	for _, p := range w.peers {
		if p.alive && (p.status == Member || p.status == Left) {
			d := speech(p, w.now)
			for _, q := range w.peers {
				if q != p && q.alive {
					q.TakeData(w.now, p.me, d)
				}
			}
		}
	}
	for _, p := range w.peers {
		if p.alive {
			p.Advance(w.now)
			w.collect(p)
			if p.reason == NoMajority {
				w.fail("machine %d has given up", p.me)
			}
			p.alive = !p.Gone() && !p.Dead()
		}
	}
	for round := 0; len(w.soup) > 0; round++ {
		if round > 30 {
			w.fail("they talk without end: %T", w.soup[0].Message)
			return
		}
		said := w.soup
		w.soup = nil
		for _, s := range said {
			for _, p := range w.peers {
				if p.alive && s.to.Has(p.me) {
					p.Take(w.now, s.from, s.Message)
					w.collect(p)
				}
			}
		}
	}
}

// pace is how many frames there are in a step: few while a newcomer runs behind.
func (w *walk) pace() int {
	if slices.ContainsFunc(w.peers, func(p *player) bool { return p.alive && p.status == Joining }) {
		return 1
	}
	return 4
}

// inReach reports whether anybody alive holds the record that a player lacks next.
func (w *walk) inReach(p *player, id records.StreamID) bool {
	for _, q := range w.peers {
		if q.alive && (q.status == Member || q.status == Left) && q.set.Held(id) > p.set.Held(id) {
			return true
		}
	}
	return false
}

// whole reports whether the living are in one view without any of the dead, and have
// got somewhere.
func (w *walk) whole(goal rollback.Frame) bool {
	var members []records.StreamID
	var first *player
	for _, p := range w.peers {
		if !p.alive {
			continue
		}
		if p.status != Member || p.inst.opened || p.set.Confirmed() < goal {
			return false
		}
		if first == nil {
			first = p
		}
		if p.view.Ref != first.view.Ref {
			return false
		}
		members = append(members, p.own)
	}
	return first == nil || slices.Equal(members, first.view.Members)
}
