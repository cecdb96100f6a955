package netcode

import (
	"bytes"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// receiver takes the others' datagrams: what they say of who is in the match is package
// membership's, records go to the simulation. Owner: the play.
type receiver struct {
	who    *presence
	pace   *pace
	feeder *feeder

	firstInput time.Duration   // when a peer's first input came, 0: not yet
	heard      wire.Data       // the datagram that is being read,
	hearsay    membership.Data // what it says of others,
	seal       membership.Seal // the seal in it,
	record     [wire.MaxRecordBytes]byte
}

// take takes a peer's datagram that arrived at a time. early: the match has not begun.
func (p *receiver) take(q *peer, at time.Duration, b []byte, early bool) {
	d := &p.heard
	q.near.View = p.who.member.View().Number
	rest, err := wire.ParseData(b, d, q.near)
	switch {
	case err != nil:
		q.traffic.malformed++
		return
	case d.Match != uint8(p.who.match&15):
		return // still from the match before, or already from the next
	case d.View < p.who.own.ID().Born:
		return // it does not know yet that this machine has come in: it speaks of one before it
	case d.Held > int32(p.who.own.Held()):
		q.traffic.malformed++ // acknowledges what was never sent
		return
	case d.Born != q.stream.ID().Born:
		q.traffic.malformed++
		return
	}
	if early {
		p.pace.noteReady(q, at, d.Beat)
	}
	q.heard, q.heardAny = max(q.heard, at), true
	q.traffic.received++
	q.near.Beat = max(q.near.Beat, d.Beat)
	q.flight.acknowledge(d.Held, int32(p.who.own.Held()))
	q.near.Held = q.flight.acked
	q.confirmed = max(q.confirmed, d.Confirmed)
	p.pace.boundMargin(q, at)
	if d.HasMargin {
		p.pace.sync.Told(q.index, int32(d.Margin)*100)
	}
	if p.hear(q, d, at) && !p.takeRuns(q, d, at, rest) {
		q.traffic.malformed++
	}
	if d.HasSeal {
		p.seal = membership.Seal{
			Stream: d.Seal.ID, Through: rollback.Frame(d.Seal.Through), Beat: d.Seal.Beat, Signed: membership.Signed{Signature: d.Seal.Signature},
		}
		p.who.member.TakeSeal(at, q.machine, &p.seal)
	}
}

// hear takes what a datagram says of its sender and others, and reports whether the records
// with it may be taken.
func (p *receiver) hear(q *peer, d *wire.Data, at time.Duration) bool {
	if !d.HasGossip {
		return p.who.member.TakeHead(at, q.machine, &membership.Head{View: d.View, Stream: q.stream.ID(), Beat: d.Beat, Held: rollback.Frame(d.Held)})
	}
	q.traffic.sent(d.Gossip.Sent)
	p.pace.heedEffort(q, d.Gossip.Bears)
	h := &p.hearsay
	*h = membership.Data{View: d.View, Stream: q.stream.ID(), Hears: membership.Machines(d.Gossip.Links), Byes: membership.Machines(d.Gossip.Byes)}
	for m := range h.Held {
		h.Held[m] = membership.NothingSaid
	}
	for _, s := range d.Gossip.Streams[:d.Gossip.Count] {
		h.Beats[s.ID.Machine], h.Held[s.ID.Machine] = s.Beat, rollback.Frame(s.Held)
	}
	h.Beats[q.machine], h.Held[p.who.own.ID().Machine] = d.Beat, rollback.Frame(d.Held)
	return p.who.member.TakeData(at, q.machine, h)
}

// takeRuns takes the records of a datagram. It reports false for malformed
// ones; what came before the fault is kept.
func (p *receiver) takeRuns(q *peer, d *wire.Data, at time.Duration, rest []byte) bool {
	var run wire.RunReader
	if d.OwnRun {
		if run.BeginOwn(rest, int32(q.stream.Held())) != nil {
			return false
		}
		before := q.stream.Held()
		ok := p.takeRun(&run, q.stream, at)
		if q.stream.Held() > before {
			p.pace.noteMargin(q, at)
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
		s := p.who.streams[run.ID.Machine]
		if s == nil || s == p.who.own || s.ID() != run.ID {
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
func (p *receiver) heldOf(id wire.StreamID) int32 { return int32(p.who.member.Records().Held(id)) }

// fewRecords is how many records of a run are read sooner than it is seen which are known.
const fewRecords = 3

// takeRun takes a run's records of a stream, which came at a time. Records that are known
// already only carry the reader along, those after a gap wait until it is filled; neither is
// a fault. It reports false for what no honest peer sends.
func (p *receiver) takeRun(run *wire.RunReader, s *stream, at time.Duration) bool {
	if run.Count > fewRecords {
		s.taped().Skip(run)
	}
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
		switch p.who.member.TakeRecord(s.ID(), f, record, run.Final && run.Count == 0) {
		case records.Refused:
			usable = false // further ahead than anybody may be, or of one whom the others go on without
		case records.Taken:
			if s.fed == f-1 && !p.feeder.frozen {
				p.feeder.give(s, record)
			}
		}
	}
	p.feeder.feed(s)
	if p.firstInput == 0 && s.Held() >= s.From() {
		p.firstInput = at // not when this loop looked
	}
	return true
}
