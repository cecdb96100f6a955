package quiclink

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/pathconn"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
)

const (
	// handshakeIdle is how long a handshake may be silent. Without any answer
	// a dial fails after that time.
	handshakeIdle = 3 * time.Second
	// handshakeTimeout is how long it may take in all, until the listener's
	// first byte is here. quic-go makes the same of handshakeIdle.
	handshakeTimeout = 2 * handshakeIdle
	// idleTimeout is longer than any time-out of the owner's, who has its own idea
	// of who is alive: it only ends what nobody looks after.
	idleTimeout = 2 * time.Hour
	// keepAlive keeps a link and its NAT mapping alive when the owner sends
	// nothing for so long. It costs two packets then and nothing otherwise.
	keepAlive = 10 * time.Second
	// flushTimeout is how long a link goes on sending what is queued, after its Close.
	// QUIC tries four times in that while on a path of 100 ms.
	flushTimeout = 3 * time.Second
	// leaveTimeout is the same for a stranger, who takes a place meanwhile, and when the
	// endpoint is closed, which its owner waits for.
	leaveTimeout = time.Second

	packetBytes = 1200 // the smallest that QUIC may assume, and the largest we send

	// Flow control: what a peer that is not read can make us hold. The connection has
	// room for all that the streams may hold (messages, the feed, and the rider, whose
	// window never grows), so that none of them ever blocks another: see sendDatagrams.
	streamWindow, maxStreamWindow = 256 << 10, 1 << 20
	connectionWindow              = 2*maxStreamWindow + streamWindow
)

// Config says how to listen.
type Config struct {
	Bind  netip.AddrPort     // as in pathconn.Open; not used if Paths or Conn is set
	Conn  net.PacketConn     // stands in for the socket: a simulated one; not used if Paths is set
	Paths *pathconn.Conn     // the socket, if something else has to do with its paths too
	Key   ed25519.PrivateKey // the identity
	// Restraint bounds what is sent to addresses that others have named; nil is one
	// of the endpoint's own.
	Restraint *nat.Restraint
	// Logger gets what is of interest to a developer at debug level; nil for
	// none.
	Logger *slog.Logger
}

// Endpoint implements link.Endpoint.
type Endpoint struct {
	paths       *pathconn.Conn
	key         link.Key
	identity    ed25519.PrivateKey
	certificate tls.Certificate
	transport   *quic.Transport
	listener    *quic.EarlyListener
	log         *slog.Logger
	start       time.Time
	guard       guard
	restraint   *nat.Restraint
	genuine     genuineWords

	ctx    context.Context // done when the endpoint is closed
	cancel context.CancelFunc
	tasks  sync.WaitGroup

	unread atomic.Int64  // links with something unread, and links to accept
	wake   chan struct{} // holds a token when something has arrived
	roused atomic.Bool   // Wake was called since the last Wait
	timer  *time.Timer   // Wait's

	shut sync.Once // of the socket

	mu      sync.Mutex
	closed  bool
	links   map[*Link]struct{}
	waiting []*Link                    // to be accepted
	away    func() (link.Code, string) // what whoever comes is told; nil: he waits to be accepted
}

var _ link.Endpoint = (*Endpoint)(nil)

// Listen opens an endpoint. It takes Conn or Paths over, on failure too.
func Listen(config Config) (*Endpoint, error) {
	if len(config.Key) != ed25519.PrivateKeySize {
		return nil, errors.New("quiclink: Config.Key is not an Ed25519 private key")
	}
	paths := config.Paths
	switch {
	case paths != nil:
	case config.Conn != nil:
		paths = pathconn.Over(config.Conn)
	default:
		var err error
		if paths, err = pathconn.Open(config.Bind); err != nil {
			return nil, err
		}
	}
	e, err := listen(paths, config)
	if err != nil {
		paths.Close()
		return nil, err
	}
	return e, nil
}

func listen(paths *pathconn.Conn, config Config) (*Endpoint, error) {
	certificate, err := newCertificate(config.Key)
	if err != nil {
		return nil, err
	}
	reset, err := resetKey(config.Key)
	if err != nil {
		return nil, err
	}
	e := &Endpoint{
		paths:       paths,
		key:         link.Key(config.Key.Public().(ed25519.PublicKey)),
		identity:    config.Key,
		certificate: certificate,
		log:         config.Logger,
		start:       time.Now(),
		wake:        make(chan struct{}, 1),
		links:       map[*Link]struct{}{},
	}
	if e.restraint = config.Restraint; e.restraint == nil {
		e.restraint = new(nat.Restraint)
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	e.transport = &quic.Transport{
		Conn:                paths.PacketConn(),
		StatelessResetKey:   reset,
		VerifySourceAddress: func(net.Addr) bool { return e.guard.crowded() },
		ConnContext:         e.admit,
	}
	strangersTLS, strangersQUIC := newTLS(certificate, e.key, nil), newQUIC(1)
	strangersTLS.GetConfigForClient, strangersQUIC.GetConfigForClient = e.greetable, e.configFor
	withoutBufferWarning(func() {
		e.listener, err = e.transport.ListenEarly(strangersTLS, strangersQUIC)
	})
	if err != nil {
		e.cancel()
		return nil, err
	}
	e.tasks.Go(e.accept)
	return e, nil
}

// newQUIC returns the configuration of a side whose peer may open so many
// bidirectional streams.
func newQUIC(streams int64) *quic.Config {
	return &quic.Config{
		HandshakeIdleTimeout:           handshakeIdle,
		MaxIdleTimeout:                 idleTimeout,
		KeepAlivePeriod:                keepAlive,
		InitialPacketSize:              packetBytes,
		DisablePathMTUDiscovery:        true, // inputs are small
		EnableDatagrams:                true,
		InitialStreamReceiveWindow:     streamWindow,
		MaxStreamReceiveWindow:         maxStreamWindow,
		InitialConnectionReceiveWindow: connectionWindow,
		MaxConnectionReceiveWindow:     connectionWindow,
		MaxIncomingStreams:             streams,
		MaxIncomingUniStreams:          2, // see openLanes; QUIC ends the connection of who opens more
		RequireStreamCreditRelease:     true,
	}
}

var bufferWarning sync.Mutex

// withoutBufferWarning keeps quic-go from writing to the standard log that it
// could not get 7 MiB of socket buffer. A game needs a hundredth of that, and
// whoever reads it takes it for a fault. quic-go offers an environment variable
// for this and looks at it once, when a transport is set up.
func withoutBufferWarning(setUp func()) {
	const name = "QUIC_GO_DISABLE_RECEIVE_BUFFER_WARNING"
	bufferWarning.Lock()
	defer bufferWarning.Unlock()
	if _, set := os.LookupEnv(name); !set {
		os.Setenv(name, "true")
		defer os.Unsetenv(name)
	}
	setUp()
}

// Key returns this side's identity.
func (e *Endpoint) Key() link.Key { return e.key }

// Addr returns the local address of the socket.
func (e *Endpoint) Addr() netip.AddrPort { return e.paths.Addr() }

// Paths implements link.Endpoint.
func (e *Endpoint) Paths() *pathconn.Conn { return e.paths }

// Now returns the time since Listen.
func (e *Endpoint) Now() time.Duration { return time.Since(e.start) }

// Stats counts what went through the socket, packets that are not QUIC
// included.
func (e *Endpoint) Stats() link.EndpointStats {
	s := e.paths.Stats()
	return link.EndpointStats{
		PacketsSent: s.PacketsSent, PacketsReceived: s.PacketsReceived,
		BytesSent: s.BytesSent, BytesReceived: s.BytesReceived,
		SendErrors: s.SendErrors,
	}
}

// Dial implements link.Endpoint. Without any answer the link is closed after 3
// seconds, and after 6 if it does not come to a whole handshake. A virtual
// address of Paths is dialled by its route.
func (e *Endpoint) Dial(addr netip.AddrPort, pin *link.Key) link.Link {
	var to netip.AddrPort
	if real := e.paths.Real(addr); real.IsValid() {
		to, addr = addr, real
	}
	l := newLink(e, addr)
	l.dialled, l.to = true, to
	if pin != nil {
		pinned := *pin
		l.pin = &pinned
	}
	switch {
	case !addr.IsValid() || addr.Port() == 0 || addr.Addr().IsUnspecified():
		l.end(closed(link.CodeLost, "%v is no address that a game can be reached at", addr))
	case !e.run(l, l.dial):
		l.end(closed(link.CodeLeft, "the game closed the connection"))
	}
	return l
}

// run starts the goroutine of a link, which ends when task does, unless the
// endpoint is closed.
func (e *Endpoint) run(l *Link, task func()) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.links[l] = struct{}{}
	e.tasks.Go(func() {
		task()
		e.mu.Lock()
		delete(e.links, l)
		e.mu.Unlock()
		close(l.done)
	})
	return true
}

// Accept implements link.Endpoint. What it returns is Open.
func (e *Endpoint) Accept() link.Link {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.waiting) == 0 {
		return nil
	}
	l := e.waiting[0]
	e.waiting = append(e.waiting[:0], e.waiting[1:]...)
	e.unread.Add(-1)
	return l
}

// show puts an opened link where Accept finds it. Of those that wait no more than
// source.MaxStrangers are alive; if there are as many, the others go. What it
// returns, if anything, says how the link is to be turned away instead.
func (e *Endpoint) show(l *Link) (away func() (link.Code, string)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil // and the link, too
	}
	if e.away != nil {
		return e.away
	}
	if len(e.waiting) >= source.MaxStrangers {
		e.waiting = slices.DeleteFunc(e.waiting, func(other *Link) bool {
			over := other.hasEnded()
			if over {
				e.disown(other)
			}
			return over
		})
	}
	e.waiting = append(e.waiting, l)
	e.unread.Add(1)
	signal(e.wake)
	return nil
}

// TurnAway implements link.Endpoint. Whoever is turned away is a stranger until he
// is gone, which takes leaveTimeout at most.
func (e *Endpoint) TurnAway(words func() (link.Code, string)) {
	e.mu.Lock()
	e.away = words
	var late []*Link
	if words != nil {
		late, e.waiting = e.waiting, nil
		e.unread.Add(-int64(len(late)))
	}
	e.mu.Unlock()
	for _, l := range late {
		l.Close(words())
	}
}

// Wait implements link.Endpoint. What has arrived ends one Wait: an owner who
// does not look at it is not kept awake by it.
func (e *Endpoint) Wait(d time.Duration) {
	if d <= 0 {
		return
	}
	if e.timer == nil {
		e.timer = time.NewTimer(d)
	} else {
		e.timer.Reset(d)
	}
	defer e.timer.Stop()
	for {
		select {
		case <-e.wake:
			if e.unread.Load() > 0 || e.roused.Swap(false) {
				return
			}
			// Received before anybody waited for it.
		case <-e.timer.C:
			return
		case <-e.ctx.Done():
			return
		}
	}
}

// Wake implements link.Endpoint.
func (e *Endpoint) Wake() {
	e.roused.Store(true)
	signal(e.wake)
}

// Close closes all links with CodeLeft and then the socket. It returns when the
// peers have answered, at the latest after a second. Peers that are lost, or have
// not answered the dial yet, are not waited for.
func (e *Endpoint) Close() {
	e.CloseLinks()
	e.shut.Do(func() {
		e.transport.Close()
		e.paths.Close()
	})
}

// CloseLinks implements link.Endpoint, as Close does.
func (e *Endpoint) CloseLinks() {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return
	}
	e.closed = true
	links := make([]*Link, 0, len(e.links))
	for l := range e.links {
		links = append(links, l)
	}
	e.mu.Unlock()
	for _, l := range links {
		l.Close(link.CodeLeft, leaving)
		if l.hurry(); !l.hears() {
			l.kill()
		}
	}
	for _, l := range links {
		<-l.done // who comes meanwhile is told: see greetable
	}
	e.cancel()
	e.listener.Close()
	e.tasks.Wait()
}

// accept takes connections from quic-go, as soon as their first flight is whole,
// until the listener is closed.
func (e *Endpoint) accept() {
	for {
		conn, err := e.listener.Accept(e.ctx)
		if err != nil {
			return
		}
		l := newLink(e, e.real(conn.RemoteAddr()))
		l.accepted = conn
		l.visitor, _ = conn.Context().Value(visitorKey{}).(*visitor)
		if !e.run(l, l.serve) {
			conn.CloseWithError(quic.ApplicationErrorCode(link.CodeLeft), leaving)
			continue
		}
		l.visitor.arrive(l)
	}
}

// real returns the real address behind one that QUIC knows.
func (e *Endpoint) real(addr net.Addr) netip.AddrPort { return e.paths.Real(virtual(addr)) }

func virtual(addr net.Addr) netip.AddrPort {
	if udp, ok := addr.(*net.UDPAddr); ok {
		return udp.AddrPort()
	}
	return netip.AddrPort{}
}
