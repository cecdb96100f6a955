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

// TestRelay: a peer reached by a relay, over UDP and over a carrier, and then
// directly, has one virtual address all the time.
func TestRelay(t *testing.T) {
	for _, over := range []string{"udp", "carrier", "extra socket"} {
		t.Run(over, func(t *testing.T) {
			c, relay, far := open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0")
			route := Route{Addr: relay.Addr(), Header: channel}
			var err error
			switch over {
			case "carrier":
				route.Carrier = &wire{c.Addr(), relay, false}
			case "extra socket":
				if route.Socket, err = c.OpenSocket(); err != nil {
					t.Fatal(err)
				}
			}
			atRelay := make(chan string, 10)
			var back netip.AddrPort
			relay.Handle(func(b []byte, from netip.AddrPort, _ int) { back = from; atRelay <- string(b) })
			readRelay := func() string {
				if over != "carrier" { // a carrier calls the handler at once
					send(t, c, []byte{quicByte}, c.Virtual(relay.Addr()))
					read(t, relay)
				}
				return <-atRelay
			}
			peer := c.VirtualBy(route)
			c.Hold(peer)
			if real := c.Real(peer); real != relay.Addr() {
				t.Errorf("the real address is %v", real)
			}
			send(t, c, []byte{quicByte, 9}, peer)
			if got := readRelay(); got != string(channel[:])+"\x40\x09" {
				t.Errorf("the relay got %x", got)
			}
			// From the relay: QUIC's, then something else.
			type handled struct {
				b      string
				from   netip.AddrPort
				socket int
			}
			other := make(chan handled, 10)
			c.Handle(func(b []byte, from netip.AddrPort, socket int) { other <- handled{string(b), from, socket} })
			fromRelay := func(b string) {
				if over == "carrier" {
					c.Deliver([]byte(b), relay.Addr())
				} else if err := relay.Send([]byte(b), back); err != nil {
					t.Fatal(err)
				}
			}
			fromRelay(string(channel[:]) + "\x22\x01") // not QUIC
			fromRelay("\x21another channel")
			fromRelay(string(channel[:]) + "\x40\x08")
			if got, from := read(t, c); got != "\x40\x08" || from != peer {
				t.Errorf("got %x from %v, want it from %v", got, from, peer)
			}
			if got := <-other; got != (handled{"\x22\x01", peer, Relayed}) {
				t.Errorf("the handler got %+v", got)
			}
			if got := <-other; got.b != "\x21another channel" || got.from != relay.Addr() {
				t.Errorf("the handler got %+v", got)
			}
			if _, ok := c.Heard(route); !ok {
				t.Error("nothing was heard by the relay")
			}
			// Now directly.
			direct := Route{Addr: far.Addr()}
			if !c.Expect(peer, direct) {
				t.Error("its address was not expected")
			}
			send(t, far, []byte{quicByte, 7}, far.Virtual(c.Addr()))
			if got, from := read(t, c); got != "\x40\x07" || from != peer {
				t.Errorf("got %x from %v", got, from)
			}
			if now, _ := c.Route(peer); now != route {
				t.Errorf("expecting has changed the route to %v", now)
			}
			c.SetRoute(peer, direct)
			send(t, c, []byte{quicByte, 6}, peer)
			if got, from := read(t, far); got != "\x40\x06" || far.Real(from) != c.Addr() {
				t.Errorf("got %x", got)
			}
			fromRelay(string(channel[:]) + "\x40\x05") // was under way
			if got, from := read(t, c); got != "\x40\x05" || from != peer {
				t.Errorf("got %x from %v", got, from)
			}
			c.Unexpect(route)
			fromRelay(string(channel[:]) + "\x40\x04")
			fromRelay("\x22end")
			if over == "carrier" {
				return
			}
			send(t, relay, []byte{quicByte}, relay.Virtual(c.Addr()))
			read(t, c)
			if got := (<-other).b; got != string(channel[:])+"\x40\x04" {
				t.Errorf("a closed relay still leads to QUIC: %x", got)
			}
		})
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
	far.Handle(func(b []byte, from netip.AddrPort, _ int) { came <- from })
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
			c.udp = nil
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
	c.Handle(func([]byte, netip.AddrPort, int) {})
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
			far.socket.SetReadDeadline(time.Now().Add(5 * time.Second))
			n, _, err := far.socket.ReadFrom(raw)
			if err != nil || n != 1 || raw[0] != want {
				t.Errorf("got %x, %v", raw[:n], err)
			}
		}
	}
	simulated := Over(struct{ net.PacketConn }{open(t, "127.0.0.1:0").socket})
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
			c.udp = nil
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
