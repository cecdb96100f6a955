package membership

import (
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

// Data returns what this peer says in its next datagrams. It counts as a beat.
func (p *Peer) Data(now time.Duration) *Data {
	d := &Data{View: p.view.Number, Stream: p.own, Confirmed: p.set.Confirmed(), Hears: One(p.me), Byes: p.inst.byes}
	p.watches[p.me].beat++
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
	return d
}

// TakeData takes what a machine's datagram says. It reports whether the records that
// came with it may be taken: not those of whoever is ahead (A2).
func (p *Peer) TakeData(now time.Duration, from uint8, d *Data) bool {
	if p.status == Stopped || from >= MaxMachines {
		return false
	}
	w := &p.watches[from]
	if id, in := p.view.Stream(from); in && id == d.Stream {
		w.direct, w.directAt, w.hears, w.view = true, now, d.Hears, max(w.view, d.View)
		p.takeHeld(w, d)
		if w.byes = 0; d.View == p.view.Number {
			w.byes = d.Byes
		}
	}
	p.takeBeats(now, d)
	if d.View == p.view.Number {
		return true
	}
	if now-w.toldAt >= tellAgain {
		w.toldAt = now
		if d.View > p.view.Number {
			p.send(One(from), &ViewAsk{p.view.Number})
		} else {
			p.tell(from, d.View)
		}
	}
	return d.View < p.view.Number
}

// takeBeats takes whom the sender has heard, or heard of. A machine that has come back
// counts from the start: only who knows its new stream can say anything of it.
func (p *Peer) takeBeats(now time.Duration, d *Data) {
	for _, id := range p.view.Members {
		if w := &p.watches[id.Machine]; d.View >= id.Born && int32(d.Beats[id.Machine]-w.beat) > 0 {
			w.beat, w.beatAt = d.Beats[id.Machine], now
			w.closed = false
		}
	}
}

func (p *Peer) takeHeld(w *watch, d *Data) {
	if d.View > p.view.Number {
		return // of other streams, it may be
	}
	for _, id := range p.view.Members {
		if held := d.Held[id.Machine]; d.View >= id.Born && held > w.held[id.Machine] {
			w.held[id.Machine], w.movedAt, w.grewAt[id.Machine] = held, w.directAt, w.directAt
		}
	}
}
