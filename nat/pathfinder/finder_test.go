package pathfinder

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quic-go/quic-go"
	"go.uber.org/goleak"

	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/natsim"
	"github.com/visavis-netcode/visavis/nat/pathconn"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

func TestMain(m *testing.M) {
	os.Setenv("QUIC_GO_DISABLE_RECEIVE_BUFFER_WARNING", "true")
	goleak.VerifyTestMain(m)
}

// serve runs a rendezvous server on this computer, which answers STUN too.
func serve(t *testing.T, withTCP bool) (addr string, stop func()) {
	t.Helper()
	return serveConfig(t, withTCP, rendezvous.ServerConfig{})
}

func serveConfig(t *testing.T, withTCP bool, config rendezvous.ServerConfig) (addr string, stop func()) {
	t.Helper()
	config.Rand = rand.Reader
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := tcp.Addr().(*net.TCPAddr)
	var udp rendezvous.UDP
	udp, err = net.ListenUDP("udp4", &net.UDPAddr{IP: at.IP, Port: at.Port})
	if err != nil {
		t.Fatal(err)
	}
	if withTCP {
		udp = &deaf{UDP: udp}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := rendezvous.Serve(ctx, rendezvous.ServeConfig{Server: config}, udp, tcp); err != nil {
			t.Error(err)
		}
	}()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return at.String(), stop
}

// deaf is a UDP socket that hears nothing: a firewall stands before it.
type deaf struct{ rendezvous.UDP }

func (d *deaf) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		n, from, err := d.UDP.ReadFromUDPAddrPort(b)
		if err != nil {
			return n, from, err
		}
	}
}

// player is a computer with a game: a socket, QUIC on it, and a finder.
type player struct {
	paths     *pathconn.Conn
	transport *quic.Transport
	listener  *quic.Listener
	finder    *Finder
}

func newPlayer(t testing.TB, seed byte, config Config) *player {
	t.Helper()
	paths, err := pathconn.Open(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	return playerOn(t, paths, seed, config)
}

func playerOn(t testing.TB, paths *pathconn.Conn, seed byte, config Config) *player {
	t.Helper()
	p := &player{paths: paths, transport: &quic.Transport{Conn: paths.PacketConn()}}
	var err error
	if p.listener, err = p.transport.Listen(testTLS(t), testQUIC()); err != nil {
		t.Fatal(err)
	}
	config.Paths, config.Key, config.Loopback = paths, [32]byte{seed}, true
	if os.Getenv("VISAVIS_LOG") != "" {
		config.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("player", seed)
	}
	p.finder = New(config)
	t.Cleanup(func() {
		p.finder.Close()
		p.transport.Close()
		p.paths.Close()
	})
	return p
}

func testQUIC() *quic.Config {
	return &quic.Config{EnableDatagrams: true, DisablePathMTUDiscovery: true, InitialPacketSize: 1200}
}

var testCertificate = sync.OnceValues(func() (tls.Certificate, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}, err
})

func testTLS(t testing.TB) *tls.Config {
	certificate, err := testCertificate()
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{certificate}, InsecureSkipVerify: true, NextProtos: []string{"test"}}
}

// within is a context for what should take a moment.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// eventually polls until done says so, and reports whether it did in time.
func eventually(done func() bool) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); !done(); <-tick.C {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	if !eventually(done) {
		t.Fatalf("timed out waiting for %s", what)
	}
}

func awaitPath(t testing.TB, a *Attempt) netip.AddrPort {
	t.Helper()
	var virtual netip.AddrPort
	await(t, "a path", func() bool {
		if err := a.Err(); err != nil {
			t.Fatal(err)
		}
		v, ok := a.Virtual()
		virtual = v
		return ok
	})
	return virtual
}

// connect dials over the path that was found.
func connect(t testing.TB, guest, host *player, a *Attempt) (dialler, listener *quic.Conn) {
	t.Helper()
	return dial(t, guest, host, awaitPath(t, a))
}

// dial connects and has both sides keep the paths.
func dial(t testing.TB, guest, host *player, virtual netip.AddrPort) (dialler, listener *quic.Conn) {
	t.Helper()
	dialler, err := guest.transport.Dial(within(t), net.UDPAddrFromAddrPort(virtual), testTLS(t), testQUIC())
	if err != nil {
		t.Fatal(err)
	}
	if listener, err = host.listener.Accept(within(t)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dialler.CloseWithError(0, "") })
	guest.adopt(t, dialler, host)
	host.adopt(t, listener, guest)
	return dialler, listener
}

// adopt has the paths of a connection kept.
func (p *player) adopt(t testing.TB, c *quic.Conn, peer *player) {
	t.Helper()
	p.finder.Adopt(Link{Virtual: c.RemoteAddr().(*net.UDPAddr).AddrPort(), Peer: peer.finder.config.Key,
		Secret: secretOf(t, c), Received: func() uint64 { return c.ConnectionStats().PacketsReceived }})
}

func secretOf(t testing.TB, c *quic.Conn) [32]byte {
	t.Helper()
	state := c.ConnectionState()
	secret, err := state.TLS.ExportKeyingMaterial("EXPORTER-test", nil, 32)
	if err != nil {
		t.Fatal(err)
	}
	return [32]byte(secret)
}

// real is where the packets of a connection go.
func (p *player) real(c *quic.Conn) netip.AddrPort {
	return p.paths.Real(c.RemoteAddr().(*net.UDPAddr).AddrPort())
}

func newCode(t testing.TB) invite.Code {
	t.Helper()
	code, err := invite.NewCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestJoinByCode(t *testing.T) {
	t.Parallel()
	server, _ := serve(t, false)
	config := Config{STUN: []string{server}, Rendezvous: server}
	host, guest := newPlayer(t, 1, config), newPlayer(t, 2, config)
	code := newCode(t)
	hosting := host.finder.Host(code, 1)
	await(t, "the code to work", hosting.Ready)
	start := time.Now()
	a := guest.finder.Join(code)
	d, l := connect(t, guest, host, a)
	t.Logf("joined after %v, path %v after both offers; %s", time.Since(start), a.Found(), a.Status())
	if a.Kind() != "loopback" || a.Found() <= 0 || a.Found() > 5*time.Second {
		t.Errorf("kind %q, found after %v", a.Kind(), a.Found())
	}
	if guest.real(d) != host.paths.Addr() || host.real(l) != guest.paths.Addr() {
		t.Errorf("the remote addresses are %v and %v", guest.real(d), host.real(l))
	}
	mine, ok := a.Check()
	theirs, also := hosting.Check()
	if !ok || !also || mine != theirs || mine == [32]byte{} {
		t.Error("the check secrets differ")
	}
	if hosting.Err() != nil || hosting.Status() == "" || a.Err() != nil {
		t.Errorf("status %q, errors %v and %v", hosting.Status(), hosting.Err(), a.Err())
	}
	// A second guest finds the code used up.
	late := newPlayer(t, 3, config)
	b := late.finder.Join(code)
	await(t, "the refusal", func() bool { return b.Err() != nil })
	t.Log(b.Err())
	a.Close()
	b.Close()
	hosting.Close()
}

func TestConnectByOffers(t *testing.T) {
	t.Parallel()
	server, _ := serve(t, false)
	one, two := newPlayer(t, 1, Config{STUN: []string{server}}), newPlayer(t, 2, Config{})
	secret := []byte("what both have agreed upon")
	a, err := one.finder.Connect(two.finder.Offer(), secret, true)
	if err != nil {
		t.Fatal(err)
	}
	b, err := two.finder.Connect(one.finder.Offer(), secret, false)
	if err != nil {
		t.Fatal(err)
	}
	connect(t, one, two, a)
	awaitPath(t, b)
	t.Logf("paths after %v and %v", a.Found(), b.Found())
	for _, bad := range []struct{ offer, secret []byte }{
		{nil, secret}, {one.finder.Offer()[:20], secret}, {append(one.finder.Offer(), 0), secret},
		{one.finder.Offer(), []byte("short")}, {two.finder.Offer(), secret},
	} {
		if _, err := two.finder.Connect(bad.offer, bad.secret, false); err == nil {
			t.Errorf("offer %x with secret %q was taken", bad.offer, bad.secret)
		}
	}
}

func TestRelayOnly(t *testing.T) {
	t.Parallel()
	for name, blocked := range map[string]bool{"udp": false, "tcp": true} {
		t.Run(name, func(t *testing.T) {
			server, _ := serve(t, blocked)
			host := newPlayer(t, 1, Config{Rendezvous: server})
			guest := newPlayer(t, 2, Config{Rendezvous: server, Relay: Only})
			code := newCode(t)
			hosting := host.finder.Host(code, 1)
			await(t, "the code to work", hosting.Ready)
			a := guest.finder.Join(code)
			d, l := connect(t, guest, host, a)
			if a.Kind() != "server-relay" {
				t.Errorf("the path is of kind %q", a.Kind())
			}
			if want := netip.MustParseAddrPort(server); guest.real(d) != want || host.real(l) != want {
				t.Errorf("the remote addresses are %v and %v, want the server %v", guest.real(d), host.real(l), want)
			}
			echo(t, d, l, 20)
			t.Logf("path after %v: %s", a.Found(), a.Status())
		})
	}
}

// echo sends datagrams to and fro, each after the last has come.
func echo(t testing.TB, d, l *quic.Conn, count int) {
	t.Helper()
	for i := range count {
		for _, way := range [][2]*quic.Conn{{d, l}, {l, d}} {
			if err := way[0].SendDatagram([]byte{byte(i)}); err != nil {
				t.Fatal(err)
			}
			if b, err := way[1].ReceiveDatagram(within(t)); err != nil || b[0] != byte(i) {
				t.Fatalf("datagram %d: %x, %v", i, b, err)
			}
		}
	}
}

// In simulated time a slow machine is no slow server.
func TestWrongCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := natsim.New(1)
		home := sim.Home("portrestricted", natsim.Options{})
		sim.Start()
		defer sim.Stop()
		server := simulatedServer(t, sim, rendezvous.ServerConfig{})
		a := simulated(t, home.Hosts[0], 2, Config{Rendezvous: server, meetLimit: 800 * time.Millisecond}).Join(newCode(t))
		await(t, "the end", func() bool { return a.Err() != nil })
		if want := "Nobody hosts with this code"; !strings.HasPrefix(a.Err().Error(), want) {
			t.Errorf("the error is %q", a.Err())
		}
		if _, ok := a.Virtual(); ok || a.Kind() != "" || a.PeerKey() != [32]byte{} {
			t.Error("there is a path")
		}
	})
}

// A server that has no room says so to the host, and to its guest.
func TestServerFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := natsim.New(1)
		home := sim.Home("portrestricted", natsim.Options{})
		sim.Start()
		defer sim.Stop()
		config := Config{Rendezvous: simulatedServer(t, sim, rendezvous.ServerConfig{MaxLobbies: 1}), meetLimit: 2 * time.Second}
		first := simulated(t, home.Hosts[0], 1, config).Host(newCode(t), 1)
		await(t, "the first lobby", first.Ready)
		code := newCode(t)
		host := simulated(t, home.Hosts[0], 2, config).Host(code, 1)
		await(t, "the host's words", func() bool { return strings.Contains(host.Status(), "The rendezvous server is full") })
		a := simulated(t, home.Hosts[0], 3, config).Join(code)
		await(t, "the end", func() bool { return a.Err() != nil })
		if want := "the rendezvous server is full"; !strings.Contains(a.Err().Error(), want) {
			t.Errorf("the guest reads %q", a.Err())
		}
	})
}

// TestServerGone: nobody is at the server's address.
func TestServerGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := natsim.New(1)
		home, nobody := sim.Home("portrestricted", natsim.Options{}), netip.AddrPortFrom(sim.PublicAddr(), 3478)
		sim.Start()
		defer sim.Stop()
		a := simulated(t, home.Hosts[0], 2, Config{Rendezvous: nobody.String(), NoTCP: true, meetLimit: 6 * time.Second}).Join(newCode(t))
		await(t, "the end", func() bool { return a.Err() != nil })
		if want := "The rendezvous server at"; !strings.HasPrefix(a.Err().Error(), want) {
			t.Errorf("the error is %q", a.Err())
		}
	})
	without := newPlayer(t, 3, Config{})
	if a, h := without.finder.Join(newCode(t)), without.finder.Host(newCode(t), 1); a.Err() == nil || h.Err() == nil {
		t.Error("a code was taken without any server")
	}
}

// TestPlaces: a guest that leaves makes room for another, one that comes again
// keeps its place, and after Close nobody is let in.
func TestPlaces(t *testing.T) {
	t.Parallel()
	server, _ := serve(t, false)
	config := Config{Rendezvous: server}
	host, one, two, three := newPlayer(t, 1, config), newPlayer(t, 2, config), newPlayer(t, 3, config), newPlayer(t, 4, config)
	code := newCode(t)
	hosting := host.finder.Host(code, 2)
	await(t, "the code to work", hosting.Ready)
	guests := func() (n int) {
		done := make(chan struct{})
		host.finder.do(func() { n = len(host.finder.pairs); close(done) })
		<-done
		return n
	}
	first := one.finder.Join(code)
	connect(t, one, host, first)
	again := newPlayer(t, 2, config) // the same key on another port, as after a crash
	connect(t, again, host, again.finder.Join(code))
	await(t, "the one guest", func() bool { return guests() == 1 })
	if key := again.finder.config.Key; hosting.Kind(key) != "loopback" || hosting.Known(key) == 0 {
		t.Errorf("of a guest that has come again this is known: %q, %v", hosting.Kind(key), hosting.Known(key))
	}
	a := two.finder.Join(code)
	d, _ := connect(t, two, host, a)
	await(t, "the second guest", func() bool { return guests() == 2 })
	a.Close()
	two.finder.Release(secretOf(t, d))
	await(t, "the second guest to be gone", func() bool { return guests() == 1 })
	connect(t, three, host, three.finder.Join(code))
	if a.Err() == nil {
		t.Error("a closed attempt has no error")
	}
	hosting.Close()
	await(t, "the code to end", func() bool { return !hosting.Ready() })
	late := two.finder.Join(code)
	await(t, "the refusal", func() bool { return late.Err() != nil })
	if n := guests(); n != 2 {
		t.Errorf("%d guests are left", n)
	}
}

// TestClosed: after Close methods still return.
func TestClosed(t *testing.T) {
	t.Parallel()
	p := newPlayer(t, 1, Config{Rendezvous: "127.0.0.1:9"})
	offer := p.finder.Offer()
	offer[1]++
	p.finder.Close()
	for range 2 * maxCalls {
		p.finder.SetMapped(netip.MustParseAddrPort("203.0.113.1:1"))
	}
	a, h := p.finder.Join(newCode(t)), p.finder.Host(newCode(t), 1)
	b, err := p.finder.Connect(offer, []byte("a shared secret"), false)
	if err != nil {
		t.Fatal(err)
	}
	a.Close()
	b.Close()
	h.Close()
	p.finder.Close()
	if p.finder.Report().Summary == "" || a.Status() == "" || b.Status() == "" || h.Status() == "" {
		t.Error("nothing to read")
	}
}

// TestMapped: a forwarded port is offered, and no longer than it fits.
func TestMapped(t *testing.T) {
	t.Parallel()
	p := newPlayer(t, 1, Config{})
	before := p.finder.Offer()
	p.finder.SetMapped(netip.MustParseAddrPort("203.0.113.1:7777"))
	await(t, "the new offer", func() bool { return !bytes.Equal(p.finder.Offer(), before) })
	_, offer, err := parseKeyed(p.finder.Offer())
	if err != nil || !offer.Descriptor.PortMapped {
		t.Errorf("%+v, %v", offer, err)
	}
}
