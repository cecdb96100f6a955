package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// gossipEvery is how many datagrams apart a peer is told what this machine
// holds of everybody and whom it hears.
const gossipEvery = 32

// linkHeard is how long after its newest datagram a peer counts as heard.
const linkHeard = time.Second

// sendData sends a peer all records that it has not acknowledged, and says what is
// held here. If they do not fit a datagram, it has the newest ones only, and a second
// one some of the others, if need be.
func (p *play) sendData(q *peer) {
	if q.lost != nil {
		return
	}
	d := p.beginData(q)
	if margin, ok := p.sync.Margin(q.index); ok && q.sent%8 == 0 {
		d.HasMargin, d.Margin = true, int16(max(-32768, min(margin/100, 32767)))
	}
	if q.sent%gossipEvery == 1 {
		d.HasGossip = true
		p.gossip(&d.Gossip)
		d.Gossip.Sent = uint32(q.conn.link.Stats().DatagramsSent)
	}
	q.conn.spoke = p.room.now()
	oldest := max(q.flight.acked+1, p.own.oldest())
	out, next := p.appendRun(q, wire.AppendData(p.datagramTo[:0], d), oldest, p.own.held)
	if next <= p.own.held {
		p.sendSome(q, d, oldest)
		return
	}
	q.conn.link.SendDatagram(out)
}

// beginData begins a datagram to a peer. What it returns is used again for the next.
func (p *play) beginData(q *peer) *wire.Data {
	p.stats.beat++
	q.sent++
	d := &p.said
	d.Match, d.View, d.Born, d.Beat = uint8(p.match&15), p.view, p.own.id.Born, q.sent
	d.Held, d.Confirmed = q.stream.held, int32(p.sim.Confirmed())
	d.HasMargin, d.HasGossip = false, false
	d.OwnRun = p.own.held > q.flight.acked
	return d
}

// sendSome sends a datagram with the newest records, and a second one with some of
// those from the oldest on, if the peer lacks one of them or losses are frequent.
func (p *play) sendSome(q *peer, d *wire.Data, oldest int32) {
	now, stats := p.room.now(), q.conn.link.Stats()
	wary := q.flight.wary(now, stats.DatagramsUnsent)
	out := wire.AppendData(p.datagramTo[:0], d)
	first := p.own.fitting(oldest, p.own.held, runRoom(out))
	if !wary {
		first = max(first, p.own.held-leanCopies+1)
	}
	out, _ = p.appendRun(q, out, first, p.own.held)
	q.conn.link.SendDatagram(out)
	from, missed := q.flight.missed(first, now, stats.RTT+repairPause*p.tick)
	if !missed && (!wary || p.own.held-first >= waryCopies-1) {
		return
	}
	out = wire.AppendData(p.datagramTo[:0], p.beginData(q))
	if missed {
		out, q.flight.cursor = p.appendRun(q, out, max(from, oldest), first-1)
	} else {
		out, _ = p.appendRun(q, out, p.own.fitting(oldest, first-1, runRoom(out)), first-1)
	}
	q.conn.link.SendAlso(out)
	q.traffic.resent++
}

// runRoom is how many bytes of records fit a datagram that has begun with out.
func runRoom(out []byte) int { return link.MaxDatagramBytes - wire.RunHeadBytes - len(out) }

// packedRun is the run that was packed last: most peers have acknowledged the same,
// and are sent the same. Owner: the play.
type packedRun struct {
	runSpan
	next  int32 // the frame after its last record
	bytes []byte
	held  [link.MaxDatagramBytes]byte // where they are
}

// runSpan is what a run is packed of.
type runSpan struct {
	from, through int32
	alone         bool
	most          int // bytes that there is room for
}

// appendRun appends a run of this machine's records from a frame on, as many as
// fit, and returns the frame after them. It begins alone unless the peer has
// acknowledged the record before.
func (p *play) appendRun(q *peer, out []byte, from, through int32) (b []byte, next int32) {
	if from > through {
		return out, from
	}
	span := runSpan{from, through, from != q.flight.acked+1, link.MaxDatagramBytes - len(out)}
	if span != p.packed.runSpan {
		p.packed.pack(p.own, span)
	}
	return append(out, p.packed.bytes...), p.packed.next
}

// pack packs a stream's records.
func (k *packedRun) pack(s *stream, span runSpan) {
	var run wire.RunWriter
	if span.alone {
		run.BeginAlone(k.held[:0], span.from, s.zero, span.most)
	} else {
		run.Begin(k.held[:0], span.from, s.record(span.from-1), span.most)
	}
	next := span.from
	for next <= span.through && run.Add(s.record(next)) {
		next++
	}
	k.runSpan, k.next = span, next
	k.bytes, _ = run.End(false)
}

// gossip says what this machine holds of everybody, whom it hears, and how deep a
// rollback it has time for.
func (p *play) gossip(g *wire.Gossip) {
	now := p.room.now()
	*g = wire.Gossip{Bears: p.effort.bears(p.tick)}
	for _, s := range p.streams {
		if s == nil {
			continue
		}
		state := wire.StreamState{ID: s.id, Held: s.held}
		if q := p.byID[s.id.Machine]; q != nil {
			state.Beat = q.near.Beat
			if now-q.heard < linkHeard {
				g.Links |= 1 << q.machine
			}
		} else {
			state.Beat = p.stats.beat
		}
		g.Streams[g.Count] = state
		g.Count++
	}
}
