package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// joinAsked: somebody wants to be let in.
func (p *play) joinAsked(c *mesh.Conn, machine uint8, m *wire.JoinAsk) {
	if why := p.mayJoin(c, machine, m); why != 0 {
		c.Send(&wire.JoinDenied{Match: m.Match, Attempt: m.Attempt, Why: why})
		return
	}
	p.member.Closed(machine) // if it is a member it does not know that, or is no more the one who was
	p.donor.begin(p.room.now(), c, machine, m.Attempt)
}

// mayJoin says why somebody is not let in, 0 if he is.
func (p *play) mayJoin(c *mesh.Conn, machine uint8, m *wire.JoinAsk) wire.Denial {
	status, _ := p.member.Status()
	switch {
	case m.Match != p.match || status != membership.Member || p.phase != running:
		return wire.DenialNotThere
	case !p.mayComeLate(machine), p.wasKicked(c, machine), p.member.ProofOf(machine) != nil:
		return wire.DenialClosed
	case p.donor.busy(p.room.now(), machine):
		return wire.DenialBusy
	}
	return 0
}

// mayComeLate reports whether the host lets a machine into the match while that runs.
func (p *play) mayComeLate(machine uint8) bool {
	return p.terms.lateJoin == LateAnybody || p.terms.lateJoin == LateOwn && p.deal.hadSeat(machine)
}

// wasKicked reports whether a machine's player has been kicked: by the same link he does not
// come back.
func (p *play) wasKicked(c *mesh.Conn, machine uint8) bool {
	q := p.byID[machine]
	return q != nil && q.conn == c && q.out == membership.ByKick
}
