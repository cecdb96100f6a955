package lan

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// Port is the UDP port on which lobbies and lists listen for each other. It is
// not assigned by IANA and is below the ports that systems give out themselves.
const Port = 27182

var (
	// In the IPv4 local scope, which routers keep inside a site (RFC 2365
	// section 6.1); our packets have a TTL of 1 besides.
	group4 = netip.AddrFrom4([4]byte{239, 255, 118, 118})

	// Link-local scope, transient: not one of IANA's (RFC 4291 section 2.7).
	group6 = netip.MustParseAddr("ff12::7676:6c61:6e")
)

// Errors that Announcer.Err and Browser.Err return, and Announce and Browse
// when nothing at all is possible. They are sentences for players.
var (
	ErrNoNetwork    = errors.New("this computer is on no network: connect to Wi-Fi or plug in a cable")
	ErrOnlyLoopback = errors.New("this computer is on no network, so only matches on this same computer can be found: connect to Wi-Fi or plug in a cable")
	ErrPortTaken    = errors.New("another program holds the UDP port on which matches are listed, so the list may be slow or empty: close that program, or join by address or code")
	ErrNotSent      = errors.New("the network does not let packets out, so matches nearby may not be found: check the firewall and the system's permission for local networks, or join by address or code")
)

// carrier is the seam between what is said and the sockets that carry it.
type carrier interface {
	// refresh opens what is new and closes what has vanished. Its error is
	// a sentence for players, and the carrier may work in part all the same.
	refresh() error
	// flood sends a packet to everybody on every link.
	flood(packet []byte)
	// answer sends a packet to one neighbour.
	answer(packet []byte, to netip.AddrPort)
	close()
}

// receiver takes a packet from a neighbour. It must not keep the packet.
type receiver func(packet []byte, from netip.AddrPort)

// sockets is the carrier of real networks. It binds one socket to each address
// of each interface to send from, so that neither a default route nor the
// system's choice of interface matters, and one per IP version to the shared
// port, which joins the group on every interface.
type sockets struct {
	port    uint16
	names   []string
	receive receiver
	readers sync.WaitGroup

	mu     sync.Mutex
	closed bool
	listen [2]*socket // IPv4, IPv6; nil while it cannot be opened
	links  []*link
	around atomic.Pointer[[]place] // the links' places, for the readers
	failed atomic.Bool             // nothing of the last flood could be sent
}

// socket is a UDP socket with its reader.
type socket struct {
	*net.UDPConn
	broken atomic.Bool // the reader has given up
}

// link is the socket of one place.
type link struct {
	*socket
	place place
	to    []netip.AddrPort
}

func openSockets(network Network, receive receiver) carrier {
	s := &sockets{port: network.Port, names: network.Interfaces, receive: receive}
	if s.port == 0 {
		s.port = Port
	}
	s.around.Store(new([]place))
	return s
}

func (s *sockets) refresh() error {
	places, err := findPlaces(s.names)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	if err == nil { // else the system is short of something: go on with what is open
		s.replaceLinks(places)
	}
	s.replaceListeners()
	return s.state()
}

// state says what is wrong, nil if nothing is.
func (s *sockets) state() error {
	switch {
	case len(s.links) == 0:
		return ErrNoNetwork
	case s.listen[0] == nil && s.listen[1] == nil:
		return ErrPortTaken
	case s.failed.Load():
		return ErrNotSent
	case !slices.ContainsFunc(s.links, func(l *link) bool { return !l.place.loopback }):
		return ErrOnlyLoopback
	}
	return nil
}

// replaceLinks closes the links whose place has gone and opens the new ones. A
// place that cannot be opened yet (an IPv6 address that is still being checked
// for duplicates) is tried again next time.
func (s *sockets) replaceLinks(places []place) {
	s.links = slices.DeleteFunc(s.links, func(l *link) bool {
		keep := slices.Contains(places, l.place) && !l.broken.Load()
		if !keep {
			l.Close()
		}
		return !keep
	})
	for _, p := range places {
		if slices.ContainsFunc(s.links, func(l *link) bool { return l.place == p }) {
			continue
		}
		if l := s.openLink(p); l != nil {
			s.links = append(s.links, l)
		}
	}
	around := make([]place, 0, len(s.links))
	for _, l := range s.links {
		around = append(around, l.place)
	}
	s.around.Store(&around)
}

func (s *sockets) openLink(p place) *link {
	conn, err := listenUDP(netip.AddrPortFrom(p.addr(), 0), false)
	if err != nil {
		return nil
	}
	ifi := &net.Interface{Index: p.index, Name: p.name}
	// What cannot be set is the system's default, which is right more often
	// than not; the broadcast works without any of it.
	if p.prefix.Addr().Is4() {
		out := ipv4.NewPacketConn(conn)
		_ = out.SetMulticastInterface(ifi)
		_ = out.SetMulticastTTL(1)
		_ = out.SetMulticastLoopback(true)
		_ = out.SetTTL(1)
	} else {
		out := ipv6.NewPacketConn(conn)
		_ = out.SetMulticastInterface(ifi)
		_ = out.SetMulticastHopLimit(1)
		_ = out.SetMulticastLoopback(true)
		_ = out.SetHopLimit(1)
	}
	return &link{socket: s.start(conn), place: p, to: p.destinations(s.port)}
}

// replaceListeners opens the shared port for each IP version if it is not, and
// joins the groups on every interface. To join again what is joined fails
// without harm, and heals what the system forgot.
func (s *sockets) replaceListeners() {
	for i, unspecified := range [...]netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()} {
		if s.listen[i] != nil && s.listen[i].broken.Load() {
			s.listen[i].Close()
			s.listen[i] = nil
		}
		if s.listen[i] != nil {
			continue
		}
		if conn, err := listenUDP(netip.AddrPortFrom(unspecified, s.port), true); err == nil {
			s.listen[i] = s.start(conn)
		}
	}
	for _, l := range s.links {
		ifi := &net.Interface{Index: l.place.index, Name: l.place.name}
		if l.place.prefix.Addr().Is4() && s.listen[0] != nil {
			_ = ipv4.NewPacketConn(s.listen[0].UDPConn).JoinGroup(ifi, &net.UDPAddr{IP: group4.AsSlice()})
		}
		if l.place.prefix.Addr().Is6() && s.listen[1] != nil {
			_ = ipv6.NewPacketConn(s.listen[1].UDPConn).JoinGroup(ifi, &net.UDPAddr{IP: group6.AsSlice()})
		}
	}
}

// listenUDP opens a socket of the address's own IP version. Go allows broadcast
// on every UDP socket.
func listenUDP(addr netip.AddrPort, shared bool) (*net.UDPConn, error) {
	var config net.ListenConfig
	if shared {
		config.Control = func(_, _ string, raw syscall.RawConn) (err error) {
			if failed := raw.Control(func(fd uintptr) { err = share(fd) }); failed != nil {
				return failed
			}
			return err
		}
	}
	network := "udp4"
	if addr.Addr().Is6() {
		network = "udp6"
	}
	conn, err := config.ListenPacket(context.Background(), network, addr.String())
	if err != nil {
		return nil, err
	}
	return conn.(*net.UDPConn), nil
}

// longestDatagram is room for any: to Windows one that is cut off is an error,
// and strangers could make the reader give up.
const longestDatagram = 1 << 16

// start begins reading. One failed read is no reason to stop: Windows reports
// other hosts' ICMP messages that way.
func (s *sockets) start(conn *net.UDPConn) *socket {
	opened := &socket{UDPConn: conn}
	s.readers.Go(func() {
		buffer := make([]byte, longestDatagram)
		for failures := 0; failures < 64; {
			n, from, err := conn.ReadFromUDPAddrPort(buffer)
			switch {
			case errors.Is(err, net.ErrClosed):
				return
			case err != nil:
				failures++
			default:
				failures = 0
				from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
				if s.near(from.Addr()) {
					s.receive(buffer[:n], from)
				}
			}
		}
		opened.broken.Store(true)
	})
	return opened
}

// near reports whether an address is on a network that we send to: a stranger
// from elsewhere has no say in what is listed here and gets no answer.
func (s *sockets) near(addr netip.Addr) bool {
	return slices.ContainsFunc(*s.around.Load(), func(p place) bool { return p.holds(addr) })
}

func (s *sockets) flood(packet []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent, beyond := false, false
	for _, l := range s.links {
		for _, to := range l.to {
			err := l.send(packet, to)
			sent = sent || err == nil && !l.place.loopback
			beyond = beyond || !l.place.loopback
		}
	}
	s.failed.Store(beyond && !sent)
}

func (s *sockets) answer(packet []byte, to netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.links {
		if l.place.holds(to.Addr()) && l.send(packet, to) == nil {
			return
		}
	}
}

// send never waits for long: what finds no room is lost, and the next comes.
func (l *link) send(packet []byte, to netip.AddrPort) error {
	_ = l.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	_, err := l.WriteToUDPAddrPort(packet, to)
	return err
}

func (s *sockets) close() {
	s.mu.Lock()
	s.closed = true
	for _, l := range s.links {
		l.Close()
	}
	for _, l := range s.listen {
		if l != nil {
			l.Close()
		}
	}
	s.links, s.listen = nil, [2]*socket{}
	s.mu.Unlock()
	s.readers.Wait()
}
