package pathfinder

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/pathconn"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// udpNext is how long one address of the server is waited for until the next is
// tried, if it has several.
const udpNext = 500 * time.Millisecond

// server is the rendezvous server and the way to it: UDP on the main socket, or
// a TCP stream where UDP gets no answer.
type server struct {
	f          *Finder
	name       name
	addrs      []netip.AddrPort // where it leads, as far as the socket gets there
	addr       netip.AddrPort   // that of them which is used; zero while there is none
	since      time.Duration    // it is used
	used       bool             // there has been a meeting
	meetings   []*meeting
	stream     *rendezvous.Stream
	hangUp     context.CancelFunc // closes it
	dialing    bool
	dialAfter  time.Duration
	unanswered time.Duration // since when nothing has come; negative if all is answered
	wrote      []rendezvous.Send
	events     []rendezvous.Event
}

// meeting is one client of the server.
type meeting struct {
	keys    invite.Keys
	host    bool
	guests  int
	client  *rendezvous.Client // nil until the server is known and our offer is worth showing
	opened  netip.AddrPort     // as which the client knows the server
	trouble string
	on      func(now time.Duration, e rendezvous.Event)
	closed  bool
}

func (s *server) begin(f *Finder) {
	s.f, s.unanswered = f, -1
	s.name = name{text: f.config.Rendezvous}
	s.lookUp(0)
}

func (s *server) lookUp(now time.Duration) {
	if s.name.text != "" {
		s.f.lookUp(now, &s.name, func() { s.reach(s.f.now()) })
	}
}

// reach takes note of where the name leads. An address that is still among those
// stays in use.
func (s *server) reach(now time.Duration) {
	s.addrs = s.f.reachable(s.name.addrs)
	switch {
	case len(s.addrs) == 0:
		if s.name.tried {
			s.name.doubt(now)
		}
	case !slices.Contains(s.addrs, s.addr):
		s.use(now, s.addrs[0])
	}
	s.f.gather.changeServers(now)
}

// use speaks to another address of the server. Its state is the same, whichever
// it is: what is asked there is asked again here.
func (s *server) use(now time.Duration, addr netip.AddrPort) {
	s.since = now
	if s.addr == addr {
		return
	}
	s.addr = addr
	unanswered := s.unanswered
	s.change(now, s.stream)
	s.unanswered = unanswered // TCP's time runs on
}

// trouble says why there is no address to ask, "" if there is one or may be soon.
func (s *server) trouble() string {
	switch {
	case s.addr.IsValid():
		return ""
	case s.name.missing():
		return fmt.Sprintf("The rendezvous server %s cannot be found: check its name and this computer's connection.", s.name.text)
	case s.name.tried:
		return fmt.Sprintf("The rendezvous server %s cannot be reached from this network, which has another version of the internet protocol: use another network, or a server with both IPv4 and IPv6.", s.name.text)
	}
	return ""
}

// meet begins a meeting.
func (s *server) meet(m *meeting) *meeting {
	s.meetings = append(s.meetings, m)
	s.used = true
	s.f.gather.changeServers(s.f.now())
	return m
}

// leave ends a meeting.
func (s *server) leave(m *meeting) {
	if m == nil || m.closed {
		return
	}
	m.closed = true
	if m.client != nil {
		m.client.Close()
		s.send(m)
	}
	s.meetings = slices.DeleteFunc(s.meetings, func(o *meeting) bool { return o == m })
}

func (s *server) open(now time.Duration, m *meeting) {
	config := rendezvous.Config{Server: s.addr, Keys: m.keys, Rand: rand.Reader, MaxGuests: m.guests,
		Hidden: s.f.config.Relay == Only,
		Offer:  appendKeyed(nil, s.f.config.Key, s.f.gather.current)}
	m.opened = s.addr
	var err error
	if m.host {
		m.client, err = rendezvous.NewHost(config, now)
	} else {
		m.client, err = rendezvous.NewGuest(config, now)
	}
	if err != nil {
		m.client, m.trouble = nil, err.Error()
	}
}

func (s *server) setOffer(now time.Duration, offer []byte) {
	for _, m := range s.meetings {
		if m.client != nil {
			m.client.SetOffer(now, offer)
		}
	}
}

// urge asks for news of the others at once: the way to one of them is lost.
func (s *server) urge(now time.Duration) {
	for _, m := range s.meetings {
		if m.client != nil {
			m.client.Urge(now)
		}
	}
}

// take gives a packet to whose it is.
func (s *server) take(now time.Duration, in packet) {
	carried := in.by.Socket == pathconn.Carried
	if in.by.Socket != 0 && !carried || !slices.Contains(s.addrs, in.by.Addr) || carried && s.stream == nil {
		return
	}
	for _, m := range s.meetings {
		if m.client != nil && m.client.Packet(now, m.opened, in.b) {
			if s.stream == nil || carried {
				s.use(now, in.by.Addr) // where answers come from is right
				s.unanswered = -1
				s.name.tries = 0
			}
			return
		}
	}
}

func (s *server) advance(now time.Duration) {
	s.lookUp(now)
	for _, m := range slices.Clone(s.meetings) {
		if m.client == nil {
			if m.trouble != "" || !s.addr.IsValid() || !s.f.gather.settled(now) {
				continue
			}
			s.open(now, m)
		}
		if m.client == nil {
			continue
		}
		m.client.Advance(now)
		s.events = m.client.AppendEvents(s.events[:0])
		for _, e := range slices.Clone(s.events) {
			switch e.Kind {
			case rendezvous.Problem:
				m.trouble = e.Text
			case rendezvous.Recovered:
				m.trouble = ""
			}
			m.on(now, e)
		}
	}
	if s.unanswered >= 0 {
		s.advanceWay(now)
	}
}

// advanceWay looks for another way to a server that does not answer: at its next
// address, over TCP, or where its name leads by now.
func (s *server) advanceWay(now time.Duration) {
	silent := now - s.unanswered
	switch {
	case s.stream != nil:
		if silent >= tcpLost {
			s.hangUp()
			s.change(now, nil)
		}
		return
	case len(s.addrs) > 1 && now >= s.nextAddr():
		s.use(now, s.addrs[(slices.Index(s.addrs, s.addr)+1)%len(s.addrs)])
	}
	if silent >= tcpAfter {
		s.name.doubt(now)
		if s.mayDial() && now >= s.dialAfter {
			s.dial()
		}
	}
}

// nextAddr is when the next address is tried.
func (s *server) nextAddr() time.Duration { return max(s.since, s.unanswered) + udpNext }

// change takes another way to the server.
func (s *server) change(now time.Duration, stream *rendezvous.Stream) {
	s.stream, s.unanswered = stream, -1
	for _, m := range s.meetings {
		if m.client != nil {
			m.client.Restart(now)
		}
	}
	for _, p := range s.f.pairs {
		p.byServer.setCarrier(p)
	}
}

// route is the way to the server for relayed packets.
func (s *server) route(channel rendezvous.Channel) pathconn.Route {
	r := pathconn.Route{Addr: s.addr, Header: pathconn.Header(channel)}
	if s.stream != nil {
		r.Carrier = s.stream
	}
	return r
}

func (s *server) flush(now time.Duration) {
	for _, m := range s.meetings {
		if m.client != nil && s.send(m) && s.unanswered < 0 {
			s.unanswered = now
		}
	}
}

// send sends what a client wants sent, and reports whether an answer is due to it.
func (s *server) send(m *meeting) bool {
	s.wrote = m.client.AppendSends(s.wrote[:0])
	for _, w := range s.wrote {
		if s.stream != nil {
			s.stream.Send(w.Data)
		} else {
			s.f.paths.Send(w.Data, s.addr)
		}
	}
	return m.client.Asks()
}

func (s *server) next(now time.Duration) time.Duration {
	next := s.name.next()
	if s.name.text == "" {
		next = nat.Never
	}
	for _, m := range s.meetings {
		switch {
		case m.client != nil:
			next = min(next, m.client.Next())
		case s.addr.IsValid() && m.trouble == "":
			next = min(next, now+20*time.Millisecond)
		}
	}
	switch {
	case s.unanswered < 0:
	case s.stream != nil:
		next = min(next, s.unanswered+tcpLost)
	default:
		if len(s.addrs) > 1 {
			next = min(next, s.nextAddr())
		}
		if s.mayDial() {
			next = min(next, max(s.unanswered+tcpAfter, s.dialAfter))
		}
	}
	return next
}

func (s *server) end() {
	for _, m := range slices.Clone(s.meetings) {
		s.leave(m)
	}
}

// status is how far a meeting is.
func (s *server) status(m *meeting) string {
	switch {
	case m.client != nil:
		return m.client.Status()
	case m.trouble != "":
		return m.trouble
	case s.trouble() != "":
		return s.trouble()
	case !s.addr.IsValid():
		return "Looking for the rendezvous server."
	}
	return "Asking the router."
}
