package pathconn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"go.uber.org/goleak"
	"golang.org/x/net/ipv4"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What quic-go looks for before it takes its fast path.
var (
	_ quic.OOBCapablePacketConn = fast{}
	_ interface {
		ReadBatch([]ipv4.Message, int) (int, error)
	} = fast{}
)

const quicByte = 0x40 // the first byte of a QUIC packet

func open(t testing.TB, bind string) *Conn {
	t.Helper()
	c, err := Open(netip.MustParseAddrPort(bind))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// send sends to a virtual address on the way that quic-go takes.
func send(t testing.TB, c *Conn, b []byte, virtual netip.AddrPort) {
	t.Helper()
	addr := net.UDPAddrFromAddrPort(virtual)
	var err error
	if f, ok := c.PacketConn().(fast); ok {
		_, _, err = f.WriteMsgUDP(b, nil, addr)
	} else {
		_, err = c.WriteTo(b, addr)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// read returns the next packet and whose it is.
func read(t testing.TB, c *Conn) (string, netip.AddrPort) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	m := []ipv4.Message{{Buffers: [][]byte{make([]byte, 2000)}, OOB: make([]byte, 128)}}
	if f, ok := c.PacketConn().(fast); ok {
		if _, err := f.ReadBatch(m, 0); err != nil {
			t.Fatal(err)
		}
		return string(m[0].Buffers[0][:m[0].N]), addrPort(m[0].Addr)
	}
	n, from, err := c.ReadFrom(m[0].Buffers[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(m[0].Buffers[0][:n]), addrPort(from)
}

// TestVirtualAddressStays moves a peer from one real address to another.
func TestVirtualAddressStays(t *testing.T) {
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprintf("plain %v", plain), func(t *testing.T) {
			c, here, there := open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0")
			if plain {
				c.main.Store(&mainSocket{conn: c.main.Load().conn})
			}
			peer := c.Virtual(here.Addr())
			if peer == here.Addr() || !netip.MustParsePrefix("240.0.0.0/5").Contains(peer.Addr()) || peer.Port() != virtualPort {
				t.Fatalf("the virtual address is %v", peer)
			}
			toC := func(from *Conn) { send(t, from, []byte{quicByte}, from.Virtual(c.Addr())) }
			arrives := func(at *Conn) {
				t.Helper()
				send(t, c, []byte{quicByte, 1}, peer)
				if got, from := read(t, at); got != "\x40\x01" || from != at.Virtual(c.Addr()) {
					t.Errorf("got %x from %v", got, from)
				}
			}
			toC(here)
			if _, from := read(t, c); from != peer {
				t.Errorf("from %v, want %v", from, peer)
			}
			arrives(here)
			if !c.SetPath(peer, there.Addr()) || c.Real(peer) != there.Addr() {
				t.Errorf("the path is %v", c.Real(peer))
			}
			arrives(there)
			for _, from := range []*Conn{here, there} {
				toC(from)
				if _, got := read(t, c); got != peer {
					t.Errorf("from %v, want %v", got, peer)
				}
			}
			if c.Virtual(here.Addr()) != peer || c.Virtual(there.Addr()) != peer {
				t.Error("one of its addresses is somebody else's")
			}
			// Back again, and over to the other family.
			c.SetPath(peer, here.Addr())
			arrives(here)
			if c.SetPath(netip.MustParseAddrPort("240.7.7.7:1"), here.Addr()) {
				t.Error("an unknown peer was moved")
			}
		})
	}
}

func TestBothFamilies(t *testing.T) {
	c := open(t, "[::]:0")
	port := c.Addr().Port()
	six, err := Open(netip.MustParseAddrPort("[::1]:0"))
	if err != nil {
		t.Skip("no IPv6 here:", err)
	}
	defer six.Close()
	four := open(t, "127.0.0.1:0")
	for _, far := range []*Conn{four, six} {
		to := netip.AddrPortFrom(far.Addr().Addr(), port)
		send(t, far, []byte{quicByte, 7}, far.Virtual(to))
		got, virtual := read(t, c)
		if got != "\x40\x07" || virtual.Addr().Is4() != (far == four) || c.Real(virtual) != far.Addr() {
			t.Errorf("got %x from %v, which is %v", got, virtual, c.Real(virtual))
		}
		send(t, c, []byte{quicByte, 8}, virtual)
		if got, from := read(t, far); got != "\x40\x08" || from != far.Virtual(to) {
			t.Errorf("the answer is %x from %v", got, far.Real(from))
		}
	}
	mapped := netip.MustParseAddrPort("[::ffff:192.0.2.1]:5")
	if got := c.Virtual(mapped); got != c.Virtual(netip.MustParseAddrPort("192.0.2.1:5")) || !got.Addr().Is4() {
		t.Errorf("an IPv4-mapped address is another peer: %v", got)
	}
}

func TestPortInUse(t *testing.T) {
	c := open(t, "127.0.0.1:0")
	if again, err := Open(c.Addr()); err == nil {
		again.Close()
		t.Error("opened twice")
	} else if want := fmt.Sprintf("UDP port %d is already in use", c.Addr().Port()); len(err.Error()) < len(want) || err.Error()[:len(want)] != want {
		t.Errorf("the error is %q", err)
	}
}

func direct(real netip.AddrPort) *destination {
	return &destination{Route: Route{Addr: real}, addr: net.UDPAddrFromAddrPort(real)}
}

func fromReal(t *table, real netip.AddrPort) *peer { return t.at(direct(real), nil) }

func TestBoundedTable(t *testing.T) {
	var table table
	addr := func(i int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 1)
	}
	held, busy := fromReal(&table, addr(0)), fromReal(&table, addr(1))
	idle := fromReal(&table, addr(2)).virtual
	table.hold(held.virtual, 2)
	seen := map[netip.AddrPort]bool{}
	for i := 3; i < 10*maxPeers; i++ {
		p := fromReal(&table, addr(i))
		if seen[p.virtual] {
			t.Fatalf("%v was given twice", p.virtual)
		}
		seen[p.virtual] = true
		if table.fromVirtual(busy.virtual) != busy {
			t.Fatal("a busy peer was forgotten")
		}
		if len(table.byEntrance) > maxPeers+maxDoors || len(table.byVirtual) > maxPeers {
			t.Fatalf("%d real and %d virtual addresses", len(table.byEntrance), len(table.byVirtual))
		}
	}
	if table.fromVirtual(held.virtual) != held || fromReal(&table, addr(0)) != held {
		t.Error("a held peer was forgotten")
	}
	if table.fromVirtual(idle) != nil || fromReal(&table, addr(2)).virtual == idle {
		t.Error("an idle peer was remembered")
	}
	table.hold(held.virtual, -1)
	table.hold(held.virtual, -1)
	table.hold(held.virtual, -1)
	if held.holds != 0 {
		t.Errorf("%d holds", held.holds)
	}
	for i := range 2 * maxPeers {
		fromReal(&table, addr(1<<20+i))
	}
	if table.fromVirtual(held.virtual) != nil {
		t.Error("a released peer was remembered")
	}
}

func TestBoundedAddresses(t *testing.T) {
	var table table
	addr := func(i int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 1)
	}
	p := fromReal(&table, addr(0))
	for i := range 100 {
		table.setRoute(p.virtual, direct(addr(i)))
	}
	if len(p.doors) != maxDoors || len(table.byEntrance) != maxDoors {
		t.Errorf("%d addresses, %d in the table", len(p.doors), len(table.byEntrance))
	}
	if fromReal(&table, addr(99)) != p || fromReal(&table, addr(0)) == p {
		t.Error("the wrong addresses were forgotten")
	}
	// Somebody else's address becomes this peer's.
	other := fromReal(&table, addr(200))
	table.setRoute(p.virtual, direct(addr(200)))
	if fromReal(&table, addr(200)) != p || table.fromVirtual(other.virtual) != other {
		t.Error("an address was not taken over")
	}
}

// faulty is a socket whose sends and reads fail on demand.
type faulty struct {
	*net.UDPConn
	mu        sync.Mutex
	sendError error
	readError []error
	oob       []byte // of the last send
}

func (f *faulty) WriteMsgUDPAddrPort(b, oob []byte, addr netip.AddrPort) (int, int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.oob = append([]byte(nil), oob...)
	if f.sendError != nil {
		return 0, 0, &net.OpError{Op: "write", Err: os.NewSyscallError("sendmsg", f.sendError)}
	}
	return f.UDPConn.WriteMsgUDPAddrPort(b, oob, addr)
}

func (f *faulty) ReadMsgUDPAddrPort(b, oob []byte) (int, int, int, netip.AddrPort, error) {
	f.mu.Lock()
	if len(f.readError) > 0 {
		err := f.readError[0]
		f.readError = f.readError[1:]
		f.mu.Unlock()
		return 0, 0, 0, netip.AddrPort{}, err
	}
	f.mu.Unlock()
	return f.UDPConn.ReadMsgUDPAddrPort(b, oob)
}

func newFaulty(t *testing.T) (*Conn, *faulty) {
	t.Helper()
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	f := &faulty{UDPConn: udp}
	c := Over(f)
	t.Cleanup(func() { c.Close() })
	return c, f
}

func TestErrorsAreSwallowed(t *testing.T) {
	c, f := newFaulty(t)
	far := open(t, "127.0.0.1:0")
	peer := c.Virtual(far.Addr())
	for i, err := range []error{syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.EPERM, syscall.ENOBUFS, syscall.ECONNREFUSED, syscall.EMSGSIZE, syscall.EADDRNOTAVAIL} {
		f.mu.Lock()
		f.sendError, f.readError = err, []error{err, err}
		f.mu.Unlock()
		send(t, c, []byte{quicByte}, peer)
		if got := c.Stats(); got.SendErrors != uint64(i+1) || got.PacketsSent != uint64(i) {
			t.Errorf("%v: %+v", err, got)
		}
		if !errors.Is(c.SendError(peer), err) {
			t.Errorf("the error is %v, want %v", c.SendError(peer), err)
		}
		f.mu.Lock()
		f.sendError = nil
		f.mu.Unlock()
		send(t, c, []byte{quicByte}, peer)
		if c.SendError(peer) != nil {
			t.Errorf("the error is still %v", c.SendError(peer))
		}
		send(t, far, []byte{quicByte}, far.Virtual(c.Addr()))
		read(t, c)
		if got := c.Stats().ReadErrors; got != uint64(2*(i+1)) {
			t.Errorf("%v: %d read errors", err, got)
		}
	}
	send(t, c, []byte{quicByte}, netip.MustParseAddrPort("240.1.2.3:1"))
	if got := c.Stats().SendErrors; got != 8 {
		t.Errorf("a send to nobody: %d errors", got)
	}
}

func TestErrorsThatEnd(t *testing.T) {
	c, f := newFaulty(t)
	out := c.PacketConn().(fast)
	f.readError = []error{syscall.ECONNREFUSED, net.ErrClosed}
	if _, _, _, _, err := out.ReadMsgUDP(make([]byte, 10), nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
	c.SetReadDeadline(time.Now())
	if _, _, err := c.ReadFrom(make([]byte, 10)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	for range 2 * deadAfter {
		f.readError = append(f.readError, syscall.EBADF)
	}
	if _, _, _, _, err := out.ReadMsgUDP(make([]byte, 10), nil); !errors.Is(err, syscall.EBADF) {
		t.Errorf("a broken socket is read for ever: %v", err)
	}
	c.Close()
	peer := net.UDPAddrFromAddrPort(c.Virtual(netip.MustParseAddrPort("127.0.0.1:9")))
	if _, _, err := out.WriteMsgUDP([]byte{quicByte}, nil, peer); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestOtherProtocols(t *testing.T) {
	c, far := open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0")
	if err := far.Send([]byte{0x01, 2, 3}, c.Addr()); err != nil {
		t.Fatal(err)
	}
	toC := far.Virtual(c.Addr())
	send(t, far, []byte{quicByte}, toC)
	read(t, c) // past the packet that nobody wants
	if got := c.Stats(); got.Unhandled != 1 || got.PacketsReceived != 2 || got.BytesReceived != 4 {
		t.Errorf("got %+v", got)
	}
	var got []string
	c.Handle(func(b []byte, by Route) {
		if by != (Route{Addr: far.Addr()}) {
			t.Errorf("by %+v, want from %v", by, far.Addr())
		}
		got = append(got, string(b))
	})
	for _, first := range []byte{0x00, 0x3f, 0x40, 0x7f, 0x80, 0xff} {
		send(t, far, []byte{first}, toC)
	}
	send(t, far, nil, toC)
	for _, want := range []string{"\x40", "\x7f", "\x80", "\xff"} {
		if b, _ := read(t, c); b != want {
			t.Errorf("QUIC got %x, want %x", b, want)
		}
	}
	if len(got) != 2 || got[0] != "\x00" || got[1] != "\x3f" {
		t.Errorf("the handler got %x", got)
	}
	if s := far.Stats(); s.PacketsSent != 9 || s.BytesSent != 10 {
		t.Errorf("sent %+v", s)
	}
}

func TestNoAllocations(t *testing.T) {
	c, far := open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0")
	out, in := c.PacketConn().(fast), far.PacketConn().(fast)
	peer := net.UDPAddrFromAddrPort(c.Virtual(far.Addr()))
	m := []ipv4.Message{{Buffers: [][]byte{make([]byte, 2000)}, OOB: make([]byte, 128)}}
	packet := []byte{quicByte, 1, 2, 3}
	if n := testing.AllocsPerRun(200, func() {
		if _, _, err := out.WriteMsgUDP(packet, nil, peer); err != nil {
			t.Fatal(err)
		}
		if _, err := in.ReadBatch(m, 0); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

// TestMovesUnderway moves paths while packets fly; it is for the race detector.
func TestMovesUnderway(t *testing.T) {
	c, far := open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0")
	peer := c.Virtual(far.Addr())
	c.Hold(peer) // the table overflows meanwhile
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			c.SetPath(peer, netip.AddrPortFrom(far.Addr().Addr(), uint16(1+i%3)))
			c.SetPath(peer, far.Addr())
			c.Hold(peer)
			c.Release(peer)
			c.Virtual(netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), uint16(i%5000+1)))
		}
	}()
	for range 500 {
		send(t, c, []byte{quicByte}, peer)
		send(t, far, []byte{quicByte}, far.Virtual(c.Addr()))
		if _, from := read(t, c); from != peer {
			t.Errorf("from %v", from)
		}
	}
	close(stop)
	<-stopped
}
