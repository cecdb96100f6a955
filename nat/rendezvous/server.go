package rendezvous

import (
	"container/list"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"
)

// Source is where a packet comes from or goes to: an address, for TCP the number
// of the connection, which is never 0, and whether it is by the second UDP port.
type Source struct {
	Addr   netip.AddrPort
	Stream uint64
	Second bool
}

// Send is a packet to be sent.
type Send struct {
	To   Source
	Data []byte
}

// ServerConfig bounds what a server takes on. Zero values stand for defaults.
type ServerConfig struct {
	Rand io.Reader // crypto/rand.Reader outside of tests; must be given

	// Second, if valid, is where the server answers STUN besides: STUN answers
	// name it. An unspecified address with a port (0.0.0.0:3479) is that port of
	// whatever address was asked, which a server behind a router need not know.
	Second netip.AddrPort

	MaxLobbies     int // 10,000; further ones are refused
	MaxGuests      int // of one lobby at a time: 16; further ones are refused
	MaxOfferBytes  int // sealed offers of all guests together: 32 MiB; further ones are refused
	MaxPerSource   int // lobbies, guests and relay ends of one IPv4 address or IPv6 /64: 64
	RequestsPerSec int // of one such source, and three times as many at once: 40

	NoRelay    bool // meet only
	MaxRelays  int  // sessions: 256
	RelayRate  int  // bytes in a second, each way of a session, and half as many at once: 64,000
	RelayTotal int  // bytes in a second of all sessions together: 8,000,000
}

// How long things are kept after their owner was last heard, and how often the
// same source gets a STUN answer.
const (
	lobbyExpiry = 45 * time.Second
	guestExpiry = 30 * time.Second
	relayExpiry = 30 * time.Second
	takeover    = 20 * time.Second // of silence, after which another host may have a lobby

	// pushGap bounds what a guest can make the server send to its host.
	pushGap = 100 * time.Millisecond
)

// strangerPace is per source and counts forged ones too: what a victim can be
// sent is 560 bytes in a second, 680 if the second port is at an IPv6 address of
// its own.
var strangerPace = pace{interval: 100 * time.Millisecond, burst: 20}

func (c *ServerConfig) fill() error {
	if c.Rand == nil {
		return errors.New("rendezvous: ServerConfig.Rand is nil: give crypto/rand.Reader")
	}
	for _, f := range []struct {
		name           string
		value          *int
		usual, highest int
	}{
		{"MaxLobbies", &c.MaxLobbies, 10_000, 1 << 24},
		{"MaxGuests", &c.MaxGuests, 16, 256},
		{"MaxOfferBytes", &c.MaxOfferBytes, 32 << 20, 1 << 40},
		{"MaxPerSource", &c.MaxPerSource, 64, 1 << 24},
		{"RequestsPerSec", &c.RequestsPerSec, 40, 1_000_000},
		{"MaxRelays", &c.MaxRelays, 256, 1 << 20},
		{"RelayRate", &c.RelayRate, 64_000, 1 << 30},
		{"RelayTotal", &c.RelayTotal, 8_000_000, 1 << 40},
	} {
		if *f.value == 0 {
			*f.value = f.usual
		}
		if *f.value < 1 || *f.value > f.highest {
			return fmt.Errorf("rendezvous: %s is %d; it must be 1 to %d", f.name, *f.value, f.highest)
		}
	}
	if c.RelayRate < 2*MaxPacket {
		return fmt.Errorf("rendezvous: RelayRate is %d; below %d not even one packet passes", c.RelayRate, 2*MaxPacket)
	}
	return nil
}

// Validate says what is wrong with a configuration, in a sentence.
func (c ServerConfig) Validate() error { return c.fill() } // of a copy

// Stats are what a server holds now and has done so far.
type Stats struct {
	Lobbies    int `json:"lobbies"`    // held now
	Guests     int `json:"guests"`     // held now
	Relays     int `json:"relays"`     // held now
	OfferBytes int `json:"offerBytes"` // held now

	Requests   uint64 `json:"requests"`   // with a valid cookie
	Challenges uint64 `json:"challenges"` // answered with a cookie
	STUN       uint64 `json:"stun"`       // answered
	Met        uint64 `json:"met"`        // host's answers passed on to guests for the first time
	Relayed    uint64 `json:"relayed"`    // packets
	RelayBytes uint64 `json:"relayBytes"` // bytes of them
	Capped     uint64 `json:"capped"`     // relayed packets dropped above a rate
	Limited    uint64 `json:"limited"`    // requests dropped above a rate
	Refused    uint64 `json:"refused"`    // requests refused for want of room
	Malformed  uint64 `json:"malformed"`  // packets that are none of ours
}

// Server is the state machine of the rendezvous server. Its methods must not
// be called at the same time.
type Server struct {
	config ServerConfig
	secret secret
	stats  Stats

	requests  limiter // of sources that have proven themselves
	strangers limiter // of others: what a forger sends costs its victim nothing of the former

	lobbies   map[[16]byte]*lobby
	lobbyAge  *list.List // of *lobby, longest unheard first
	guestAge  *list.List // of *guest
	perSource map[netip.Addr]int

	relays     map[pairKey]*session
	relayAge   *list.List // of *session
	channels   map[Channel]end
	relayPace  pace
	totalPace  pace
	relayTotal time.Duration

	sends []Send
	arena []byte // what sends point into
}

// NewServer makes a server. The error says what is wrong with the configuration.
func NewServer(config ServerConfig) (*Server, error) {
	if err := config.fill(); err != nil {
		return nil, err
	}
	s := &Server{
		config:    config,
		lobbies:   map[[16]byte]*lobby{},
		lobbyAge:  list.New(),
		guestAge:  list.New(),
		perSource: map[netip.Addr]int{},
		relays:    map[pairKey]*session{},
		relayAge:  list.New(),
		channels:  map[Channel]end{},
		relayPace: bytePace(config.RelayRate),
		totalPace: bytePace(config.RelayTotal),
	}
	s.requests.pace = pace{time.Second / time.Duration(config.RequestsPerSec), 3 * config.RequestsPerSec}
	s.strangers.pace = strangerPace
	if _, err := io.ReadFull(config.Rand, s.secret[:]); err != nil {
		return nil, fmt.Errorf("rendezvous: no random numbers: %w", err)
	}
	return s, nil
}

// bytePace allows so many bytes in a second, and half of them at once.
func bytePace(perSec int) pace {
	// An interval is whole nanoseconds: up to a thousand million bytes a second.
	return pace{max(time.Second/time.Duration(perSec), 1), perSec / 2}
}

// Stats returns the counts.
func (s *Server) Stats() Stats {
	s.stats.Lobbies, s.stats.Guests, s.stats.Relays = s.lobbyAge.Len(), s.guestAge.Len(), s.relayAge.Len()
	return s.stats
}

// AppendSends appends what is to be sent. The data is valid until the next call
// of Packet or Advance.
func (s *Server) AppendSends(dst []Send) []Send {
	dst = append(dst, s.sends...)
	s.sends = s.sends[:0]
	return dst
}

// Packet takes a packet that has arrived; now is the time since any fixed
// moment and never goes back. b is not kept.
func (s *Server) Packet(now time.Duration, from Source, b []byte) {
	s.fresh()
	from.Addr = netip.AddrPortFrom(from.Addr.Addr().Unmap(), from.Addr.Port())
	switch {
	case len(b) == 0 || len(b) > MaxPacket:
		s.stats.Malformed++
	case isSTUNRequest(b):
		s.stun(now, from, b)
	case from.Second: // answers STUN only
		s.stats.Malformed++
	case b[0] == firstRelayed:
		s.relayed(now, from, b)
	case b[0] == firstMessage:
		s.message(now, from, b)
	default:
		s.stats.Malformed++
	}
}

// stun answers a binding request, on the first port with where the second is.
func (s *Server) stun(now time.Duration, from Source, b []byte) {
	if !s.strangers.allow(s.secret.bucket(from.Addr.Addr()), now) {
		s.stats.Limited++
		return
	}
	s.stats.STUN++
	var other netip.AddrPort
	if !from.Second {
		other = s.config.Second
	}
	start := len(s.arena)
	s.arena = appendSTUNResponse(s.arena, b, from.Addr, other)
	s.sends = append(s.sends, Send{from, s.arena[start:len(s.arena):len(s.arena)]})
}

// Advance forgets what has expired. Once a second is often enough.
func (s *Server) Advance(now time.Duration) {
	s.fresh()
	for e := s.guestAge.Front(); e != nil && now-e.Value.(*guest).seen > guestExpiry; e = s.guestAge.Front() {
		s.dropGuest(e.Value.(*guest))
	}
	for e := s.lobbyAge.Front(); e != nil && now-e.Value.(*lobby).seen > lobbyExpiry; e = s.lobbyAge.Front() {
		s.dropLobby(e.Value.(*lobby))
	}
	for e := s.relayAge.Front(); e != nil && now-e.Value.(*session).seen > relayExpiry; e = s.relayAge.Front() {
		s.dropRelay(e.Value.(*session))
	}
}

// fresh takes the arena back once everything in it has been taken.
func (s *Server) fresh() {
	if len(s.sends) == 0 {
		s.arena = s.arena[:0]
	}
}

func (s *Server) send(to Source, m message) {
	start := len(s.arena)
	s.arena = appendMessage(s.arena, &m)
	s.sends = append(s.sends, Send{to, s.arena[start:len(s.arena):len(s.arena)]})
}

// message handles everything but STUN and relayed packets.
func (s *Server) message(now time.Duration, from Source, b []byte) {
	var m message
	switch err := decodeMessage(b, &m); {
	case err == errVersion && len(b) > headBytes:
		s.send(from, message{kind: refused, tag: m.tag, flag: refusedVersion})
		return
	case err != nil || m.kind >= firstReply:
		s.stats.Malformed++
		return
	}
	if from.Stream == 0 && !s.secret.proven(from.Addr, now, m.cookie) {
		// Every request is longer than this, and nothing is remembered: a
		// forged source costs its victim less than the forger.
		s.stats.Challenges++
		reply := message{kind: challenge, tag: m.tag, cookie: s.secret.cookie(from.Addr, now, 0)}
		if l := s.lobbies[m.lookup]; l != nil {
			reply.session = l.session
		}
		s.send(from, reply)
		return
	}
	if !s.requests.allow(s.secret.bucket(from.Addr.Addr()), now) {
		s.stats.Limited++
		return
	}
	s.stats.Requests++
	switch m.kind {
	case register:
		s.register(now, from, &m)
	case ask:
		s.ask(now, from, &m)
	case answer:
		s.answer(from, &m)
	case relay:
		s.relay(now, from, &m)
	case leave:
		s.leave(&m)
	}
}

func (s *Server) refuse(to Source, m *message, why byte) {
	s.stats.Refused++
	s.send(to, message{kind: refused, tag: m.tag, flag: why})
}

// charge counts one more thing that a source has in the server, if it may.
func (s *Server) charge(from Source) bool {
	who := block(from.Addr.Addr())
	if s.perSource[who] >= s.config.MaxPerSource {
		return false
	}
	s.perSource[who]++
	return true
}

func (s *Server) discharge(from Source) {
	who := block(from.Addr.Addr())
	if s.perSource[who]--; s.perSource[who] <= 0 {
		delete(s.perSource, who)
	}
}

// move charges a thing to its owner's new source, if that may have it.
func (s *Server) move(at *Source, to Source) bool {
	if block(at.Addr.Addr()) != block(to.Addr.Addr()) {
		if !s.charge(to) {
			return false
		}
		s.discharge(*at)
	}
	*at = to
	return true
}
