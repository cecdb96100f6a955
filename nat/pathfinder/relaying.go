package pathfinder

import "github.com/visavis-netcode/visavis/nat"

// mayRelay reports whether the pair can have a relay at a server.
func (p *pair) mayRelay() bool {
	return p.f.config.Relay != Never && p.f.config.Rendezvous != "" || p.mayTURN()
}

// unseen reports whether no server has seen one of the two yet, though there are
// some to ask: UDP may not get out there. It is too early to say so, but not to have
// a relay at hand while the search goes on.
func (p *pair) unseen() bool {
	return len(p.f.gather.servers) > 0 && (p.f.gather.silent() || p.remote.Descriptor.Mapping == nat.MappingUnknown)
}

// wantRelay asks for a relay by every means there is. It may be called again and
// again.
func (p *pair) wantRelay() {
	if p.f.config.Relay == Never {
		return
	}
	p.detours.wanted = true
	p.byServer.want(p)
	p.byTURN.wanted = true
}
