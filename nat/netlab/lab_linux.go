package netlab

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
)

// Lab is an Internet with homes and servers.
type Lab struct {
	t        testing.TB
	internet *internet
	homes    int
	servers  int
	moved    int
}

// Addresses: servers have 11.0.x.0/24, homes have 11.1.x.1 or a 100.64.x.0/24 of
// their carrier outside, and 192.168.x.0/24 or, where nothing is translated,
// 11.2.x.0/24 inside. Ranges for documentation are avoided, as miniupnpd takes
// those for private.
func address(a, b, c, d int) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(a), byte(b), byte(c), byte(d)})
}

// New makes an empty Internet that lives as long as the test. The test is
// skipped with -short, without root, and where a command, namespaces, TUN
// devices or address translation are missing.
func New(t testing.TB) *Lab {
	t.Helper()
	require(t, "ip", "nft")
	n, err := newInternet()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.close)
	return &Lab{t: t, internet: n}
}

// Server makes a computer directly on the Internet, without delay, and returns
// it with so many addresses that it has.
func (l *Lab) Server(addresses int) (*Place, []netip.Addr) {
	l.t.Helper()
	p := NewPlace(l.t)
	l.servers++
	var list []netip.Addr
	for i := range addresses {
		list = append(list, address(11, 0, l.servers, 1+i))
	}
	l.connect(p, list, &wire{routes: []netip.Prefix{netip.PrefixFrom(list[0], 24).Masked()}})
	return p, list
}

// connect joins a place to the Internet by its interface wan.
func (l *Lab) connect(p *Place, addresses []netip.Addr, w *wire) {
	l.t.Helper()
	if err := l.internet.attach(p, "wan", w); err != nil {
		l.t.Skip("no TUN devices here: ", err)
	}
	var lines []string
	for _, addr := range addresses {
		lines = append(lines, fmt.Sprintf("addr add %s/32 dev wan", addr))
	}
	p.IP(append(lines, "link set wan up", "route add default dev wan")...)
}

// Options vary a home. The zero value is one computer on a wire without delay.
type Options struct {
	Hosts   int           // computers in the home; 0 stands for 1
	Delay   time.Duration // one way, between the home and the Internet
	Hops    int           // routers on the wire: the TTL of what leaves the home falls by so many
	Hairpin bool          // the router turns packets to its own address round
	Carrier *Home         // the home hangs behind this one, and Delay and Hops are the carrier's
}

// Home is a router with computers behind it.
type Home struct {
	Kind   string
	Hosts  []*Place
	Router *Place
	Public netip.Addr // of the router; behind a carrier it is not public

	lab      *Lab
	wire     *wire // nil behind a carrier
	carrier  *Home
	behavior natsim.Behavior
	behaves  bool // false: it only routes
	number   int
	lan      netip.Prefix // what the router's interface lan has

	stopMapping func() // ends miniupnpd
}

// Home builds a home of a kind that natsim.Presets lists, and fails the test for
// any other. One of kind upnp runs miniupnpd, and skips the test without it.
func (l *Lab) Home(kind string, o Options) *Home {
	l.t.Helper()
	if kind == "cgnat" && o.Carrier == nil {
		o.Carrier = l.Carrier(Options{Delay: o.Delay, Hops: o.Hops})
	}
	h := l.router(kind, o)
	for i := range max(o.Hosts, 1) {
		host := NewPlace(l.t)
		h.Hosts = append(h.Hosts, host)
		port := fmt.Sprintf("port%d", i)
		Cable(h.Router, port, host, "eth0")
		h.Router.IP("link set " + port + " master lan")
		host.IP(fmt.Sprintf("addr add %s dev eth0", netip.PrefixFrom(nth(h.lan, 2+i), 24)),
			"route add default via "+h.lan.Addr().String())
	}
	if h.behavior.PortMap {
		h.MapPorts("enable_natpmp=yes\nenable_upnp=yes")
	}
	return h
}

// Carrier builds a carrier's translator, port-restricted, for homes to hang
// behind. It has no computers.
func (l *Lab) Carrier(o Options) *Home {
	l.t.Helper()
	return l.router("carrier", o)
}

// nth is the n-th address of a network of 256.
func nth(network netip.Prefix, n int) netip.Addr {
	b := network.Addr().As4()
	b[3] = byte(n)
	return netip.AddrFrom4(b)
}

// router builds a home without computers.
func (l *Lab) router(kind string, o Options) *Home {
	l.t.Helper()
	l.homes++
	h := &Home{Kind: kind, Router: NewPlace(l.t), Public: address(11, 1, l.homes, 1), lab: l,
		carrier: o.Carrier, number: l.homes, stopMapping: func() {}}
	h.lan = netip.PrefixFrom(address(192, 168, h.number, 1), 24)
	h.behavior, h.behaves = natsim.Preset(kind)
	switch {
	case kind == "carrier":
		h.behavior, h.behaves = natsim.Behavior{Filtering: natsim.AddressPortDependent, LowPort: 20000, HighPort: 49999}, true
		h.lan = netip.PrefixFrom(address(100, 64, h.number, 1), 24)
	case kind == "none" || h.behavior.Firewall:
		h.lan = netip.PrefixFrom(address(11, 2, h.number, 1), 24)
	case !h.behaves:
		l.t.Fatalf("netlab: no home of kind %q", kind)
	}
	h.behavior.Hairpin = o.Hairpin
	r := h.Router
	r.Forward()
	r.sysctl("ipv4/conf/all/send_redirects", "0")
	r.sysctl("ipv4/conf/default/send_redirects", "0")
	// What computers of the home send each other is no business of its rules.
	r.sysctl("bridge/bridge-nf-call-iptables", "0")
	r.IP("link add lan type bridge", "link set lan up", fmt.Sprintf("addr add %s dev lan", h.lan))
	if o.Carrier == nil {
		h.wire = &wire{delay: o.Delay, hops: o.Hops, routes: h.routes()}
		l.connect(r, []netip.Addr{h.Public}, h.wire)
	} else {
		c := o.Carrier
		h.Public = nth(c.lan, 1+h.number)
		port := fmt.Sprintf("home%d", h.number)
		Cable(c.Router, port, r, "wan")
		c.Router.IP("link set " + port + " master lan")
		r.IP(fmt.Sprintf("addr add %s dev wan", netip.PrefixFrom(h.Public, 24)), "route add default via "+c.lan.Addr().String())
	}
	h.apply()
	return h
}

// routes are the addresses that the Internet finds here.
func (h *Home) routes() []netip.Prefix {
	list := []netip.Prefix{netip.PrefixFrom(h.Public, 32)}
	if !h.behaves || h.behavior.Firewall {
		list = append(list, h.lan.Masked())
	}
	return list
}

// Cut lets nothing through between the home, or its carrier, and the Internet,
// until it is called with false.
func (h *Home) Cut(cut bool) {
	for h.carrier != nil {
		h = h.carrier
	}
	h.lab.internet.change(func() { h.wire.cut = cut })
}

// Isolate keeps the computers of the home from each other, as a guest network
// does, until it is called with false. They still reach the router.
func (h *Home) Isolate(isolated bool) {
	h.lab.t.Helper()
	word := map[bool]string{true: "on", false: "off"}[isolated]
	for i := range h.Hosts {
		h.Router.IP(fmt.Sprintf("link set port%d type bridge_slave isolated %s", i, word))
	}
}

// Flush makes the router, and its carrier's, forget all flows and the ports that
// they had, as one that restarts does.
func (h *Home) Flush() {
	h.lab.t.Helper()
	for ; h != nil; h = h.carrier {
		h.apply()
		h.Router.forgetFlows()
	}
}

// Move gives the router another public address, as a provider does once a day,
// and makes it forget all flows. A home behind a carrier cannot move.
func (h *Home) Move() {
	h.lab.t.Helper()
	if h.wire == nil {
		h.lab.t.Fatal("netlab: a home behind a carrier has no address of its own")
	}
	old := h.Public
	h.lab.moved++
	h.Public = address(11, 3, h.lab.moved, 1)
	h.Router.IP(fmt.Sprintf("addr add %s/32 dev wan", h.Public), fmt.Sprintf("addr del %s/32 dev wan", old),
		"route replace default dev wan")
	h.lab.internet.change(func() { h.wire.routes = h.routes() })
	h.Flush()
}
