package membership

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// Run is records that somebody lacks.
type Run struct {
	Stream      records.StreamID
	First, Last rollback.Frame
}

// patienceTicks is for how many ticks a machine that hears a stream's author may get
// no further with it before others help, and freshTicks how old its word of that may be.
const (
	patienceTicks = 2
	freshTicks    = patienceTicks // so that it is newer than the last one that told of progress
)

// MayLack reports whether a machine may lack something of the streams of others: it does not
// hear all of them, or has just said how far it holds them.
func (p *Peer) MayLack(now time.Duration, to uint8) bool {
	w := &p.watches[to]
	return p.view.machines&^w.hears != 0 || p.saysNow(now, w)
}

// saysNow reports whether a machine's word of what it holds is new.
func (p *Peer) saysNow(now time.Duration, w *watch) bool {
	return now-w.heldAt < freshTicks*p.config.Tick
}

// AppendForeign appends what a machine lacks of what this peer holds of the streams of
// others that the machine does not hear at once (A4). A mesh with holes works as long as
// there is a way round them.
func (p *Peer) AppendForeign(dst []Run, now time.Duration, to uint8) []Run {
	if p.status != Member && p.status != Left || !p.MayLack(now, to) {
		return dst
	}
	w := &p.watches[to]
	fresh := p.saysNow(now, w)
	for _, id := range p.view.Members {
		m := id.Machine
		if m == to || m == p.me {
			continue
		}
		stands := fresh && now-max(w.grewAt[m], w.beganAt) >= patienceTicks*p.config.Tick
		if !w.hears.Has(m) || stands {
			dst = p.appendRun(dst, id, to)
		}
	}
	return dst
}

func (p *Peer) appendRun(dst []Run, id records.StreamID, to uint8) []Run {
	from, held, _ := p.set.Bounds(id)
	if p.watches[to].held[id.Machine] == neverSaid {
		return dst // it has just come, and has not said yet what it lacks
	}
	first := max(from, p.watches[to].held[id.Machine]+1)
	for first <= held && p.set.Record(id, first) == nil {
		first++ // known here from a snapshot on
	}
	if first <= held {
		dst = append(dst, Run{id, first, held})
	}
	return dst
}
