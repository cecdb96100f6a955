package pathconn

import (
	"net"
	"time"
)

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
func (m *mainPort) inject(p *peer, b []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.injected) >= maxInjected {
		m.counts.overflowed.Add(1)
		return
	}
	m.injected = append(m.injected, injection{p, append([]byte(nil), b...)})
	m.waiting.Store(true)
	if !m.woken {
		m.woken = true
		m.Load().conn.SetReadDeadline(longAgo)
	}
	m.wake()
}

// next takes a packet out of the queue.
func (m *mainPort) next(b []byte) (p *peer, n int) {
	if !m.waiting.Load() {
		return nil, 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.injected) == 0 {
		return nil, 0
	}
	if m.inARow++; m.inARow > maxInARow {
		// Whoever floods an extra socket does not keep the main one from being
		// read.
		m.inARow = 0
		m.woken = true
		m.Load().conn.SetReadDeadline(time.Now().Add(turn))
		return nil, 0
	}
	first := m.injected[0]
	m.injected[0] = injection{}
	m.injected = m.injected[1:]
	if len(m.injected) == 0 {
		m.injected, m.inARow = nil, 0
		m.waiting.Store(false)
		m.settle()
	}
	return first.peer, copy(b, first.b)
}

// interrupted reports whether a read ended because of inject.
func (m *mainPort) interrupted(err error) bool {
	timeout, ok := err.(net.Error)
	if !ok || !timeout.Timeout() {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.woken {
		return false
	}
	m.settle()
	return true
}

// settle gives the socket the deadline that the owner wants. mu is held.
func (m *mainPort) settle() {
	if m.woken {
		m.woken = false
		m.Load().conn.SetReadDeadline(m.deadline)
	}
}

// setReadDeadline notes the owner's deadline.
func (m *mainPort) setReadDeadline(t time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.deadline = t
	m.wake()
	if m.woken {
		return nil // the reader sets it when it has got what waits
	}
	return m.Load().conn.SetReadDeadline(t)
}
