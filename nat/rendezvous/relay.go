package rendezvous

import (
	"container/list"
	"io"
	"time"
)

// pairKey names a relay session: only the two of a pair know both, and the
// server. So a session needs no lobby, and comes back after a restart.
type pairKey struct {
	lookup [16]byte
	guest  ID
}

// session is a relay between the two of a pair.
type session struct {
	key   pairKey
	sides [2]side // host, guest
	seen  time.Duration
	age   *list.Element
}

// side is one end of a session, there once its client has asked for it.
type side struct {
	asked   bool
	at      Source
	tag     [8]byte
	channel Channel
	full    time.Duration // bucket of what this side sends
	seen    time.Duration
}

// live reports whether the client of this side still wants the relay.
func (d *side) live(now time.Duration) bool { return d.asked && now-d.seen <= relayExpiry }

// end names a side of a session.
type end struct {
	session *session
	side    int
}

// relay opens or keeps one end of a session.
func (s *Server) relay(now time.Duration, from Source, m *message) {
	if s.config.NoRelay || m.flag > sideGuest {
		s.refuse(from, m, refusedNoRelay)
		return
	}
	key := pairKey{m.lookup, m.guest}
	r := s.relays[key]
	if r == nil {
		if len(s.relays) >= s.config.MaxRelays {
			s.refuse(from, m, refusedNoRelay)
			return
		}
		r = &session{key: key}
	}
	mine, other := &r.sides[m.flag], &r.sides[1-m.flag]
	both := other.live(now)
	opened := both && !mine.live(now)
	if mine.asked {
		if !s.move(&mine.at, from) {
			s.refuse(from, m, refusedNoRelay)
			return
		}
	} else {
		c, ok := s.newChannel()
		if !ok || !s.charge(from) {
			s.refuse(from, m, refusedNoRelay)
			return
		}
		*mine = side{asked: true, at: from, channel: c}
		s.channels[c] = end{r, int(m.flag)}
	}
	if r.age == nil {
		r.age = s.relayAge.PushBack(r)
		s.relays[key] = r
	}
	mine.tag, mine.seen, r.seen = m.tag, now, now
	s.relayAge.MoveToBack(r.age)
	s.sendChannel(r, mine, both)
	if opened {
		s.sendChannel(r, other, true)
	}
}

func (s *Server) sendChannel(r *session, to *side, open bool) {
	m := message{kind: channel, tag: to.tag, guest: r.key.guest, channel: to.channel, rate: uint32(s.config.RelayRate)}
	if open {
		m.flag = channelOpen
	}
	s.send(to.at, m)
}

// newChannel draws a header that is not in use.
func (s *Server) newChannel() (c Channel, ok bool) {
	for range 4 {
		if _, err := io.ReadFull(s.config.Rand, c[1:]); err != nil {
			return c, false
		}
		c[0] = firstRelayed
		if _, taken := s.channels[c]; !taken {
			return c, true
		}
	}
	return c, false
}

// relayed passes a packet on to the other side.
func (s *Server) relayed(now time.Duration, from Source, b []byte) {
	c, packet, ok := Relayed(b)
	if !ok {
		s.stats.Malformed++
		return
	}
	e, ok := s.channels[c]
	if !ok || e.session.sides[e.side].at != from {
		// After a restart, or from a new port: whoever sends it asks again. The
		// answer is not longer than what came, which may be forged.
		if len(b) >= headBytes && s.strangers.allow(s.secret.bucket(from.Addr.Addr()), now) {
			s.send(from, message{kind: gone, tag: c})
		}
		return
	}
	mine, other := &e.session.sides[e.side], &e.session.sides[1-e.side]
	if !other.live(now) {
		return
	}
	full, ok := s.relayPace.after(mine.full, now, len(b))
	if ok {
		var total time.Duration
		if total, ok = s.totalPace.after(s.relayTotal, now, len(b)); ok {
			s.relayTotal = total
		}
	}
	if !ok {
		s.stats.Capped++
		return
	}
	mine.full = full
	s.stats.Relayed++
	s.stats.RelayBytes += uint64(len(b))
	start := len(s.arena)
	s.arena = AppendRelayed(s.arena, other.channel, packet)
	s.sends = append(s.sends, Send{other.at, s.arena[start:len(s.arena):len(s.arena)]})
}

func (s *Server) dropRelay(r *session) {
	for i := range r.sides {
		if r.sides[i].asked {
			s.discharge(r.sides[i].at)
			delete(s.channels, r.sides[i].channel)
		}
	}
	s.relayAge.Remove(r.age)
	delete(s.relays, r.key)
}
