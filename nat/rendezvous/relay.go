package rendezvous

import (
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
}

// side is one end of a session; its place is held once its client has asked for
// it.
type side struct {
	slot    // active while both sides are held
	session *session
	left    bool // its client has asked no more
	at      Source
	tag     [8]byte
	channel Channel
	full    time.Duration // bucket of what this side sends
}

// live reports whether the client of this side still wants the relay.
func (d *side) live(now time.Duration) bool { return d.held() && now-d.seen <= relayExpiry }

// other is the other side of the session.
func (d *side) other() *side {
	if d == &d.session.sides[0] {
		return &d.session.sides[1]
	}
	return &d.session.sides[0]
}

// relay opens or keeps one end of a session.
func (s *Server) relay(now time.Duration, from Source, who path, m *message) {
	if s.config.NoRelay || m.flag > sideGuest {
		s.refuse(from, m, refusedNoRelay)
		return
	}
	key := pairKey{m.lookup, m.guest}
	r := s.relays[key]
	if r == nil {
		r = &session{key: key}
		r.sides[0].session, r.sides[1].session = r, r
	}
	mine := &r.sides[m.flag]
	other := mine.other()
	both := other.live(now)
	opened := both && !mine.live(now)
	if !mine.held() {
		if why := s.openEnd(now, from, who, mine); why != 0 {
			s.refuse(from, m, why)
			return
		}
	} else if !s.move(s.endSlots, &mine.slot, &mine.at, from) {
		s.refuse(from, m, refusedRelaySource)
		return
	}
	mine.tag = m.tag
	s.endSlots.heard(now, &mine.slot)
	s.sendChannel(mine, both)
	if opened {
		s.sendChannel(other, true)
	}
}

// openEnd gives one side of a session its end, or says why not.
func (s *Server) openEnd(now time.Duration, from Source, who path, mine *side) (why byte) {
	r := mine.session
	c, ok := s.newChannel()
	if !ok {
		return refusedRelayFull
	}
	switch s.room(now, who, s.endSlots, s.relays[r.key] == nil && len(s.relays) >= s.config.MaxRelays) {
	case refusedSource:
		return refusedRelaySource
	case refusedFull:
		return refusedRelayFull
	}
	*mine = side{session: r, at: from, channel: c}
	mine.slot.owner = mine
	s.endSlots.take(now, &mine.slot, who)
	s.channels[c], s.relays[r.key] = mine, r
	if other := mine.other(); other.held() {
		s.endSlots.set(&mine.slot, active)
		s.endSlots.set(&other.slot, active)
	}
	return 0
}

func (s *Server) sendChannel(to *side, open bool) {
	m := message{kind: channel, tag: to.tag, guest: to.session.key.guest, channel: to.channel, rate: uint32(s.config.RelayRate)}
	switch {
	case open:
		m.flag = channelOpen
	case to.other().left || to.other().held():
		m.flag = channelLeft
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
	mine := s.channels[c]
	if mine == nil || mine.at != from {
		// After a restart, or from a new port: whoever sends it asks again. The
		// answer is not longer than what came, which may be forged.
		if len(b) >= headBytes && s.strangers.allow(now, &s.secret, s.path(from)) {
			s.send(from, message{kind: gone, tag: c})
		}
		return
	}
	other := mine.other()
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
		if r.sides[i].held() {
			s.dropEnd(&r.sides[i])
		}
	}
}

// dropEnd gives the end of one side back. The other one is told when it next
// asks.
func (s *Server) dropEnd(d *side) {
	r := d.session
	s.endSlots.release(&d.slot)
	delete(s.channels, d.channel)
	*d = side{session: r, left: true}
	if other := d.other(); other.held() {
		s.endSlots.set(&other.slot, waiting)
	} else {
		delete(s.relays, r.key)
	}
}
