package pathfinder

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/logging"
	pion "github.com/pion/turn/v4"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/pathconn"
	"github.com/visavis-netcode/visavis/nat/turn"
)

// relayAddr is where TURN servers of tests have their relay addresses: not where
// the players are, for what strangers may be sent counts by IP address.
var relayAddr = net.IPv4(127, 0, 0, 2)

// serveTURN runs a TURN server on this computer, at a port of last time if it is
// not 0.
func serveTURN(t testing.TB, transport turn.Transport, port int) (s turn.Server, stop func()) {
	t.Helper()
	probe, err := net.ListenUDP("udp4", &net.UDPAddr{IP: relayAddr})
	if err != nil {
		t.Skipf("this system has no %v: %v", relayAddr, err)
	}
	probe.Close()
	generator := &pion.RelayAddressGeneratorStatic{RelayAddress: relayAddr, Address: relayAddr.String()}
	quiet := logging.NewDefaultLoggerFactory()
	quiet.DefaultLogLevel = logging.LogLevelDisabled
	config := pion.ServerConfig{Realm: "test", LoggerFactory: quiet,
		AuthHandler: func(user, realm string, _ net.Addr) ([]byte, bool) {
			return pion.GenerateAuthKey(user, realm, "secret"), user == "ana"
		}}
	var addr net.Addr
	switch transport {
	case turn.UDP:
		udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		if err != nil {
			t.Fatal(err)
		}
		addr = udp.LocalAddr()
		config.PacketConnConfigs = []pion.PacketConnConfig{{PacketConn: udp, RelayAddressGenerator: generator}}
	default:
		tcp, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		if err != nil {
			t.Fatal(err)
		}
		addr = tcp.Addr()
		config.ListenerConfigs = []pion.ListenerConfig{{Listener: tcp, RelayAddressGenerator: generator}}
	}
	server, err := pion.NewServer(config)
	if err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() { server.Close() })
	t.Cleanup(stop)
	at := netip.MustParseAddrPort(addr.String())
	return turn.Server{Host: "127.0.0.1", Port: at.Port(), Transport: transport, User: "ana", Password: "secret"}, stop
}

// told is what a player tells others about itself.
func (p *player) told(t testing.TB) nat.Offer {
	t.Helper()
	_, o, err := parseKeyed(p.finder.Offer())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// relayedAt waits for an address at a TURN server.
func (p *player) relayedAt(t testing.TB) netip.AddrPort {
	t.Helper()
	var at netip.AddrPort
	await(t, "an address at the TURN server", func() bool {
		if list := relays(p.told(t)); len(list) == 1 {
			at = list[0].Addr
		}
		return at.IsValid()
	})
	return at
}

// walled is a player whose main socket hears nobody, and what it sends.
type walled struct {
	*player
	wall *firewall
	sent *sending
}

// sending is a socket that notes whom it sends to.
type sending struct {
	*firewall
	mu sync.Mutex
	to []netip.AddrPort
}

func (s *sending) note(to netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.to, to) {
		s.to = append(s.to, to)
	}
}

func (s *sending) WriteTo(b []byte, to net.Addr) (int, error) {
	s.note(to.(*net.UDPAddr).AddrPort())
	return s.firewall.WriteTo(b, to)
}

func (s *sending) WriteMsgUDPAddrPort(b, oob []byte, to netip.AddrPort) (int, int, error) {
	s.note(to)
	return s.firewall.WriteMsgUDPAddrPort(b, oob, to)
}

// addressees are whom the main socket has sent to.
func (s *sending) addressees() []netip.AddrPort {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.to)
}

func newWalled(t testing.TB, seed byte, config Config) *walled {
	t.Helper()
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	w := &walled{wall: &firewall{UDPConn: udp}}
	w.wall.stop(netip.AddrPort{})
	w.sent = &sending{firewall: w.wall}
	w.player = playerOn(t, pathconn.Over(w.sent), seed, config)
	return w
}

// both begin to search each other.
func both(t testing.TB, one, two *player) (a, b *Attempt) {
	t.Helper()
	secret := []byte("what both have agreed upon")
	a, err := one.finder.Connect(two.finder.Offer(), secret, true)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = two.finder.Connect(one.finder.Offer(), secret, false); err != nil {
		t.Fatal(err)
	}
	return a, b
}

// TestTURN: players who cannot reach each other do so by TURN servers, in both
// forms: both with an address there, and one alone; over UDP and TCP; no
// rendezvous server stands by.
func TestTURN(t *testing.T) {
	t.Parallel()
	udp, _ := serveTURN(t, turn.UDP, 0)
	tcp, _ := serveTURN(t, turn.TCP, 0)
	for _, c := range []struct {
		name     string
		one, two []turn.Server
	}{
		{"both", []turn.Server{udp}, []turn.Server{udp}},
		{"over TCP", []turn.Server{tcp}, []turn.Server{udp}},
		{"the one", []turn.Server{udp}, nil},
		{"the other, over TCP", nil, []turn.Server{tcp}},
	} {
		t.Run(c.name, func(t *testing.T) {
			one, two := newWalled(t, 1, Config{TURN: c.one}), newWalled(t, 2, Config{TURN: c.two})
			// The wall of each lets the other's address at the server through.
			if c.one != nil {
				at := one.relayedAt(t)
				if c.two == nil {
					two.wall.stop(at)
				}
			}
			if c.two != nil {
				at := two.relayedAt(t)
				if c.one == nil {
					one.wall.stop(at)
				}
			}
			a, b := both(t, one.player, two.player)
			d, l := connect(t, one.player, two.player, a)
			awaitPath(t, b)
			echo(t, d, l, 5)
			if a.Kind() != "turn" || b.Kind() != "turn" || !strings.HasPrefix(a.Status(), "By way of a TURN server, ") {
				t.Errorf("the paths are of kind %q and %q: %s", a.Kind(), b.Kind(), a.Status())
			}
			t.Logf("paths after %v and %v", a.Found(), b.Found())
		})
	}
}

// TestTURNOnly: who relays only tells nobody an address of its own, and sends
// nothing but to the TURN server.
func TestTURNOnly(t *testing.T) {
	t.Parallel()
	server, _ := serveTURN(t, turn.UDP, 0)
	config := Config{TURN: []turn.Server{server}, Relay: Only}
	for _, peer := range []Relay{Only, Auto} {
		theirs := config
		theirs.Relay = peer
		one, two := newWalled(t, 1, config), newWalled(t, 2, theirs)
		one.wall.stop()
		two.wall.stop()
		at := one.relayedAt(t)
		two.relayedAt(t)
		if o := one.told(t); len(o.Candidates) != 1 || o.Descriptor != (nat.Descriptor{}) {
			t.Errorf("the offer tells %+v", o)
		}
		a, b := both(t, one.player, two.player)
		d, l := connect(t, one.player, two.player, a)
		awaitPath(t, b)
		echo(t, d, l, 5)
		if a.Kind() != "turn" || b.Kind() != "turn" {
			t.Errorf("the paths are of kind %q and %q", a.Kind(), b.Kind())
		}
		if real := two.real(l); real != at {
			t.Errorf("the other player sees us at %v, not at the server's %v", real, at)
		}
		if to := one.sent.addressees(); len(to) > 0 {
			t.Errorf("our own address was shown to %v", to)
		}
		if to := two.sent.addressees(); peer == Only && len(to) > 0 {
			t.Errorf("the peer's own address was shown to %v", to)
		}
		for _, to := range two.sent.addressees() {
			if to != at {
				t.Errorf("the other player knows of %v", to)
			}
		}
	}
}

// TestTURNUpgrade: a game that began by way of a TURN server goes over to the
// direct path without losing what is sent meanwhile.
func TestTURNUpgrade(t *testing.T) {
	t.Parallel()
	server, _ := serveTURN(t, turn.UDP, 0)
	config := Config{TURN: []turn.Server{server}}
	host, guest := newWalled(t, 1, config), newWalled(t, 2, config)
	host.relayedAt(t)
	guest.relayedAt(t)
	a, b := both(t, guest.player, host.player)
	d, l := connect(t, guest.player, host.player, a)
	awaitPath(t, b)
	virtual, _ := a.Virtual()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var tasks sync.WaitGroup
	streams := play(ctx, &tasks, d, l)
	flow(t, streams, 30)
	if a.Kind() != "turn" {
		t.Fatalf("the path is of kind %q", a.Kind())
	}
	start := time.Now()
	host.wall.stop()
	guest.wall.stop()
	await(t, "the direct path", func() bool { return a.Kind() == "loopback" && host.real(l) == guest.paths.Addr() })
	t.Logf("direct %v after it became possible", time.Since(start))
	flow(t, streams, 60)
	for i, s := range streams {
		if lost := s.sent.Load() - s.received.Load(); lost > 3 { // one may be under way
			t.Errorf("way %d lost %d datagrams", i, lost)
		}
	}
	// It is a standby path from then on.
	for _, s := range streams {
		s.anew()
	}
	host.wall.stop(netip.AddrPort{})
	guest.wall.stop(netip.AddrPort{})
	await(t, "the relay", func() bool { return a.Kind() == "turn" })
	flow(t, streams, 30)
	cancel()
	tasks.Wait()
	for i, s := range streams {
		gap := s.gap()
		t.Logf("back on the relay, way %d stood still for %v", i, gap)
		if gap > time.Second {
			t.Error("that is too long")
		}
	}
	if now, _ := a.Virtual(); now != virtual {
		t.Error("the virtual address has changed")
	}
}

// TestTURNLastOfAll: the server that brings players together relays if it can; a
// TURN server does so before, and when it cannot any more.
func TestTURNLastOfAll(t *testing.T) {
	t.Parallel()
	server, _ := serveTURN(t, turn.UDP, 0)
	meeting, _ := serve(t, false)
	config := Config{TURN: []turn.Server{server}, Rendezvous: meeting}
	host, guest := newWalled(t, 1, config), newWalled(t, 2, config)
	host.wall.stop(netip.MustParseAddrPort(meeting))
	guest.wall.stop(netip.MustParseAddrPort(meeting))
	host.relayedAt(t)
	guest.relayedAt(t)
	code := newCode(t)
	await(t, "the code to work", host.finder.Host(code, 1).Ready)
	a := guest.finder.Join(code)
	d, l := connect(t, guest.player, host.player, a)
	echo(t, d, l, 5)
	await(t, "the relay of the rendezvous server", func() bool { return a.Kind() == "server-relay" })
	echo(t, d, l, 5)
	// Without the rendezvous server the match goes on.
	host.wall.stop(netip.AddrPort{})
	guest.wall.stop(netip.AddrPort{})
	await(t, "the last relay", func() bool { return a.Kind() == "turn" })
	echo(t, d, l, 5)
}

// TestTURNComesBack: the only server dies in the middle of a match and comes back;
// the match goes on.
func TestTURNComesBack(t *testing.T) {
	t.Parallel()
	server, stop := serveTURN(t, turn.UDP, 0)
	host := newWalled(t, 1, Config{TURN: []turn.Server{server}})
	guest := newWalled(t, 2, Config{})
	before := host.relayedAt(t)
	guest.wall.stop() // a router that lets a server's other ports in, too
	a, b := both(t, guest.player, host.player)
	d, l := connect(t, guest.player, host.player, a)
	awaitPath(t, b)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var tasks sync.WaitGroup
	streams := play(ctx, &tasks, d, l)
	flow(t, streams, 30)
	stop()
	died := time.Now()
	await(t, "the address to be gone", func() bool { return len(relays(host.told(t))) == 0 })
	serveTURN(t, turn.UDP, int(server.Port))
	if host.relayedAt(t) == before {
		t.Log("the server gives the same address again")
	}
	flow(t, streams, 30)
	t.Logf("the match went on after %v", time.Since(died))
	if a.Kind() != "turn" || b.Kind() != "turn" {
		t.Errorf("the paths are of kind %q and %q", a.Kind(), b.Kind())
	}
	cancel()
	tasks.Wait()
}

// TestTURNTrouble: what is wrong with the TURN server is said to the player.
func TestTURNTrouble(t *testing.T) {
	t.Parallel()
	server, _ := serveTURN(t, turn.UDP, 0)
	server.Password = "wrong"
	one, two := newWalled(t, 1, Config{TURN: []turn.Server{server}, Relay: Only}), newWalled(t, 2, Config{})
	a, err := one.finder.Connect(two.finder.Offer(), []byte("what both have agreed upon"), true)
	if err != nil {
		t.Fatal(err)
	}
	await(t, "the end", func() bool { return a.Err() != nil })
	if !strings.Contains(a.Err().Error(), "does not accept the user and the password") {
		t.Errorf("the error is %q", a.Err())
	}
}
