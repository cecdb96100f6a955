package pathconn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
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
func (c *Conn) AddSocket(s Socket) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return 0, net.ErrClosed
	case len(c.sockets) >= maxExtra:
		return 0, fmt.Errorf("%d sockets are open already", maxExtra)
	}
	if c.sockets == nil {
		c.sockets = map[int]*extra{}
	}
	c.numbered++
	e := &extra{number: c.numbered, socket: s}
	e.udp, _ = s.(udpSocket)
	c.sockets[e.number] = e
	c.reading.Go(func() { c.readExtra(e) })
	return e.number, nil
}

// CloseSocket closes an extra socket. Packets for peers whose route uses it are
// lost until they get another.
func (c *Conn) CloseSocket(number int) {
	c.mu.Lock()
	e := c.sockets[number]
	delete(c.sockets, number)
	c.mu.Unlock()
	if e != nil {
		e.socket.Close()
	}
}

func (c *Conn) extra(number int) *extra {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sockets[number]
}

func (c *Conn) readExtra(e *extra) {
	var b [maxPacketBytes]byte
	for failures := 0; ; {
		n, from, err := e.socket.ReadFromUDPAddrPort(b[:])
		if err != nil {
			if failures++; errors.Is(err, net.ErrClosed) || failures >= limit(err) {
				c.CloseSocket(e.number)
				return
			}
			c.readErrors.Add(1)
			continue
		}
		failures = 0
		c.packetsReceived.Add(1)
		c.bytesReceived.Add(uint64(n))
		if from = unmap(from); e.udp != nil {
			from = c.Canonical(from)
		}
		if p, first, rest := c.sort(b[:n], from, e.number); p != nil {
			c.inject(p, first)
			if rest != nil {
				c.inject(p, rest)
			}
		}
	}
}

// Packets that do not come by the main socket wait here for QUIC.
const (
	maxInjected = 256 // packets that wait; when it is full the newest is dropped and counted
	maxInARow   = 32  // of them are read before the main socket gets its turn
	turn        = time.Millisecond
)

type injection struct {
	peer *peer
	b    []byte
}

// longAgo is a deadline that ends a read at once.
var longAgo = time.Unix(1, 0)

// inject puts a packet where the reader finds it, and wakes the reader if it is
// waiting for the main socket: a read deadline that has passed is the only way
// to reach into a blocking read. Reads of the main socket stay what they are.
func (c *Conn) inject(p *peer, b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.injected) >= maxInjected {
		c.overflowed.Add(1)
		return
	}
	c.injected = append(c.injected, injection{p, append([]byte(nil), b...)})
	c.waiting.Store(true)
	if !c.woken {
		c.woken = true
		c.main.Load().conn.SetReadDeadline(longAgo)
	}
	c.rebind.wake()
}

// next takes a packet out of the queue.
func (c *Conn) next(b []byte) (p *peer, n int) {
	if !c.waiting.Load() {
		return nil, 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.injected) == 0 {
		return nil, 0
	}
	if c.inARow++; c.inARow > maxInARow {
		// Whoever floods an extra socket does not keep the main one from being
		// read.
		c.inARow = 0
		c.woken = true
		c.main.Load().conn.SetReadDeadline(time.Now().Add(turn))
		return nil, 0
	}
	first := c.injected[0]
	c.injected[0] = injection{}
	c.injected = c.injected[1:]
	if len(c.injected) == 0 {
		c.injected, c.inARow = nil, 0
		c.waiting.Store(false)
		c.settle()
	}
	return first.peer, copy(b, first.b)
}

// interrupted reports whether a read ended because of inject.
func (c *Conn) interrupted(err error) bool {
	timeout, ok := err.(net.Error)
	if !ok || !timeout.Timeout() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.woken {
		return false
	}
	c.settle()
	return true
}

// settle gives the socket the deadline that the owner wants. c.mu is held.
func (c *Conn) settle() {
	if c.woken {
		c.woken = false
		c.main.Load().conn.SetReadDeadline(c.deadline)
	}
}

// SetReadDeadline implements net.PacketConn.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	c.rebind.wake()
	if c.woken {
		return nil // the reader sets it when it has got what waits
	}
	return c.main.Load().conn.SetReadDeadline(t)
}

// SetDeadline implements net.PacketConn.
func (c *Conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}
