package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/seating"
	"github.com/visavis-netcode/visavis/rollback"
)

// feed gives the simulation a stream's records as far as they follow without a gap, as
// it takes them, and as it is settled whose seats they speak of. While two worlds are
// compared they stay as they are.
func (p *play) feed(s *stream) {
	held := s.Held()
	if s.fed >= held || p.phase == comparing {
		return
	}
	for s.fed < held && p.give(s, s.Record(s.fed+1)) {
	}
	p.backlog = p.backlog || s.fed < held
}

// give gives the simulation the record of a stream that follows those that it has. It
// reports false if not all of it is taken yet: what was taken stays.
func (p *play) give(s *stream, record []byte) bool {
	f := s.fed + 1
	if f > p.deal.table.Through() {
		return false
	}
	seats, n := s.seatsAt(p.deal.table, f).list, p.terms.inputBytes
	inputs, _ := seating.Split(record, len(seats)*n)
	if inputs == nil {
		inputs = zeros[:len(seats)*n]
	}
	for _, seat := range seats {
		if p.sim.ConfirmPacked(seat, f, inputs[:n]) != nil && p.sim.Held(seat) < f {
			return false
		}
		inputs = inputs[n:]
	}
	s.fed = f
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
	l := p.deal.fold(f)
	if p.sim.ConfirmLineup(f, l, p.deal.table.Commands()...) != nil {
		panic("netcode: a lineup that the simulation takes was not taken")
	}
	p.donor.giveFrame(f, l)
	if !p.member.Records().Even() {
		p.dismiss(f)
	}
	return l
}

// dismiss takes leave of those who have no part in a frame, and in those after it.
func (p *play) dismiss(f rollback.Frame) {
	for i := 0; i < len(p.cast); i++ {
		if s := p.cast[i]; f > s.End() {
			p.feed(s)
			if q := p.departed(s, f, p.deal.players); q != nil {
				p.sync.Forget(q.index)
			}
			p.cast = append(p.cast[:i], p.cast[i+1:]...)
			i--
		}
	}
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
