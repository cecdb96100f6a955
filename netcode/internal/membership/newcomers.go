package membership

import (
	"slices"
	"time"
)

// newcomers is who asks to be let in. Owner of what they say: the latest word of each
// attempt, the newest attempt last. One more than maxNewcomers takes the place of the
// oldest, which says it again.
type newcomers struct {
	*standing
	guilt *guilt
	ready []newcomer
}

type newcomer struct {
	Join
	word *JoinReady
	at   time.Duration // when that came
}

const (
	maxNewcomers = 2 * MaxMachines
	readyFresh   = 2 * time.Second // who has not said how far it is for longer may be gone
)

// note reports whether a word is news.
func (n *newcomers) note(now time.Duration, m *JoinReady) bool {
	j := m.Join
	for i, was := range n.ready {
		if was.Machine == j.Machine && was.Attempt == j.Attempt {
			if j.Through > was.Through {
				n.ready[i] = newcomer{j, m, now}
			}
			return j.Through > was.Through
		}
	}
	if len(n.ready) == maxNewcomers {
		n.ready = slices.Delete(n.ready, 0, 1)
	}
	n.ready = append(n.ready, newcomer{j, m, now})
	return true
}

// joins returns the newcomer that a ballot lets in: one at a time is enough.
func (n *newcomers) joins(now time.Duration, keep Machines) []Join {
	for _, j := range slices.Backward(n.ready) {
		if now-j.at < readyFresh && n.mayJoin(keep, j.Join, 0) {
			return []Join{j.Join}
		}
	}
	return nil
}

// mayJoin is P1(d). The donor has to stay: its word is what the newcomer goes by. The
// newcomer has all of the streams that are closed, and is not so far behind that what
// it lacks has to be kept for it; more is by how much the leader's word may differ.
func (n *newcomers) mayJoin(keep Machines, j Join, more int) bool {
	if n.guilt.proven(j.Machine) || keep.Has(j.Machine) || !n.isOpen(j.Donor) || !keep.Has(j.Donor.Machine) {
		return false
	}
	if int(n.reached()-j.Through) > n.config.Records.Lag()+more {
		return false
	}
	for _, id := range n.set.Streams(nil) {
		if _, _, end := n.set.Bounds(id); !n.isOpen(id) && end > j.Through {
			return false
		}
	}
	return true
}

// asked are the words of some who ask.
func (n *newcomers) asked(joins []Join) (list []*JoinReady) {
	for _, j := range joins {
		for _, r := range n.ready {
			if r.Join == j {
				list = append(list, r.word)
			}
		}
	}
	return list
}

// mayAllJoin reports whether all whom a ballot lets in have asked for it, and could be let
// in as far as this peer knows: its leader may have confirmed a little less.
func (n *newcomers) mayAllJoin(m *Prepare) bool {
	for _, j := range m.Joins {
		asked := false
		for _, r := range m.Ready {
			asked = asked || r.Join == j
		}
		if !asked || !n.mayJoin(m.Keep, j, n.config.Records.LeadFrames+1) {
			return false
		}
	}
	return true
}

// forget drops newcomers that are in, or whose donors are gone.
func (n *newcomers) forget() {
	n.ready = slices.DeleteFunc(n.ready, func(j newcomer) bool {
		id, in := n.view.Stream(j.Machine)
		return in && id.Born == n.view.Number || !n.isOpen(j.Donor)
	})
}
