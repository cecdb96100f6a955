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
func (g *gossip) MayLack(now time.Duration, to uint8) bool {
	w := &g.words[to]
	return g.view.machines&^w.hears != 0 || g.saysNow(now, w)
}

// saysNow reports whether a machine's word of what it holds is new.
func (g *gossip) saysNow(now time.Duration, w *word) bool {
	return now-w.heldAt < freshTicks*g.config.Tick
}

// AppendForeign appends what a machine lacks of what this peer holds of the streams of
// others that the machine does not hear at once (A4). A mesh with holes works as long as
// there is a way round them.
func (g *gossip) AppendForeign(dst []Run, now time.Duration, to uint8) []Run {
	if g.status != Member && g.status != Left || !g.MayLack(now, to) {
		return dst
	}
	w := &g.words[to]
	fresh := g.saysNow(now, w)
	for _, id := range g.view.Members {
		m := id.Machine
		if m == to || m == g.me {
			continue
		}
		stands := fresh && now-max(w.grewAt[m], w.beganAt) >= patienceTicks*g.config.Tick
		if !w.hears.Has(m) || stands {
			dst = g.appendRun(dst, id, to)
		}
	}
	return dst
}

func (g *gossip) appendRun(dst []Run, id records.StreamID, to uint8) []Run {
	from, held, _ := g.set.Bounds(id)
	if g.words[to].held[id.Machine] == neverSaid {
		return dst // it has just come, and has not said yet what it lacks
	}
	first := max(from, g.words[to].held[id.Machine]+1)
	for first <= held && g.set.Record(id, first) == nil {
		first++ // known here from a snapshot on
	}
	if first <= held {
		dst = append(dst, Run{id, first, held})
	}
	return dst
}
