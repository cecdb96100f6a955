package pathconn

import (
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"
)

// wire is a carrier that delivers to another Conn.
type wire struct {
	from netip.AddrPort // as the other side knows the relay
	to   *Conn
	full bool
}

func (w *wire) Send(b []byte) bool {
	if !w.full {
		w.to.Deliver(b, w.from)
	}
	return !w.full
}

var channel = Header{0x21, 1, 2, 3, 4, 5, 6, 7}

// relayed is a peer that is reached by a relay.
type relayed struct {
	t       *testing.T
	over    string
	c       *Conn
	relay   *Conn
	route   Route
	peer    netip.AddrPort
	atRelay chan string
	other   chan handled // what reached the handler of c
	back    netip.AddrPort
}

type handled struct {
	b  string
	by Route
}

func newRelayed(t *testing.T, over string) *relayed {
	c, relay := open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0")
	r := &relayed{t: t, over: over, c: c, relay: relay, route: Route{Addr: relay.Addr(), Header: channel},
		atRelay: make(chan string, 10), other: make(chan handled, 10)}
	switch over {
	case "carrier":
		r.route.Carrier = &wire{c.Addr(), relay, false}
	case "extra socket":
		var err error
		if r.route.Socket, err = c.OpenSocket(); err != nil {
			t.Fatal(err)
		}
	}
	relay.Handle(func(b []byte, by Route) { r.back = by.Addr; r.atRelay <- string(b) })
	c.Handle(func(b []byte, by Route) { r.other <- handled{string(b), by} })
	r.peer = c.VirtualBy(r.route)
	c.Hold(r.peer)
	return r
}

// arrived is what came to the relay.
func (r *relayed) arrived() string {
	if r.over != "carrier" { // a carrier calls the handler at once
		send(r.t, r.c, []byte{quicByte}, r.c.Virtual(r.relay.Addr()))
		read(r.t, r.relay)
	}
	return <-r.atRelay
}

// deliver lets the relay send to c.
func (r *relayed) deliver(b string) {
	r.t.Helper()
	if r.over == "carrier" {
		r.c.Deliver([]byte(b), r.relay.Addr())
	} else if err := r.relay.Send([]byte(b), r.back); err != nil {
		r.t.Fatal(err)
	}
}

// comes reads a packet of QUIC and sees that it is the peer's.
func (r *relayed) comes(want string) {
	r.t.Helper()
	if got, from := read(r.t, r.c); got != want || from != r.peer {
		r.t.Errorf("got %x from %v, want %x from %v", got, from, want, r.peer)
	}
}

// TestRelay: a peer reached by a relay, over UDP and over a carrier, and then
// directly, has one virtual address all the time.
func TestRelay(t *testing.T) {
	for _, over := range []string{"udp", "carrier", "extra socket"} {
		t.Run(over, func(t *testing.T) {
			r := newRelayed(t, over)
			c, far := r.c, open(t, "127.0.0.1:0")
			if real := c.Real(r.peer); real != r.relay.Addr() {
				t.Errorf("the real address is %v", real)
			}
			send(t, c, []byte{quicByte, 9}, r.peer)
			if got := r.arrived(); got != string(channel[:])+"\x40\x09" {
				t.Errorf("the relay got %x", got)
			}
			r.deliver(string(channel[:]) + "\x22\x01") // not QUIC
			r.deliver("\x21another channel")
			r.deliver(string(channel[:]) + "\x40\x08")
			r.comes("\x40\x08")
			if got := <-r.other; got != (handled{"\x22\x01", Route{Addr: r.relay.Addr(), Header: channel}}) {
				t.Errorf("the handler got %+v", got)
			}
			if got := <-r.other; got.b != "\x21another channel" || got.by.Addr != r.relay.Addr() {
				t.Errorf("the handler got %+v", got)
			}
			if _, ok := c.Heard(r.route); !ok {
				t.Error("nothing was heard by the relay")
			}
			r.goDirect(far)
			r.deliver(string(channel[:]) + "\x40\x05") // was under way
			r.comes("\x40\x05")
			c.Unexpect(r.route)
			r.deliver(string(channel[:]) + "\x40\x04")
			if over != "carrier" {
				send(t, r.relay, []byte{quicByte}, r.relay.Virtual(r.back))
				read(t, c)
			}
			if got := (<-r.other).b; got != string(channel[:])+"\x40\x04" {
				t.Errorf("a closed relay still leads to QUIC: %x", got)
			}
		})
	}
}

// goDirect moves the peer from the relay to far.
func (r *relayed) goDirect(far *Conn) {
	r.t.Helper()
	direct := Route{Addr: far.Addr()}
	if !r.c.Expect(r.peer, direct) {
		r.t.Error("its address was not expected")
	}
	send(r.t, far, []byte{quicByte, 7}, far.Virtual(r.c.Addr()))
	r.comes("\x40\x07")
	if now, _ := r.c.Route(r.peer); now != r.route {
		r.t.Errorf("expecting has changed the route to %v", now)
	}
	r.c.SetRoute(r.peer, direct)
	send(r.t, r.c, []byte{quicByte, 6}, r.peer)
	if got, from := read(r.t, far); got != "\x40\x06" || far.Real(from) != r.c.Addr() {
		r.t.Errorf("got %x", got)
	}
}

func TestCarrierIsFull(t *testing.T) {
	c := open(t, "127.0.0.1:0")
	peer := c.VirtualBy(Route{Addr: netip.MustParseAddrPort("192.0.2.1:1"), Header: channel, Carrier: &wire{full: true}})
	send(t, c, []byte{quicByte}, peer)
	if err := c.SendError(peer); err != errNoRoom {
		t.Errorf("the error is %v", err)
	}
}

// TestExtraSocket: what comes by another socket reaches a reader that waits for
// the main one, and the answer leaves by the socket it came by.
func TestExtraSocket(t *testing.T) {
	c, far := open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0")
	number, err := c.OpenSocket()
	if err != nil {
		t.Fatal(err)
	}
	if number == 0 {
		t.Fatal("the number of the main socket")
	}
	if err := c.SendFrom(number, []byte{1}, far.Addr(), 0); err != nil {
		t.Fatal(err)
	}
	came := make(chan netip.AddrPort, 1)
	far.Handle(func(b []byte, by Route) { came <- by.Addr })
	read := func(at *Conn, ready chan<- struct{}) (string, netip.AddrPort) {
		close(ready)
		return read(t, at)
	}
	go func() { // makes far read
		send(t, c, []byte{quicByte}, c.Virtual(far.Addr()))
	}()
	read(far, make(chan struct{}))
	extra := <-came
	if extra == c.Addr() {
		t.Fatal("it left by the main socket")
	}
	for i := range 50 {
		ready := make(chan struct{})
		go func() {
			<-ready
			if i%2 == 0 {
				runtime.Gosched()
			}
			send(t, far, []byte{quicByte, byte(i)}, far.Virtual(extra))
		}()
		got, from := read(c, ready)
		if got != string([]byte{quicByte, byte(i)}) {
			t.Fatalf("packet %d: got %x", i, got)
		}
		if route, _ := c.Route(from); route != (Route{Socket: number, Addr: far.Addr()}) {
			t.Fatalf("from %+v", route)
		}
		send(t, c, []byte{quicByte, 1}, from)
		if _, virtual := read(far, make(chan struct{})); far.Real(virtual) != extra {
			t.Fatalf("the answer came from %v, not %v", far.Real(virtual), extra)
		}
	}
	peer := c.VirtualBy(Route{Socket: number, Addr: far.Addr()})
	c.CloseSocket(number)
	c.SetRoute(peer, Route{Addr: netip.MustParseAddrPort("192.0.2.1:1")})
	c.SetRoute(peer, Route{Socket: number, Addr: far.Addr()})
	send(t, c, []byte{quicByte}, peer)
	if err := c.SendError(peer); err != errNoSocket {
		t.Errorf("the error is %v", err)
	}
	c.Close()
	if _, err := c.OpenSocket(); err == nil {
		t.Error("a socket was opened after Close")
	}
}

// TestDeadlineOfTheOwner: waking the reader does not lose the owner's deadline.
func TestDeadlineOfTheOwner(t *testing.T) {
	for _, plain := range []bool{false, true} {
		c := open(t, "127.0.0.1:0")
		if plain {
			c.main.Store(&mainSocket{conn: c.main.Load().conn})
		}
		peer := Route{Addr: netip.MustParseAddrPort("192.0.2.1:1"), Header: channel}
		c.VirtualBy(peer)
		deliver := func() { c.Deliver(append(channel[:], quicByte), peer.Addr) }
		b := make([]byte, 10)
		next := func() error {
			if f, ok := c.PacketConn().(fast); ok {
				_, _, _, _, err := f.ReadMsgUDP(b, nil)
				return err
			}
			_, _, err := c.ReadFrom(b)
			return err
		}
		c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		deliver()
		if err := next(); err != nil {
			t.Errorf("the injected packet: %v", err)
		}
		if err := next(); !os.IsTimeout(err) {
			t.Errorf("the owner's deadline: %v", err)
		}
		// As quic-go ends its reader.
		deliver()
		c.SetReadDeadline(time.Now())
		if err := next(); err != nil {
			t.Errorf("the injected packet: %v", err)
		}
		if err := next(); !os.IsTimeout(err) {
			t.Errorf("the owner's deadline: %v", err)
		}
		c.SetDeadline(time.Time{})
		go deliver()
		if err := next(); err != nil {
			t.Errorf("without a deadline: %v", err)
		}
	}
}

// TestInjectedIsBounded: a full queue drops the newest, and a flood does not
// keep the main socket from being read.
func TestInjectedIsBounded(t *testing.T) {
	c, far := open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0")
	route := Route{Addr: netip.MustParseAddrPort("192.0.2.1:1"), Header: channel}
	peer := c.VirtualBy(route)
	for i := range maxInjected + 10 {
		c.Deliver(append(channel[:], quicByte, byte(i)), route.Addr)
	}
	if got := c.Stats().Overflowed; got != 10 {
		t.Errorf("%d were dropped", got)
	}
	if got, _ := read(t, c); got != "\x40\x00" {
		t.Errorf("the first is %x", got)
	}
	send(t, far, []byte{quicByte, 0xff}, far.Virtual(c.Addr()))
	for i := 0; ; i++ {
		c.Deliver(append(channel[:], quicByte, 1), route.Addr)
		_, from := read(t, c)
		if from != peer {
			t.Logf("the main socket was read after %d others", i)
			break
		}
		if i > 4*maxInjected {
			t.Fatal("the main socket is never read")
		}
	}
}

// TestRoutesUnderway is for the race detector.
func TestRoutesUnderway(t *testing.T) {
	c, far := open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0")
	relay := Route{Addr: far.Addr(), Header: channel}
	peer := c.VirtualBy(relay)
	c.Hold(peer)
	c.Handle(func([]byte, Route) {})
	var tasks sync.WaitGroup
	stop := make(chan struct{})
	loop := func(f func()) {
		tasks.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					f()
				}
			}
		})
	}
	loop(func() {
		n, err := c.OpenSocket()
		if err != nil {
			t.Error(err)
			return
		}
		c.SetRoute(peer, Route{Socket: n, Addr: far.Addr()})
		c.SetRoute(peer, relay)
		c.CloseSocket(n)
	})
	loop(func() { c.Deliver(append(channel[:], quicByte), far.Addr()) })
	loop(func() { c.Heard(relay); c.Route(peer); c.Expect(peer, Route{Addr: far.Addr()}) })
	for range 300 {
		send(t, c, []byte{quicByte}, peer)
		send(t, far, []byte{quicByte}, far.Virtual(c.Addr()))
		read(t, c)
	}
	close(stop)
	tasks.Wait()
}

func TestExpectLeavesHeldPeersAlone(t *testing.T) {
	c := open(t, "127.0.0.1:0")
	at := Route{Addr: netip.MustParseAddrPort("192.0.2.1:1")}
	held, other := c.VirtualBy(at), c.Virtual(netip.MustParseAddrPort("192.0.2.2:1"))
	c.Hold(held)
	if c.Expect(other, at) || c.VirtualBy(at) != held {
		t.Error("a held peer lost its address")
	}
	c.Release(held)
	if !c.Expect(other, at) || c.VirtualBy(at) != other {
		t.Error("an address that nobody uses was not given away")
	}
	if c.Expect(netip.MustParseAddrPort("240.1.1.1:1"), at) {
		t.Error("somebody unknown is expected")
	}
}

func TestTheRouteInUseIsKept(t *testing.T) {
	c := open(t, "127.0.0.1:0")
	route := Route{Addr: netip.MustParseAddrPort("192.0.2.1:1")}
	peer := c.VirtualBy(route)
	for i := range 3 * maxDoors {
		c.Expect(peer, Route{Addr: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), 2)})
	}
	if c.VirtualBy(route) != peer {
		t.Error("the address in use was forgotten")
	}
}

func TestSendTTL(t *testing.T) {
	for _, bind := range []string{"127.0.0.1:0", "[::]:0"} {
		c, far := open(t, bind), open(t, "127.0.0.1:0")
		err := c.SendTTL([]byte{1}, far.Addr(), 1)
		if !canSetTTL {
			if err != ErrTTL {
				t.Errorf("the error is %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		c.SendTTL([]byte{2}, far.Addr(), 0)
		raw := make([]byte, 10)
		for want := byte(1); want <= 2; want++ {
			far.main.Load().conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			n, _, err := far.main.Load().conn.ReadFrom(raw)
			if err != nil || n != 1 || raw[0] != want {
				t.Errorf("got %x, %v", raw[:n], err)
			}
		}
	}
	simulated := Over(struct{ net.PacketConn }{open(t, "127.0.0.1:0").main.Load().conn})
	if err := simulated.SendTTL([]byte{1}, netip.MustParseAddrPort("127.0.0.1:9"), 1); err != ErrTTL {
		t.Errorf("the error is %v", err)
	}
	if _, err := simulated.OpenSocket(); err == nil {
		t.Error("a simulated socket opened another")
	}
}

func TestDouble(t *testing.T) {
	for _, plain := range []bool{false, true} {
		c, one, two := open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0")
		if plain {
			c.main.Store(&mainSocket{conn: c.main.Load().conn})
		}
		peer := c.Virtual(one.Addr())
		if !c.Double(peer, Route{Addr: two.Addr()}) || c.Double(netip.MustParseAddrPort("240.1.1.1:1"), Route{}) {
			t.Error("who is known and who is not")
		}
		send(t, c, []byte{quicByte, 1}, peer)
		for _, at := range []*Conn{one, two} {
			if got, _ := read(t, at); got != "\x40\x01" {
				t.Errorf("got %x", got)
			}
		}
		c.Double(peer, Route{})
		send(t, c, []byte{quicByte, 2}, peer)
		c.SetPath(peer, two.Addr())
		send(t, c, []byte{quicByte, 3}, peer)
		if got, _ := read(t, one); got != "\x40\x02" {
			t.Errorf("got %x", got)
		}
		if got, _ := read(t, two); got != "\x40\x03" {
			t.Errorf("got %x", got)
		}
		c.Double(peer, Route{Socket: 99, Addr: one.Addr()})
		send(t, c, []byte{quicByte, 4}, peer)
		if got := c.Stats().SendErrors; got != 1 || c.SendError(peer) != nil {
			t.Errorf("%d errors, %v", got, c.SendError(peer))
		}
	}
}
