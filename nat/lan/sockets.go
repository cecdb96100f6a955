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
	// floodEach sends a packet to everybody on every interface, made for
	// the places of that interface.
	floodEach(make func(here []place) []byte)
	// answer sends a packet to one neighbour.
	answer(packet []byte, to netip.AddrPort)
	// places are the addresses that packets are sent from just now.
	places() []place
	close()
}

// receiver takes a packet from a neighbour. It must not keep the packet.
type receiver func(packet []byte, from netip.AddrPort)

// medium says how packets reach everybody, and how far.
type medium struct {
	port           uint16 // the shared port: everybody listens there
	group4, group6 netip.Addr
	broadcast      bool       // IPv4 packets also go to the broadcast address
	hops           int        // the TTL of all packets
	fromPort       bool       // packets leave from the shared port
	toward         netip.Addr // if valid, only the networks that this neighbour is on are used, and nobody is listened to
}

func beaconMedium(port uint16) medium {
	if port == 0 {
		port = Port
	}
	return medium{port: port, group4: group4, group6: group6, broadcast: true, hops: 1}
}

// destinations are where a packet to everybody goes from a place. Broadcast and
// multicast both, because access points and switches drop the one or the other.
func (m medium) destinations(p place) (to []netip.AddrPort) {
	if p.prefix.Addr().Is6() {
		return []netip.AddrPort{netip.AddrPortFrom(m.group6.WithZone(p.name), m.port)}
	}
	if p.multicast {
		to = append(to, netip.AddrPortFrom(m.group4, m.port))
	}
	if m.broadcast && p.broadcast && p.prefix.Bits() < 31 { // RFC 3021: no broadcast address on links of two
		to = append(to, netip.AddrPortFrom(lastOf(p.prefix), m.port))
	}
	return to
}

// sockets is the carrier of real networks. It binds one socket to each address
// of each interface to send from, so that neither a default route nor the
// system's choice of interface matters, and one per IP version to the shared
// port, which joins the group on every interface. Where packets must leave from
// the shared port, that socket sends them, told each time through which
// interface: more sockets on the port would take packets from other programs.
type sockets struct {
	medium  medium
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
	*socket // nil if packets leave from the shared port
	place   place
	to      []netip.AddrPort
}

func openSockets(m medium, names []string, receive receiver) carrier {
	s := &sockets{medium: m, names: names, receive: receive}
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
	if to := s.medium.toward; to.IsValid() {
		places = slices.DeleteFunc(places, func(p place) bool { return !p.holds(to) })
	}
	if err == nil { // else the system is short of something: go on with what is open
		s.replaceLinks(places)
	}
	if !s.medium.toward.IsValid() {
		s.replaceListeners()
	}
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
		keep := slices.Contains(places, l.place) && (l.socket == nil || !l.broken.Load())
		if !keep {
			l.close()
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

func (l *link) close() {
	if l.socket != nil {
		l.Close()
	}
}

func (s *sockets) openLink(p place) *link {
	opened := &link{place: p, to: s.medium.destinations(p)}
	if s.medium.fromPort {
		return opened
	}
	conn, err := listenUDP(netip.AddrPortFrom(p.addr(), 0), false)
	if err != nil {
		return nil
	}
	s.sendThrough(conn, p)
	opened.socket = s.start(conn)
	return opened
}

// sendThrough sets the interface through which a socket sends to groups, and
// how far its packets go. What cannot be set is the system's default, which is
// right more often than not; the broadcast works without any of it.
func (s *sockets) sendThrough(conn *net.UDPConn, p place) {
	ifi := &net.Interface{Index: p.index, Name: p.name}
	if p.prefix.Addr().Is4() {
		out := ipv4.NewPacketConn(conn)
		_ = out.SetMulticastInterface(ifi)
		_ = out.SetMulticastTTL(s.medium.hops)
		_ = out.SetMulticastLoopback(true)
		_ = out.SetTTL(s.medium.hops)
	} else {
		out := ipv6.NewPacketConn(conn)
		_ = out.SetMulticastInterface(ifi)
		_ = out.SetMulticastHopLimit(s.medium.hops)
		_ = out.SetMulticastLoopback(true)
		_ = out.SetHopLimit(s.medium.hops)
	}
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
		if conn, err := listenUDP(netip.AddrPortFrom(unspecified, s.medium.port), true); err == nil {
			s.listen[i] = s.start(conn)
		}
	}
	for _, l := range s.links {
		ifi := &net.Interface{Index: l.place.index, Name: l.place.name}
		if l.place.prefix.Addr().Is4() && s.listen[0] != nil {
			_ = ipv4.NewPacketConn(s.listen[0].UDPConn).JoinGroup(ifi, &net.UDPAddr{IP: s.medium.group4.AsSlice()})
		}
		if l.place.prefix.Addr().Is6() && s.listen[1] != nil {
			_ = ipv6.NewPacketConn(s.listen[1].UDPConn).JoinGroup(ifi, &net.UDPAddr{IP: s.medium.group6.AsSlice()})
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

// start begins reading.
func (s *sockets) start(conn *net.UDPConn) *socket {
	opened := &socket{UDPConn: conn}
	s.readers.Go(func() {
		read(conn, func(packet []byte, from netip.AddrPort) {
			// A stranger from elsewhere has no say here and gets no answer.
			if slices.ContainsFunc(s.places(), func(p place) bool { return p.holds(from.Addr()) }) {
				s.receive(packet, from)
			}
		})
		opened.broken.Store(true)
	})
	return opened
}

// read gives what comes to receive, until the socket is closed. One failed read
// is no reason to stop: Windows reports other hosts' ICMP messages that way.
func read(conn *net.UDPConn, receive receiver) {
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
			receive(buffer[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
		}
	}
}

func (s *sockets) places() []place { return *s.around.Load() }

func (s *sockets) flood(packet []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sent, beyond := false, false
	for _, l := range s.links {
		for _, to := range l.to {
			err := s.send(l, packet, to)
			sent = sent || err == nil && !l.place.loopback
			beyond = beyond || !l.place.loopback
		}
	}
	s.failed.Store(beyond && !sent)
}

func (s *sockets) floodEach(make func(here []place) []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	around := s.places()
	for i, l := range s.links {
		if slices.ContainsFunc(s.links[:i], func(other *link) bool { return l.place.shares(other.place) }) {
			continue // its group has the packet already
		}
		packet := make(onInterface(around, l.place.index))
		for _, to := range l.to {
			_ = s.send(l, packet, to)
		}
	}
}

func (s *sockets) answer(packet []byte, to netip.AddrPort) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.links {
		if l.place.holds(to.Addr()) && s.send(l, packet, to) == nil {
			return
		}
	}
}

// send never waits for long: what finds no room is lost, and the next comes.
func (s *sockets) send(l *link, packet []byte, to netip.AddrPort) error {
	from := l.socket
	if from == nil {
		if from = s.listen[version(l.place.prefix.Addr())]; from == nil {
			return net.ErrClosed
		}
		s.sendThrough(from.UDPConn, l.place)
	}
	return send(from.UDPConn, packet, to)
}

func send(conn *net.UDPConn, packet []byte, to netip.AddrPort) error {
	_ = conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	_, err := conn.WriteToUDPAddrPort(packet, to)
	return err
}

// version is the index of an address in pairs of IPv4 and IPv6.
func version(addr netip.Addr) int {
	if addr.Is4() {
		return 0
	}
	return 1
}

func (s *sockets) close() {
	s.mu.Lock()
	s.closed = true
	for _, l := range s.links {
		l.close()
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
