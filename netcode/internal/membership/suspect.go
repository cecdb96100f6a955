package membership

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// Timing of suspicion.
const (
	silentAfter    = 2 * time.Second        // or 10 round trips, with three members and more
	silentAfterTwo = 8 * time.Second        // with two: the price of an error is the match
	stuckAfter     = 7 * time.Second        // heard, and holding everybody up
	closedAfter    = 300 * time.Millisecond // without a beat, once its process has closed its connections
	unheardAfter   = 700 * time.Millisecond // and 4 round trips: let in, and nothing was ever heard of it
	directlyHeard  = time.Second            // how long ago counts as a link
	tellAgain      = 100 * time.Millisecond // whoever is behind is told once in so long
)

// watch is what is known of another member's life.
type watch struct {
	stream   records.StreamID // its own, while it is a member
	beat     uint32           // newest number of its datagrams that anybody has heard
	beatAt   time.Duration    // when that came here, by whatever path
	directAt time.Duration    // when it was last heard over its own link
	direct   bool             // it was
	closed   bool             // its process has closed its connections, or has come back (S3)
	kicked   bool             // S4
	accused  bool             // this peer knows something against it (H13),
	expelled bool             // and nobody has contradicted
	movedAt  time.Duration    // when it last got further, or nothing was left for it to lack
	lackedAt time.Duration    // since when the next frame to confirm waits for it; 0: it does not
	stoodAt  time.Duration    // when it last stood by what it has recorded: by a seal
	account                   // among strangers: the time that it has cost
}

// hearing is who lives, and who holds up whom. Owner of the watches: of each, what shows
// that it is alive, whatever anybody has against it, and the time that it has cost.
type hearing struct {
	*standing
	said      *instance // whose goodbyes it goes by
	guilt     *guilt
	gossip    *gossip
	watches   [MaxMachines]watch
	settled   time.Duration  // until then all are heard as they should be: see Unsettled
	patience  time.Duration  // see SetPatience,
	movedAt   time.Duration  // and when a frame was last seen to be confirmed
	advanced  time.Duration  // the last call of judge,
	confirmed rollback.Frame // and what was confirmed then
	host      uint8          // who may put others out,
	hosted    bool           // if that was said
}

// begin listens to the members from now on.
func (h *hearing) begin(now time.Duration) {
	for _, id := range h.view.Members {
		h.watches[id.Machine].stream = id
		h.watches[id.Machine].beatAt = now
		h.watches[id.Machine].stoodAt = now
	}
}

// renew makes watches for those who are new in the view, and gives all their full time.
// It returns who is new.
func (h *hearing) renew(now time.Duration, before *View) (fresh Machines) {
	h.settled = 0
	for m := range h.view.Machines().All {
		w := &h.watches[m]
		is, _ := h.view.Stream(m)
		if was, ok := before.Stream(m); !ok || was != is {
			*w = watch{stream: is, beatAt: now}
			fresh |= One(m)
		}
		w.lackedAt, w.movedAt, w.stoodAt = 0, now, now
	}
	return fresh
}

// suspects returns the members that this peer would go on without.
func (h *hearing) suspects(now time.Duration) (s Machines) {
	for m := range (h.view.Machines() &^ One(h.me)).All {
		if h.reasonOf(now, m) != NoReason {
			s |= One(m)
		}
	}
	return s
}

// reasonOf says why a member is suspected: for its silence on every path, or since it
// holds everybody up; never for a link that is down (S6). One who has been let in and was
// never heard since may not know it: new streams begin so far ahead that it costs the others
// next to nothing to find that out.
func (h *hearing) reasonOf(now time.Duration, m uint8) Reason {
	w := &h.watches[m]
	quiet := now - w.beatAt
	switch {
	case h.said.byes.Has(m):
		return h.Goodbye(m)
	case h.guilt.proven(m):
		return ByLying
	case w.kicked:
		return ByKick
	case w.expelled, w.closed && quiet >= closedAfter:
		return ByClosing
	case quiet >= h.silentTime(), w.beat == 0 && w.stream.Born > 0 && quiet >= min(unheardAfter+4*h.rtt, h.silentTime()):
		return BySilence
	case w.stalls, !h.strangers() && w.lackedAt > 0 && now-w.lackedAt >= h.stuckTime(), now-w.movedAt >= h.stuckTime():
		return ByStalling
	}
	return NoReason
}

// Goodbye is why a member has said that it leaves: of itself, or, as one who closes, since it
// knows another match than the others. NoReason: it has not said so.
func (h *hearing) Goodbye(m uint8) Reason {
	switch {
	case h.said.astray.Has(m):
		return ByClosing
	case h.said.byes.Has(m):
		return ByLeaving
	}
	return NoReason
}

// wake forgives everything if it was this peer itself that was away (S5). It returns how
// much time has passed of which somebody can be blamed for, and whether it was away.
func (h *hearing) wake(now time.Duration) (passed time.Duration, away bool) {
	if passed = now - h.advanced; passed <= h.silentTime()/2 {
		return passed, false
	}
	for m := range h.watches {
		w := &h.watches[m]
		w.beatAt, w.movedAt, w.stoodAt, w.lackedAt = now, now, now, 0
	}
	return 0, true
}

// judge notes who holds everybody up (S2) since the last call. obstruct are those who hold
// up an agreement.
func (h *hearing) judge(now, passed time.Duration, obstruct Machines) {
	frames := int(h.set.Confirmed() - h.confirmed)
	h.confirmed = h.set.Confirmed()
	if h.strangers() {
		h.keepAccounts(now, passed, frames, obstruct)
	}
	for _, id := range h.view.Members {
		if id.Machine == h.me {
			continue
		}
		w := &h.watches[id.Machine]
		silent := now-w.beatAt >= directlyHeard // which is another matter (S1)
		if frames > 0 || silent || !h.set.Lacks(id) {
			w.lackedAt = 0
		} else if w.lackedAt == 0 && h.awaits(id) {
			w.lackedAt = now
		}
		if silent || !h.deaf(id.Machine) {
			w.movedAt = now
		}
	}
	h.advanced = now
}

// awaits reports whether the next frame waits for a stream: not for what this peer itself takes no
// records of until the next view, having answered a ballot that closes it (P2).
func (h *hearing) awaits(id records.StreamID) bool { return h.set.Lacks(id) && !h.set.Frozen(id) }

// deaf reports whether a member that is heard directly says that it lacks what this
// peer holds.
func (h *hearing) deaf(m uint8) bool {
	w := &h.watches[m]
	return w.direct && h.advanced-w.directAt < directlyHeard && h.gossip.lacks(m)
}

// departs reports whether a member has said that it goes, or is known to have closed its connections.
func (h *hearing) departs(m uint8) bool { return h.said.byes.Has(m) || h.watches[m].closed }

// Closed notes that a machine's process has closed its connections, or that they were
// reset because there is no such process any more.
func (h *hearing) Closed(m uint8) {
	if h.view.Machines().Has(m) {
		h.watches[m].closed = true
	}
}

// Expel has a member put out of whom this peer knows by itself that it plays another match
// than the others (H13). They have to know that, too: where somebody else contradicts, since
// the member has told him something else, this peer asks no more for it. It is at one, though,
// with whoever comes to know the same later, and asks for it then.
func (h *hearing) Expel(m uint8) {
	if m != h.me && h.view.Machines().Has(m) {
		h.watches[m].accused, h.watches[m].expelled = true, true
	}
}

// SetHost says who may put others out with Config.HostKicks: before that, the lowest member.
func (h *hearing) SetHost(m uint8) { h.host, h.hosted = m, true }

// takeKick notes whom the host has put out.
func (h *hearing) takeKick(m *Kick) {
	members, host := h.view.Machines(), h.host
	if !h.hosted {
		host = members.Lowest()
	}
	if h.config.HostKicks && m.Author == host && members.Has(m.Machine) && m.Machine != m.Author {
		h.putOut(m.Machine)
	}
}

// lives notes a sign of life. back: its process is not gone, if that was said of it.
func (h *hearing) lives(now time.Duration, m uint8, back bool) {
	w := &h.watches[m]
	if w.beatAt = now; back {
		w.closed = false
	}
}

// stands notes that a member stands by what it has recorded.
func (h *hearing) stands(now time.Duration, m uint8) { h.watches[m].stoodAt = now }

// putOut has a member put out as soon as the others agree (S4).
func (h *hearing) putOut(m uint8) { h.watches[m].kicked = true }

// absolve has this peer no more ask for what it knows against some.
func (h *hearing) absolve(some Machines) {
	for x := range some.All {
		h.watches[x].expelled = false
	}
}
