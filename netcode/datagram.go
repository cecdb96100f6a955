package netcode

import (
	"bytes"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// gossipEvery is how many datagrams apart a peer is told what this machine
// holds of everybody and whom it hears.
const gossipEvery = 32

// linkHeard is how long after its newest datagram a peer counts as heard.
const linkHeard = time.Second

// datagram takes a peer's datagram that arrived at a time.
func (p *play) datagram(machine uint8, at time.Duration, b []byte) {
	q := p.byID[machine]
	if q == nil || q.lost != nil || p.phase == finished {
		return
	}
	var d wire.Data
	rest, err := wire.ParseData(b, &d, q.near)
	switch {
	case err != nil:
		q.traffic.malformed++
		return
	case d.Match != uint8(p.match&15):
		return // still from the match before, or already from the next
	case d.Held > p.own.held:
		q.traffic.malformed++ // acknowledges what was never sent
		return
	case d.View != p.view || d.Born != q.stream.id.Born:
		q.traffic.malformed++ // there is one view until membership changes
		return
	}
	if p.phase == waitingToStart {
		p.noteReady(q, at, d.Beat)
	}
	q.heard, q.heardAny, q.heardAwake = max(q.heard, at), true, p.room.vigil.awake
	q.traffic.received++
	if d.HasGossip {
		q.traffic.sent(d.Gossip.Sent)
	}
	q.near.Beat = max(q.near.Beat, d.Beat)
	q.acked = max(q.acked, d.Held)
	q.near.Held = q.acked
	q.confirmed = max(q.confirmed, d.Confirmed)
	p.boundMargin(q, at)
	if d.HasMargin {
		p.sync.Told(q.index, int32(d.Margin)*100)
	}
	if !p.takeRuns(q, &d, at, rest) {
		q.traffic.malformed++
	}
}

// takeRuns takes the records of a datagram. It reports false for malformed
// ones; what came before the fault is kept. Nobody forwards records of others
// yet, so whoever does is lying about them.
func (p *play) takeRuns(q *peer, d *wire.Data, at time.Duration, rest []byte) bool {
	if d.ForeignRuns > 0 {
		return false
	}
	var run wire.RunReader
	if d.OwnRun {
		if run.BeginOwn(rest, q.stream.held) != nil || !p.takeRun(&run, q, at) {
			return false
		}
		rest = run.Rest()
	}
	return len(rest) == 0
}

// takeRun takes a run's records of a peer's stream. Records that are known already
// only carry the reader along, records after a gap are of no use yet; neither
// is a fault. It reports false for what no honest peer sends.
func (p *play) takeRun(run *wire.RunReader, q *peer, at time.Duration) bool {
	s := q.stream
	record := p.record[:s.size]
	usable := s.keeps(run.First - 1)
	if usable {
		copy(record, s.record(run.First-1))
	} else if run.First <= s.held {
		return false // of long ago
	}
	frozen := p.phase == halting || p.phase == comparing
	before := s.held
	for f := run.First; run.Count > 0; f++ {
		if run.Next(record) != nil {
			return false
		}
		switch {
		case !usable:
		case f <= s.held:
			if !s.agrees(f, record) {
				return false // two records for one frame
			}
		case frozen || !p.confirm(s, f, record):
			usable = false // or further ahead than anybody may be
		default:
			p.surprised = p.surprised || !bytes.Equal(record, s.record(f-1))
			s.append(record)
		}
	}
	if s.held > before {
		if p.stats.firstInput == 0 {
			p.stats.firstInput = at
		}
		p.noteMargin(q, at)
	}
	return true
}

// confirm gives a record's inputs to the simulation.
func (p *play) confirm(s *stream, f int32, record []byte) bool {
	for i, seat := range s.seats {
		n := p.terms.inputBytes
		if p.sim.ConfirmPacked(seat, rollback.Frame(f), record[i*n:(i+1)*n]) != nil {
			return false
		}
	}
	return true
}

// noteMargin measures how early a peer's newest input is, compared with the
// moment at which its frame is stepped here.
func (p *play) noteMargin(q *peer, at time.Duration) {
	if p.lastStep == rollback.NoFrame {
		return
	}
	needed := p.stepAt + time.Duration(rollback.Frame(q.stream.held)-p.lastStep)*p.tick
	margin := int64((needed - at) / time.Microsecond)
	p.sync.Arrived(q.index, margin)
	q.traffic.jitter(margin)
}

// sendData sends a peer all records that it has not acknowledged, as many as
// fit, the oldest first, and says what is held here.
func (p *play) sendData(q *peer) {
	if q.lost != nil {
		return
	}
	p.stats.beat++
	q.sent++
	d := wire.Data{
		Match: uint8(p.match & 15), View: p.view, Born: p.own.id.Born, Beat: q.sent,
		Held: q.stream.held, Confirmed: int32(p.sim.Confirmed()),
		OwnRun: p.own.held > q.acked,
	}
	if margin, ok := p.sync.Margin(q.index); ok && q.sent%8 == 0 {
		d.HasMargin, d.Margin = true, int16(max(-32768, min(margin/100, 32767)))
	}
	if q.sent%gossipEvery == 1 {
		d.HasGossip = true
		p.gossip(&d.Gossip)
		d.Gossip.Sent = uint32(q.conn.link.Stats().DatagramsSent)
	}
	out := wire.AppendData(p.datagramTo[:0], &d)
	if d.OwnRun {
		var run wire.RunWriter
		run.Begin(out, q.acked+1, p.own.record(q.acked), link.MaxDatagramBytes)
		for f := q.acked + 1; f <= p.own.held && run.Add(p.own.record(f)); f++ {
		}
		out, _ = run.End(false)
	}
	q.conn.link.SendDatagram(out)
	q.conn.spoke = p.room.now()
}

// gossip says what this machine holds of everybody and whom it hears.
func (p *play) gossip(g *wire.Gossip) {
	now := p.room.now()
	g.Machine = p.own.id.Machine
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
