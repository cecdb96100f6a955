package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// gossipEvery is how many datagrams apart a peer is told what this machine holds of
// everybody and whom it hears, as long as all is well.
const gossipEvery = 32

// marginDatagrams is how many datagrams apart a peer is told of its margin.
const marginDatagrams = 8

// sender sends the others datagrams: this machine's records, and what it says of who is in
// the match. Owner: the play.
type sender struct {
	who     *presence
	pace    *pace
	session interface{ Confirmed() rollback.Frame }

	unsettled  bool            // this tick's datagrams are to say what is held here
	said       wire.Data       // the datagram that is being written,
	spoken     membership.Data // what this machine does,
	gossipAt   time.Duration   // as of this moment
	packed     packedRun
	lacking    []membership.Run // what a peer lacks of others' records
	datagramTo [link.MaxDatagramBytes]byte
}

// sendAllData sends a datagram to everybody who is in the match: the next one in the
// order of this machine's signs of life.
func (p *sender) sendAllData(now time.Duration) {
	p.unsettled = p.who.member.Unsettled(now)
	p.beginDatagrams(p.who.member.Beat())
	members := p.who.member.View().Machines()
	for _, q := range p.who.peers {
		if q.lost == nil && members.Has(q.machine) {
			p.sendData(q, now)
		}
	}
}

// sendData sends a peer all records that it has not acknowledged, and says what is
// held here. If they do not fit a datagram, it has the newest ones only, and a second
// one some of the others, if need be.
func (p *sender) sendData(q *peer, now time.Duration) {
	q.sent++
	d := p.beginData(q)
	if q.sent%marginDatagrams == 0 {
		p.tellMargin(q, d)
	}
	if q.sent%gossipEvery == 1 || p.unsettled {
		d.HasGossip = true
		p.gossip(now, &d.Gossip)
		d.Gossip.Sent = uint32(q.conn.Link.Stats().DatagramsSent)
	}
	q.takeSeal(d)
	q.conn.Spoke(now)
	oldest := max(rollback.Frame(q.flight.acked+1), p.who.own.oldest())
	out, next := p.appendRun(q, wire.AppendData(p.datagramTo[:0], d), oldest, p.who.own.Held())
	if next <= p.who.own.Held() {
		p.sendSome(q, oldest)
	} else {
		q.conn.Link.SendDatagram(out)
	}
	if p.who.member.MayLack(now, q.machine) {
		p.sendForward(q, now)
	}
}

// tellMargin tells a peer how early its inputs are here, once that is known.
func (p *sender) tellMargin(q *peer, d *wire.Data) {
	if margin, ok := p.pace.sync.Margin(q.index); ok {
		d.HasMargin, d.Margin = true, int16(max(-32768, min(margin/100, 32767)))
	}
}

// beginDatagrams begins the datagrams to all peers, with what is the same in each.
func (p *sender) beginDatagrams(beat uint32) {
	d := &p.said
	d.Match, d.View, d.Born, d.Beat = uint8(p.who.match&15), p.who.member.View().Number, p.who.own.ID().Born, beat
	d.Confirmed = int32(p.session.Confirmed())
}

// beginData begins a datagram to a peer. What it returns is used again for the next.
func (p *sender) beginData(q *peer) *wire.Data {
	d := &p.said
	d.Held = int32(q.stream.Held())
	d.HasMargin, d.HasGossip, d.HasSeal, d.ForeignRuns = false, false, false, 0
	d.OwnRun = p.who.own.Held() >= max(rollback.Frame(q.flight.acked+1), p.who.own.From())
	return d
}

// sendSome sends a datagram with the newest records, and a second one with some of
// those from the oldest on, if the peer lacks one of them, losses are frequent, or some have
// left too rarely.
func (p *sender) sendSome(q *peer, oldest rollback.Frame) {
	now, stats, newest, f := p.who.room.now(), q.conn.Link.Stats(), p.who.own.Held(), &q.flight
	wary, pause := f.wary(now, stats.DatagramsUnsent), stats.RTT+repairPause*p.pace.tick
	f.depart(stats.DatagramsWaiting, int32(newest))
	if now < f.blockedUntil {
		f.want(now, pause)
		p.sendScarce(q, oldest)
		return
	}
	room := runRoom(wire.AppendData(p.datagramTo[:0], &p.said))
	first := p.who.own.fitting(oldest, newest, room)
	if !wary {
		first = max(first, newest-leanCopies+1)
	}
	from, missed := f.missed(int32(first), now, pause)
	next := p.sendRun(q, first, newest, false)
	switch rare := q.rare(oldest); {
	case missed:
		f.cursor = int32(p.sendRun(q, max(oldest, rollback.Frame(from)), first-1, true))
	case next <= newest:
		p.sendRun(q, next, newest, true)
	case rare < first:
		p.sendRun(q, rare, first-1, true)
	case wary && newest-first < waryCopies-1:
		p.sendRun(q, p.who.own.fitting(oldest, first-1, room), first-1, true)
	}
}

// sendScarce is sendSome while the path has no room for all of that: what has never left
// goes first, or counts as such because the peer lacks it, then the newest, and what has left
// too rarely if there is room. A match that waits has nothing new, and leaves the room to that.
func (p *sender) sendScarce(q *peer, oldest rollback.Frame) {
	f, newest := &q.flight, p.who.own.Held()
	first := min(rollback.Frame(f.fewer(int32(oldest), 1)), max(oldest, newest-leanCopies+1))
	if f.fewer(int32(first), leanCopies) > int32(newest) {
		first = newest + 1
	}
	next := p.sendRun(q, first, newest, false)
	if never := rollback.Frame(f.fewer(int32(next), 1)); never <= newest {
		p.sendRun(q, never, newest, true)
	} else if rare := q.rare(oldest); rare < first {
		p.sendRun(q, rare, first-1, true)
	}
}

// rare is the oldest record that has left once only and may still come in time.
func (q *peer) rare(oldest rollback.Frame) rollback.Frame {
	return rollback.Frame(q.flight.fewer(max(int32(oldest), q.flight.newest-lateFrames), leanCopies))
}

// sendRun sends a datagram with records, as many as fit, after the one of this tick or as
// that, and returns the frame after the last of them. That of this tick goes without any, too.
func (p *sender) sendRun(q *peer, from, through rollback.Frame, also bool) rollback.Frame {
	if from > through && also {
		return from
	}
	p.said.OwnRun = from <= through
	out, next := p.appendRun(q, wire.AppendData(p.datagramTo[:0], &p.said), from, through)
	if q.flight.handed(int32(from), int32(next)-1); !also {
		q.conn.Link.SendDatagram(out)
		p.beginData(q) // what is said now and then is said
		return next
	}
	q.conn.Link.SendAlso(out)
	q.traffic.resent++
	return next
}

// runRoom is how many bytes of records fit a datagram that has begun with out.
func runRoom(out []byte) int { return link.MaxDatagramBytes - wire.AloneHeadBytes - len(out) }

// sendForward sends a peer what it lacks of the records of others, whom it does not hear:
// a mesh with holes works as long as there is a way round them.
func (p *sender) sendForward(q *peer, now time.Duration) {
	p.lacking = p.who.member.AppendForeign(p.lacking[:0], now, q.machine)
	if len(p.lacking) == 0 {
		return
	}
	d := p.beginData(q)
	d.OwnRun, d.ForeignRuns = false, 1
	out := wire.AppendData(p.datagramTo[:0], d)
	count, runs := len(out)-1, uint8(0)
	for _, lacks := range p.lacking {
		s := p.who.streams[lacks.Stream.Machine]
		if s == nil || s.ID() != lacks.Stream {
			continue
		}
		var run wire.RunWriter
		s.begin(&run, wire.AppendForeign(out, s.ID()), lacks.First, false, link.MaxDatagramBytes)
		packed, n := s.pack(&run, lacks.First, lacks.Last)
		if n == 0 {
			break
		}
		out, runs = packed, runs+1
	}
	if runs > 0 {
		out[count] = runs
		q.conn.Link.SendAlso(out)
		q.flight.handedForeign()
	}
}

// sendTail sends a peer all of this machine's records that it has not acknowledged, over
// the reliable stream.
func (p *sender) sendTail(q *peer) {
	if q.lost != nil {
		return
	}
	p.beginDatagrams(p.said.Beat)
	for f := max(rollback.Frame(q.flight.acked+1), p.who.own.oldest()); f <= p.who.own.Held(); {
		out := wire.AppendData(p.datagramTo[:0], p.beginData(q))
		out, f = p.appendRun(q, out, f, p.who.own.Held())
		q.conn.Send(&wire.Tail{Datagram: out})
	}
}

// packedRun is the run that was packed last: most peers have acknowledged the same,
// and are sent the same. Owner: sender.
type packedRun struct {
	runSpan
	next  rollback.Frame // the frame after its last record
	bytes []byte
	held  [link.MaxDatagramBytes]byte // where they are
}

// runSpan is what a run is packed of.
type runSpan struct {
	from, through rollback.Frame
	alone         bool
	most          int // bytes that there is room for
}

// appendRun appends a run of this machine's records from a frame on, as many as
// fit, and returns the frame after them. It begins alone unless the peer has
// acknowledged the record before.
func (p *sender) appendRun(q *peer, out []byte, from, through rollback.Frame) (b []byte, next rollback.Frame) {
	if from > through {
		return out, from
	}
	span := runSpan{from, through, from != rollback.Frame(q.flight.acked+1), link.MaxDatagramBytes - len(out)}
	if span != p.packed.runSpan {
		p.packed.pack(p.who.own, span)
	}
	return append(out, p.packed.bytes...), p.packed.next
}

// pack packs records of this machine's stream.
func (k *packedRun) pack(s *stream, span runSpan) {
	k.runSpan = span
	n := int(span.through-span.from) + 1
	if span.from > s.Varied() && !span.alone && n <= wire.MaxRunRecords && wire.HeldRunBytes(n) <= span.most {
		k.bytes, k.next = wire.AppendHeld(k.held[:0], int32(span.from), n, span.through == s.End()), span.through+1
		return
	}
	k.bytes, k.next = s.appendRun(k.held[:0], span)
}

// gossip says what this machine holds of everybody, whom it hears, and how deep a
// rollback it has time for.
func (p *sender) gossip(now time.Duration, g *wire.Gossip) {
	if p.gossipAt != now {
		p.gossipAt = now
		p.who.member.Gossip(now, &p.spoken)
	}
	d := &p.spoken
	*g = wire.Gossip{Bears: p.pace.effort.bears(p.pace.tick), Links: uint16(d.Hears), Byes: uint16(d.Byes)}
	for _, id := range p.who.member.View().Members {
		g.Streams[g.Count] = wire.StreamState{ID: id, Held: int32(d.Held[id.Machine]), Beat: d.Beats[id.Machine]}
		g.Count++
	}
}
