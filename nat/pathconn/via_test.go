package pathconn

import (
	"net/netip"
	"testing"
)

// middle is a player between two others: a and b are reached by it only.
type middle struct {
	a, b, c    *Conn
	aSeesC     netip.AddrPort // virtual, as all that follow
	cSeesA     netip.AddrPort
	aSeesB     netip.AddrPort
	toB        Route // of a
	nonQUIC    chan handled
	forwarding chan handled // what reached the handler of c
}

func newMiddle(t *testing.T) *middle {
	m := &middle{a: open(t, "127.0.0.1:0"), b: open(t, "127.0.0.1:0"), c: open(t, "127.0.0.1:0"),
		nonQUIC: make(chan handled, 10), forwarding: make(chan handled, 10)}
	m.aSeesC, m.cSeesA = m.a.Virtual(m.c.Addr()), m.c.Virtual(m.a.Addr())
	m.toB = Route{Via: m.aSeesC, Header: Header{0x25, 1}}
	m.aSeesB = m.a.VirtualBy(m.toB)
	m.a.Hold(m.aSeesB)
	m.a.Handle(func(b []byte, by Route) { m.nonQUIC <- handled{string(b), by} })
	m.c.Handle(func(b []byte, by Route) { m.forwarding <- handled{string(b), by} })
	return m
}

// TestVia: packets to a peer behind another peer go where that one's go, even
// when it has moved, and what it passes on is the first one's.
func TestVia(t *testing.T) {
	m := newMiddle(t)
	if m.aSeesB == m.aSeesC || m.a.Real(m.aSeesB) != m.c.Addr() {
		t.Fatalf("%v by way of %v is really at %v", m.aSeesB, m.aSeesC, m.a.Real(m.aSeesB))
	}
	arrives := func(want string) {
		t.Helper()
		send(t, m.a, []byte("\x40packet"), m.aSeesB)
		send(t, m.a, []byte{quicByte}, m.aSeesC)
		read(t, m.c)
		got := <-m.forwarding
		if got.b != want {
			t.Errorf("got %q, want %q", got.b, want)
		}
		if owner, ok := m.c.Owner(got.by); !ok || owner != m.cSeesA {
			t.Errorf("it came by %+v, who is %v, want %v", got.by, owner, m.cSeesA)
		}
	}
	arrives("\x25\x01\x00\x00\x00\x00\x00\x00\x40packet")
	comes := func() {
		t.Helper()
		for _, b := range []string{"\x22question", "\x40answer"} {
			if err := m.c.Forward([]byte("\x25\x01\x00\x00\x00\x00\x00\x00"+b), m.cSeesA); err != nil {
				t.Fatal(err)
			}
		}
		if b, from := read(t, m.a); b != "\x40answer" || from != m.aSeesB {
			t.Errorf("got %q from %v, want it from %v", b, from, m.aSeesB)
		}
		if got := <-m.nonQUIC; got != (handled{"\x22question", m.toB}) {
			t.Errorf("the handler got %+v", got)
		}
	}
	comes()
	if _, ok := m.a.Heard(m.toB); !ok {
		t.Error("nothing was heard by the other player")
	}
	if _, ok := m.a.Heard(Route{Addr: m.c.Addr()}); ok {
		t.Error("what was passed on counts as heard from who passed it on")
	}
	// The way between a and c changes.
	number, err := m.a.OpenSocket()
	if err != nil {
		t.Fatal(err)
	}
	socket := m.a.extras.at(number).udp.LocalAddr().(interface{ AddrPort() netip.AddrPort }).AddrPort()
	at := netip.AddrPortFrom(m.a.Addr().Addr(), socket.Port())
	m.a.SetRoute(m.aSeesC, Route{Socket: number, Addr: m.c.Addr()})
	m.c.SetPath(m.cSeesA, at)
	arrives("\x25\x01\x00\x00\x00\x00\x00\x00\x40packet")
	comes()
}

// TestViaMakesNoChain: what is passed on takes no second relay.
func TestViaMakesNoChain(t *testing.T) {
	m := newMiddle(t)
	m.a.SetRoute(m.aSeesC, Route{Addr: m.b.Addr(), Header: channel})
	send(t, m.a, []byte("\x40packet"), m.aSeesB)
	if m.a.SendError(m.aSeesB) != errChain {
		t.Errorf("sent by two relays: %v", m.a.SendError(m.aSeesB))
	}
	if err := m.a.SendBy([]byte{0x22}, m.toB); err != errChain {
		t.Errorf("sent by two relays: %v", err)
	}
	m.c.SetRoute(m.cSeesA, Route{Addr: m.b.Addr(), Header: channel})
	if err := m.c.Forward([]byte{0x25}, m.cSeesA); err != errChain {
		t.Errorf("passed on by a relay: %v", err)
	}
	nobody := netip.MustParseAddrPort("240.9.9.9:1")
	if err := m.c.Forward([]byte{0x25}, nobody); err != errNobody {
		t.Errorf("passed on to nobody: %v", err)
	}
	if err := m.a.SendBy([]byte{0x22}, Route{Via: nobody, Header: channel}); err != errNobody {
		t.Errorf("sent by nobody: %v", err)
	}
	if _, ok := m.c.Owner(Route{Addr: m.b.Addr()}); ok {
		t.Error("a stranger is somebody")
	}
}

// TestViaOfAnother: a header is good only on the packets of who passes them on.
func TestViaOfAnother(t *testing.T) {
	m := newMiddle(t)
	m.a.Virtual(m.b.Addr())
	inner := "\x25\x01\x00\x00\x00\x00\x00\x00\x40forged"
	m.b.Send([]byte(inner), m.a.Addr())
	send(t, m.b, []byte{quicByte}, m.b.Virtual(m.a.Addr()))
	if b, _ := read(t, m.a); b != string(rune(quicByte)) {
		t.Errorf("a forged packet reached QUIC: %q", b)
	}
	if got := <-m.nonQUIC; got.b != inner || got.by != (Route{Addr: m.b.Addr()}) {
		t.Errorf("the handler got %+v", got)
	}
}

// TestSource: the address of a peer is known as far as nobody passes its packets
// on, whatever lies between.
func TestSource(t *testing.T) {
	m := newMiddle(t)
	relay := netip.MustParseAddrPort("127.0.0.9:3478")
	socket, err := m.a.OpenSocket()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		by   Route
		want string
	}{
		"straight":            {Route{Addr: m.c.Addr()}, "127.0.0.1"},
		"from another socket": {Route{Socket: socket, Addr: relay}, "127.0.0.9"},
		"by a relay":          {Route{Addr: relay, Header: Header{0x21, 1}}, "invalid IP"},
		"by a player":         {m.toB, "invalid IP"},
		"by a closed socket":  {Route{Socket: 99, Addr: relay}, "invalid IP"},
	} {
		if got := m.a.Source(m.a.VirtualBy(c.by)); got.String() != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
	if got := m.a.Source(netip.MustParseAddrPort("240.9.9.9:1")); got.IsValid() {
		t.Errorf("nobody comes from %v", got)
	}
	m.a.SetRoute(m.aSeesC, Nowhere)
	if got := m.a.Source(m.aSeesC); got.IsValid() {
		t.Errorf("nothing comes from %v", got)
	}
}
