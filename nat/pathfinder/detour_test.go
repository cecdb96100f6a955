package pathfinder

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/visavis-netcode/visavis/nat/pathconn"
	"github.com/visavis-netcode/visavis/nat/relay"
)

// helper is a player who passes packets on.
type helper struct {
	*player
	forwarder *relay.Forwarder
	spoils    atomic.Bool // turns bits over in what it passes on
}

// Forward implements relay.Paths on the way to the socket.
func (h *helper) Forward(b []byte, virtual netip.AddrPort) error {
	if h.spoils.Load() {
		b[len(b)-1] ^= 1
	}
	return h.paths.Forward(b, virtual)
}

func (h *helper) Owner(by pathconn.Route) (netip.AddrPort, bool) { return h.paths.Owner(by) }

func newHelper(t testing.TB, seed byte) *helper {
	paths, err := pathconn.Open(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	h := &helper{player: &player{paths: paths}}
	h.forwarder = relay.New(relay.Config{Paths: h})
	h.player = playerOn(t, paths, seed, Config{Forwarder: h.forwarder})
	return h
}

// apart are two players whose firewalls let only others through.
type apart struct {
	t         *testing.T
	players   [2]*player
	firewalls [2]*firewall
	attempts  [2]*Attempt
}

func newApart(t *testing.T, config Config, reached ...netip.AddrPort) *apart {
	a := &apart{t: t}
	for i := range a.players {
		udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		a.firewalls[i] = &firewall{UDPConn: udp}
		a.firewalls[i].stop(reached...)
		a.players[i] = playerOn(t, pathconn.Over(a.firewalls[i]), byte(i+1), config)
	}
	for i, p := range a.players {
		var err error
		if a.attempts[i], err = p.finder.Connect(a.players[1-i].finder.Offer(), []byte("of this lobby"), i == 0); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func (a *apart) want(want bool) {
	a.t.Helper()
	for i, p := range a.players {
		other := [32]byte{byte(2 - i)}
		await(a.t, "a detour to be wanted or not", func() bool { return p.finder.WantsDetour(other) == want })
	}
}

// ask lets a helper pass packets on between the two.
func (a *apart) ask(h *helper, name string) (c relay.Channel, ds [2]Detour) {
	a.t.Helper()
	var here, there [2]netip.AddrPort // virtual addresses of the helper, and at the helper
	for i, p := range a.players {
		conn, err := p.transport.Dial(within(a.t), net.UDPAddrFromAddrPort(p.paths.Virtual(h.paths.Addr())), testTLS(a.t), testQUIC())
		if err == nil {
			var accepted *quic.Conn
			if accepted, err = h.listener.Accept(within(a.t)); err == nil {
				here[i], there[i] = virtualOf(conn), virtualOf(accepted)
			}
		}
		if err != nil {
			a.t.Fatal(err)
		}
	}
	c, err := h.forwarder.Open(there[0], there[1])
	if err != nil {
		a.t.Fatal(err)
	}
	for i, p := range a.players {
		ds[i] = Detour{To: [32]byte{byte(2 - i)}, Via: here[i], Header: c.Headers[i], Name: name}
		p.finder.AddDetour(ds[i])
	}
	return c, ds
}

func virtualOf(c *quic.Conn) netip.AddrPort { return c.RemoteAddr().(*net.UDPAddr).AddrPort() }

func (a *apart) use(kind Kind) {
	a.t.Helper()
	for _, at := range a.attempts {
		await(a.t, "the path "+string(kind), func() bool { return at.Kind() == kind })
	}
}

// TestDetour: two who cannot reach each other meet through a third, with no server
// at all, and go directly when that is possible.
func TestDetour(t *testing.T) {
	t.Parallel()
	cleo := newHelper(t, 3)
	a := newApart(t, Config{}, cleo.paths.Addr())
	a.want(true)
	asked := time.Now()
	c, _ := a.ask(cleo, "Cleo")
	d, l := connect(t, a.players[0], a.players[1], a.attempts[0])
	a.use("player-relay")
	t.Logf("after %v: %s", time.Since(asked), a.attempts[0].Status())
	if !strings.HasPrefix(a.attempts[0].Status(), "By way of Cleo, ") {
		t.Errorf("the player reads %q", a.attempts[0].Status())
	}
	if a.players[0].real(d) != cleo.paths.Addr() || a.players[1].real(l) != cleo.paths.Addr() {
		t.Errorf("the remote addresses are %v and %v", a.players[0].real(d), a.players[1].real(l))
	}
	echo(t, d, l, 50)
	if s := cleo.forwarder.Stats(); s.Packets < 100 || s.Capped+s.Undelivered+s.Stray > 0 {
		t.Errorf("%+v", s)
	}
	a.firewalls[0].stop()
	a.firewalls[1].stop()
	a.use("loopback")
	echo(t, d, l, 20)
	a.want(false)
	before := cleo.forwarder.Stats().Packets
	echo(t, d, l, 20)
	if cleo.forwarder.Stats().Packets != before {
		t.Error("packets still go through the third player")
	}
	cleo.forwarder.Close(c)
}

// TestDetourThatEnds: whoever passes packets on stops, spoils them or goes away;
// another one takes over, and after that the server.
func TestDetourThatEnds(t *testing.T) {
	t.Parallel()
	server, _ := serve(t, false)
	cleo, dora := newHelper(t, 3), newHelper(t, 4)
	a := newApart(t, Config{Rendezvous: server}, cleo.paths.Addr(), dora.paths.Addr(), netip.MustParseAddrPort(server))
	a.want(true)
	a.use("server-relay")
	d, l := connect(t, a.players[0], a.players[1], a.attempts[0])
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var tasks sync.WaitGroup
	streams := play(ctx, &tasks, d, l)
	flow(t, streams, 20)

	byCleo, ways := a.ask(cleo, "Cleo")
	a.use("player-relay") // dearer to nobody's server
	flow(t, streams, 20)
	cleo.spoils.Store(true)
	flow(t, streams, 60)
	a.use("server-relay")

	_, _ = a.ask(dora, "Dora")
	a.use("player-relay")
	flow(t, streams, 20)
	for i, p := range a.players {
		p.finder.RemoveDetour(ways[i])
	}
	cleo.forwarder.Close(byCleo)
	dora.paths.Close()
	flow(t, streams, 60)
	a.use("server-relay")
	for i, s := range streams {
		t.Logf("way %d: longest gap %v, %d of %d lost", i, s.gap(), s.sent.Load()-s.received.Load(), s.sent.Load())
		if s.gap() > 2*time.Second {
			t.Error("that is too long")
		}
	}
	cancel()
	tasks.Wait()
}

// TestDetourNotTaken: one that nobody wants, that leads nowhere, or whose header
// is another's, changes nothing.
func TestDetourNotTaken(t *testing.T) {
	t.Parallel()
	cleo := newHelper(t, 3)
	a := newApart(t, Config{}, cleo.paths.Addr())
	a.want(true)
	one := a.players[0].finder
	to := [32]byte{2}
	via := a.players[0].paths.Virtual(cleo.paths.Addr())
	for _, d := range []Detour{
		{To: [32]byte{9}, Via: via, Header: pathconn.Header{relay.FirstByte, 1}}, // to nobody
		{To: to, Header: pathconn.Header{relay.FirstByte, 1}},                    // by nobody
		{To: to, Via: via}, // without a header
		{To: to, Via: via, Header: pathconn.Header{relay.FirstByte, 2}},                      // forged: leads nowhere
		{To: to, Via: netip.MustParseAddrPort("240.7.7.7:1"), Header: pathconn.Header{0x25}}, // by somebody who has gone
	} {
		one.AddDetour(d)
		one.AddDetour(d)
	}
	if _, ok := a.attempts[0].Virtual(); ok {
		t.Error("there is a path")
	}
	a.ask(cleo, "Cleo") // the right one is found among them
	d, l := connect(t, a.players[0], a.players[1], a.attempts[0])
	echo(t, d, l, 10)
	never := newPlayer(t, 5, Config{Relay: Never, NoBirthday: true})
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	silent := newPlayer(t, 6, Config{})
	offer := silent.finder.Offer()
	silent.finder.Close()
	at, err := never.finder.Connect(offer, []byte("of this lobby"), false)
	if err != nil {
		t.Fatal(err)
	}
	await(t, "the end of the search", func() bool { return at.Err() != nil })
	if never.finder.WantsDetour([32]byte{6}) {
		t.Error("who wants no relay asks for one")
	}
	t.Log(at.Err())
}
