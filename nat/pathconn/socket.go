package pathconn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
)

// maxExtra is how many extra sockets may be open: two birthday searches.
const maxExtra = 512

// maxPacketBytes is the longest packet that an extra socket reads whole.
const maxPacketBytes = 2048

// Socket is what an extra socket does: a *net.UDPConn is one, an allocation at a
// TURN server another. A write must not block for long: QUIC waits for it. Reads
// and writes fail with net.ErrClosed once it is closed.
type Socket interface {
	ReadFromUDPAddrPort(b []byte) (n int, from netip.AddrPort, err error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
	Close() error
}

// udpSocket is what the fast path needs of a *net.UDPConn.
type udpSocket interface {
	net.PacketConn
	ReadMsgUDPAddrPort(b, oob []byte) (n, oobn, flags int, addr netip.AddrPort, err error)
	WriteMsgUDPAddrPort(b, oob []byte, addr netip.AddrPort) (n, oobn int, err error)
	SyscallConn() (syscall.RawConn, error)
	SetReadBuffer(bytes int) error
	SetWriteBuffer(bytes int) error
}

// extra is a socket besides the main one, with an address of its own.
type extra struct {
	number int
	socket Socket
	udp    udpSocket // the same, if it is a real one
}

// OpenSocket opens another socket on any free port and returns its number.
// Packets that come by it reach QUIC and the handler like those of the main
// one. A simulated socket has no others.
func (c *Conn) OpenSocket() (int, error) {
	if c.main.Load().udp == nil {
		return 0, errors.New("this socket is simulated and cannot open another")
	}
	network := "udp"
	local := c.Addr().Addr()
	if local.Is4() {
		network = "udp4"
	}
	udp, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(netip.AddrPortFrom(local, 0)))
	if err != nil {
		return 0, err
	}
	number, err := c.AddSocket(udp)
	if err != nil {
		udp.Close()
	}
	return number, err
}

// AddSocket takes an open socket in and returns its number, which stands in
// Routes. It belongs to the Conn from then on, unless there is an error.
func (c *Conn) AddSocket(s Socket) (int, error) { return c.extras.add(s) }

// CloseSocket closes an extra socket. Packets for peers whose route uses it are
// lost until they get another.
func (c *Conn) CloseSocket(number int) { c.extras.close(number) }

// extras are the extra sockets. Each is read by a goroutine of its own, which ends
// with it.
type extras struct {
	counts *counters
	wire   *translator
	take   func(b []byte, from netip.AddrPort, socket int) // what has come

	reading sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	open     map[int]*extra
	numbered int
}

func (x *extras) add(s Socket) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.closed:
		return 0, net.ErrClosed
	case len(x.open) >= maxExtra:
		return 0, fmt.Errorf("%d sockets are open already", maxExtra)
	}
	if x.open == nil {
		x.open = map[int]*extra{}
	}
	x.numbered++
	e := &extra{number: x.numbered, socket: s}
	e.udp, _ = s.(udpSocket)
	x.open[e.number] = e
	x.reading.Go(func() { x.read(e) })
	return e.number, nil
}

// at returns the socket of a number, nil if it is closed.
func (x *extras) at(number int) *extra {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.open[number]
}

func (x *extras) close(number int) {
	x.mu.Lock()
	e := x.open[number]
	delete(x.open, number)
	x.mu.Unlock()
	if e != nil {
		e.socket.Close()
	}
}

// closeAll closes all, for good, and waits until nobody reads any more.
func (x *extras) closeAll() {
	x.mu.Lock()
	open := x.open
	x.closed, x.open = true, nil
	x.mu.Unlock()
	for _, e := range open {
		e.socket.Close()
	}
	x.reading.Wait()
}

func (x *extras) read(e *extra) {
	var b [maxPacketBytes]byte
	for failures := 0; ; {
		n, from, err := e.socket.ReadFromUDPAddrPort(b[:])
		if err != nil {
			if failures++; errors.Is(err, net.ErrClosed) || failures >= limit(err) {
				x.close(e.number)
				return
			}
			x.counts.readErrors.Add(1)
			continue
		}
		failures = 0
		if from = unmap(from); e.udp != nil {
			from = x.wire.Canonical(from)
		}
		x.take(b[:n], from, e.number)
	}
}
