package netcode

import (
	"bytes"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// datagram takes a peer's datagram that arrived at a time.
func (p *play) datagram(machine uint8, at time.Duration, b []byte) {
	q := p.byID[machine]
	if q == nil {
		return
	}
	if p.phase == finished {
		if p.ending.owesTail(q) {
			p.sendTail(q)
		}
		return
	}
	d := &p.heard
	q.near.View = p.member.View().Number
	rest, err := wire.ParseData(b, d, q.near)
	switch {
	case err != nil:
		q.traffic.malformed++
		return
	case d.Match != uint8(p.match&15):
		return // still from the match before, or already from the next
	case d.View < p.own.ID().Born:
		return // it does not know yet that this machine has come in: it speaks of one before it
	case d.Held > int32(p.own.Held()):
		q.traffic.malformed++ // acknowledges what was never sent
		return
	case d.Born != q.stream.ID().Born:
		q.traffic.malformed++
		return
	}
	if p.phase == waitingToStart {
		p.noteReady(q, at, d.Beat)
	}
	q.heard, q.heardAny = max(q.heard, at), true
	q.traffic.received++
	q.near.Beat = max(q.near.Beat, d.Beat)
	q.flight.acknowledge(d.Held, int32(p.own.Held()))
	q.near.Held = q.flight.acked
	q.confirmed = max(q.confirmed, d.Confirmed)
	p.boundMargin(q, at)
	if d.HasMargin {
		p.sync.Told(q.index, int32(d.Margin)*100)
	}
	if p.hear(q, d, at) && !p.takeRuns(q, d, at, rest) {
		q.traffic.malformed++
	}
	if d.HasSeal {
		p.signing.heard = membership.Seal{
			Stream: d.Seal.ID, Through: rollback.Frame(d.Seal.Through), Beat: d.Seal.Beat, Signed: membership.Signed{Signature: d.Seal.Signature},
		}
		p.member.TakeSeal(at, machine, &p.signing.heard)
	}
}

// hear takes what a datagram says of its sender and others, and reports whether the records
// with it may be taken.
func (p *play) hear(q *peer, d *wire.Data, at time.Duration) bool {
	if !d.HasGossip {
		return p.member.TakeHead(at, q.machine, &membership.Head{View: d.View, Stream: q.stream.ID(), Beat: d.Beat, Held: rollback.Frame(d.Held)})
	}
	q.traffic.sent(d.Gossip.Sent)
	p.heedEffort(q, d.Gossip.Bears)
	h := &p.hearsay
	*h = membership.Data{View: d.View, Stream: q.stream.ID(), Hears: membership.Machines(d.Gossip.Links), Byes: membership.Machines(d.Gossip.Byes)}
	for m := range h.Held {
		h.Held[m] = membership.NothingSaid
	}
	for _, s := range d.Gossip.Streams[:d.Gossip.Count] {
		h.Beats[s.ID.Machine], h.Held[s.ID.Machine] = s.Beat, rollback.Frame(s.Held)
	}
	h.Beats[q.machine], h.Held[p.own.ID().Machine] = d.Beat, rollback.Frame(d.Held)
	return p.member.TakeData(at, q.machine, h)
}

// takeRuns takes the records of a datagram. It reports false for malformed
// ones; what came before the fault is kept.
func (p *play) takeRuns(q *peer, d *wire.Data, at time.Duration, rest []byte) bool {
	var run wire.RunReader
	if d.OwnRun {
		if run.BeginOwn(rest, int32(q.stream.Held())) != nil {
			return false
		}
		before := q.stream.Held()
		ok := p.takeRun(&run, q.stream, at)
		if q.stream.Held() > before {
			p.noteMargin(q, at)
		}
		if !ok {
			return false
		}
		rest = run.Rest()
	}
	for range d.ForeignRuns {
		if run.BeginForeign(rest, p.heldOf) != nil {
			return false
		}
		s := p.streams[run.ID.Machine]
		if s == nil || s == p.own || s.ID() != run.ID {
			return true // of nobody who is known here, or nothing new: nor can be what follows
		}
		if !p.takeRun(&run, s, at) {
			return false
		}
		rest = run.Rest()
	}
	return len(rest) == 0
}

// heldOf is the newest frame that is held of a stream.
func (p *play) heldOf(id wire.StreamID) int32 { return int32(p.member.Records().Held(id)) }

// takeRun takes a run's records of a stream, which came at a time. Records that are known
// already only carry the reader along, those after a gap wait until it is filled; neither is
// a fault. It reports false for what no honest peer sends.
func (p *play) takeRun(run *wire.RunReader, s *stream, at time.Duration) bool {
	first := rollback.Frame(run.First)
	before := s.record(first - 1)
	usable := run.Alone || before != nil
	if first <= s.Held() && !usable {
		return false // of long ago
	}
	if !usable {
		before = s.record(s.Held()) // about as long
	}
	record := append(p.record[:0], before...)
	if run.Alone {
		record = p.record[:run.Bytes]
		clear(record)
	}
	for f := first; run.Count > 0; f++ {
		var err error
		if record, err = run.Next(record); err != nil {
			return false
		}
		if !usable || f < s.From() {
			continue
		}
		if f <= s.Held() || s.HasEarly() {
			known := s.Record(f)
			if known != nil && !bytes.Equal(known, record) {
				return false // two records for one frame
			}
			if known != nil || f <= s.Held() {
				continue
			}
		}
		switch p.member.TakeRecord(s.ID(), f, record, run.Final && run.Count == 0) {
		case records.Refused:
			usable = false // further ahead than anybody may be, or of one whom the others go on without
		case records.Taken:
			if s.fed == f-1 && p.phase != comparing {
				p.give(s, record)
			}
		}
	}
	p.feed(s)
	if p.stats.firstInput == 0 && s.Held() >= s.From() {
		p.stats.firstInput = at // not when this loop looked
	}
	return true
}
