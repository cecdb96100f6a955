package quiclink

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
)

const (
	// crowdedFrom is how many strangers there must be for addresses to have to
	// prove themselves (RFC 9000 section 8.1.2). That costs an honest stranger a
	// round trip, and one with a forged address everything.
	crowdedFrom = 8
	// crowdedIdle is handshakeIdle while there are so many.
	crowdedIdle = 1500 * time.Millisecond
	// maxBegun bounds the connections whose first flight is not whole yet; more are
	// refused. quic-go hands a connection out only then, so one that was sent away
	// before stays until its time is over. To hold so many takes most of a megabyte
	// a second, from addresses that have proven themselves.
	maxBegun = 1024
)

// busy is what a stranger hears who had to make room for others.
const busy = "too many players are knocking at this lobby just now: try again in a moment"

// guard keeps the strangers of an endpoint. A stranger is a connection from its
// first packet until its owner says that it is Known.
type guard struct {
	crowd source.Crowd
	begun atomic.Int64 // see maxBegun
}

// visitor is a stranger's connection.
type visitor struct {
	guard    *guard
	stranger *source.Stranger

	mu       sync.Mutex
	begun    bool  // it is counted
	link     *Link // nil until the first flight is whole
	sentAway bool
}

type visitorKey struct{}

// crowded reports whether strangers must prove their address first.
func (g *guard) crowded() bool { return g.crowd.Len() >= crowdedFrom }

// admit judges the first packet of a stranger. The context that it returns lives
// as long as the connection.
func (e *Endpoint) admit(ctx context.Context, info *quic.ClientInfo) (context.Context, error) {
	g := &e.guard
	if g.begun.Load() >= maxBegun {
		e.log.Debug("quiclink: too many connections have begun", "addr", info.RemoteAddr)
		return nil, errors.New("too many connections have begun")
	}
	g.begun.Add(1)
	v := &visitor{guard: g, begun: true}
	v.stranger = g.crowd.Enter(e.real(info.RemoteAddr).Addr(), v.sendAway)
	context.AfterFunc(ctx, func() {
		v.stranger.Leave()
		v.arrive(nil)
	})
	return context.WithValue(ctx, visitorKey{}, v), nil
}

// configFor gives strangers less time when there are many.
func (e *Endpoint) configFor(*quic.ClientInfo) (*quic.Config, error) {
	config := newQUIC(1)
	if e.guard.crowded() {
		config.HandshakeIdleTimeout = crowdedIdle
	}
	return config, nil
}

var errLeaving = errors.New("the game is being closed")

// greetable turns away who comes while the endpoint is being closed. It is asked
// when a first flight is whole, and the only word that the other side can read then
// is a TLS alert: see transportClosed.
func (e *Endpoint) greetable(*tls.ClientHelloInfo) (*tls.Config, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, errLeaving
	}
	return nil, nil
}

// arrive notes that the first flight is whole, with the link that it is for, or
// that the connection is over, without one.
func (v *visitor) arrive(l *Link) {
	v.mu.Lock()
	if v.begun {
		v.begun = false
		v.guard.begun.Add(-1)
	}
	v.link = l
	late := v.sentAway
	v.mu.Unlock()
	if late && l != nil {
		l.sendAway()
	}
}

// sendAway makes room for another stranger.
func (v *visitor) sendAway() {
	v.mu.Lock()
	v.sentAway = true
	l := v.link
	v.mu.Unlock()
	if l != nil {
		l.sendAway()
	}
}

// sendAway closes the link, which its owner may have or not. It does not block.
func (l *Link) sendAway() {
	owned := !l.e.withdraw(l)
	l.mu.Lock()
	l.inbox.clear()
	if l.err == nil {
		l.err = &link.CloseError{Code: link.CodeBusy, Reason: busy}
	}
	if owned {
		l.notify()
	}
	l.mu.Unlock()
	go l.kill()
}

// withdraw takes a link back that nobody has accepted. It reports whether it was
// shown.
func (e *Endpoint) withdraw(l *Link) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := slices.Index(e.waiting, l)
	if i >= 0 {
		e.waiting = slices.Delete(e.waiting, i, i+1)
		e.disown(l)
	}
	return i >= 0
}

// disown notes that a link that was shown to it will have no owner. e.mu is held.
func (e *Endpoint) disown(l *Link) {
	e.unread.Add(-1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.look()
	l.left = true
}

// Known implements link.Link.
func (l *Link) Known() bool {
	if l.visitor != nil && !l.known {
		l.known = l.visitor.stranger.Leave()
	}
	return l.visitor == nil || l.known
}
