package turn

import (
	"cmp"
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
	nextAddress  = time.Second / 2  // likewise with the addresses of a server's name
	maxAddresses = 8                // of one name; a name with more has answers enough
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

	trust  *tls.Config                                                  // of tests; nil for the system's certificates
	lookup func(ctx context.Context, host string) ([]netip.Addr, error) // of tests; nil for the system's names
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
		r.log.Debug("turn: allocated", "server", a.server, "addr", a.client.addr)
		r.set(State{Addr: a.client.addr, Server: a.server}, a)
		select {
		case <-a.over:
			r.log.Debug("turn: over", "server", a.server, "err", a.client.err)
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
	n := len(r.config.Servers)
	ctx, cancel := context.WithTimeout(ctx, limit+time.Duration(n)*nextServer)
	defer cancel()
	won, errs := r.race(ctx, n, nextServer, func(ctx context.Context, i int) (*allocation, error) {
		a, err := r.allocate(ctx, r.config.Servers[i])
		if err != nil {
			r.log.Debug("turn: no allocation", "server", r.config.Servers[i], "err", err)
		}
		return a, err
	})
	if won != nil || n == 0 {
		return won, nil
	}
	return nil, errs[0]
}

// allocate gets an address at a server, of whose own addresses the first that
// answers is used. The error is a sentence.
func (r *Relay) allocate(ctx context.Context, s Server) (*allocation, error) {
	lookup := r.config.lookup
	if lookup == nil {
		lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	addrs, err := lookup(ctx, s.Host)
	if err != nil || len(addrs) == 0 {
		return nil, trouble(s, cmp.Or[error](err, &net.DNSError{Name: s.Host}))
	}
	addrs = addrs[:min(len(addrs), maxAddresses)]
	won, errs := r.race(ctx, len(addrs), nextAddress, func(ctx context.Context, i int) (*allocation, error) {
		return allocate(ctx, r, s, addrs[i].Unmap())
	})
	if won == nil {
		return nil, trouble(s, farthest(errs))
	}
	return won, nil
}

// race makes n attempts, each when the one before it has failed or has taken as
// long as pause, until one succeeds. What succeeds later is given back.
func (r *Relay) race(ctx context.Context, n int, pause time.Duration, try func(ctx context.Context, i int) (*allocation, error)) (won *allocation, errs []error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type outcome struct {
		index int
		a     *allocation
		err   error
	}
	outcomes := make(chan outcome, n)
	errs = make([]error, n)
	asked, open := 0, 0
	next := time.NewTimer(0)
	defer next.Stop()
	for won == nil && (asked < n || open > 0) {
		select {
		case <-next.C:
			if asked < n {
				i := asked
				asked++
				open++
				r.tasks.Go(func() {
					a, err := try(ctx, i)
					outcomes <- outcome{i, a, err}
				})
				next.Reset(pause)
			}
		case got := <-outcomes:
			open--
			won, errs[got.index] = got.a, got.err
			if got.err != nil {
				next.Reset(0)
			}
		}
	}
	r.tasks.Go(func() {
		for ; open > 0; open-- {
			if late := <-outcomes; late.a != nil {
				late.a.close()
			}
		}
	})
	return won, errs
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
	r := new(Relay)
	defer r.tasks.Wait()
	a, err := r.allocate(ctx, s)
	if err != nil {
		return netip.AddrPort{}, err
	}
	defer a.close()
	return a.client.addr, nil
}
