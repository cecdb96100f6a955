package pathfinder

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/pathconn"
	"github.com/visavis-netcode/visavis/nat/turn"
)

const (
	turnAfter    = 100 * time.Millisecond  // that the rendezvous server is given to relay, before a TURN server is used
	turnSettle   = 1500 * time.Millisecond // that an offer of Only waits for an address at a TURN server
	maxTurnPeers = 4                       // addresses of a peer that are tried by way of our TURN server
	maxTurnRelay = 2                       // addresses at TURN servers that a peer is tried at
	turnAgain    = 10 * time.Second        // while a human carries our offer to the peer
)

// turnSocket is our address at a TURN server, one more socket of all pairs. It is
// asked for early, so that nobody need wait for it.
type turnSocket struct {
	f      *Finder
	relay  *turn.Relay // nil without servers
	number int         // in routes
	state  turn.State
	stale  bool // whom we permit has to be found out again
}

func (t *turnSocket) begin(f *Finder) {
	t.f = f
	if len(f.config.TURN) == 0 || f.config.Relay == Never {
		return
	}
	relay := turn.Open(turn.Config{Servers: f.config.TURN, Logger: f.log, Changed: func() { f.do(t.look) }})
	number, err := f.paths.AddSocket(relay)
	if err != nil {
		f.log.Debug("pathfinder: no socket for TURN", "err", err)
		relay.Close()
		return
	}
	t.relay, t.number = relay, number
}

// look takes notice of another address.
func (t *turnSocket) look() {
	before := t.state.Addr
	t.state = t.relay.State()
	if t.state.Addr == before {
		return
	}
	t.stale = true
	t.f.gather.look()
	for _, p := range t.f.pairs {
		p.byTURN.begun = false
	}
}

// waiting reports whether it may soon be known what our address is.
func (t *turnSocket) waiting() bool {
	return t.relay != nil && !t.state.Addr.IsValid() && t.state.Trouble == nil
}

// usable reports whether packets may go by way of our server to an address. One
// inside homes is reached by a server inside only.
func (t *turnSocket) usable(addr netip.AddrPort) bool {
	own := t.state.Addr
	return own.IsValid() && addr != own && addr.Addr().BitLen() == own.Addr().BitLen() && (isPublic(addr.Addr()) || !isPublic(own.Addr()))
}

func isPublic(addr netip.Addr) bool { return !addr.IsPrivate() && !addr.IsLoopback() }

// advance lets in whom the pairs need, and nobody else.
func (t *turnSocket) advance() {
	if !t.stale || t.relay == nil {
		return
	}
	t.stale = false
	var list []netip.Addr
	permit := func(addr netip.AddrPort) {
		if t.usable(addr) && !slices.Contains(list, addr.Addr()) {
			list = append(list, addr.Addr())
		}
	}
	for _, p := range t.f.pairs {
		for _, c := range p.remote.Candidates {
			permit(c.Addr)
		}
		for _, way := range p.keep.paths { // addresses that the peer did not know itself
			if way.rank == rankDirect && way.answered >= 0 {
				permit(way.route.Addr)
			}
		}
	}
	t.relay.Permit(list)
}

// trouble is a sentence about why there is no address, "" if there is nothing to
// say.
func (t *turnSocket) trouble() string {
	if t.state.Trouble == nil {
		return ""
	}
	return t.state.Trouble.Error()
}

// detail says how things stand, for a Report; "" without servers.
func (t *turnSocket) detail() string {
	switch {
	case t.relay == nil:
		return ""
	case t.state.Addr.IsValid():
		return fmt.Sprintf("our address at the TURN server %s: %v", t.state.Server, t.state.Addr)
	case t.state.Trouble != nil:
		return t.trouble()
	}
	return "the TURN server has not answered yet"
}

// check asks the server whether it still knows us.
func (t *turnSocket) check() {
	if t.relay != nil {
		t.relay.Check()
	}
}

// turnRelay is a pair's use of TURN servers, ours and the peer's.
type turnRelay struct {
	wanted bool
	at     time.Duration // when it is to begin; 0 if that is not known yet
	begun  bool          // the paths were added
}

// mayTURN reports whether one of the two has an address at a TURN server.
func (p *pair) mayTURN() bool {
	return p.f.config.Relay != Never && (p.f.turn.relay != nil || p.f.config.Relay != Only && len(relays(p.remote)) > 0)
}

// advance adds paths when no nearer relay has come about.
func (r *turnRelay) advance(now time.Duration, p *pair) {
	if r.begun && p.found == 0 && now < p.until && now >= r.at+turnAgain {
		r.begun, r.at = false, now // our router is not to forget the way
	}
	if !r.wanted || r.begun {
		return
	}
	if r.at == 0 {
		r.at = now
		if p.f.config.Rendezvous != "" {
			r.at += turnAfter
		}
	}
	switch {
	case now < r.at:
	case p.keep.active != nil && !p.keep.doubtful(now):
		*r = turnRelay{}
	default:
		r.begin(now, p)
	}
}

func (r *turnRelay) next(now time.Duration, p *pair) time.Duration {
	switch {
	case r.wanted && !r.begun:
		return r.at
	case r.begun && p.found == 0 && now < p.until:
		return r.at + turnAgain
	}
	return nat.Never
}

// begin adds the paths, or tries again those that have never answered.
func (r *turnRelay) begin(now time.Duration, p *pair) {
	r.begun = true
	for _, route := range r.routes(p) {
		if way := p.keep.add(now, route, "turn"); way != nil && way.answered < 0 {
			way.waiting = 0
		}
	}
}

// routes are the ways to the peer through TURN servers: to its address there,
// and from ours to all of its.
func (r *turnRelay) routes(p *pair) (list []pathconn.Route) {
	theirs := relays(p.remote)
	if p.f.config.Relay != Only {
		for _, c := range theirs[:min(len(theirs), maxTurnRelay)] {
			if p.f.reaches(c.Addr.Addr()) && (p.f.config.Loopback || !c.Addr.Addr().IsLoopback()) {
				list = append(list, pathconn.Route{Addr: c.Addr})
			}
		}
	}
	count := 0
	for _, c := range append(theirs, direct(p.remote).Candidates...) {
		if p.f.turn.usable(c.Addr) && count < maxTurnPeers {
			list = append(list, pathconn.Route{Socket: p.f.turn.number, Addr: c.Addr})
			count++
		}
	}
	return list
}

// kindBy is the kind of a path that only the peer's questions have shown, unless
// they tell more.
func (p *pair) kindBy(r pathconn.Route) Kind {
	if r.Socket != 0 && r.Socket == p.f.turn.number {
		return TURN
	}
	return kindOf(nat.Path{Remote: r.Addr, Socket: r.Socket}, false)
}

// relays are the peer's addresses at TURN servers.
func relays(o nat.Offer) (list []nat.Candidate) {
	for _, c := range o.Candidates {
		if isRelay(c) {
			list = append(list, c)
		}
	}
	return list
}

// direct is an offer without addresses at TURN servers: nothing is punched there.
func direct(o nat.Offer) nat.Offer {
	o.Candidates = slices.DeleteFunc(slices.Clone(o.Candidates), isRelay)
	return o
}
