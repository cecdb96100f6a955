//go:build !race

package scoreboard

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// packetNet is the scoreboard's link as sockets, for a synctest bubble: every
// UDP packet of quic-go draws its fate as a datagram does on a memory link.
type packetNet struct {
	row row

	mu      sync.Mutex
	sockets []*socket
	paths   []generator // from*n + to
	allRun  time.Time   // since when; zero before
}

// socketQueue is how many packets wait to be read; when it is full they are
// lost, as in a kernel.
const socketQueue = 1024

// headerBytes of IPv4 and UDP are counted for every packet.
const headerBytes = 28

// socket is a net.PacketConn.
type socket struct {
	network *packetNet
	index   int
	addr    netip.AddrPort
	in      chan packet
	closed  chan struct{}
	once    sync.Once

	mu             sync.Mutex
	deadline       chan struct{} // closed when reading must end
	packets, bytes uint64        // sent
}

type packet struct {
	body []byte
	from net.Addr
}

func newPacketNet(r row, seed uint64) *packetNet {
	n := &packetNet{row: r}
	for pair := range r.players * r.players {
		n.paths = append(n.paths, generator(hash2(seed, 1000+uint64(pair))))
	}
	for i := range r.players {
		addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), 7777)
		n.sockets = append(n.sockets, &socket{
			network: n, index: i, addr: addr,
			in: make(chan packet, socketQueue), closed: make(chan struct{}), deadline: make(chan struct{}),
		})
	}
	return n
}

// begin says that all run.
func (n *packetNet) begin(now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.allRun = now
}

// fate draws what becomes of a packet sent now.
func (n *packetNet) fate(from, to int) (delay time.Duration, lost bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	g, c := &n.paths[from*n.row.players+to], n.row.link
	a, b := g.next(), g.next()
	span := 2*uint64(c.Jitter/time.Microsecond) + 1
	delay = c.Delay + time.Duration(b%span)*time.Microsecond - c.Jitter
	dark := !n.allRun.IsZero() && n.row.blackout(from, to, time.Since(n.allRun))
	return delay, dark || a%10000 < uint64(c.LossPer10k)
}

func (s *socket) WriteTo(b []byte, addr net.Addr) (int, error) {
	select {
	case <-s.closed:
		return 0, net.ErrClosed
	default:
	}
	s.mu.Lock()
	s.packets++
	s.bytes += uint64(len(b)) + headerBytes
	s.mu.Unlock()
	to := int(addr.(*net.UDPAddr).AddrPort().Addr().As4()[3]) - 1
	delay, lost := s.network.fate(s.index, to)
	if lost {
		return len(b), nil
	}
	far, p := s.network.sockets[to], packet{append([]byte(nil), b...), s.LocalAddr()}
	time.AfterFunc(delay, func() {
		select {
		case far.in <- p:
		default:
		}
	})
	return len(b), nil
}

func (s *socket) ReadFrom(b []byte) (int, net.Addr, error) {
	s.mu.Lock()
	deadline := s.deadline
	s.mu.Unlock()
	select {
	case p := <-s.in:
		return copy(b, p.body), p.from, nil
	case <-s.closed:
		return 0, nil, net.ErrClosed
	case <-deadline:
		return 0, nil, os.ErrDeadlineExceeded
	}
}

// sent returns how many packets and bytes have left.
func (s *socket) sent() (packets, bytes uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.packets, s.bytes
}

// SetReadDeadline knows two times, never and now: quic-go asks for no other.
func (s *socket) SetReadDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.IsZero() {
		s.deadline = make(chan struct{})
	} else {
		close(s.deadline)
	}
	return nil
}

func (s *socket) SetDeadline(t time.Time) error    { return s.SetReadDeadline(t) }
func (s *socket) SetWriteDeadline(time.Time) error { return nil }
func (s *socket) LocalAddr() net.Addr              { return net.UDPAddrFromAddrPort(s.addr) }

func (s *socket) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}
