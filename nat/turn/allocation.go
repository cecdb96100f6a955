package turn

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/visavis-netcode/visavis/nat/stun"
)

// errMoved is a reason why an allocation is over.
var errMoved = errors.New("turn: this computer has another address now")

// allocation is an address at one server, from when it is asked for until it is
// over: a client with the network and the clock that it needs.
type allocation struct {
	relay  *Relay
	server Server
	link   *link
	check  chan struct{} // asks whether the server still knows us
	wake   chan struct{} // the client has something to send
	ready  chan struct{} // closed when there is an address
	over   chan struct{} // closed when it is; then client.err says why, and changes no more
	tasks  sync.WaitGroup

	mu     sync.Mutex
	client *client
	next   time.Time // when run looks at the client unasked
}

func randomID() (id stun.TxID) {
	rand.Read(id[:]) // never fails
	return id
}

// allocate gets an address at a server, by way of one of its own.
func allocate(ctx context.Context, r *Relay, s Server, ip netip.Addr) (*allocation, error) {
	l, err := dial(ctx, s, ip, r.config.trust)
	if err != nil {
		return nil, err
	}
	a := &allocation{relay: r, server: s, link: l, client: newClient(s, randomID), check: make(chan struct{}, 1),
		wake: make(chan struct{}, 1), ready: make(chan struct{}), over: make(chan struct{})}
	a.client.begin(time.Now())
	a.tasks.Go(func() { a.end(l.read(a.hear)) })
	a.tasks.Go(a.run)
	select {
	case <-a.ready:
		return a, nil
	case <-a.over:
		a.close()
		return nil, a.client.err
	case <-ctx.Done():
		a.close()
		return nil, ctx.Err()
	}
}

// run sends what the client wants to send, and tells it the time, until it is over.
func (a *allocation) run() {
	defer close(a.over)
	defer a.link.Close()
	timer := time.NewTimer(0)
	defer timer.Stop()
	ready := a.ready
	for {
		addr, out, next, err := a.turn()
		for _, b := range out {
			if err := a.link.send(b); err != nil {
				a.end(err)
				break
			}
		}
		if err != nil {
			return
		}
		if addr.IsValid() && ready != nil {
			close(ready)
			ready = nil
		}
		timer.Reset(time.Until(next))
		select {
		case <-timer.C:
		case <-a.wake:
		case <-a.check:
			a.look()
		}
	}
}

// turn is one turn of the client.
func (a *allocation) turn() (addr netip.AddrPort, out [][]byte, next time.Time, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	next = a.client.advance(time.Now())
	a.next = next
	out, a.client.out = a.client.out, nil
	return a.client.addr, out, next, a.client.err
}

// tell tells the client something, and lets it act on it.
func (a *allocation) tell(what func(c *client, now time.Time)) {
	a.mu.Lock()
	what(a.client, time.Now())
	busy := a.client.err != nil || len(a.client.out) > 0 || a.client.next.Before(a.next)
	a.mu.Unlock()
	if !busy {
		return
	}
	select {
	case a.wake <- struct{}{}:
	default: // it is about to
	}
}

// hear takes a packet of the server, and hands one of a peer to the reader of the
// relay.
func (a *allocation) hear(b []byte) {
	var (
		data []byte
		from netip.AddrPort
		ok   bool
	)
	a.tell(func(c *client, now time.Time) { data, from, ok = c.hear(now, b) })
	if ok {
		a.relay.hear(data, from)
	}
}

// permit lets exactly these addresses in.
func (a *allocation) permit(list []netip.Addr) {
	a.tell(func(c *client, now time.Time) { c.permit(now, list) })
}

// write queues a packet for a peer.
func (a *allocation) write(b []byte, to netip.AddrPort) (err error) {
	a.tell(func(c *client, now time.Time) { err = c.send(now, b, to) })
	return err
}

// look sees whether the server still knows us, and we ourselves.
func (a *allocation) look() {
	if !ownAddress(a.link.LocalAddr()) {
		a.end(errMoved)
		return
	}
	a.tell((*client).check)
}

// end marks the allocation as over.
func (a *allocation) end(err error) {
	a.tell(func(c *client, _ time.Time) { c.end(err) })
}

// close gives the address back and waits until everything has ended.
func (a *allocation) close() {
	a.link.hurry()
	a.tell((*client).leave)
	a.tasks.Wait()
}

// ownAddress reports whether this computer still has an address.
func ownAddress(local net.Addr) bool {
	ip, err := netip.ParseAddrPort(local.String())
	addrs, errAll := net.InterfaceAddrs()
	if err != nil || errAll != nil {
		return true
	}
	for _, a := range addrs {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil && prefix.Addr().Unmap() == ip.Addr().Unmap().WithZone("") {
			return true
		}
	}
	return ip.Addr().IsLoopback()
}
