package pathfinder

import (
	"time"

	"github.com/visavis-netcode/visavis/nat"
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
type hope struct {
	route pathconn.Route
	ends  time.Duration // 0: is over, or never was
}

// begin hopes, if one address is likely enough.
func (h *hope) begin(now time.Duration, p *pair) {
	if p.punch == nil || p.learntFirst || p.virtual.IsValid() {
		return
	}
	addr, ok := p.punch.Likely()
	route := pathconn.Route{Addr: addr}
	if _, taken := p.f.paths.Owner(route); !ok || taken || !p.f.restraint.Vouched(now, addr.Addr()) {
		return
	}
	p.expect(route)
	h.route, h.ends = route, now+hopeFor
}

// advance ends it: a stranger is not to be sent more than one packet of QUIC.
func (h *hope) advance(now time.Duration, p *pair) {
	if h.ends == 0 || now < h.ends {
		return
	}
	h.ends = 0
	if _, heard := p.f.paths.Heard(h.route); !heard && p.found == 0 {
		p.f.paths.SetRoute(p.virtual, pathconn.Nowhere)
	}
}

func (h *hope) next() time.Duration {
	if h.ends == 0 {
		return nat.Never
	}
	return h.ends
}

// trying reports whether a peer that waits for us is still to be tried.
func (p *pair) trying() bool {
	return p.awaited && p.found == 0 && p.tries < awaitedTries && p.punch != nil && p.punch.Hopeless() == ""
}

// hopeless reports whether there will be no path. A relay has its time from when
// there is none: a server that starts again in the middle of a match gives it back.
func (p *pair) hopeless(now time.Duration) bool {
	if p.bond != nil && !p.released || p.found == 0 && now < p.until || p.trying() {
		return false
	}
	if p.keep.active != nil {
		return p.keep.silence(now) >= goneAfter
	}
	if p.f.config.Relay == Only {
		return now-p.bare >= relayLimit
	}
	return p.failed != "" && (!p.mayRelay() || now-max(p.failedAt, p.bare) >= relayLimit)
}
