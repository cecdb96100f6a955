package netcode

import (
	"bytes"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// datagram takes a peer's datagram that arrived at a time.
func (p *play) datagram(machine uint8, at time.Duration, b []byte) {
	q := p.byID[machine]
	if q == nil || q.lost != nil || p.phase == finished {
		return
	}
	d := &p.heard
	rest, err := wire.ParseData(b, d, q.near)
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
		p.heedEffort(q, d.Gossip.Bears)
	}
	q.near.Beat = max(q.near.Beat, d.Beat)
	q.flight.acknowledge(d.Held, p.own.held)
	q.near.Held = q.flight.acked
	q.confirmed = max(q.confirmed, d.Confirmed)
	p.boundMargin(q, at)
	if d.HasMargin {
		p.sync.Told(q.index, int32(d.Margin)*100)
	}
	if !p.takeRuns(q, d, at, rest) {
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
// only carry the reader along, those after a gap wait in the stream until it is
// filled; neither is a fault. It reports false for what no honest peer sends.
func (p *play) takeRun(run *wire.RunReader, q *peer, at time.Duration) bool {
	s := q.stream
	record := p.record[:s.size]
	before := run.First - 1
	usable := run.Alone || s.knows(before)
	switch {
	case run.First <= s.held && !s.keeps(before):
		return false // of long ago
	case run.Alone:
		clear(record)
	case usable:
		copy(record, s.record(before))
	}
	for f := run.First; run.Count > 0; f++ {
		if run.Next(record) != nil {
			return false
		}
		switch {
		case !usable:
		case f <= s.held && !s.keeps(f): // of long ago
		case f <= s.held || s.knows(f):
			if !bytes.Equal(s.record(f), record) {
				return false // two records for one frame
			}
		case s.takes(f):
			s.put(f, record)
		default: // further ahead than anybody may be
			usable = false
		}
	}
	if p.phase != halting && p.phase != comparing {
		p.joinRecords(q, at)
	}
	return true
}

// joinRecords gives the simulation the records that follow without a gap.
func (p *play) joinRecords(q *peer, at time.Duration) {
	s := q.stream
	before := s.held
	for next := s.held + 1; s.knows(next) && p.confirm(s, next, s.record(next)); next++ {
		p.surprised = p.surprised || !bytes.Equal(s.record(next), s.record(next-1))
		s.join()
	}
	if s.held > before {
		if p.stats.firstInput == 0 {
			p.stats.firstInput = at
		}
		p.noteMargin(q, at)
	}
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
