package memlink

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
)

// two endpoints with 50 ms one way and 30 back, and nothing between them yet.
func strangers(seed uint64) (n *Network, a, b *Endpoint) {
	n = NewNetwork(seed, 4)
	a, b = n.NewEndpoint(link.Key{1}), n.NewEndpoint(link.Key{2})
	n.Path(0, 1).SetConditions(Conditions{Delay: 50 * ms})
	n.Path(1, 0).SetConditions(Conditions{Delay: 30 * ms})
	return n, a, b
}

func TestHandshakeTakesOneRoundTripAndAHalf(t *testing.T) {
	n, a, b := strangers(1)
	key := b.Key()
	one := a.Dial(b.Addr(), &key)
	send(t, one, []byte("first"))
	one.SendDatagram([]byte("replaced"))
	one.SendDatagram([]byte("latest"))
	one.SendAlso([]byte("not kept"))
	if one.State() != link.Connecting || one.Peer() != (link.Key{}) || one.Binding() != [32]byte{} || one.Stats().RTT != 0 {
		t.Errorf("a link just dialled: state %v, peer %v, binding %v", one.State(), one.Peer(), one.Binding())
	}
	n.AdvanceTo(80*ms - 1)
	if one.State() != link.Connecting {
		t.Error("the dialler was open before the round trip was over")
	}
	n.AdvanceTo(80 * ms)
	if one.State() != link.Open || one.Peer() != key || !one.Dialled() || one.RemoteAddr() != b.Addr() || one.Stats().RTT != 80*ms {
		t.Errorf("after one round trip: state %v, peer %v, %+v", one.State(), one.Peer(), one.Stats())
	}
	n.AdvanceTo(130*ms - 1)
	if b.Accept() != nil {
		t.Error("the listener saw the link before the dialler had proved who it is")
	}
	n.AdvanceTo(130 * ms)
	two := b.Accept()
	if two == nil || two.State() != link.Open || two.Peer() != a.Key() || two.Dialled() || two.RemoteAddr() != a.Addr() {
		t.Fatalf("after one and a half round trips the listener has %+v", two)
	}
	if b.Accept() != nil {
		t.Error("one link was accepted twice")
	}
	if got := arrivals(two); !slices.Equal(got, []string{"M 130ms first", "D 130ms latest"}) {
		t.Errorf("the first flight is %q", got)
	}
	if one.Binding() != two.Binding() || one.Binding() == [32]byte{} {
		t.Error("the two sides do not share a binding")
	}
	other, _ := connectSlowly(t, n, a, b)
	if other.Binding() == one.Binding() {
		t.Error("two connections share a binding")
	}
}

func connectSlowly(t *testing.T, n *Network, a, b *Endpoint) (dialled, accepted link.Link) {
	t.Helper()
	dialled = a.Dial(b.Addr(), nil)
	n.Advance(2 * time.Second)
	if accepted = b.Accept(); accepted == nil {
		t.Fatal("no link after 2 s")
	}
	return dialled, accepted
}

// However much the dialler has queued, the listener sees the link first.
func TestTheHandshakeGoesBeforeTheMessages(t *testing.T) {
	n, a, b := strangers(1)
	n.Path(0, 1).SetConditions(Conditions{Delay: 50 * ms, Jitter: 40 * ms})
	one := a.Dial(b.Addr(), nil)
	for i := range 64 {
		send(t, one, number(i))
	}
	var two link.Link
	for two == nil {
		at, ok := n.NextEvent()
		if !ok {
			t.Fatal("no link")
		}
		n.AdvanceTo(at)
		two = b.Accept()
	}
	if early := len(arrivals(two)); early > 32 {
		t.Errorf("%d of 64 messages had arrived before the link was accepted", early)
	}
}

func TestHandshakeSurvivesLossAndDarkness(t *testing.T) {
	for seed := range uint64(50) {
		n, a, b := strangers(seed)
		n.SetConditions(Conditions{Delay: 50 * ms, Jitter: 20 * ms, LossPer10k: 3000})
		n.Blackout(0, 500*ms)
		one := a.Dial(b.Addr(), nil)
		send(t, one, []byte("first"))
		n.Advance(2900 * ms)
		two := b.Accept()
		if one.State() != link.Open || two == nil {
			t.Fatalf("seed %d: state %v (%v)", seed, one.State(), one.Err())
		}
		n.Advance(5 * time.Second)
		if got := arrivals(two); len(got) != 1 {
			t.Errorf("seed %d: the first flight is %q", seed, got)
		}
	}
}

func TestDialToNobody(t *testing.T) {
	for _, addr := range []string{"10.0.0.3:3", "10.0.0.9:9", "192.168.0.2:2", "10.0.0.2:0", "[::1]:2"} {
		n, a, _ := strangers(1)
		l := a.Dial(netip.MustParseAddrPort(addr), nil)
		n.Advance(3*time.Second - 1)
		if l.State() != link.Connecting {
			t.Errorf("%s: state %v before 3 s", addr, l.State())
		}
		n.Advance(1)
		want := link.CloseError{Code: link.CodeLost, Reason: "nobody answered at " + addr + ": is the address right and the port open?"}
		if l.State() != link.Closed || *l.Err() != want {
			t.Errorf("%s: state %v, error %+v, want %+v", addr, l.State(), l.Err(), want)
		}
		n.Advance(time.Minute)
		if _, ok := n.NextEvent(); ok {
			t.Errorf("%s: somebody still tries", addr)
		}
	}
}

func TestDialBeforeTheListenerIsThere(t *testing.T) {
	n, a, _ := strangers(1)
	l := a.Dial(netip.MustParseAddrPort("10.0.0.3:3"), nil)
	n.Advance(time.Second)
	c := n.NewEndpoint(link.Key{3})
	n.Advance(time.Second)
	if l.State() != link.Open || c.Accept() == nil {
		t.Errorf("state %v: an endpoint bound within 3 s must be reached", l.State())
	}
}

func TestDialThroughTheDarkFails(t *testing.T) {
	n, a, b := strangers(1)
	n.Path(1, 0).SetDark(true)
	l := a.Dial(b.Addr(), nil)
	n.Advance(3 * time.Second)
	if l.State() != link.Closed || l.Err().Code != link.CodeLost {
		t.Errorf("state %v, error %v", l.State(), l.Err())
	}
	n.SetDark(false)
	n.Advance(20 * time.Second)
	if b.Accept() != nil || b.crowd.Len() != 0 || len(b.links) != 0 {
		t.Errorf("the listener keeps %d half open, %d links", b.crowd.Len(), len(b.links))
	}
}

func TestWrongPin(t *testing.T) {
	n, a, b := strangers(1)
	pin := link.Key{9}
	l := a.Dial(b.Addr(), &pin)
	send(t, l, []byte("secret"))
	n.Advance(time.Second)
	want := "somebody else answered at 10.0.0.2:2: expected the key " + pin.Fingerprint() +
		", met " + b.Key().Fingerprint() + "; ask for the address again"
	if l.State() != link.Closed || *l.Err() != (link.CloseError{Code: link.CodeRefused, Reason: want}) {
		t.Errorf("state %v, error %+v", l.State(), l.Err())
	}
	if b.Accept() != nil || b.crowd.Len() != 0 {
		t.Error("the listener has a link to somebody who did not want it")
	}
	if b.Stats().PacketsReceived != 0 {
		t.Error("a message went to the wrong peer")
	}
}

// As with QUIC, the oldest stranger of the largest source makes room: here all come
// from one address.
func TestStrangersMakeRoom(t *testing.T) {
	const most = 32 // from one address
	n, a, b := strangers(1)
	var links []link.Link
	for range most {
		links = append(links, a.Dial(b.Addr(), nil))
	}
	n.Advance(time.Second)
	known := b.Accept()
	held := b.Accept()
	if known == nil || held == nil || !known.Known() {
		t.Fatal("nothing to accept")
	}
	for range 3 {
		links = append(links, a.Dial(b.Addr(), nil))
	}
	n.Advance(time.Second)
	for i, l := range links {
		away := i == 1 || i == 2 // the first is known: there was room for one more
		if away != (l.State() == link.Closed) || away && (l.Err().Code != link.CodeBusy || !l.Err().Remote) {
			t.Errorf("dial %d: state %v, error %+v", i, l.State(), l.Err())
		}
	}
	if held.State() != link.Closed || held.Known() || held.Err().Code != link.CodeBusy || !known.Known() {
		t.Errorf("state %v, error %+v", held.State(), held.Err())
	}
	if b.crowd.Len() != most {
		t.Errorf("%d strangers", b.crowd.Len())
	}
	accepted := 0
	for l := b.Accept(); l != nil; l = b.Accept() {
		if accepted++; l.State() != link.Open {
			t.Error("one that was sent away is handed out")
		}
	}
	if accepted != most {
		t.Errorf("%d accepted", accepted)
	}
}

// Who comes and goes while nobody accepts leaves a bounded list.
func TestNobodyAccepts(t *testing.T) {
	n, a, b := strangers(1)
	for range 3 * source.MaxStrangers {
		l := a.Dial(b.Addr(), nil)
		n.Advance(time.Second)
		l.Close(link.CodeLeft, "")
		n.Advance(time.Second)
	}
	if len(b.accepted) > source.MaxStrangers || b.crowd.Len() != 0 {
		t.Errorf("%d wait, %d strangers", len(b.accepted), b.crowd.Len())
	}
}

func TestVanishedDiallersAreForgotten(t *testing.T) {
	n, a, b := strangers(1)
	for range 10 {
		a.Dial(b.Addr(), nil)
	}
	n.Advance(50 * ms)
	a.Vanish()
	n.Advance(11 * time.Second)
	if b.Accept() != nil || b.crowd.Len() != 0 {
		t.Error("a link to somebody who vanished during the handshake")
	}
	c := n.NewEndpoint(link.Key{3})
	if _, accepted := connectSlowly(t, n, c, b); accepted.Peer() != c.Key() {
		t.Error("accepted somebody else")
	}
}

func TestCloseWhileConnecting(t *testing.T) {
	for _, after := range []time.Duration{0, 20 * ms, 60 * ms, 79 * ms} {
		n, a, b := strangers(1)
		l := a.Dial(b.Addr(), nil)
		send(t, l, []byte("x"))
		n.Advance(after)
		l.Close(link.CodeLeft, "changed my mind")
		n.Advance(20 * time.Second)
		if l.State() != link.Closed || l.Err().Remote || b.Accept() != nil || b.crowd.Len() != 0 || len(b.links) != 0 {
			t.Errorf("closed after %v: error %+v, the listener has %d half open, %d links", after, l.Err(), b.crowd.Len(), len(b.links))
		}
		if b.Stats().PacketsReceived != 0 {
			t.Errorf("closed after %v: the message went out without a handshake", after)
		}
	}
}
