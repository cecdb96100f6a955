package natsim

import (
	"errors"
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/nat/nat64"
)

// Dependence says on how much of the remote address something depends: RFC
// 4787 sections 4.1 (mapping) and 5 (filtering).
type Dependence uint8

const (
	// EndpointIndependent: on nothing. One public port for all remotes;
	// everybody may send to it.
	EndpointIndependent Dependence = iota
	// AddressDependent: on the remote's IP address.
	AddressDependent
	// AddressPortDependent: on the remote's address and port.
	AddressPortDependent
)

// Behavior is how a router treats UDP.
type Behavior struct {
	Mapping   Dependence
	Filtering Dependence

	// Firewall passes addresses untranslated and only filters: hosts inside
	// have public addresses.
	Firewall bool
	// NAT64 makes a translator of the router: hosts inside have IPv6 only, and
	// reach IPv4 behind this prefix (package nat64), from the router's own
	// address. With Firewall other packets pass untranslated.
	NAT64 netip.Prefix
	// Blocked lets no UDP out.
	Blocked bool

	// Preserve keeps the inside port when it is free. Otherwise a public port
	// is drawn from LowPort to HighPort (0, 0 stands for 10000 to 19999), or
	// the next one is taken if Sequential.
	Preserve          bool
	Sequential        bool
	LowPort, HighPort uint16

	// Hairpin lets hosts inside reach each other by their public addresses.
	Hairpin bool
	// AcceptsWAN is a router whose own firewall accepts (or rejects, rather
	// than drops) packets that nobody inside asked for. On Linux such a packet
	// is tracked as a flow to the router itself. If a host inside then sends
	// to the same remote, the reply tuple of its mapped port is taken, so that
	// flow, and those opened after it, leave from another port.
	AcceptsWAN bool
	// PortMap allows Router.Map: UPnP, NAT-PMP or PCP.
	PortMap bool
	// Timeout is how long a mapping lives without packets; 0 stands for 120 s.
	Timeout time.Duration
}

// acceptedLife is how long Linux remembers a flow that was never answered.
const acceptedLife = 30 * time.Second

// Router stands between an outer network and an inner one.
type Router struct {
	sim      *Sim
	behavior Behavior
	outside  *attachment
	inside   *Network
	gateway  *attachment // our plug in the inner network
	wan      netip.Addr

	byKey    map[mappingKey]*mapping // newest of each key
	byPort   map[uint16]*mapping
	flows    map[flowKey]*flow
	statics  map[uint16]netip.AddrPort // public port -> inside, by Map
	accepted map[acceptedKey]time.Duration
	nextPort uint16
}

type mappingKey struct {
	inside netip.AddrPort
	remote netip.AddrPort // as much of it as Mapping depends on
}

type mapping struct {
	inside  netip.AddrPort
	port    uint16
	expires time.Duration
	allowed map[netip.Addr]time.Duration // for AddressDependent filtering
}

type flowKey struct{ inside, remote netip.AddrPort }

type flow struct {
	port    uint16
	expires time.Duration
}

type acceptedKey struct {
	remote netip.AddrPort
	port   uint16
}

// Router adds a router with an address in this network and an empty network
// behind it. The wire is the one towards this network.
func (n *Network) Router(wan netip.Addr, gateway netip.Addr, b Behavior, wire Wire) *Router {
	if b.LowPort == 0 {
		b.LowPort, b.HighPort = 10000, 19999
	}
	if b.Timeout == 0 {
		b.Timeout = 120 * time.Second
	}
	r := &Router{sim: n.sim, behavior: b, wan: wan}
	r.outside = n.attach(wan, r, wire)
	r.inside = &Network{sim: n.sim, nodes: map[netip.Addr]*attachment{}}
	r.gateway = r.inside.attach(gateway, r, Wire{})
	r.inside.up = r.gateway
	r.statics = map[uint16]netip.AddrPort{}
	r.Flush()
	return r
}

// Inside is the network behind the router.
func (r *Router) Inside() *Network { return r.inside }

// WAN is the router's address in its outer network.
func (r *Router) WAN() netip.Addr { return r.wan }

// Host adds a computer behind the router. Behind a firewall its address is
// announced to the outer network too.
func (r *Router) Host(addr netip.Addr, wire Wire) *Host {
	r.announce(addr)
	return r.inside.Host(addr, wire)
}

// Add gives a host that exists an address behind the router, of the other family.
func (r *Router) Add(h *Host, addr netip.Addr, wire Wire) {
	r.announce(addr)
	h.Join(r.inside, addr, wire)
}

func (r *Router) announce(addr netip.Addr) {
	if r.behavior.Firewall {
		r.outside.network.nodes[addr] = r.outside
	}
}

// Flush forgets all mappings, as a router does that restarts: the next packet
// gets another public port. Static mappings stay.
func (r *Router) Flush() {
	r.byKey = map[mappingKey]*mapping{}
	r.byPort = map[uint16]*mapping{}
	r.flows = map[flowKey]*flow{}
	r.accepted = map[acceptedKey]time.Duration{}
	r.nextPort = r.behavior.LowPort
	if !r.behavior.Sequential || r.behavior.HighPort == r.behavior.LowPort {
		return
	}
	span := int(r.behavior.HighPort-r.behavior.LowPort)/2 + 1
	r.nextPort += uint16(r.sim.rand.IntN(span))
}

// NewAddr flushes and gives the router another address in its outer network,
// as a provider does at night.
func (r *Router) NewAddr(wan netip.Addr) {
	n := r.outside.network
	if n.nodes[wan] != nil {
		panic("natsim: the new address is in use")
	}
	delete(n.nodes, r.wan)
	n.nodes[wan] = r.outside
	r.wan = wan
	r.Flush()
}

// ErrNoPortMap says that a router offers no port mapping, or not that port.
var ErrNoPortMap = errors.New("natsim: the router maps no such port")

// Map asks for a static mapping of a public port to a host inside, as UPnP
// does. Port 0 draws one.
func (r *Router) Map(inside netip.AddrPort, port uint16) (netip.AddrPort, error) {
	if !r.behavior.PortMap || port != 0 && !r.free(port) {
		return netip.AddrPort{}, ErrNoPortMap
	}
	if port == 0 {
		port = r.drawPort()
	}
	r.statics[port] = inside
	return netip.AddrPortFrom(r.wan, port), nil
}

func (r *Router) arrive(p packet, at *attachment) {
	switch {
	case at == r.gateway && p.dst.Addr() == r.wan:
		r.hairpin(p)
	case at == r.gateway:
		r.leave(p)
	default:
		r.enter(p)
	}
}

// leave forwards a packet from inside.
func (r *Router) leave(p packet) {
	// The TTL is checked before a mapping is made, as Linux does it.
	if p.ttl--; p.ttl <= 0 {
		r.sim.Stats.Expired++
		return
	}
	if r.behavior.Blocked {
		r.sim.Stats.Refused++
		return
	}
	if four, ok := nat64.Unmap(r.behavior.NAT64, p.dst.Addr()); ok {
		p.dst = netip.AddrPortFrom(four, p.dst.Port())
	}
	if port := r.translate(p.src, p.dst); !r.passes(p.dst) {
		p.src = netip.AddrPortFrom(r.wan, port)
	}
	r.outside.network.send(p, r.outside)
}

// hairpin turns a packet round that a host inside sends to our own public
// address. Its source is translated too (RFC 4787 REQ-9).
func (r *Router) hairpin(p packet) {
	if !r.behavior.Hairpin || r.behavior.Blocked {
		r.sim.Stats.Refused++
		return
	}
	if p.ttl--; p.ttl <= 0 {
		r.sim.Stats.Expired++
		return
	}
	p.src = netip.AddrPortFrom(r.wan, r.translate(p.src, p.dst))
	p.ttl++ // enter takes the one hop that this router is
	r.enter(p)
}

// enter forwards a packet from outside, or refuses it.
func (r *Router) enter(p packet) {
	inside, ok := r.admit(p.src, p.dst)
	if !ok || r.behavior.Blocked {
		r.sim.Stats.Refused++
		return
	}
	if p.ttl--; p.ttl <= 0 {
		r.sim.Stats.Expired++
		return
	}
	p.dst = inside
	if six, ok := nat64.Map(r.behavior.NAT64, p.src.Addr()); ok {
		p.src = netip.AddrPortFrom(six, p.src.Port())
	}
	r.inside.send(p, r.gateway)
}

// passes says whether packets to and from a remote are filtered, but not
// translated.
func (r *Router) passes(remote netip.AddrPort) bool {
	return r.behavior.Firewall && !(r.behavior.NAT64.IsValid() && remote.Addr().Is4())
}

// translate returns the public port of a flow from inside and opens it.
func (r *Router) translate(inside, remote netip.AddrPort) uint16 {
	now := r.sim.now
	key := flowKey{inside, remote}
	if f := r.flows[key]; f != nil && f.expires > now {
		r.refresh(f, r.byPort[f.port], remote)
		return f.port
	}
	f := &flow{port: inside.Port()}
	r.flows[key] = f
	if r.passes(remote) {
		r.refresh(f, nil, remote)
		return f.port
	}
	m := r.mappingFor(inside, remote)
	f.port = m.port
	r.refresh(f, m, remote)
	return f.port
}

// mappingFor finds the mapping of a new flow or makes one.
func (r *Router) mappingFor(inside, remote netip.AddrPort) *mapping {
	key := mappingKey{inside: inside}
	switch r.behavior.Mapping {
	case AddressDependent:
		key.remote = netip.AddrPortFrom(remote.Addr(), 0)
	case AddressPortDependent:
		key.remote = remote
	}
	m := r.byKey[key]
	if m != nil && m.expires > r.sim.now && !r.occupied(remote, m.port) {
		return m
	}
	m = &mapping{inside: inside}
	if r.behavior.Filtering == AddressDependent {
		m.allowed = map[netip.Addr]time.Duration{}
	}
	if r.behavior.Preserve && r.free(inside.Port()) && !r.occupied(remote, inside.Port()) {
		m.port = inside.Port()
	} else {
		m.port = r.drawPort()
	}
	r.byKey[key] = m
	r.byPort[m.port] = m
	return m
}

// refresh keeps a flow and its mapping alive. Packets of both directions do.
func (r *Router) refresh(f *flow, m *mapping, remote netip.AddrPort) {
	until := r.sim.now + r.behavior.Timeout
	f.expires = until
	if m == nil {
		return
	}
	m.expires = until
	if m.allowed != nil {
		m.allowed[remote.Addr()] = until
	}
}

// admit says where inside a packet from outside belongs.
func (r *Router) admit(remote, to netip.AddrPort) (inside netip.AddrPort, ok bool) {
	now := r.sim.now
	if r.passes(remote) {
		f := r.flows[flowKey{to, remote}]
		if r.behavior.Filtering != EndpointIndependent && (f == nil || f.expires <= now) {
			return netip.AddrPort{}, false
		}
		if f != nil {
			r.refresh(f, nil, remote)
		}
		return to, to.Addr() != r.wan
	}
	port := to.Port()
	if inside, ok := r.statics[port]; ok {
		// Answers to this remote leave from the static port, unless the flow
		// had one before.
		key := flowKey{inside, remote}
		f := r.flows[key]
		if f == nil || f.expires <= now {
			f = &flow{port: port}
			r.flows[key] = f
		}
		r.refresh(f, r.byPort[f.port], remote)
		return inside, true
	}
	if m := r.byPort[port]; m != nil && m.expires > now && r.lets(m, remote) {
		if f := r.flows[flowKey{m.inside, remote}]; f != nil && f.port == port {
			r.refresh(f, m, remote)
		} else if r.behavior.Mapping == EndpointIndependent && (f == nil || f.expires <= now) {
			f = &flow{port: port}
			r.flows[flowKey{m.inside, remote}] = f
			r.refresh(f, m, remote)
		}
		return m.inside, true
	}
	if r.behavior.AcceptsWAN {
		r.accepted[acceptedKey{remote, port}] = now + acceptedLife
	}
	return netip.AddrPort{}, false
}

// lets says whether the filter of a mapping lets a remote in.
func (r *Router) lets(m *mapping, remote netip.AddrPort) bool {
	switch r.behavior.Filtering {
	case EndpointIndependent:
		return true
	case AddressDependent:
		return m.allowed[remote.Addr()] > r.sim.now
	default:
		f := r.flows[flowKey{m.inside, remote}]
		return f != nil && f.port == m.port && f.expires > r.sim.now
	}
}

// occupied says whether a flow to the router itself holds the reply tuple.
func (r *Router) occupied(remote netip.AddrPort, port uint16) bool {
	return r.behavior.AcceptsWAN && r.accepted[acceptedKey{remote, port}] > r.sim.now
}

func (r *Router) free(port uint16) bool {
	_, static := r.statics[port]
	m := r.byPort[port]
	return port != 0 && !static && (m == nil || m.expires <= r.sim.now)
}

// drawPort takes the next or a random free public port. A range that is full
// gives the port that was tried last: its old owner loses it, as on routers
// whose tables overflow.
func (r *Router) drawPort() uint16 {
	low, high := r.behavior.LowPort, r.behavior.HighPort
	port := low
	for range 4 * (int(high-low) + 1) {
		if r.behavior.Sequential {
			port = r.nextPort
			if r.nextPort++; r.nextPort > high || r.nextPort < low {
				r.nextPort = low
			}
		} else {
			port = low + uint16(r.sim.rand.IntN(int(high-low)+1))
		}
		if r.free(port) {
			break
		}
	}
	return port
}
