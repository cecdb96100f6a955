package natsim

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// internetHops is how many routers stand between any two attachments of the
// Internet: a packet whose TTL is smaller dies on the way. Real paths have 8
// to 20. An opener of TTL 8 dies on them, one of 10 would reach the far router,
// so that a TTL chosen too high is punished.
const internetHops = 8

// Wire is what lies between a node and its network, in each direction.
type Wire struct {
	Delay  time.Duration // one way
	Jitter time.Duration // added on top, uniform in [0, Jitter); reorders packets
	Loss   float64       // chance that a packet vanishes, 0 to 1
}

// Network is a place where any two nodes reach each other by address: the
// Internet, the inside of a carrier, or one home's LAN.
type Network struct {
	// OnSend, if set, is called for each packet that somebody sends here, from
	// within Run: what an onlooker sees. The bytes must not be changed.
	OnSend func(from, to netip.AddrPort, b []byte)

	sim   *Sim
	nodes map[netip.Addr]*attachment
	up    *attachment // where packets for addresses elsewhere go; nil on the Internet
	hops  int         // TTL that crossing costs
}

// attachment is a node's plug in one network.
type attachment struct {
	network *Network
	node    node
	wire    Wire
}

type node interface {
	arrive(p packet, at *attachment)
}

// attach plugs a node in under an address. Two nodes of one address would be a
// mistake in the scenario, so it panics.
func (n *Network) attach(addr netip.Addr, node node, wire Wire) *attachment {
	if n.nodes[addr] != nil {
		panic(fmt.Sprintf("natsim: address %v is given to two nodes of one network", addr))
	}
	a := &attachment{network: n, node: node, wire: wire}
	n.nodes[addr] = a
	return a
}

// send carries a packet from one attachment to the one its destination names.
func (n *Network) send(p packet, from *attachment) {
	s := n.sim
	if n.OnSend != nil {
		n.OnSend(p.src, p.dst, p.data)
	}
	to := n.nodes[p.dst.Addr()]
	if to == nil {
		to = n.up
	}
	_, self := from.node.(*Host) // a host reaches its own sockets, a router turns nothing back
	if to == nil || to == from && !self {
		s.Stats.Nowhere++
		return
	}
	if p.ttl -= n.hops; p.ttl <= 0 {
		s.Stats.Expired++
		return
	}
	delay, arrives := from.wire.cross(s)
	if arrives {
		var more time.Duration
		more, arrives = to.wire.cross(s)
		delay += more
	}
	if !arrives {
		s.Stats.Lost++
		return
	}
	s.push(event{at: s.now + delay, to: to, packet: p})
}

// cross draws what one packet meets on a wire.
func (w *Wire) cross(s *Sim) (delay time.Duration, arrives bool) {
	if w.Loss > 0 && s.rand.Float64() < w.Loss {
		return 0, false
	}
	delay = w.Delay
	if w.Jitter > 0 {
		delay += time.Duration(s.rand.Int64N(int64(w.Jitter)))
	}
	return delay, true
}

// Host is a computer with an address, or one of each family.
type Host struct {
	// OnStray, if set, is called for each packet that arrives at a port where
	// nobody listens, from within Run.
	OnStray func(from, to netip.AddrPort, b []byte)

	sim     *Sim
	plugs   []plug // the first is the main one
	sockets map[uint16]*Socket
}

type plug struct {
	addr netip.Addr
	*attachment
}

// Host adds a computer to a network. The address must be free there.
func (n *Network) Host(addr netip.Addr, wire Wire) *Host {
	h := &Host{sim: n.sim, sockets: map[uint16]*Socket{}}
	h.Join(n, addr, wire)
	return h
}

// Join gives the host an address in a network more, of the other family. Packets
// leave by the address whose family is that of their destination.
func (h *Host) Join(n *Network, addr netip.Addr, wire Wire) {
	for _, p := range h.plugs {
		if p.addr.Is4() == addr.Is4() {
			panic(fmt.Sprintf("natsim: a host with the addresses %v and %v", p.addr, addr))
		}
	}
	h.plugs = append(h.plugs, plug{addr, n.attach(addr, h, wire)})
}

// Addr is the host's first address, as its interfaces show it.
func (h *Host) Addr() netip.Addr { return h.plugs[0].addr }

// Addrs are all its addresses.
func (h *Host) Addrs() (list []netip.Addr) {
	for _, p := range h.plugs {
		list = append(list, p.addr)
	}
	return list
}

// AddrPort is the host's first address with a port.
func (h *Host) AddrPort(port uint16) netip.AddrPort { return netip.AddrPortFrom(h.Addr(), port) }

// Listen opens a socket on a port; port 0 takes a random free one from 49152
// up. It panics if the port is taken, which is a mistake in the scenario.
func (h *Host) Listen(port uint16) *Socket {
	for port == 0 {
		p := uint16(49152 + h.sim.rand.IntN(16384))
		if h.sockets[p] == nil {
			port = p
		}
	}
	if h.sockets[port] != nil {
		panic(fmt.Sprintf("natsim: port %d of %v is in use", port, h.Addr()))
	}
	socket := &Socket{host: h, addr: h.AddrPort(port)}
	h.sockets[port] = socket
	return socket
}

func (h *Host) arrive(p packet, _ *attachment) {
	socket := h.sockets[p.dst.Port()]
	mine := slices.ContainsFunc(h.plugs, func(own plug) bool { return own.addr == p.dst.Addr() })
	if socket == nil || !mine {
		h.sim.Stats.Nowhere++
		if mine && h.OnStray != nil {
			h.OnStray(p.src, p.dst, p.data)
		}
		return
	}
	h.sim.Stats.Delivered++
	if socket.OnPacket != nil {
		socket.OnPacket(p.src, p.data)
	}
}

// Socket is one UDP port of a host, at all of its addresses.
type Socket struct {
	// OnPacket is called for each packet that arrives, from within Run. The
	// bytes belong to the simulation and must not be changed.
	OnPacket func(from netip.AddrPort, b []byte)

	host *Host
	addr netip.AddrPort
}

// defaultTTL is what operating systems give packets unless told otherwise.
const defaultTTL = 64

// Send sends a packet; ttl 0 stands for the usual 64. The bytes are copied.
func (s *Socket) Send(to netip.AddrPort, ttl int, b []byte) {
	if s.host.sockets[s.addr.Port()] != s {
		return // closed
	}
	if ttl == 0 {
		ttl = defaultTTL
	}
	s.host.sim.Stats.Sent++
	for _, by := range s.host.plugs {
		if by.addr.Is4() == to.Addr().Is4() {
			p := packet{src: netip.AddrPortFrom(by.addr, s.addr.Port()), dst: to, ttl: ttl, data: append([]byte(nil), b...)}
			by.network.send(p, by.attachment)
			return
		}
	}
	s.host.sim.Stats.Nowhere++ // no such family here
}

// Forge sends a packet that looks as if somebody else had sent it: no network
// between here and there looks at where it came from.
func (s *Socket) Forge(from, to netip.AddrPort, b []byte) {
	s.host.sim.Stats.Sent++
	by := s.host.plugs[0]
	by.network.send(packet{src: from, dst: to, ttl: defaultTTL, data: append([]byte(nil), b...)}, by.attachment)
}

// Addr is the socket's first address.
func (s *Socket) Addr() netip.AddrPort { return s.addr }

// Close frees the port. Packets that still arrive are lost.
func (s *Socket) Close() {
	if s.host.sockets[s.addr.Port()] == s {
		delete(s.host.sockets, s.addr.Port())
	}
}
