package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/seating"
	"github.com/visavis-netcode/visavis/rollback"
)

// feed gives the simulation a stream's records as far as they follow without a gap, as
// it takes them, and as it is settled whose seats they speak of. While two worlds are
// compared they stay as they are.
func (p *play) feed(s *stream) {
	for s.fed < s.Held() && p.give(s, s.record(s.fed+1)) {
	}
}

// give gives the simulation the record of a stream that follows those that it has, and
// reports whether it has taken that.
func (p *play) give(s *stream, record []byte) bool {
	if p.phase == comparing {
		return false
	}
	f := s.fed + 1
	if f > p.deal.table.Through() || !p.feedRecord(s, f, record) {
		p.backlog = true
		return false
	}
	s.fed = f
	return true
}

// feedRecord gives the simulation one record. It reports false if not all of it is taken
// yet: what was taken stays.
func (p *play) feedRecord(s *stream, f rollback.Frame, record []byte) bool {
	seats, n := s.seatsAt(p.deal.table, f), p.terms.inputBytes
	inputs, _ := seating.Split(record, len(seats.list)*n)
	for i, seat := range seats.list {
		cell := zeros[:n]
		if inputs != nil {
			cell = inputs[i*n : (i+1)*n]
		}
		if p.sim.ConfirmPacked(seat, f, cell) != nil && p.sim.Held(seat) < f {
			return false
		}
	}
	return true
}

// confirm confirms all frames in which everybody who is in the match has had his say,
// and tells the simulation who that was, as far as it takes that.
func (p *play) confirm() {
	if p.phase == comparing {
		return
	}
	for f := p.deal.table.Folded() + 1; f <= p.sim.TakesThrough() && p.member.Confirm(); f++ {
		p.settleFrame(f)
	}
}

// settleFrame takes the next confirmed frame, and returns who takes part in it. It is one
// that the simulation takes.
func (p *play) settleFrame(f rollback.Frame) rollback.Lineup {
	l := p.fold(f)
	if p.sim.ConfirmLineup(f, l) != nil {
		panic("netcode: a lineup that the simulation takes was not taken")
	}
	if len(p.donations) > 0 {
		p.giveFrame(f, l)
	}
	for i := 0; i < len(p.cast); i++ {
		if s := p.cast[i]; f > s.End() {
			p.feed(s)
			p.departed(s, f)
			p.cast = append(p.cast[:i], p.cast[i+1:]...)
			i--
		}
	}
	return l
}

// feedAll gives the simulation what it takes of all that has been left over, and
// confirms.
func (p *play) feedAll() {
	if p.backlog {
		p.backlog = false
		for _, s := range p.cast {
			p.feed(s)
		}
	}
	p.confirm()
}
