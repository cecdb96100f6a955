package membership

import (
	"math"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// Data is what every datagram says beside the records in it.
type Data struct {
	View      uint32
	Stream    records.StreamID // the sender's own
	Beats     [MaxMachines]uint32
	Held      [MaxMachines]rollback.Frame // of the streams of View, by machine
	Confirmed rollback.Frame
	Hears     Machines // members that were heard directly of late
	Byes      Machines // members of View who have said that they leave it
}

// Head is what every datagram says. The rest of Data need not be in each: see Unsettled.
type Head struct {
	View   uint32
	Stream records.StreamID
	Beat   uint32
	Held   rollback.Frame // of the receiver's stream
}

// neverSaid is what a member holds of a stream before it has said so.
const neverSaid = rollback.NoFrame - 1

// NothingSaid is what Data.Held says of a stream of which it says nothing.
const NothingSaid = neverSaid

// Beat counts what this peer says next: it returns the number of its next datagrams.
func (h *hearing) Beat() uint32 {
	h.watches[h.me].beat++
	return h.watches[h.me].beat
}

// Gossip is what this peer says of others at a time.
func (h *hearing) Gossip(now time.Duration, d *Data) {
	*d = Data{View: h.view.Number, Stream: h.own, Confirmed: h.set.Confirmed(), Hears: One(h.me), Byes: h.said.byes}
	for m := range h.view.Machines().All {
		w := &h.watches[m]
		d.Beats[m] = w.beat
		if w.direct && now-w.directAt < directlyHeard {
			d.Hears |= One(m)
		}
	}
	for _, id := range h.view.Members {
		d.Held[id.Machine] = h.set.Held(id)
	}
}

// Unsettled reports whether others should know at once what this peer holds and whom it
// hears: what somebody says does not come here, or the members are about to change.
func (h *hearing) Unsettled(now time.Duration) bool {
	if h.said.opened || h.said.byes != 0 || h.status != Member {
		return true
	}
	if now >= h.settled {
		h.settled = h.heardOfAllUntil()
	}
	return now >= h.settled
}

// heardOfAllUntil is the moment from which somebody is silent for so long that others
// should know, if nobody were heard any more.
func (h *hearing) heardOfAllUntil() time.Duration {
	until := time.Duration(math.MaxInt64)
	for m := range (h.view.Machines() &^ One(h.me)).All {
		w := &h.watches[m]
		if !w.direct {
			return 0
		}
		until = min(until, w.directAt+unsettledTicks*h.config.Tick)
	}
	return until
}

// unsettledTicks is for how many ticks nothing may come from a member before that is told.
const unsettledTicks = 6

// takeHead takes a sign of life that came over a member's own link, and reports whether it is
// one: of the stream that it has in this view.
func (h *hearing) takeHead(now time.Duration, from uint8, d *Head) bool {
	w := &h.watches[from]
	if w.stream != d.Stream || !h.view.machines.Has(from) {
		return false
	}
	w.direct, w.directAt = true, now
	if h.takeBeat(now, d.Stream, d.View, d.Beat); d.View >= d.Stream.Born {
		h.lives(now, from, true) // whatever it counts: it may have said a number that it never comes to
	}
	return true
}

// moved notes that a member holds more than before.
func (h *hearing) moved(now time.Duration, m uint8) { h.watches[m].movedAt = now }

// takeBeats takes whom the sender has heard, or heard of. Among strangers that is his word
// only: seals show who is alive.
func (h *hearing) takeBeats(now time.Duration, d *Data) {
	if h.strangers() {
		return
	}
	for _, id := range h.view.Members {
		h.takeBeat(now, id, d.View, d.Beats[id.Machine])
	}
}

// takeBeat takes a number that somebody in a view knows of a member. A machine that has
// come back counts from the start: only who knows its new stream can say anything of it.
func (h *hearing) takeBeat(now time.Duration, id records.StreamID, view, beat uint32) {
	if w := &h.watches[id.Machine]; view >= id.Born && int32(beat-w.beat) > 0 {
		w.beat, w.beatAt, w.closed = beat, now, false
	}
}

// TakeData takes what a machine's datagram says. It reports whether the records that
// came with it may be taken: not those of whoever is ahead (A2).
func (p *Peer) TakeData(now time.Duration, from uint8, d *Data) bool {
	if p.status == Stopped || from >= MaxMachines {
		return false
	}
	if id, in := p.view.Stream(from); in && id == d.Stream && p.gossip.take(now, from, d) {
		p.hearing.moved(now, from)
	}
	p.hearing.takeBeats(now, d)
	return p.TakeHead(now, from, &Head{d.View, d.Stream, d.Beats[from], d.Held[p.me]})
}

// TakeHead takes what every datagram says, and reports what TakeData does.
func (p *Peer) TakeHead(now time.Duration, from uint8, h *Head) bool {
	if p.status == Stopped || from >= MaxMachines {
		return false
	}
	if p.hearing.takeHead(now, from, h) && p.gossip.takeHead(now, from, h) {
		p.hearing.moved(now, from)
	}
	if h.View == p.view.Number {
		return true
	}
	if p.gossip.mayTell(now, from) {
		if h.View > p.view.Number {
			p.send(One(from), &ViewAsk{p.view.Number})
		} else {
			p.tell(from, h.View)
		}
	}
	return h.View < p.view.Number
}
