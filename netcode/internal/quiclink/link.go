package quiclink

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// Link implements link.Link: the owner's side of a connection. The goroutines
// of the other side are in run.go.
type Link struct {
	e        *Endpoint
	dialled  bool
	addr     netip.AddrPort // dialled, or where it first came from
	to       netip.AddrPort // virtual, if such a one was dialled
	accepted *quic.Conn     // of a link that was not dialled
	visitor  *visitor       // likewise
	known    bool           // the owner has said so
	done     chan struct{}  // closed when everything of the link is over
	pin      *link.Key
	ctx      context.Context // of the dial
	cancel   context.CancelFunc

	// Each holds at most one token.
	outReady chan struct{} // out is not empty
	boxReady chan struct{} // box is not empty
	space    chan struct{} // the inbox was emptied

	datagramsSent, datagramBytesSent   atomic.Uint64
	datagramsReceived, datagramsMissed atomic.Uint64

	reading *inbox // the one that the owner reads
	held    holding

	mu      sync.Mutex
	conn    *quic.Conn     // nil before the handshake is complete
	remote  netip.AddrPort // the latest known
	peer    link.Key
	binding [32]byte
	paths   [32]byte         // see PathSecret
	opened  bool             // the other side has spoken
	left    bool             // the owner has closed the link
	err     *link.CloseError // why it is over
	killed  bool             // whatever connection there is must go
	flush   *time.Timer      // ends what Close has left to do
	inbox   *inbox           // the one that the network fills
	unread  bool             // counted in e.unread

	out     []byte // frames to be written
	writing int    // bytes that are being written
	box     mailbox
	feed    feedLane
}

var _ link.Link = (*Link)(nil)

func newLink(e *Endpoint, addr netip.AddrPort) *Link {
	l := &Link{
		e:        e,
		addr:     addr,
		remote:   addr,
		outReady: make(chan struct{}, 1),
		boxReady: make(chan struct{}, 1),
		space:    make(chan struct{}, 1),

		done:    make(chan struct{}),
		inbox:   new(inbox),
		reading: new(inbox),
		out:     []byte{preamble},
	}
	l.held.paths = e.paths
	l.feed = newFeedLane(l)
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Peer implements link.Link.
func (l *Link) Peer() link.Key {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.peer
}

// Dialled implements link.Link.
func (l *Link) Dialled() bool { return l.dialled }

// Binding implements link.Link.
func (l *Link) Binding() [32]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.binding
}

// PathSecret implements link.Link.
func (l *Link) PathSecret() [32]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.paths
}

// Received implements link.Link.
func (l *Link) Received() uint64 {
	l.mu.Lock()
	conn := l.conn
	l.mu.Unlock()
	if conn == nil {
		return 0
	}
	return conn.ConnectionStats().PacketsReceived
}

// RemoteAddr implements link.Link.
func (l *Link) RemoteAddr() netip.AddrPort {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		if real := l.e.real(l.conn.RemoteAddr()); real.IsValid() {
			l.remote = real
		}
	}
	return l.remote
}

// Source implements link.Link.
func (l *Link) Source() netip.Addr {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		return netip.Addr{}
	}
	return l.e.paths.Source(virtual(l.conn.RemoteAddr()))
}

// Virtual implements link.Link.
func (l *Link) Virtual() netip.AddrPort {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil || !l.opened {
		return netip.AddrPort{}
	}
	return virtual(l.conn.RemoteAddr())
}

// State implements link.Link. When the other side has closed the link or the
// connection has broken, the state becomes Closed only after Receive has handed
// out what arrived before.
func (l *Link) State() link.State {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.over():
		l.look()
		return link.Closed
	case l.opened:
		return link.Open
	}
	return link.Connecting
}

// Err implements link.Link.
func (l *Link) Err() *link.CloseError {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.over() {
		return nil
	}
	return l.err
}

// over reports whether the owner sees the link as closed. l.mu is held.
func (l *Link) over() bool {
	return l.left || l.err != nil && (!l.opened || l.inbox.empty())
}

// SendDatagram implements link.Link. A datagram over MaxDatagramBytes is
// dropped.
func (l *Link) SendDatagram(b []byte) {
	if len(b) > link.MaxDatagramBytes {
		return
	}
	l.mu.Lock()
	l.box.put(b)
	l.mu.Unlock()
	signal(l.boxReady)
}

// SendAlso implements link.Link. A datagram over MaxDatagramBytes is dropped.
func (l *Link) SendAlso(b []byte) {
	if len(b) > link.MaxDatagramBytes {
		return
	}
	l.mu.Lock()
	l.box.putAlso(b)
	l.mu.Unlock()
	signal(l.boxReady)
}

// Send implements link.Link.
func (l *Link) Send(b []byte) error {
	if len(b) > link.MaxMessageBytes {
		return link.ErrClosed
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left || l.err != nil {
		return link.ErrClosed
	}
	if len(l.out)+l.writing+len(b) > link.SendQueueBytes {
		return link.ErrQueueFull
	}
	l.out = appendMessage(l.out, b)
	signal(l.outReady)
	return nil
}

// Receive implements link.Link.
func (l *Link) Receive(handle func(kind link.Kind, at time.Duration, b []byte)) {
	l.mu.Lock()
	l.look()
	if !l.opened || l.left || l.inbox.empty() {
		l.mu.Unlock()
		return
	}
	full := l.inbox
	l.inbox, l.reading = l.reading, full
	l.mu.Unlock()
	signal(l.space)
	signal(l.feed.space)
	full.drain(handle)
}

// Close implements link.Link. The flush ends when the peer has got everything.
func (l *Link) Close(code link.Code, reason string) {
	reason = clean(reason)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left {
		return
	}
	l.left = true
	l.look()
	l.inbox.clear()
	l.reading.clear()
	signal(l.space)
	signal(l.feed.space)
	if l.err != nil {
		return
	}
	l.err = &link.CloseError{Code: code, Reason: reason}
	if l.conn == nil && l.accepted == nil && len(l.out) <= 1 {
		l.cancel() // it dials, and has nothing to say
		return
	}
	l.out = appendGoodbye(l.out, code, reason)
	signal(l.outReady)
	timeout := flushTimeout
	if l.visitor != nil && !l.known {
		timeout = leaveTimeout
	}
	l.flush = time.AfterFunc(timeout, l.kill)
}

// hurry ends what Close has left to do after leaveTimeout.
func (l *Link) hurry() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.flush != nil && l.flush.Stop() {
		l.flush.Reset(leaveTimeout)
	}
}

// Stats implements link.Link.
func (l *Link) Stats() link.Stats {
	l.mu.Lock()
	conn, unsent, waiting := l.conn, l.box.replaced, l.box.waiting()
	l.mu.Unlock()
	s := link.Stats{
		DatagramsSent:     l.datagramsSent.Load(),
		DatagramsReceived: l.datagramsReceived.Load(),
		DatagramBytesSent: l.datagramBytesSent.Load(),
		DatagramsDropped:  l.datagramsMissed.Load(),
		DatagramsWaiting:  waiting,
		DatagramsUnsent:   unsent,
	}
	if conn != nil {
		s.RTT = conn.ConnectionStats().SmoothedRTT
	}
	return s
}

// notify tells Wait that there is something to look at. l.mu is held.
func (l *Link) notify() {
	if l.left {
		return
	}
	if !l.unread {
		l.unread = true
		l.e.unread.Add(1)
	}
	signal(l.e.wake)
}

// look notes that the owner has looked. l.mu is held.
func (l *Link) look() {
	if l.unread {
		l.unread = false
		l.e.unread.Add(-1)
	}
}

// end notes why the link is over; the first reason counts.
func (l *Link) end(err *link.CloseError) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
		l.notify()
	}
}

// hears reports whether there is somebody to take leave of.
func (l *Link) hears() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return (l.conn != nil || l.accepted != nil) && (l.err == nil || l.err.Code != link.CodeLost)
}

// hasEnded reports whether there is a reason why the link is over.
func (l *Link) hasEnded() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err != nil
}

// kill ends the connection without delay.
func (l *Link) kill() {
	l.mu.Lock()
	l.killed = true
	conn, err := l.conn, l.err
	if conn == nil {
		conn = l.accepted
	}
	l.mu.Unlock()
	l.cancel()
	if conn != nil && err != nil {
		conn.CloseWithError(quic.ApplicationErrorCode(err.Code), err.Reason)
	}
}
