package pathfinder

import (
	"time"

	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// hopeFor is how long packets of QUIC may go to an address that nothing has been
// heard from: long enough for the first one and its answer, too short for QUIC
// to repeat itself.
const hopeFor = 150 * time.Millisecond

// hope lets the owner dial before anything is proven, one round trip sooner than
// after. The side that learnt last may: its packets of full TTL go to the peer's
// router at this moment anyway. If the address proves to be wrong the connection
// goes on, or is dialled again, by the path that is found.
func (p *pair) hope(now time.Duration) {
	if p.punch == nil || p.learntFirst || p.virtual.IsValid() {
		return
	}
	addr, ok := p.punch.Likely()
	route := pathconn.Route{Addr: addr}
	if _, taken := p.f.paths.Owner(route); !ok || taken || !p.f.restraint.Vouched(now, addr.Addr()) {
		return
	}
	p.expect(route)
	p.hoped, p.hopeEnds = route, now+hopeFor
}

// endHope ends that: a stranger is not to be sent more than one packet of QUIC.
func (p *pair) endHope(now time.Duration) {
	if p.hopeEnds == 0 || now < p.hopeEnds {
		return
	}
	p.hopeEnds = 0
	if _, heard := p.f.paths.Heard(p.hoped); !heard && p.found == 0 {
		p.f.paths.SetRoute(p.virtual, pathconn.Nowhere)
	}
}
