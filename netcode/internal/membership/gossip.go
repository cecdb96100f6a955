package membership

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// word is what a member says of what it has.
type word struct {
	view    uint32                      // its newest that is known
	hears   Machines                    // whom it hears directly
	byes    Machines                    // whose goodbyes it knows, in this view
	held    [MaxMachines]rollback.Frame // of each member's stream; neverSaid before
	grewAt  [MaxMachines]time.Duration  // when each of them last grew
	heldAt  time.Duration               // when it last said so
	beganAt time.Duration               // when it came into the match
	toldAt  time.Duration               // when it was last told what views it lacks
}

// gossip is what the members say that they have. Owner of their words: they say what is
// still to be told and passed on to whom.
type gossip struct {
	*standing
	words [MaxMachines]word
}

// begin forgets all that was said.
func (g *gossip) begin() {
	for m := range g.words {
		for x := range g.words[m].held {
			g.words[m].held[x] = neverSaid
		}
	}
}

// renew forgets what was said by those who are new in the view, and of them.
func (g *gossip) renew(now time.Duration, fresh Machines) {
	for m := range fresh.All {
		w := &g.words[m]
		*w = word{view: g.view.Number - 1, hears: w.hears, beganAt: now}
		for x := range g.words {
			w.held[x], g.words[x].held[m] = neverSaid, neverSaid
		}
	}
}

// take takes what a member's datagram says. It reports whether it holds more than before.
func (g *gossip) take(now time.Duration, from uint8, d *Data) (grew bool) {
	w := &g.words[from]
	w.hears, w.heldAt = d.Hears, now
	if d.View <= g.view.Number { // else of other streams, it may be
		for _, id := range g.view.Members {
			if d.View >= id.Born && w.holds(now, id.Machine, d.Held[id.Machine]) {
				grew = true
			}
		}
	}
	if w.byes = 0; d.View == g.view.Number {
		w.byes = d.Byes
	}
	return grew
}

// takeHead takes what every datagram of a member says. It reports whether it holds more than
// before.
func (g *gossip) takeHead(now time.Duration, from uint8, h *Head) (grew bool) {
	w := &g.words[from]
	w.view = max(w.view, h.View)
	return g.view.machines.Has(g.me) && h.View <= g.view.Number && h.View >= g.own.Born && w.holds(now, g.me, h.Held)
}

// holds notes how far a member holds the stream of another.
func (w *word) holds(now time.Duration, m uint8, held rollback.Frame) (grew bool) {
	if held <= w.held[m] {
		return false
	}
	w.held[m], w.grewAt[m] = held, now
	return true
}

// mayTell reports whether a machine is to be told of views, or asked for them, now: once in
// a while.
func (g *gossip) mayTell(now time.Duration, to uint8) bool {
	w := &g.words[to]
	if now-w.toldAt < tellAgain {
		return false
	}
	w.toldAt = now
	return true
}

// lacks reports whether a member says that it lacks what this peer holds.
func (g *gossip) lacks(m uint8) bool {
	w := &g.words[m]
	for _, id := range g.view.Members {
		held := w.held[id.Machine]
		if id.Machine != m && held != neverSaid && held < g.set.Held(id) && !g.set.Frozen(id) {
			return true
		}
	}
	return false
}

// without are those of a set who are not known to have a view.
func (g *gossip) without(all Machines, number uint32) (some Machines) {
	for x := range (all &^ One(g.me)).All {
		if g.words[x].view < number {
			some |= One(x)
		}
	}
	return some
}

// unhearing are those of a set who do not hear a machine.
func (g *gossip) unhearing(all Machines, author uint8) (some Machines) {
	for x := range all.All {
		if !g.words[x].hears.Has(author) {
			some |= One(x)
		}
	}
	return some
}

// haveMine reports whether all of a set know that this peer leaves, and have its last
// record.
func (g *gossip) haveMine(all Machines, last rollback.Frame) bool {
	for m := range all.All {
		if w := &g.words[m]; w.held[g.me] < last || !w.byes.Has(g.me) {
			return false
		}
	}
	return true
}

// haveAllOf reports whether all of a set, and this peer, have a leaver's last record.
func (g *gossip) haveAllOf(leaver records.StreamID, all Machines) bool {
	_, held, end := g.set.Bounds(leaver)
	if held != end {
		return false
	}
	for m := range (all &^ One(g.me)).All {
		if g.words[m].held[leaver.Machine] < end {
			return false
		}
	}
	return true
}
