package turn

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// MaxPermitted is how many addresses a Relay lets in at a time.
const MaxPermitted = 64

const (
	maxReceived  = 256              // packets that wait for the reader; when full the newest is dropped
	nextServer   = time.Second      // without an answer of one server until the next is asked as well
	limit        = 12 * time.Second // for one server
	firstBackOff = time.Second
	lastBackOff  = time.Minute
)

// Config says which servers to use.
type Config struct {
	// Servers are tried in order; the first that answers is used.
	Servers []Server
	// Changed is called, from any goroutine, when State may have changed; nil for
	// nobody. It must not wait for the Relay.
	Changed func()
	Logger  *slog.Logger // nil discards

	trust *tls.Config // of tests; nil for the system's certificates
}

// State is how a Relay stands.
type State struct {
	// Addr is our address at the server, which peers send to; the zero AddrPort
	// while there is none.
	Addr netip.AddrPort
	// Server is the one in use, if Addr is valid.
	Server Server
	// Trouble is a sentence for the player about why there is no address, nil if
	// there is one or nothing has failed yet.
	Trouble error
}

// Errors of WriteToUDPAddrPort, besides net.ErrClosed.
var (
	errNoAllocation = errors.New("the TURN server has given no address yet")
	errNotPermitted = errors.New("this address is not let in by way of the TURN server")
	errCongested    = errors.New("the way to the TURN server is congested")
)

// Relay is a socket at a TURN server. Its methods may be called from any
// goroutine.
type Relay struct {
	config   Config
	log      *slog.Logger
	received chan incoming
	hurry    chan struct{} // ends a wait
	cancel   context.CancelFunc
	closed   <-chan struct{}
	tasks    sync.WaitGroup

	mu        sync.Mutex
	state     State
	current   *allocation // nil while there is none
	permitted []netip.Addr
}

type incoming struct {
	b    []byte
	from netip.AddrPort
}

// Open begins to ask for an address. It does not wait for the network.
func Open(config Config) *Relay {
	ctx, cancel := context.WithCancel(context.Background())
	r := &Relay{config: config, log: config.Logger, received: make(chan incoming, maxReceived),
		hurry: make(chan struct{}, 1), cancel: cancel, closed: ctx.Done()}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	r.tasks.Go(func() { r.run(ctx) })
	return r
}

// Close gives the address back and ends all reads. It waits for less than a
// second.
func (r *Relay) Close() error {
	r.cancel()
	r.tasks.Wait()
	return nil
}

// State returns how things stand.
func (r *Relay) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state
}

// Permit lets in exactly these addresses, at most MaxPermitted of them, whatever
// the port. Those of another family than State's Addr are of no use.
func (r *Relay) Permit(list []netip.Addr) {
	list = slices.Clone(list[:min(len(list), MaxPermitted)])
	r.mu.Lock()
	defer r.mu.Unlock()
	r.permitted = list
	if r.current != nil {
		r.current.permit(list)
	}
}

// Check asks the server at once whether it still knows us, or for a new address if
// there is none: for when packets do not arrive, or this computer's addresses have
// changed.
func (r *Relay) Check() {
	r.mu.Lock()
	hurry := r.hurry
	if r.current != nil {
		hurry = r.current.check
	}
	r.mu.Unlock()
	select {
	case hurry <- struct{}{}:
	default: // it is about to
	}
}

// ReadFromUDPAddrPort waits for a packet of a peer. It fails with net.ErrClosed
// after Close, and with nothing else.
func (r *Relay) ReadFromUDPAddrPort(b []byte) (n int, from netip.AddrPort, err error) {
	select {
	case in := <-r.received:
		return copy(b, in.b), in.from, nil
	case <-r.closed:
		return 0, netip.AddrPort{}, net.ErrClosed
	}
}

// WriteToUDPAddrPort queues a packet for a peer that is permitted. It does not
// wait; an error says why the packet is lost.
func (r *Relay) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	select {
	case <-r.closed:
		return 0, net.ErrClosed
	default:
	}
	r.mu.Lock()
	a := r.current
	r.mu.Unlock()
	if a == nil {
		return 0, errNoAllocation
	}
	return len(b), a.write(b, netip.AddrPortFrom(to.Addr().Unmap(), to.Port()))
}

// hear queues a packet of a peer for the reader.
func (r *Relay) hear(b []byte, from netip.AddrPort) {
	select {
	case r.received <- incoming{slices.Clone(b), from}:
	default:
	}
}

// run keeps an allocation until the Relay is closed.
func (r *Relay) run(ctx context.Context) {
	backOff := time.Duration(0)
	for ctx.Err() == nil {
		a, err := r.reach(ctx)
		if a == nil {
			r.set(State{Trouble: err}, nil)
			backOff = min(max(2*backOff, firstBackOff), lastBackOff)
			r.wait(ctx, backOff)
			continue
		}
		began := time.Now()
		r.log.Debug("turn: allocated", "server", a.server, "addr", a.addr)
		r.set(State{Addr: a.addr, Server: a.server}, a)
		select {
		case <-a.over:
			r.log.Debug("turn: over", "server", a.server, "err", a.overErr)
			r.set(State{Trouble: hungUp(a.server)}, nil)
		case <-ctx.Done():
		}
		a.close()
		if time.Since(began) > lastBackOff {
			backOff = 0
			continue
		}
		// A server that lets us in and throws us out again is not asked all the time.
		backOff = min(max(2*backOff, firstBackOff), lastBackOff)
		r.wait(ctx, backOff)
	}
	r.set(State{}, nil)
}

// set publishes how things stand.
func (r *Relay) set(s State, a *allocation) {
	r.mu.Lock()
	changed := r.state != s
	r.state, r.current = s, a
	if a != nil {
		a.permit(r.permitted)
	}
	r.mu.Unlock()
	if changed && r.config.Changed != nil {
		r.config.Changed()
	}
}

// reach asks the servers one after the other and returns the first allocation.
// Without any the error is that of the first server.
func (r *Relay) reach(ctx context.Context) (*allocation, error) {
	ctx, cancel := context.WithTimeout(ctx, limit+time.Duration(len(r.config.Servers))*nextServer)
	defer cancel()
	type answer struct {
		index int
		a     *allocation
		err   error
	}
	answers := make(chan answer, len(r.config.Servers))
	errs := make([]error, len(r.config.Servers))
	asked, open := 0, 0
	next := time.NewTimer(0)
	defer next.Stop()
	var won *allocation
	for won == nil && (asked < len(errs) || open > 0) {
		select {
		case <-next.C:
			if asked < len(errs) {
				i := asked
				asked++
				open++
				r.tasks.Go(func() {
					a, err := allocate(ctx, r, r.config.Servers[i])
					answers <- answer{i, a, err}
				})
				next.Reset(nextServer)
			}
		case got := <-answers:
			open--
			won, errs[got.index] = got.a, got.err
			if got.err != nil {
				r.log.Debug("turn: no allocation", "server", r.config.Servers[got.index], "err", got.err)
				next.Reset(0)
			}
		}
	}
	cancel()
	for ; open > 0; open-- {
		if late := <-answers; late.a != nil {
			late.a.close()
		}
	}
	if won != nil || len(errs) == 0 {
		return won, nil
	}
	return nil, errs[0]
}

// wait lets time pass until Check is called.
func (r *Relay) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.hurry:
	case <-ctx.Done():
	}
}

// Try asks a server for an address and gives it back at once. The error is a
// sentence for the player.
func Try(ctx context.Context, s Server) (netip.AddrPort, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	a, err := allocate(ctx, new(Relay), s)
	if err != nil {
		return netip.AddrPort{}, err
	}
	defer a.close()
	return a.addr, nil
}
