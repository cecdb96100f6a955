package netcode

import (
	"bytes"

	"github.com/visavis-netcode/visavis/rollback"
)

// feed gives the simulation a stream's records as far as they follow without a gap, and
// as it takes them. While two worlds are compared they stay as they are.
func (p *play) feed(s *stream) {
	if p.phase == comparing {
		return
	}
	if s.fed == s.Held() {
		return
	}
	n := p.terms.inputBytes
	for before := s.record(s.fed); s.fed < s.Held(); s.fed++ {
		record := s.record(s.fed + 1)
		for i, seat := range s.seats {
			if p.sim.ConfirmPacked(seat, s.fed+1, record[i*n:(i+1)*n]) != nil {
				p.backlog = true
				return
			}
		}
		p.surprised = p.surprised || s != p.own && !bytes.Equal(record, before)
		before = record
	}
}

// confirm confirms all frames in which everybody who is in the match has had his say,
// and tells the simulation who that was, as far as it takes that.
func (p *play) confirm() {
	if p.phase == comparing {
		return
	}
	set := p.member.Records()
	for f := p.sim.LineupsThrough() + 1; f <= set.Confirmed() || p.member.Confirm(); f++ {
		if p.sim.ConfirmLineup(f, p.lineup(f)) != nil {
			return
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

// lineup is who takes part in a confirmed frame.
func (p *play) lineup(f rollback.Frame) (l rollback.Lineup) {
	for _, s := range p.cast {
		if s.present(f) {
			continue
		}
		l.Absent |= s.mask
		if f == s.End()+1 {
			p.departed(s, f)
		}
	}
	return l
}
