package rendezvous

import (
	"fmt"
	"io"
	"net/netip"
	"time"
)

// Send is a packet to be sent.
type Send struct {
	To   Source
	Data []byte
}

// How long things are kept after their owner was last heard, and how often the
// same source gets a STUN answer.
const (
	lobbyExpiry = 45 * time.Second
	guestExpiry = 30 * time.Second
	relayExpiry = 30 * time.Second
	takeover    = 15 * time.Second // of silence, after which another host may have a lobby: a player of it, whose host is gone

	// Hosts come again within hostRefresh, when they have found out that they
	// need another way to the server a little later.
	youngFor = 15 * time.Second
	fullFor  = 5 * time.Second // a host that is refused asks every 2 s

	// pushGap bounds what a guest can make the server send to its host.
	pushGap = 100 * time.Millisecond
)

// strangerPace is per source and counts forged ones too: what a victim can be
// sent is 560 bytes in a second, 680 if the second port is at an IPv6 address of
// its own.
var strangerPace = pace{interval: 100 * time.Millisecond, burst: 20}

// challengePace is per source too: 1,800 bytes in a second, for which somebody
// has sent 2,650.
var challengePace = pace{interval: 20 * time.Millisecond, burst: 100}

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
	TakenBack  uint64 `json:"takenBack"`  // places taken back for somebody who had fewer
	Malformed  uint64 `json:"malformed"`  // packets that are none of ours
}

// Server is the state machine of the rendezvous server. Its methods must not
// be called at the same time.
type Server struct {
	config ServerConfig
	secret secret
	stats  Stats

	requests   limiter // of sources that have proven themselves
	challenges limiter // of others: what a forger sends costs its victim nothing of the former
	strangers  limiter // STUN, and words to those who have proven nothing

	lobbies    map[[16]byte]*lobby
	lobbySlots *slots        // of *lobby
	guestSlots *slots        // of *guest
	fullAt     time.Duration // when a lobby was last refused for want of room; negative if never

	relays     map[pairKey]*session
	endSlots   *slots // of *side
	channels   map[Channel]*side
	relayPace  pace
	totalPace  pace
	relayTotal time.Duration

	began   time.Duration // when it was first called; negative before
	notices notices
	sends   []Send
	arena   []byte // what sends point into
}

// NewServer makes a server. The error says what is wrong with the configuration.
func NewServer(config ServerConfig) (*Server, error) {
	if err := config.fill(); err != nil {
		return nil, err
	}
	s := &Server{
		config:     config,
		lobbies:    map[[16]byte]*lobby{},
		lobbySlots: newSlots(),
		guestSlots: newSlots(),
		relays:     map[pairKey]*session{},
		endSlots:   newSlots(),
		channels:   map[Channel]*side{},
		relayPace:  bytePace(config.RelayRate),
		totalPace:  bytePace(config.RelayTotal),
		fullAt:     -1,
		began:      -1,
	}
	s.requests.pace = pace{time.Second / time.Duration(config.RequestsPerSec), 3 * config.RequestsPerSec}
	s.challenges.pace, s.strangers.pace = challengePace, strangerPace
	s.notices = newNotices()
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

// Stats returns the counts. What is held is counted where it is kept.
func (s *Server) Stats() Stats {
	stats := s.stats
	stats.Lobbies, stats.Guests, stats.Relays = len(s.lobbies), s.guestSlots.len(), len(s.relays)
	for e := s.guestSlots.age.Front(); e != nil; e = e.Next() {
		g := e.Value.(*slot).owner.(*guest)
		stats.OfferBytes += len(g.offer) + len(g.answer)
	}
	return stats
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
	s.fresh(now)
	from.Addr = netip.AddrPortFrom(from.Addr.Addr().Unmap(), from.Addr.Port())
	switch {
	case len(b) == 0 || len(b) > MaxPacket || !from.Addr.IsValid():
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
	if !s.strangers.allow(now, &s.secret, s.path(from)) {
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
	s.fresh(now)
	for p := s.guestSlots.oldest(); p != nil && now-p.seen > guestExpiry; p = s.guestSlots.oldest() {
		s.dropGuest(p.owner.(*guest))
	}
	for p := s.lobbySlots.oldest(); p != nil && now-p.seen > lobbyExpiry; p = s.lobbySlots.oldest() {
		s.dropLobby(p.owner.(*lobby))
	}
	for p := s.endSlots.oldest(); p != nil && now-p.seen > relayExpiry; p = s.endSlots.oldest() {
		s.dropEnd(p.owner.(*side))
	}
}

// fresh takes the arena back once everything in it has been taken.
func (s *Server) fresh(now time.Duration) {
	if s.began < 0 {
		s.began = now
	}
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
	who := s.path(from)
	switch err := decodeMessage(b, &m); {
	case err == errVersion && len(b) > headBytes:
		s.otherVersion(now, from, who, &m, b[1])
		return
	case err != nil || m.kind >= firstReply:
		s.stats.Malformed++
		return
	}
	if from.Stream == 0 && !s.secret.proven(from.Addr, now, m.cookie) {
		s.challenge(now, from, who, &m)
		return
	}
	if !s.requests.allow(now, &s.secret, who) {
		s.stats.Limited++
		return
	}
	s.stats.Requests++
	switch m.kind {
	case register:
		s.register(now, from, who, &m)
	case ask:
		s.ask(now, from, who, &m)
	case answer:
		s.answer(from, &m)
	case relay:
		s.relay(now, from, who, &m)
	case leave:
		s.leave(&m)
	}
}

// otherVersion says so, with no more bytes than came, and as one of the version
// that came: how that is said is the same in all.
func (s *Server) otherVersion(now time.Duration, from Source, who path, m *message, theirs byte) {
	if !s.strangers.allow(now, &s.secret, who) {
		s.stats.Limited++
		return
	}
	s.send(from, message{kind: refused, tag: m.tag, flag: refusedVersion})
	s.sends[len(s.sends)-1].Data[1] = theirs
}

// challenge asks for a proof of the source. Every request is longer than this,
// and nothing is remembered: a forged source costs its victim less than the
// forger. Whoever gets no challenge because somebody forges its address all the
// time has TCP.
func (s *Server) challenge(now time.Duration, from Source, who path, m *message) {
	if !s.challenges.allow(now, &s.secret, who) {
		s.stats.Limited++
		return
	}
	s.stats.Challenges++
	reply := message{kind: challenge, tag: m.tag, cookie: s.secret.cookie(from.Addr, now, 0)}
	if l := s.lobbies[m.lookup]; l != nil {
		reply.session = l.session
	}
	s.send(from, reply)
}

func (s *Server) refuse(to Source, m *message, why byte) {
	s.stats.Refused++
	s.send(to, message{kind: refused, tag: m.tag, flag: why})
}

func (s *Server) path(from Source) path { return s.config.path(from.Addr.Addr()) }

// room sees to it that a source can have one more place, or says why not: it has
// as many as it may, or all are taken (full) and nobody has more than it.
func (s *Server) room(now time.Duration, who path, ps *slots, full bool) (why byte) {
	if s.held(who) >= who.limit {
		s.notices.add(now, &s.secret, Notice{Kind: SourceLimit, Source: who.finest(), Limit: who.limit})
		return refusedSource
	}
	if !full {
		return 0
	}
	p := ps.spare(who)
	if p == nil {
		s.notices.add(now, &s.secret, s.fullOf(ps))
		return refusedFull
	}
	s.takeBack(p)
	return 0
}

// held is how many places a source has.
func (s *Server) held(who path) int {
	return s.lobbySlots.of(who) + s.guestSlots.of(who) + s.endSlots.of(who)
}

// takeBack ends what has a place: its clients ask again, and are treated as
// those who come first.
func (s *Server) takeBack(p *slot) {
	s.stats.TakenBack++
	switch owner := p.owner.(type) {
	case *lobby:
		s.dropLobby(owner)
	case *guest:
		s.dropGuest(owner)
	case *side:
		s.dropRelay(owner.session)
	}
}

// move gives a thing to its owner's new source, if that may have it.
func (s *Server) move(ps *slots, p *slot, at *Source, to Source) bool {
	if at.Addr.Addr() != to.Addr.Addr() {
		who := s.path(to)
		if p.holder.prefix != who.finest() && s.held(who) >= who.limit {
			return false
		}
		ps.move(p, who)
	}
	*at = to
	return true
}
