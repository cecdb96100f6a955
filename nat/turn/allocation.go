package turn

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/pion/stun/v3"
	"github.com/pion/turn/v4"
)

const (
	askEvery     = 20 * time.Second // something is asked of the server, so that our router keeps its mapping
	renewEvery   = 2 * time.Minute  // a permission, which lasts five (RFC 8656 section 9)
	refusedFor   = 30 * time.Second // what the server refuses is not asked again for so long
	maxWaiting   = 64               // packets that wait for one peer's permission or a slow stream; when full the newest is dropped
	maxStale     = 3                // tries of a request: the server may want another nonce
	serverDummy  = "192.0.2.1:3478" // pion/turn wants an address; the link knows the real one
	anybodyOther = 9                // a port; permissions are for whole addresses
)

// allocation is an address at one server, from when it is given until it is over.
type allocation struct {
	relay   *Relay
	server  Server
	link    *link
	client  *turn.Client
	conn    net.PacketConn // of pion/turn
	addr    netip.AddrPort
	check   chan struct{}
	over    chan struct{} // closed when it is
	overErr error         // why; set before over is closed
	once    sync.Once
	tasks   sync.WaitGroup

	mu    sync.Mutex
	peers map[netip.Addr]*peer
	ended bool // no more peers
}

// peer is an address that is let in. A goroutine writes to it, since the first
// packet to a peer makes pion/turn wait for the server.
type peer struct {
	addr   netip.Addr
	queue  chan outgoing
	cancel chan struct{}
	asked  time.Time // when its permission was last renewed; guarded by allocation.mu
}

type outgoing struct {
	b  []byte
	to netip.AddrPort
}

// allocate gets an address at a server. The error is a sentence.
func allocate(ctx context.Context, r *Relay, s Server) (*allocation, error) {
	l, err := dial(ctx, s, r.config.trust)
	if err != nil {
		return nil, cannotReach(s, err)
	}
	a := &allocation{relay: r, server: s, link: l, check: make(chan struct{}, 1), over: make(chan struct{}), peers: map[netip.Addr]*peer{}}
	a.client, err = turn.NewClient(&turn.ClientConfig{Conn: l, TURNServerAddr: serverDummy,
		Username: s.User, Password: s.Password, LoggerFactory: silence{}})
	if err != nil {
		l.Close()
		return nil, cannotReach(s, err)
	}
	a.tasks.Go(func() { a.end(l.read(a.take)) })
	stop := context.AfterFunc(ctx, func() { a.end(ctx.Err()) })
	defer stop()
	if a.conn, err = a.client.Allocate(); err == nil {
		err = a.look()
	}
	if err != nil {
		select {
		case <-a.over: // which is why
			err = a.overErr
		default:
		}
		a.close()
		return nil, refused(s, err)
	}
	a.tasks.Go(a.read)
	a.tasks.Go(a.keep)
	return a, nil
}

var errNoAddress = errors.New("an address that nobody can reach")

// look notes the address that was given.
func (a *allocation) look() error {
	udp, _ := a.conn.LocalAddr().(*net.UDPAddr)
	if udp == nil {
		return errNoAddress
	}
	addr := udp.AddrPort()
	a.addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	if ip := a.addr.Addr(); !ip.IsValid() || ip.IsUnspecified() || ip.IsMulticast() || ip.IsLinkLocalUnicast() || a.addr.Port() == 0 {
		return errNoAddress
	}
	return nil
}

// ours is our own address as the server sees it. A permission for it does no
// harm, and asking for it shows whether the server still knows us; so does a
// refusal.
func (a *allocation) ours() netip.Addr {
	seen, err := a.client.SendBindingRequestTo(a.client.TURNServerAddr())
	if udp, ok := seen.(*net.UDPAddr); ok && err == nil {
		if ip := udp.AddrPort().Addr().Unmap(); ip.BitLen() == a.addr.Addr().BitLen() {
			return ip
		}
	}
	return a.addr.Addr()
}

// take gives pion/turn a packet. The recover stands for mistakes of that library
// that nobody knows yet: a packet must not end the game.
func (a *allocation) take(b []byte) {
	defer func() { _ = recover() }()
	_, _ = a.client.HandleInbound(b, a.client.TURNServerAddr())
}

// read takes what peers send.
func (a *allocation) read() {
	var b [maxPacket]byte
	for {
		n, from, err := a.conn.ReadFrom(b[:])
		select {
		case <-a.over:
			return
		default:
		}
		if udp, ok := from.(*net.UDPAddr); ok && err == nil {
			addr := udp.AddrPort()
			a.hear(b[:n], netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port()))
		}
	}
}

// hear hands a packet to the reader of the relay.
func (a *allocation) hear(b []byte, from netip.AddrPort) {
	a.mu.Lock()
	_, welcome := a.peers[from.Addr()]
	a.mu.Unlock()
	if welcome {
		a.relay.hear(b, from)
	}
}

// permit lets exactly these addresses in.
func (a *allocation) permit(list []netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return
	}
	for addr, p := range a.peers {
		if !slices.Contains(list, addr) {
			delete(a.peers, addr)
			close(p.cancel)
		}
	}
	for _, addr := range list {
		if a.peers[addr] == nil {
			p := &peer{addr: addr, queue: make(chan outgoing, maxWaiting), cancel: make(chan struct{}), asked: time.Now()}
			a.peers[addr] = p
			a.tasks.Go(func() { a.serve(p) })
		}
	}
}

// serve makes a permission and writes to a peer until it is let in no longer.
func (a *allocation) serve(p *peer) {
	refused := time.Time{}
	if errors.Is(a.ask(p.addr), errRefused) {
		refused = time.Now()
	}
	for {
		select {
		case <-a.over:
			return
		case <-p.cancel:
			return
		case w := <-p.queue:
			if time.Since(refused) < refusedFor {
				continue
			}
			refused = time.Time{}
			if _, err := a.conn.WriteTo(w.b, net.UDPAddrFromAddrPort(w.to)); err != nil {
				refused = time.Now()
			}
		}
	}
}

// write queues a packet for a peer.
func (a *allocation) write(b []byte, to netip.AddrPort) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.peers[to.Addr()]
	if p == nil {
		return errNotPermitted
	}
	select {
	case p.queue <- outgoing{append([]byte(nil), b...), to}:
		return nil
	default:
		return errCongested
	}
}

// keep renews permissions and sees that the server still knows us.
func (a *allocation) keep() {
	ours := a.ours()
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		select {
		case <-a.over:
			return
		case <-a.check:
			if !ownAddress(a.link.LocalAddr()) {
				a.end(errMoved)
				return
			}
		case <-tick.C:
		}
		due := a.due(time.Now())
		if len(due) == 0 {
			due = append(due, ours)
		}
		for _, addr := range due {
			began := time.Now().UnixNano()
			err := a.ask(addr)
			silent := errors.Is(err, errSilent) && a.link.heard.Load() < began
			if silent || errors.Is(err, errGone) {
				a.end(err)
				return
			}
		}
	}
}

// due are the peers whose permissions are to be renewed.
func (a *allocation) due(now time.Time) (list []netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for addr, p := range a.peers {
		if now.Sub(p.asked) >= renewEvery-askEvery/2 {
			p.asked = now
			list = append(list, addr)
		}
	}
	return list
}

var (
	errSilent  = errors.New("no answer")
	errGone    = errors.New("the server has forgotten us")
	errRefused = errors.New("the server does not let us speak to that address")
	errMoved   = errors.New("this computer has another address now")
)

// ask makes or renews one permission, and waits for the answer, at most eight
// seconds.
func (a *allocation) ask(addr netip.Addr) (err error) {
	to := net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, anybodyOther))
	for range maxStale {
		if err = a.client.CreatePermission(to); err == nil {
			return nil
		}
		var answer *stun.TurnError
		if errors.As(err, &answer) {
			switch answer.ErrorCodeAttr.Code {
			case stun.CodeForbidden, stun.CodePeerAddrFamilyMismatch, stun.CodeAddrFamilyNotSupported, stun.CodeInsufficientCapacity:
				return errRefused
			}
			return errGone
		}
		if !isStale(err) {
			return errSilent
		}
	}
	return errSilent
}

// isStale reports whether pion/turn has got another nonce and wants to be called
// again. It does not export that error.
func isStale(err error) bool { return err.Error() == "try again" }

// end marks the allocation as over. Nothing waits for the server any more.
func (a *allocation) end(err error) {
	a.once.Do(func() {
		a.overErr = err
		close(a.over)
		a.mu.Lock()
		a.ended = true
		a.mu.Unlock()
		a.link.Close()
		a.client.Close()
	})
}

// close gives the address back and waits until everything has ended.
func (a *allocation) close() {
	a.link.hurry()
	if a.conn != nil {
		a.conn.Close() // tells the server, without waiting for its answer
	}
	a.end(net.ErrClosed)
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
