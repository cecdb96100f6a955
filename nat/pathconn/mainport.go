package pathconn

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// mainSocket is the socket that QUIC reads, until it dies.
type mainSocket struct {
	conn net.PacketConn
	udp  udpSocket // the same, if it is a real one
}

func newMain(socket net.PacketConn) *mainSocket {
	udp, _ := socket.(udpSocket)
	return &mainSocket{conn: socket, udp: udp}
}

// mainPort is what QUIC reads: the main socket of now, which another replaces when it
// dies (rebind.go), and the packets that did not come by it and wait (queue.go). One
// lock holds both together, as a read deadline wakes the reader for either.
type mainPort struct {
	atomic.Pointer[mainSocket]
	counts *counters
	setup  setup     // what has been done to the socket
	rest   remainder // of what was read

	// open opens another one, on any port for 0; nil if there are no others. Set once.
	open func(port uint16) (net.PacketConn, error)
	// kick holds a token when whoever waits for the next attempt must look
	// again: there is a packet for it, another deadline, or the end.
	kick        chan struct{}
	failedSends atomic.Int64 // in a row, by a dead socket

	dead    atomic.Bool // the socket is closed and waits for another; changed under mu
	waiting atomic.Bool // injected is not empty; changed under mu

	mu       sync.Mutex
	closed   bool
	injected []injection
	inARow   int       // packets of injected read since the main socket was
	woken    bool      // the socket's read deadline is not the owner's
	deadline time.Time // the owner's
	retryAt  time.Time // when another socket is tried, if this one is dead
	pause    time.Duration
	born     time.Time // when the present socket was opened
}

func (m *mainPort) init(socket net.PacketConn, counts *counters) {
	m.counts, m.kick, m.born = counts, make(chan struct{}, 1), time.Now()
	m.Store(newMain(socket))
}

// addr is the local address of the socket.
func (m *mainPort) addr() netip.AddrPort { return addrPort(m.Load().conn.LocalAddr()) }

// queued returns a packet that waits for the reader, and whose it is; nil if none does.
func (m *mainPort) queued(b, oob []byte) (p *peer, n, oobn, flags int) {
	if m.rest.peer != nil {
		return m.rest.take(b, oob)
	}
	p, n = m.next(b)
	return p, n, 0, 0
}

// ready returns the socket to read, or nil if the reader must look again.
func (m *mainPort) ready() (*mainSocket, error) {
	if m.dead.Load() {
		return nil, m.revive()
	}
	return m.Load(), nil
}

// over reports whether close has been called.
func (m *mainPort) over() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.closed
}

func (m *mainPort) close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.wake()
	if m.dead.Swap(false) {
		return nil
	}
	return m.Load().conn.Close()
}

// wake makes who waits for another socket look again.
func (m *mainPort) wake() {
	select {
	case m.kick <- struct{}{}:
	default:
	}
}
