package pathfinder

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/pathconn"
	"github.com/visavis-netcode/visavis/nat/relay"
	"github.com/visavis-netcode/visavis/nat/turn"
)

// Relay says when packets may go through a third party: another player or a
// server.
type Relay uint8

const (
	// Auto relays while there is no direct path.
	Auto Relay = iota
	// Never relays: who cannot be reached directly cannot be played with.
	Never
	// Only relays: the other player never learns our address.
	Only
)

// Config says how to find paths. Zero values mean the defaults.
type Config struct {
	Paths      *pathconn.Conn // the socket; its Handle belongs to the Finder until Close
	Key        [32]byte       // our own public key
	STUN       []string       // HOST:PORT of servers that tell our public address; none are asked if empty
	Rendezvous string         // HOST:PORT of the server for codes and relays; "" for none
	TURN       []turn.Server  // servers that give us an address while nothing nearer works; the first that answers is used
	Relay      Relay
	// Forwarder, if set, passes packets on between others on Paths.
	Forwarder *relay.Forwarder
	Loopback  bool // also try addresses of this very computer
	// Restraint, if not nil, is shared with whatever else sends to addresses that
	// others have named; its clock is the Finder's then.
	Restraint  *nat.Restraint
	NoBirthday bool // never open 256 sockets or try ports at random
	NoTCP      bool // never try TCP to the rendezvous server: Paths lies in a network that has none, as a simulated one
	Logger     *slog.Logger
	// Changed, if not nil, is called on a goroutine of the Finder when an Attempt
	// has found its first path or has failed. It must not block.
	Changed func()

	meetLimit time.Duration    // how long a guest waits for the host's answer; 15 s
	wall      func() time.Time // the clock on the wall
	networks  func() ([]nat.Interface, error)
	resolver  func(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Limits of a Finder.
const (
	maxQueued = 512 // packets for the goroutine; when it is full the newest is dropped
	maxCalls  = 64  // calls of methods that wait for the goroutine; further ones wait for room
	maxBatch  = 64  // packets worked on before machines are advanced
)

// Finder finds and keeps paths. Its methods may be called from any goroutine,
// and do not wait for the network.
type Finder struct {
	config Config
	log    *slog.Logger
	paths  *pathconn.Conn

	calls   chan func()
	packets chan packet
	ctx     context.Context
	cancel  context.CancelFunc
	tasks   sync.WaitGroup

	offer   atomic.Pointer[[]byte]
	offers  atomic.Uint64 // how many there have been
	wanted  atomic.Int64  // when Offer was last called, since start
	report  atomic.Pointer[nat.Report]
	wanting atomic.Pointer[[][32]byte] // to whom detours are wanted
	nearby  atomic.Bool                // see AllowLoopback
	dropped atomic.Uint64
	moves   atomic.Uint64
	kinds   sync.Map // of the paths of adopted connections, by their virtual addresses

	mu     sync.Mutex
	closed bool // no more tasks

	// The rest belongs to run.
	gather    gathering
	restraint *nat.Restraint // of all pairs together, and whoever shares it
	server    server
	turn      turnSocket
	hostings  []*Hosting
	invitings []*Inviting
	past      [][8]byte // secrets of invites that are over, at most maxPast
	attempts  []*Attempt
	pairs     []*pair
	punches   map[nat.LinkID]*pair // by the id of its checks
	keeps     map[nat.LinkID]*pair // by the id of its questions
	namers    namers
	sends     []nat.Send
	events    []nat.Event
}

// packet is one that came in.
type packet struct {
	b  []byte
	by pathconn.Route
}

// New begins to gather.
func New(config Config) *Finder {
	if config.meetLimit == 0 {
		config.meetLimit = 15 * time.Second
	}
	if config.wall == nil {
		config.wall = time.Now
	}
	if config.networks == nil {
		config.networks = nat.Interfaces
	}
	if config.resolver == nil {
		config.resolver = net.DefaultResolver.LookupNetIP
	}
	f := &Finder{
		config: config, log: config.Logger, paths: config.Paths, restraint: config.Restraint,
		calls: make(chan func(), maxCalls), packets: make(chan packet, maxQueued),
		punches: map[nat.LinkID]*pair{}, keeps: map[nat.LinkID]*pair{}, namers: namers{},
	}
	if f.restraint == nil {
		f.restraint = new(nat.Restraint)
	}
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	f.gather.begin(f, 0)
	f.server.begin(f)
	f.turn.begin(f)
	f.publish()
	f.paths.Handle(f.handle)
	f.spawn(f.run)
	return f
}

// Close ends all searches and tells the rendezvous server. Routes stay as they
// are; those through a relay last for less than half a minute more over UDP, and
// not at all over TCP.
func (f *Finder) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.cancel()
	f.tasks.Wait()
	f.paths.Handle(nil)
}

// spawn runs a task that Close waits for.
func (f *Finder) spawn(task func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.tasks.Go(task)
	}
}

// Offer returns our key and what we know of our addresses by now, for Connect on
// the other side. It is never longer than 512 bytes. For some minutes after a
// call the router's mapping is kept alive.
func (f *Finder) Offer() []byte {
	was := time.Duration(f.wanted.Swap(int64(max(1, f.now()))))
	if was == 0 || f.now()-was >= offerLife {
		f.wake()
	}
	return bytes.Clone(*f.offer.Load())
}

// AllowLoopback lets peers be tried at addresses of this very computer from now
// on: somebody has been met there.
func (f *Finder) AllowLoopback() { f.nearby.Store(true) }

// Offers returns how many different Offers there have been.
func (f *Finder) Offers() uint64 { return f.offers.Load() }

// SetMapped says at which public address the router forwards a port to our
// socket now; the zero AddrPort says that it does not.
func (f *Finder) SetMapped(public netip.AddrPort) {
	f.do(func() { f.gather.setMapped(f.now(), public) })
}

// Report says how the latest search went, or before any what is known of our
// own network.
func (f *Finder) Report() nat.Report { return *f.report.Load() }

func (f *Finder) now() time.Duration { return f.restraint.Now() }

// do lets the goroutine call g. After Close it does nothing.
func (f *Finder) do(g func()) {
	select {
	case f.calls <- g:
	case <-f.ctx.Done():
	}
}

// wake makes the goroutine see what is due now: it may sleep for as long as
// nobody needs anything.
func (f *Finder) wake() {
	select {
	case f.calls <- func() {}:
	default: // it has calls to make, and sees then
	}
}

// handle is called by paths for each packet that is not QUIC.
func (f *Finder) handle(b []byte, by pathconn.Route) {
	if f.config.Forwarder != nil && f.config.Forwarder.Take(f.now(), b, by) {
		return
	}
	select {
	case f.packets <- packet{bytes.Clone(b), by}:
	default:
		f.dropped.Add(1)
	}
}

// run owns all machines.
func (f *Finder) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-f.ctx.Done():
			f.end()
			return
		case g := <-f.calls:
			g()
		case p := <-f.packets:
			f.take(p)
			f.takeMore()
		case <-timer.C:
		}
		now := f.now()
		f.advance(now)
		f.publish()
		timer.Reset(max(0, f.next(now)-f.now()))
	}
}

func (f *Finder) takeMore() {
	for range maxBatch {
		select {
		case p := <-f.packets:
			f.take(p)
		default:
			return
		}
	}
}

// take finds out whose a packet is.
func (f *Finder) take(in packet) {
	now := f.now()
	if id, ok := keepLink(in.b); ok {
		if p := f.keeps[id]; p != nil {
			p.takeKeep(now, in)
		}
		return
	}
	if id, ok := nat.CheckID(in.b); ok {
		if p := f.punches[id]; p != nil {
			p.takeCheck(now, in)
		}
		return
	}
	if in.by.Header != (pathconn.Header{}) {
		return // only a peer speaks through a relay
	}
	if f.takeKnock(now, in) || in.by.Socket == 0 && f.gather.take(in) {
		return
	}
	f.server.take(now, in)
}

// advance lets everything happen that is due, and sends.
func (f *Finder) advance(now time.Duration) {
	f.gather.watch.soon = slices.ContainsFunc(f.pairs, func(p *pair) bool { return p.keep.unanswered(now) })
	f.gather.advance(now)
	f.server.advance(now)
	for _, a := range f.attempts {
		a.advance(now)
	}
	for _, p := range f.pairs {
		p.advance(now)
	}
	f.sweep(now)
	f.turn.advance()
	f.gather.flush()
	f.server.flush(now)
}

// sweep forgets pairs that are over.
func (f *Finder) sweep(now time.Duration) {
	kept := f.pairs[:0]
	for _, p := range f.pairs {
		if p.over(now) {
			p.end()
		} else {
			kept = append(kept, p)
		}
	}
	clear(f.pairs[len(kept):])
	f.pairs = kept
}

// next is when advance is due.
func (f *Finder) next(now time.Duration) time.Duration {
	next := min(f.gather.next(now), f.server.next(now))
	for _, a := range f.attempts {
		next = min(next, a.next(now))
	}
	for _, i := range f.invitings {
		next = min(next, i.next(now))
	}
	for _, p := range f.pairs {
		next = min(next, p.next(now))
	}
	// A machine that is late by nature does not make the goroutine spin.
	return max(next, now+time.Millisecond)
}

// publish shows the outside how things stand.
func (f *Finder) publish() {
	if f.gather.fresh {
		f.gather.fresh = false
		b := appendKeyed(nil, f.config.Key, f.gather.current)
		f.offer.Store(&b)
		f.offers.Add(1)
		f.server.setOffer(f.now(), b)
	}
	report := f.gather.report()
	for _, p := range f.pairs {
		if p.punch != nil {
			report = p.punch.Report()
		}
	}
	for _, p := range f.pairs {
		if trouble := p.keep.trouble(f.now()); trouble != "" {
			report.Details = append(slices.Clip(report.Details), trouble)
		}
	}
	if detail := f.turn.detail(); detail != "" {
		report.Details = append(slices.Clip(report.Details), detail)
	}
	f.report.Store(&report)
	f.publishDetours()
	for _, a := range f.attempts {
		a.publish()
	}
	for _, h := range f.hostings {
		h.publish()
	}
	for _, i := range f.invitings {
		i.publish(f.now())
	}
}

// end says goodbye. Routes are left as they are, so that QUIC can say its own;
// the server forgets a relay after half a minute.
func (f *Finder) end() {
	f.server.end()
	for _, p := range f.pairs {
		p.keep.farewell()
		p.flushKeep()
		if p.virtual.IsValid() {
			f.paths.Double(p.virtual, pathconn.Route{})
			f.paths.Release(p.virtual)
		}
	}
}

// draw returns random bits for nonces and seeds.
func draw() uint64 {
	var b [8]byte
	rand.Read(b[:])
	return binary.BigEndian.Uint64(b[:])
}

func larger(a, b [32]byte) bool { return bytes.Compare(a[:], b[:]) > 0 }
