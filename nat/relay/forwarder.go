package relay

import (
	"crypto/rand"
	"errors"
	"io"
	"net/netip"
	"sync"
	"time"

	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// FirstByte is that of every header. It keeps such packets apart from QUIC,
// STUN, checks and the rendezvous (RFC 9443).
const FirstByte = 0x25

// Bounds of a Forwarder.
const (
	MaxChannels     = 32
	bytesPerSecond  = 64_000 // of a channel, each way
	burstBytes      = 16 << 10
	totalPerSecond  = 512_000 // of all channels together
	totalBurstBytes = 64 << 10
)

// Errors of Open.
var (
	ErrFull = errors.New("relay: 32 channels are open already")
	ErrSame = errors.New("relay: a channel joins two different players")
)

// Paths is what a Forwarder needs of a *pathconn.Conn.
type Paths interface {
	// Owner returns whose packets come by a route.
	Owner(by pathconn.Route) (virtual netip.AddrPort, ok bool)
	// Forward sends a packet to a peer, but not by a relay.
	Forward(b []byte, virtual netip.AddrPort) error
}

// Config says on what to forward. Paths is required.
type Config struct {
	Paths Paths
	Rand  io.Reader // headers are drawn from it; crypto/rand if nil
}

// Channel joins two players. Packets of the first to the second come with
// Headers[0], and reach the second with Headers[1].
type Channel struct {
	Headers [2]pathconn.Header
}

// Stats are counts since New.
type Stats struct {
	Channels       int    // open now
	Packets, Bytes uint64 // passed on
	Capped         uint64 // packets above the rate, dropped
	Stray          uint64 // packets with nobody's header or somebody else's, or that came by a relay, dropped
	Undelivered    uint64 // packets that could not be sent, for want of a direct way too
}

// Forwarder passes packets on. Its methods may be called from any goroutine.
type Forwarder struct {
	config Config

	mu    sync.Mutex
	ends  map[pathconn.Header]*end // two of each channel
	total bucket
	stats Stats
}

// end is one side of a channel.
type end struct {
	virtual netip.AddrPort
	header  pathconn.Header
	other   *end
	sent    bucket
}

// New returns a Forwarder without channels.
func New(config Config) *Forwarder {
	if config.Rand == nil {
		config.Rand = rand.Reader
	}
	return &Forwarder{config: config, ends: map[pathconn.Header]*end{}}
}

// Open makes a channel between the peers of two virtual addresses. The caller
// must know that both want it. It returns ErrFull, ErrSame or what Rand failed
// with.
func (f *Forwarder) Open(a, b netip.AddrPort) (Channel, error) {
	if a == b {
		return Channel{}, ErrSame
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.ends) >= 2*MaxChannels {
		return Channel{}, ErrFull
	}
	var c Channel
	ends := [2]*end{{virtual: a}, {virtual: b}}
	for i, e := range ends {
		if err := f.draw(&e.header); err != nil {
			return Channel{}, err
		}
		e.other, c.Headers[i] = ends[1-i], e.header
	}
	if c.Headers[0] == c.Headers[1] {
		return Channel{}, errDraw
	}
	for _, e := range ends {
		f.ends[e.header] = e
	}
	return c, nil
}

var errDraw = errors.New("relay: chance gives the same header twice")

// draw makes a header that is not in use.
func (f *Forwarder) draw(h *pathconn.Header) error {
	h[0] = FirstByte
	if _, err := io.ReadFull(f.config.Rand, h[1:]); err != nil {
		return err
	}
	if f.ends[*h] != nil {
		return errDraw
	}
	return nil
}

// Close ends a channel. One that is not open is no error.
func (f *Forwarder) Close(c Channel) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, h := range c.Headers {
		delete(f.ends, h)
	}
}

// Take passes a packet on, or drops it, if it is one of a channel, and reports
// whether it was. by is the way that it came, as in pathconn.Conn.Handle; now counts from
// any fixed moment. The header in b is changed.
func (f *Forwarder) Take(now time.Duration, b []byte, by pathconn.Route) bool {
	if len(b) == 0 || b[0] != FirstByte {
		return false
	}
	to, header, ok := f.pass(now, b, by)
	if !ok {
		return true
	}
	copy(b, header[:])
	err := f.config.Paths.Forward(b, to)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.stats.Undelivered++
		return true
	}
	f.stats.Packets++
	f.stats.Bytes += uint64(len(b))
	return true
}

// pass decides about a packet.
func (f *Forwarder) pass(now time.Duration, b []byte, by pathconn.Route) (to netip.AddrPort, header pathconn.Header, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var e *end
	if straight := by.Header == (pathconn.Header{}) && by.Socket != pathconn.Carried; straight && len(b) > len(header) {
		e = f.ends[pathconn.Header(b)]
	}
	if e == nil {
		f.stats.Stray++
		return to, header, false
	}
	if virtual, known := f.config.Paths.Owner(by); !known || virtual != e.virtual {
		f.stats.Stray++
		return to, header, false
	}
	if !e.sent.room(now, len(b), bytesPerSecond, burstBytes) || !f.total.room(now, len(b), totalPerSecond, totalBurstBytes) {
		f.stats.Capped++
		return to, header, false
	}
	e.sent.take(now, len(b), bytesPerSecond)
	f.total.take(now, len(b), totalPerSecond)
	return e.other.virtual, e.other.header, true
}

// Stats returns the counts so far.
func (f *Forwarder) Stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.stats
	s.Channels = len(f.ends) / 2
	return s
}

// bucket is the time at which a token bucket is full again (the generic cell
// rate algorithm, ITU-T I.371).
type bucket struct{ full time.Duration }

func span(n, perSecond int) time.Duration {
	return time.Duration(n) * time.Second / time.Duration(perSecond)
}

// room reports whether n more bytes are within the rate.
func (b bucket) room(now time.Duration, n, perSecond, burst int) bool {
	return max(b.full, now)-now <= span(burst-n, perSecond)
}

func (b *bucket) take(now time.Duration, n, perSecond int) {
	b.full = max(b.full, now) + span(n, perSecond)
}
