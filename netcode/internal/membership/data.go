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

// NothingSaid is what Data.Held says of a stream of which it says nothing.
const NothingSaid = neverSaid

// Beat counts what this peer says next: it returns the number of its next datagrams.
func (p *Peer) Beat() uint32 {
	p.watches[p.me].beat++
	return p.watches[p.me].beat
}

// Gossip is what this peer says of others at a time.
func (p *Peer) Gossip(now time.Duration, d *Data) {
	*d = Data{View: p.view.Number, Stream: p.own, Confirmed: p.set.Confirmed(), Hears: One(p.me), Byes: p.inst.byes}
	for m := range p.view.Machines().All {
		w := &p.watches[m]
		d.Beats[m] = w.beat
		if w.direct && now-w.directAt < directlyHeard {
			d.Hears |= One(m)
		}
	}
	for _, id := range p.view.Members {
		d.Held[id.Machine] = p.set.Held(id)
	}
}

// Unsettled reports whether others should know at once what this peer holds and whom it
// hears: what somebody says does not come here, or the members are about to change.
func (p *Peer) Unsettled(now time.Duration) bool {
	if p.inst.opened || p.inst.byes != 0 || p.status != Member {
		return true
	}
	if now >= p.settled {
		p.settled = p.heardOfAllUntil()
	}
	return now >= p.settled
}

// heardOfAllUntil is the moment from which somebody is silent for so long that others
// should know, if nobody were heard any more.
func (p *Peer) heardOfAllUntil() time.Duration {
	until := time.Duration(math.MaxInt64)
	for m := range (p.view.Machines() &^ One(p.me)).All {
		w := &p.watches[m]
		if !w.direct {
			return 0
		}
		until = min(until, w.directAt+unsettledTicks*p.config.Tick)
	}
	return until
}

// unsettledTicks is for how many ticks nothing may come from a member before that is told.
const unsettledTicks = 6

// TakeData takes what a machine's datagram says. It reports whether the records that
// came with it may be taken: not those of whoever is ahead (A2).
func (p *Peer) TakeData(now time.Duration, from uint8, d *Data) bool {
	if p.status == Stopped || from >= MaxMachines {
		return false
	}
	w := &p.watches[from]
	if id, in := p.view.Stream(from); in && id == d.Stream {
		w.hears, w.heldAt = d.Hears, now
		p.takeHeld(now, w, d)
		if w.byes = 0; d.View == p.view.Number {
			w.byes = d.Byes
		}
	}
	p.takeBeats(now, d)
	return p.TakeHead(now, from, &Head{d.View, d.Stream, d.Beats[from], d.Held[p.me]})
}

// TakeHead takes what every datagram says, and reports what TakeData does.
func (p *Peer) TakeHead(now time.Duration, from uint8, h *Head) bool {
	if p.status == Stopped || from >= MaxMachines {
		return false
	}
	w := &p.watches[from]
	if w.stream == h.Stream && p.view.machines.Has(from) {
		w.direct, w.directAt, w.view = true, now, max(w.view, h.View)
		if p.view.machines.Has(p.me) && h.View <= p.view.Number && h.View >= p.own.Born {
			w.holds(now, p.me, h.Held)
		}
		p.takeBeat(now, h.Stream, h.View, h.Beat)
	}
	if h.View == p.view.Number {
		return true
	}
	if now-w.toldAt >= tellAgain {
		w.toldAt = now
		if h.View > p.view.Number {
			p.send(One(from), &ViewAsk{p.view.Number})
		} else {
			p.tell(from, h.View)
		}
	}
	return h.View < p.view.Number
}

// takeBeats takes whom the sender has heard, or heard of. Among strangers that is his word
// only: seals show who is alive.
func (p *Peer) takeBeats(now time.Duration, d *Data) {
	if p.strangers() {
		return
	}
	for _, id := range p.view.Members {
		p.takeBeat(now, id, d.View, d.Beats[id.Machine])
	}
}

// takeBeat takes a number that somebody in a view knows of a member. A machine that has
// come back counts from the start: only who knows its new stream can say anything of it.
func (p *Peer) takeBeat(now time.Duration, id records.StreamID, view, beat uint32) {
	if w := &p.watches[id.Machine]; view >= id.Born && int32(beat-w.beat) > 0 {
		w.beat, w.beatAt, w.closed = beat, now, false
	}
}

func (p *Peer) takeHeld(now time.Duration, w *watch, d *Data) {
	if d.View > p.view.Number {
		return // of other streams, it may be
	}
	for _, id := range p.view.Members {
		if d.View >= id.Born {
			w.holds(now, id.Machine, d.Held[id.Machine])
		}
	}
}

// holds notes how far a member holds the stream of another.
func (w *watch) holds(now time.Duration, m uint8, held rollback.Frame) {
	if held > w.held[m] {
		w.held[m], w.movedAt, w.grewAt[m] = held, now, now
	}
}
