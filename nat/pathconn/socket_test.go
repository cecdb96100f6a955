package pathconn

import (
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// tunnel is a socket that is no UDP socket of this computer.
type tunnel struct {
	in, out chan passing
	closed  chan struct{}
	once    sync.Once
}

type passing struct {
	b    string
	peer netip.AddrPort
}

func newTunnel() *tunnel {
	return &tunnel{in: make(chan passing, 8), out: make(chan passing, 8), closed: make(chan struct{})}
}

func (s *tunnel) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	select {
	case p := <-s.in:
		return copy(b, p.b), p.peer, nil
	case <-s.closed:
		return 0, netip.AddrPort{}, net.ErrClosed
	}
}

func (s *tunnel) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	select {
	case <-s.closed:
		return 0, net.ErrClosed
	default:
		s.out <- passing{string(b), to}
		return len(b), nil
	}
}

func (s *tunnel) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

// TestAddSocket: a peer is reached by a socket that was added, directly later on,
// and has one virtual address all the time.
func TestAddSocket(t *testing.T) {
	c, far := open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0")
	s := newTunnel()
	number, err := c.AddSocket(s)
	if err != nil || number == 0 {
		t.Fatal(number, err)
	}
	there := netip.MustParseAddrPort("192.0.2.7:7")
	route := Route{Socket: number, Addr: there}
	other := make(chan handled, 1)
	c.Handle(func(b []byte, by Route) { other <- handled{string(b), by} })
	s.in <- passing{"\x22a question", there}
	if got := <-other; got != (handled{"\x22a question", route}) {
		t.Errorf("the handler got %+v", got)
	}
	peer := c.VirtualBy(route)
	s.in <- passing{"\x40\x01", there}
	if b, from := read(t, c); b != "\x40\x01" || from != peer {
		t.Errorf("got %x from %v, want it from %v", b, from, peer)
	}
	send(t, c, []byte{quicByte, 2}, peer)
	if got := <-s.out; got != (passing{"\x40\x02", there}) {
		t.Errorf("through the socket went %+v", got)
	}
	if err := c.SendFrom(number, []byte{1}, there, 3); err != ErrTTL {
		t.Errorf("a TTL was taken: %v", err)
	}
	if err := c.Forward([]byte{0x23}, peer); err != errChain {
		t.Errorf("passed on for others: %v", err)
	}
	c.SetPath(peer, far.Addr())
	send(t, c, []byte{quicByte, 3}, peer)
	if b, _ := read(t, far); b != "\x40\x03" {
		t.Errorf("directly came %x", b)
	}
	s.in <- passing{"\x40\x04", there} // was under way
	if b, from := read(t, c); b != "\x40\x04" || from != peer {
		t.Errorf("got %x from %v, want it from %v", b, from, peer)
	}
	c.Close()
	select {
	case <-s.closed:
	case <-time.After(5 * time.Second):
		t.Error("the socket was not closed")
	}
	if _, err := c.AddSocket(newTunnel()); err == nil {
		t.Error("a closed Conn takes sockets")
	}
}
