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

const (
	tcpAfter = 1500 * time.Millisecond // without an answer over UDP
	tcpAgain = 3 * time.Second         // after TCP has failed
	tcpLost  = 4 * time.Second         // without an answer over TCP, which may hang for minutes
)

// server is the rendezvous server and the way to it: UDP on the main socket, or
// a TCP stream where UDP gets no answer.
type server struct {
	f          *Finder
	addr       netip.AddrPort // zero until resolved
	trouble    string         // why it is not resolved
	retryAt    time.Duration  // when to resolve again
	looking    bool
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
	trouble string
	on      func(now time.Duration, e rendezvous.Event)
	closed  bool
}

func (s *server) begin(f *Finder) {
	s.f, s.unanswered, s.retryAt = f, -1, nat.Never
	if f.config.Rendezvous != "" {
		s.resolve()
	}
}

func (s *server) resolve() {
	s.retryAt, s.looking = nat.Never, true
	s.f.lookUp(s.f.config.Rendezvous, func(addrs []netip.AddrPort, err error) {
		s.looking = false
		i := slices.IndexFunc(addrs, func(a netip.AddrPort) bool { return s.f.reaches(a.Addr()) && a.Port() != 0 })
		if i >= 0 {
			s.addr, s.trouble = s.f.paths.Canonical(addrs[i]), ""
			if len(s.meetings) > 0 {
				s.f.gather.addServers(s.f.now(), addrs[i:i+1])
			}
			return
		}
		s.trouble = fmt.Sprintf("The rendezvous server %s cannot be found: check its name and this computer's connection.", s.f.config.Rendezvous)
		if len(addrs) > 0 {
			s.trouble = fmt.Sprintf("The rendezvous server %s cannot be reached from this network, which has another version of the internet protocol: use another network, or a server with both IPv4 and IPv6.", s.f.config.Rendezvous)
		}
		s.retryAt = s.f.now() + lookUpAgain
		if err != nil {
			s.f.log.Debug("pathfinder: rendezvous server", "name", s.f.config.Rendezvous, "err", err)
		}
	})
}

// meet begins a meeting.
func (s *server) meet(m *meeting) *meeting {
	s.meetings = append(s.meetings, m)
	if s.addr.IsValid() {
		// It answers STUN too, and sees our address anyway.
		s.f.gather.addServers(s.f.now(), []netip.AddrPort{s.addr})
	}
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
		Offer: appendOffer(nil, s.f.config.Key, s.f.gather.current)}
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

// take gives a packet to whose it is.
func (s *server) take(now time.Duration, in packet) {
	carried := in.by.Socket == pathconn.Carried
	if in.by.Socket != 0 && !carried || in.by.Addr != s.addr || carried && s.stream == nil {
		return
	}
	for _, m := range s.meetings {
		if m.client != nil && m.client.Packet(now, s.addr, in.b) {
			if s.stream == nil || carried {
				s.unanswered = -1
			}
			return
		}
	}
}

func (s *server) advance(now time.Duration) {
	if now >= s.retryAt {
		s.resolve()
	}
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
	if s.stream != nil && s.unanswered >= 0 && now-s.unanswered >= tcpLost {
		s.hangUp()
		s.change(now, nil)
	}
	if s.stream == nil && !s.dialing && s.unanswered >= 0 && now-s.unanswered >= tcpAfter && now >= s.dialAfter {
		s.dial()
	}
}

// dial tries TCP.
func (s *server) dial() {
	s.dialing = true
	addr := s.addr
	f := s.f
	ctx, hangUp := context.WithCancel(f.ctx)
	f.spawn(func() {
		defer hangUp()
		over := make(chan error, 1)
		stream, err := rendezvous.Dial(ctx, f.paths.Wire(addr).String(),
			func(b []byte) { f.paths.Deliver(b, addr) }, func(err error) { over <- err })
		f.do(func() { s.dialled(stream, hangUp, err) })
		if err != nil {
			return
		}
		select {
		case err := <-over:
			f.do(func() { s.ended(stream, err) })
		case <-ctx.Done():
		}
		stream.Close()
	})
}

func (s *server) dialled(stream *rendezvous.Stream, hangUp context.CancelFunc, err error) {
	s.dialing = false
	now := s.f.now()
	if err != nil {
		s.dialAfter = now + tcpAgain
		s.f.log.Debug("pathfinder: TCP", "err", err)
		return
	}
	s.hangUp = hangUp
	s.change(now, stream)
}

func (s *server) ended(stream *rendezvous.Stream, err error) {
	if s.stream != stream {
		return
	}
	s.f.log.Debug("pathfinder: TCP", "err", err)
	s.change(s.f.now(), nil)
}

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

// send sends what a client wants sent, and reports whether it was anything.
func (s *server) send(m *meeting) bool {
	s.wrote = m.client.AppendSends(s.wrote[:0])
	for _, w := range s.wrote {
		if s.stream != nil {
			s.stream.Send(w.Data)
		} else {
			s.f.paths.Send(w.Data, w.To.Addr)
		}
	}
	return len(s.wrote) > 0
}

func (s *server) next(now time.Duration) time.Duration {
	next := s.retryAt
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
	case !s.dialing:
		next = min(next, max(s.unanswered+tcpAfter, s.dialAfter))
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
	case s.trouble != "":
		return s.trouble
	case !s.addr.IsValid():
		return "Looking for the rendezvous server."
	}
	return "Asking the router."
}
