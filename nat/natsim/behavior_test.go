package natsim_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
)

// probe is what RFC 5780 finds out: two servers of two ports each report where
// a packet came from and answer from where they are told to.
type probe struct {
	sim     *natsim.Sim
	servers [2][2]*natsim.Socket
	seen    map[netip.AddrPort]netip.AddrPort // server -> source it saw last
}

func newProbe(sim *natsim.Sim) *probe {
	p := &probe{sim: sim, seen: map[netip.AddrPort]netip.AddrPort{}}
	for i := range p.servers {
		host := sim.PublicHost()
		for j := range p.servers[i] {
			socket := host.Listen(uint16(3478 + j))
			p.servers[i][j] = socket
			socket.OnPacket = func(from netip.AddrPort, b []byte) {
				p.seen[socket.Addr()] = from
				if len(b) == 2 { // which server and port shall answer
					p.servers[b[0]][b[1]].Send(from, 0, []byte("answer"))
				}
			}
		}
	}
	return p
}

// ask sends from the socket to server (i, j), with the answer wanted from
// (x, y), and returns the source seen and whether the answer came.
func (p *probe) ask(socket *natsim.Socket, i, j, x, y byte) (seen netip.AddrPort, answered bool) {
	to := p.servers[i][j].Addr()
	delete(p.seen, to)
	socket.OnPacket = func(netip.AddrPort, []byte) { answered = true }
	socket.Send(to, 0, []byte{x, y})
	p.sim.Run(p.sim.Now() + time.Second)
	return p.seen[to], answered
}

// classify describes the path to the Internet as RFC 5780 would.
func (p *probe) classify(host *natsim.Host) string {
	socket := host.Listen(0)
	first, answered := p.ask(socket, 0, 0, 0, 0)
	if !answered {
		return "blocked"
	}
	// On a socket of its own: a refused packet disturbs a racy router.
	filter, filtering := host.Listen(0), "APDF"
	if _, ok := p.ask(filter, 0, 0, 1, 1); ok {
		filtering = "EIF"
	} else if _, ok := p.ask(filter, 0, 0, 0, 1); ok {
		filtering = "ADF"
	}
	mapping := "APDM"
	otherPort, _ := p.ask(socket, 0, 1, 0, 1)
	otherHost, _ := p.ask(socket, 1, 0, 1, 0)
	switch {
	case first == otherPort && first == otherHost:
		mapping = "EIM"
	case first == otherPort:
		mapping = "ADM"
	}
	verdict := fmt.Sprintf("%s %s preserve=%v", mapping, filtering, first.Port() == socket.Addr().Port())
	if first == socket.Addr() {
		return verdict + " hairpin=?"
	}
	hairpin := false
	other := host.Listen(0)
	target, _ := p.ask(other, 0, 0, 0, 0)
	other.OnPacket = func(netip.AddrPort, []byte) { hairpin = true }
	// Open the way back first, as a filter also stands in the hairpin.
	other.Send(first, 0, []byte("open"))
	p.sim.Run(p.sim.Now() + time.Second)
	hairpin = false
	socket.Send(target, 0, []byte("hairpin"))
	p.sim.Run(p.sim.Now() + time.Second)
	return fmt.Sprintf("%s hairpin=%v", verdict, hairpin)
}

func TestPresetsAreWhatTheySay(t *testing.T) {
	want := map[string]string{
		"none":                 "EIM EIF preserve=true hairpin=?",
		"open-firewall":        "EIM APDF preserve=true hairpin=?",
		"fullcone":             "EIM EIF preserve=false hairpin=false",
		"restricted":           "EIM ADF preserve=false hairpin=false",
		"portrestricted":       "EIM APDF preserve=false hairpin=false",
		"symmetric":            "APDM APDF preserve=false hairpin=false",
		"symmetric-sequential": "APDM APDF preserve=false hairpin=false",
		"cgnat":                "EIM APDF preserve=false hairpin=false",
		"racy":                 "EIM APDF preserve=false hairpin=false",
		"upnp":                 "EIM APDF preserve=false hairpin=false",
		"udp-blocked":          "blocked",
	}
	for _, kind := range natsim.Presets() {
		for seed := range uint64(5) {
			sim := natsim.New(seed)
			home := sim.Home(kind, natsim.Options{Delay: 10 * time.Millisecond})
			if got := newProbe(sim).classify(home.Hosts[0]); got != want[kind] {
				t.Errorf("%s, seed %d: a probe finds %q, want %q", kind, seed, got, want[kind])
			}
		}
	}
}

func TestHairpin(t *testing.T) {
	for _, kind := range []string{"fullcone", "restricted", "portrestricted"} {
		sim := natsim.New(1)
		home := sim.Home(kind, natsim.Options{Hairpin: true})
		got := newProbe(sim).classify(home.Hosts[0])
		if want := "hairpin=true"; got[len(got)-len(want):] != want {
			t.Errorf("%s with hairpin: a probe finds %q", kind, got)
		}
	}
}

func TestRouterOptions(t *testing.T) {
	rows := []struct {
		name string
		b    natsim.Behavior
		want string
	}{
		{"preserve", natsim.Behavior{Filtering: natsim.AddressPortDependent, Preserve: true}, "EIM APDF preserve=true hairpin=false"},
		{"address-dependent mapping", natsim.Behavior{Mapping: natsim.AddressDependent, Filtering: natsim.AddressDependent}, "ADM ADF preserve=false hairpin=false"},
		{"symmetric mapping, open filter", natsim.Behavior{Mapping: natsim.AddressPortDependent}, "APDM EIF preserve=false hairpin=false"},
		{"open IPv6 style firewall", natsim.Behavior{Firewall: true}, "EIM EIF preserve=true hairpin=?"},
	}
	for _, row := range rows {
		sim := natsim.New(3)
		router := sim.Internet.Router(sim.PublicAddr(), netip.MustParseAddr("10.0.0.1"), row.b, natsim.Wire{})
		host := router.Host(netip.MustParseAddr("10.0.0.2"), natsim.Wire{})
		if got := newProbe(sim).classify(host); got != row.want {
			t.Errorf("%s: a probe finds %q, want %q", row.name, got, row.want)
		}
	}
}

func TestSequentialPortsCountUp(t *testing.T) {
	sim := natsim.New(9)
	p := newProbe(sim)
	socket := sim.Home("symmetric-sequential", natsim.Options{}).Hosts[0].Listen(0)
	var ports [4]uint16
	for k := range ports {
		seen, _ := p.ask(socket, byte(k/2), byte(k%2), 0, 0)
		ports[k] = seen.Port()
	}
	for k := 1; k < len(ports); k++ {
		if ports[k] != ports[0]+uint16(k) {
			t.Fatalf("ports %v do not count up", ports)
		}
	}
}

func TestMappingsEnd(t *testing.T) {
	sim := natsim.New(4)
	p := newProbe(sim)
	home := sim.Home("fullcone", natsim.Options{Timeout: 30 * time.Second})
	socket := home.Hosts[0].Listen(0)
	first, _ := p.ask(socket, 0, 0, 0, 0)

	reached := func(addr netip.AddrPort) (ok bool) {
		socket.OnPacket = func(netip.AddrPort, []byte) { ok = true }
		p.servers[1][1].Send(addr, 0, []byte("hello"))
		sim.Run(sim.Now() + time.Second)
		return ok
	}
	sim.Run(sim.Now() + 20*time.Second)
	if !reached(first) { // and this keeps it alive for another 30 s
		t.Fatal("a mapping of 20 s is gone")
	}
	sim.Run(sim.Now() + 25*time.Second)
	if !reached(first) {
		t.Fatal("a mapping refreshed 25 s ago is gone")
	}
	sim.Run(sim.Now() + 31*time.Second)
	if reached(first) {
		t.Fatal("a mapping idle for 31 s lives")
	}

	second, _ := p.ask(socket, 0, 0, 0, 0)
	home.Router.Flush()
	if reached(second) {
		t.Fatal("a flushed mapping lives")
	}
	third, _ := p.ask(socket, 0, 0, 0, 0)
	if third == second {
		t.Fatal("after a flush the mapping is the same")
	}
	home.Router.NewAddr(sim.PublicAddr())
	fourth, _ := p.ask(socket, 0, 0, 0, 0)
	if fourth.Addr() == third.Addr() || fourth.Addr() != home.Router.WAN() {
		t.Fatalf("after a change of address the source is %v, the router's %v", fourth, home.Router.WAN())
	}
}

func TestPortMap(t *testing.T) {
	sim := natsim.New(5)
	socket := sim.Home("upnp", natsim.Options{}).Hosts[0].Listen(7777)
	if _, err := sim.Home("portrestricted", natsim.Options{}).Router.Map(socket.Addr(), 0); err == nil {
		t.Fatal("a router without port mapping mapped a port")
	}
	sim = natsim.New(5)
	home := sim.Home("upnp", natsim.Options{})
	socket = home.Hosts[0].Listen(7777)
	public, err := home.Router.Map(socket.Addr(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := home.Router.Map(socket.Addr(), public.Port()); err == nil {
		t.Fatal("a port was mapped twice")
	}
	stranger := sim.PublicHost().Listen(0)
	var back netip.AddrPort
	stranger.OnPacket = func(from netip.AddrPort, _ []byte) { back = from }
	socket.OnPacket = func(from netip.AddrPort, b []byte) { socket.Send(from, 0, b) }
	stranger.Send(public, 0, []byte("hello"))
	sim.Run(time.Second)
	if back != public {
		t.Fatalf("the answer came from %v, want %v", back, public)
	}
}

// TestEarlyPunchPoisons is section 2.9 of the experiment that this models: a
// packet that comes too early costs the mapping, a dropped one does not.
func TestEarlyPunchPoisons(t *testing.T) {
	for _, row := range []struct {
		kind string
		ttl  int
		want bool // the public port stays
	}{{"racy", 64, false}, {"racy", 3, true}, {"portrestricted", 64, true}} {
		sim := natsim.New(6)
		p := newProbe(sim)
		home := sim.Home(row.kind, natsim.Options{})
		socket := home.Hosts[0].Listen(0)
		public, _ := p.ask(socket, 0, 0, 0, 0)

		stranger := sim.PublicHost().Listen(4000)
		var seen netip.AddrPort
		stranger.OnPacket = func(from netip.AddrPort, _ []byte) { seen = from }
		stranger.Send(public, row.ttl, []byte("too early"))
		sim.Run(sim.Now() + time.Second)
		socket.Send(stranger.Addr(), 0, []byte("punch"))
		sim.Run(sim.Now() + time.Second)
		if !seen.IsValid() {
			t.Fatal("the punch did not arrive at an open host")
		}
		if got := seen == public; got != row.want {
			t.Errorf("%s, early packet of TTL %d: flow leaves from %v, STUN had shown %v", row.kind, row.ttl, seen, public)
		}
		if again, _ := p.ask(socket, 1, 1, 1, 1); (again == public) != row.want || again != seen {
			t.Errorf("%s: a second STUN shows %v, the flow %v", row.kind, again, seen)
		}
		if old, _ := p.ask(socket, 0, 0, 0, 0); old != public {
			t.Errorf("%s: an old flow moved from %v to %v", row.kind, public, old)
		}
	}
}

func TestTTL(t *testing.T) {
	for _, row := range []struct {
		kind   string
		ttl    int
		opened bool // the packet made a mapping on its way out
	}{{"portrestricted", 1, false}, {"portrestricted", 2, true}, {"portrestricted", 3, true},
		{"cgnat", 2, false}, {"cgnat", 3, true}, {"cgnat", 5, true}} {
		sim := natsim.New(7)
		home := sim.Home(row.kind, natsim.Options{})
		socket := home.Hosts[0].Listen(0)
		got := 0
		socket.OnPacket = func(netip.AddrPort, []byte) { got++ }
		remote := sim.PublicHost().Listen(4000)
		heard := 0
		remote.OnPacket = func(netip.AddrPort, []byte) { heard++ }

		// Learn the public address, then open towards the remote.
		var public netip.AddrPort
		p := newProbe(sim)
		public, _ = p.ask(socket, 0, 0, 0, 0)
		socket.OnPacket = func(netip.AddrPort, []byte) { got++ }
		socket.Send(remote.Addr(), row.ttl, []byte("opener"))
		sim.Run(sim.Now() + time.Second)
		if heard != 0 {
			t.Errorf("%s: an opener of TTL %d reached the other side", row.kind, row.ttl)
		}
		remote.Send(public, 0, []byte("hello"))
		sim.Run(sim.Now() + time.Second)
		if (got == 1) != row.opened {
			t.Errorf("%s: opener of TTL %d, then %d packets came in", row.kind, row.ttl, got)
		}
	}
}

func TestTwoHomesOfOneCarrier(t *testing.T) {
	for _, hairpin := range []bool{false, true} {
		sim := natsim.New(8)
		carrier := sim.Carrier("fullcone", natsim.Options{Hairpin: hairpin})
		p := newProbe(sim)
		a := sim.Home("fullcone", natsim.Options{Carrier: carrier}).Hosts[0].Listen(0)
		b := sim.Home("fullcone", natsim.Options{Carrier: carrier}).Hosts[0].Listen(0)
		_, _ = p.ask(a, 0, 0, 0, 0)
		public, _ := p.ask(b, 0, 0, 0, 0)
		if public.Addr() != carrier.WAN() {
			t.Fatalf("a home of the carrier shows %v, the carrier is %v", public, carrier.WAN())
		}
		got := false
		b.OnPacket = func(netip.AddrPort, []byte) { got = true }
		a.Send(public, 0, []byte("hello"))
		sim.Run(sim.Now() + time.Second)
		if got != hairpin {
			t.Errorf("hairpin %v: the packet arrived: %v", hairpin, got)
		}
	}
}

func TestTwoHostsOfOneRouter(t *testing.T) {
	sim := natsim.New(8)
	home := sim.Home("portrestricted", natsim.Options{Hosts: 2})
	a, b := home.Hosts[0].Listen(0), home.Hosts[1].Listen(0)
	var at time.Duration
	b.OnPacket = func(netip.AddrPort, []byte) { at = sim.Now() }
	a.Send(b.Addr(), 0, []byte("hello"))
	sim.Run(time.Second)
	if at != 200*time.Microsecond {
		t.Errorf("a packet within the home arrived at %v", at)
	}
}
