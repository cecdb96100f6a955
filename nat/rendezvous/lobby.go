package rendezvous

import (
	"bytes"
	"container/list"
	"time"
)

// lobby is what the server knows of a host.
type lobby struct {
	lookup, owner, session [16]byte
	at                     Source
	tag                    [8]byte
	hidden                 bool // its guests are not told where it is
	seen                   time.Duration
	guests                 []*guest // at most ServerConfig.MaxGuests
	age                    *list.Element
}

// guest is what the server knows of one: two sealed offers.
type guest struct {
	id       ID
	lobby    *lobby
	at       Source
	tag      [8]byte
	hidden   bool // the host is not told where it is
	seen     time.Duration
	pushed   time.Duration // when its offer last went to the host
	offer    []byte        // its own
	answer   []byte        // the host's to that offer, nil until it comes
	answered bool          // it was given an answer, to this offer or an older one
	age      *list.Element
}

// mark is how an answer says which offer it answers.
func (g *guest) mark() (mark [8]byte) {
	copy(mark[:], g.offer)
	return mark
}

func (l *lobby) guest(id ID) *guest {
	for _, g := range l.guests {
		if g.id == id {
			return g
		}
	}
	return nil
}

// register keeps a lobby, or keeps it longer.
func (s *Server) register(now time.Duration, from Source, m *message) {
	l := s.lobbies[m.lookup]
	reply := message{kind: registered, tag: m.tag}
	switch {
	case l == nil:
		reply.flag = 1
		if len(s.lobbies) >= s.config.MaxLobbies || !s.charge(from) {
			s.refuse(from, m, refusedFull)
			return
		}
		l = &lobby{lookup: m.lookup, at: from}
		l.age = s.lobbyAge.PushBack(l)
		s.lobbies[m.lookup] = l
	case l.owner != m.owner && now-l.seen < takeover:
		s.refuse(from, m, refusedTaken)
		return
	case !s.move(&l.at, from):
		s.refuse(from, m, refusedFull)
		return
	}
	restarted := l.session != m.session
	l.owner, l.session, l.tag, l.seen = m.owner, m.session, m.tag, now
	l.hidden = m.flag != sideShown
	s.lobbyAge.MoveToBack(l.age)
	s.send(from, reply)
	if !restarted {
		return
	}
	// The guests sealed their offers for the session before.
	for _, g := range l.guests {
		g.answer, g.answered = nil, false
		s.send(g.at, message{kind: wait, tag: g.tag, session: l.session})
	}
}

// ask keeps a guest's offer, passes it to the host and gives the guest what the
// host answered.
func (s *Server) ask(now time.Duration, from Source, m *message) {
	l := s.lobbies[m.lookup]
	if l == nil {
		s.send(from, message{kind: wait, tag: m.tag})
		return
	}
	if m.session != l.session || len(m.sealed) < sealOverhead {
		s.send(from, message{kind: wait, tag: m.tag, session: l.session})
		return
	}
	g := s.admit(now, from, l, m)
	if g == nil {
		s.refuse(from, m, refusedFull)
		return
	}
	if g.answer != nil {
		s.send(from, message{kind: hostOffer, tag: m.tag, session: l.session, seen: whereabouts(l.at, l.hidden), sealed: g.answer})
		return
	}
	s.send(from, message{kind: wait, tag: m.tag, session: l.session})
	if now-g.pushed >= pushGap {
		s.push(now, g)
	}
}

// push passes a guest's offer to the host. Until the host answers, every ask
// pushes it again.
func (s *Server) push(now time.Duration, g *guest) {
	g.pushed = now
	m := message{kind: guestOffer, tag: g.lobby.tag, guest: g.id, seen: whereabouts(g.at, g.hidden), sealed: g.offer}
	if !g.answered {
		m.flag = 1 // the host learns first
	}
	s.send(g.lobby.at, m)
}

// whereabouts is what the other side of a pair is told of a client's address,
// which has echoed a cookie: so nobody can send its friends to a stranger's.
func whereabouts(at Source, hidden bool) (seen [16]byte) {
	if !hidden {
		seen = at.Addr.Addr().As16()
	}
	return seen
}

// admit finds or makes the guest of an ask, and keeps its offer. It returns nil
// if there is no room.
func (s *Server) admit(now time.Duration, from Source, l *lobby, m *message) *guest {
	g := l.guest(m.guest)
	if g == nil {
		if len(l.guests) >= s.config.MaxGuests || s.stats.OfferBytes+len(m.sealed) > s.config.MaxOfferBytes || !s.charge(from) {
			return nil
		}
		g = &guest{id: m.guest, lobby: l, at: from, pushed: now - pushGap}
		g.age = s.guestAge.PushBack(g)
		l.guests = append(l.guests, g)
	} else if !s.move(&g.at, from) {
		return nil
	}
	if !bytes.Equal(g.offer, m.sealed) {
		if s.stats.OfferBytes-len(g.offer)+len(m.sealed) > s.config.MaxOfferBytes {
			return nil // with the old offer kept, until it expires
		}
		s.store(&g.offer, m.sealed)
		s.store(&g.answer, nil)
	}
	g.tag, g.seen = m.tag, now
	g.hidden = m.flag != sideShown
	s.guestAge.MoveToBack(g.age)
	return g
}

// store replaces a sealed offer by a copy, nil for none, and counts its bytes.
func (s *Server) store(kept *[]byte, sealed []byte) {
	s.stats.OfferBytes += len(sealed) - len(*kept)
	*kept = bytes.Clone(sealed)
}

// answer keeps the host's answer to a guest and passes it on.
func (s *Server) answer(from Source, m *message) {
	l := s.lobbies[m.lookup]
	if l == nil || l.owner != m.owner || len(m.sealed) < sealOverhead {
		return // the host's next registration puts it right
	}
	var mark [8]byte
	copy(mark[:], m.sealed)
	// Said even if nothing comes of it: the host need not say it again.
	s.send(from, message{kind: kept, tag: m.tag, guest: m.guest, mark: mark})
	g := l.guest(m.guest)
	if g == nil || g.mark() != m.mark || bytes.Equal(g.answer, m.sealed) {
		return
	}
	if s.stats.OfferBytes-len(g.answer)+len(m.sealed) > s.config.MaxOfferBytes {
		s.stats.Refused++
		return
	}
	s.store(&g.answer, m.sealed)
	if !g.answered {
		s.stats.Met++
	}
	g.answered = true
	s.send(g.at, message{kind: hostOffer, tag: g.tag, session: l.session, seen: whereabouts(l.at, l.hidden), sealed: g.answer})
}

// leave forgets a lobby or a guest, if the message proves to be of the one who
// may say so.
func (s *Server) leave(m *message) {
	l := s.lobbies[m.lookup]
	if l == nil {
		return
	}
	g := l.guest(m.guest)
	host := m.owner == l.owner
	switch {
	case host && m.guest == ID{}:
		s.dropLobby(l)
	case g != nil && (host || m.owner == [16]byte{}):
		// Only the host and the guest itself know a guest's id.
		s.dropGuest(g)
	}
}

// dropLobby forgets a lobby and tells its guests.
func (s *Server) dropLobby(l *lobby) {
	for len(l.guests) > 0 {
		g := l.guests[0]
		s.send(g.at, message{kind: wait, tag: g.tag})
		s.dropGuest(g)
	}
	s.discharge(l.at)
	s.lobbyAge.Remove(l.age)
	delete(s.lobbies, l.lookup)
}

func (s *Server) dropGuest(g *guest) {
	s.store(&g.offer, nil)
	s.store(&g.answer, nil)
	s.discharge(g.at)
	s.guestAge.Remove(g.age)
	l := g.lobby
	for i := range l.guests {
		if l.guests[i] == g {
			l.guests = append(l.guests[:i], l.guests[i+1:]...)
			return
		}
	}
}
