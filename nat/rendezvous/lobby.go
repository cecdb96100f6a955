package rendezvous

import (
	"bytes"
	"net/netip"
	"slices"
	"time"
)

// lobby is what the server knows of a host.
type lobby struct {
	slot                   // active while a guest is held that was answered
	lookup, owner, session [16]byte
	at                     Source
	tag                    [8]byte
	hidden                 bool     // its guests are not told where it is
	guests                 []*guest // at most ServerConfig.MaxGuests
}

// guest is what the server knows of one: two sealed offers, of at most maxSealed
// bytes each, for which its place has room.
type guest struct {
	slot     // active once it was answered
	id       ID
	lobby    *lobby
	at       Source
	tag      [8]byte
	hidden   bool          // the host is not told where it is
	pushed   time.Duration // when its offer last went to the host
	offer    []byte        // its own
	answer   []byte        // the host's to that offer, nil until it comes
	answered bool          // it was given an answer, to this offer or an older one
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
func (s *Server) register(now time.Duration, from Source, who path, m *message) {
	l := s.lobbies[m.lookup]
	reply := message{kind: registered, tag: m.tag}
	switch {
	case l == nil:
		reply.flag = 1
		if why := s.room(now, who, s.lobbySlots, len(s.lobbies) >= s.config.MaxLobbies); why != 0 {
			if why == refusedFull {
				s.fullAt = now
			}
			s.refuse(from, m, why)
			return
		}
		l = &lobby{lookup: m.lookup, at: from}
		l.slot.owner = l
		s.lobbySlots.take(now, &l.slot, who)
		s.lobbies[m.lookup] = l
	case l.owner != m.owner && now-l.seen < takeover:
		s.refuse(from, m, refusedTaken)
		return
	case !s.move(s.lobbySlots, &l.slot, &l.at, from):
		s.refuse(from, m, refusedSource)
		return
	}
	restarted := l.session != m.session
	l.owner, l.session, l.tag, l.hidden = m.owner, m.session, m.tag, m.flag != sideShown
	s.lobbySlots.heard(now, &l.slot)
	s.send(from, reply)
	if !restarted {
		return
	}
	// The guests sealed their offers for the session before.
	for _, g := range l.guests {
		g.answer, g.answered = nil, false
		s.send(g.at, message{kind: wait, tag: g.tag, session: l.session})
	}
	s.rate(l)
}

// rate sees to the ranks of a lobby and its guests.
func (s *Server) rate(l *lobby) {
	best := waiting
	for _, g := range l.guests {
		r := waiting
		if g.answered {
			r, best = active, active
		}
		s.guestSlots.set(&g.slot, r)
	}
	s.lobbySlots.set(&l.slot, best)
}

// ask keeps a guest's offer, passes it to the host and gives the guest what the
// host answered.
func (s *Server) ask(now time.Duration, from Source, who path, m *message) {
	l := s.lobbies[m.lookup]
	if l == nil {
		s.send(from, message{kind: wait, tag: m.tag, flag: s.whyNobody(now)})
		return
	}
	if m.session != l.session || len(m.sealed) < sealOverhead {
		s.send(from, message{kind: wait, tag: m.tag, session: l.session})
		return
	}
	g, why := s.admit(now, from, who, l, m)
	if why != 0 {
		s.refuse(from, m, why)
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

// whyNobody is what else a guest is told that finds no host.
func (s *Server) whyNobody(now time.Duration) byte {
	switch {
	case s.fullAt >= 0 && now-s.fullAt < fullFor:
		return waitFull
	case now-s.began < youngFor:
		return waitYoung
	}
	return waitNobody
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

// admit finds or makes the guest of an ask, and keeps its offer, or says why not.
func (s *Server) admit(now time.Duration, from Source, who path, l *lobby, m *message) (g *guest, why byte) {
	g = l.guest(m.guest)
	if g == nil {
		if why := s.guestRoom(now, who, l); why != 0 {
			return nil, why
		}
		g = &guest{id: m.guest, lobby: l, at: from, pushed: now - pushGap}
		g.slot.owner = g
		s.guestSlots.take(now, &g.slot, who)
		l.guests = append(l.guests, g)
	} else if !s.move(s.guestSlots, &g.slot, &g.at, from) {
		return nil, refusedSource
	}
	if !bytes.Equal(g.offer, m.sealed) {
		g.offer, g.answer = bytes.Clone(m.sealed), nil
	}
	g.tag, g.hidden = m.tag, m.flag != sideShown
	s.guestSlots.heard(now, &g.slot)
	return g, 0
}

// guestRoom sees to it that a source can have one more guest in a lobby, or says
// why not.
func (s *Server) guestRoom(now time.Duration, who path, l *lobby) (why byte) {
	if len(l.guests) < s.config.MaxGuests {
		return s.room(now, who, s.guestSlots, s.guestSlots.len() >= s.config.maxAllGuests())
	}
	old := s.spareGuest(l, who)
	if old == nil {
		return refusedLobby
	}
	if why := s.room(now, who, s.guestSlots, false); why != 0 {
		return why
	}
	s.stats.TakenBack++
	s.dropGuest(old)
	return 0
}

// spareGuest is the guest of a full lobby that makes room for one of another
// source: one of the source with most, as its widest prefix is counted, if
// possible one without an answer. It is nil if nobody has more guests there than
// who asks would have.
func (s *Server) spareGuest(l *lobby, who path) (spare *guest) {
	widest := func(g *guest) netip.Prefix { p := s.path(g.at); return p.list[0] }
	guests := map[netip.Prefix]int{}
	for _, g := range l.guests {
		guests[widest(g)]++
	}
	most := guests[who.list[0]] + 1
	for _, g := range l.guests {
		if n := guests[widest(g)]; n > most || n == most && spare != nil && spare.answered && !g.answered {
			most, spare = n, g
		}
	}
	return spare
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
	g.answer = bytes.Clone(m.sealed)
	if !g.answered {
		s.stats.Met++
	}
	g.answered = true
	s.rate(l)
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
	s.lobbySlots.release(&l.slot)
	delete(s.lobbies, l.lookup)
}

func (s *Server) dropGuest(g *guest) {
	s.guestSlots.release(&g.slot)
	l := g.lobby
	l.guests = slices.DeleteFunc(l.guests, func(o *guest) bool { return o == g })
	s.rate(l)
}
