package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/seating"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// feeder gives the simulation what everybody has pressed, and confirms what everybody has had
// his say in. Owner: the play.
type feeder struct {
	who        *presence
	deal       *dealing
	donor      *donor // is given what is confirmed
	pace       *pace  // is told who is gone
	session    fedSession
	inputBytes int
	backlog    bool // the simulation may not have all that the streams hold
	frozen     bool // two worlds are compared: they stay as they are
}

// fedSession is what a feeder needs of the simulation.
type fedSession interface {
	ConfirmPacked(seat int, f rollback.Frame, input []byte) error
	ConfirmLineup(f rollback.Frame, l rollback.Lineup, commands ...rollback.Command) error
	TakesThrough() rollback.Frame
	Held(seat int) rollback.Frame
}

// feed gives the simulation a stream's records as far as they follow without a gap, as
// it takes them, and as it is settled whose seats they speak of. While two worlds are
// compared they stay as they are.
func (p *feeder) feed(s *stream) {
	held := s.Held()
	if s.fed >= held || p.frozen {
		return
	}
	for s.fed < held && p.give(s, s.Record(s.fed+1)) {
	}
	p.backlog = p.backlog || s.fed < held
}

// give gives the simulation the record of a stream that follows those that it has. It
// reports false if not all of it is taken yet: what was taken stays.
func (p *feeder) give(s *stream, record []byte) bool {
	f := s.fed + 1
	if f > p.deal.table.Through() {
		return false
	}
	seats, n := s.seatsAt(p.deal.table, f).list, p.inputBytes
	inputs, _ := seating.Split(record, len(seats)*n)
	if inputs == nil {
		inputs = zeros[:len(seats)*n]
	}
	for _, seat := range seats {
		if p.session.ConfirmPacked(seat, f, inputs[:n]) != nil && p.session.Held(seat) < f {
			return false
		}
		inputs = inputs[n:]
	}
	s.fed = f
	return true
}

// confirm confirms all frames in which everybody who is in the match has had his say,
// and tells the simulation who that was, as far as it takes that.
func (p *feeder) confirm() {
	if p.frozen {
		return
	}
	for f := p.deal.table.Folded() + 1; f <= p.session.TakesThrough() && p.who.member.Confirm(); f++ {
		p.settleFrame(f)
	}
}

// settleFrame takes the next confirmed frame, and returns who takes part in it. It is one
// that the simulation takes.
func (p *feeder) settleFrame(f rollback.Frame) rollback.Lineup {
	l := p.deal.fold(f)
	if p.session.ConfirmLineup(f, l, p.deal.table.Commands()...) != nil {
		panic("netcode: a lineup that the simulation takes was not taken")
	}
	if len(p.donor.donations) > 0 {
		p.donor.giveFrame(f, l)
	}
	if !p.who.member.Records().Even() {
		p.dismiss(f)
	}
	return l
}

// dismiss takes leave of those who have no part in a frame, and in those after it.
func (p *feeder) dismiss(f rollback.Frame) {
	for _, s := range p.who.cast {
		if f > s.End() {
			p.feed(s)
		}
	}
	for _, q := range p.who.dismiss(f, p.deal.players) {
		p.pace.sync.Forget(q.index)
	}
}

// feedAll gives the simulation what it takes of all that has been left over, and
// confirms.
func (p *feeder) feedAll() {
	if p.backlog {
		p.backlog = false
		for _, s := range p.who.cast {
			p.feed(s)
		}
	}
	p.confirm()
}

// follow takes a frame that a newcomer's donor has confirmed: the at-th of a span. It reports
// false if that cannot be.
func (p *feeder) follow(f rollback.Frame, span *matchlog.Span, at int) bool {
	content := p.deal.content[:0]
	for _, run := range span.Runs {
		content = append(content, records.Entry{Stream: run.Stream, Record: run.Records[at]})
	}
	p.deal.content = content
	if !p.who.member.Follow(f, content) || p.who.member.Records().Confirmed() != f {
		return false
	}
	for _, s := range p.who.cast {
		p.feed(s)
	}
	return f <= p.session.TakesThrough() && p.settleFrame(f) == span.Lineup
}
