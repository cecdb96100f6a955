package rendezvous

import (
	"net/netip"
	"slices"
	"time"
)

// Packet takes a packet that has arrived. It returns false if it is none of
// the server's to this client: a relayed packet, or somebody else's.
func (c *Client) Packet(now time.Duration, from netip.AddrPort, b []byte) bool {
	if len(b) == 0 || b[0] != firstMessage || netip.AddrPortFrom(from.Addr().Unmap(), from.Port()) != c.config.Server {
		return false
	}
	var m message
	err := decodeMessage(b, &m)
	if err == errVersion && m.kind == refused && len(b) == headBytes+1 && b[headBytes] == refusedVersion {
		m.flag, err = refusedVersion, nil // the same in all versions
	}
	if err != nil || m.kind <= firstReply {
		return false
	}
	if m.kind == gone {
		return c.relayGone(now, Channel(m.tag))
	}
	if m.tag != c.tag {
		return false
	}
	if c.closed {
		return true
	}
	c.heard = now
	if c.trouble == troubleSilent {
		c.recovered()
	}
	c.take(now, &m)
	c.Advance(now) // answers at once
	return true
}

// take acts on a message of the server.
func (c *Client) take(now time.Duration, m *message) {
	switch m.kind {
	case challenge:
		if m.cookie != c.cookie {
			c.cookie = m.cookie
			c.hurryAll(now)
		}
		if c.side == sideGuest && m.session != [16]byte{} {
			c.found(now, m.session)
		}
	case registered:
		c.hostRegistered(now, m.flag != 0)
	case guestOffer:
		c.guestCame(now, m)
	case kept:
		c.answerKept(m)
	case wait:
		c.guestWaits(now, m)
	case hostOffer:
		c.hostAnswered(now, m)
	case channel:
		c.relayState(now, m)
	case refused:
		c.refused(now, m)
	}
}

// sendHome sends what keeps this side known to the server.
func (c *Client) sendHome(now time.Duration) {
	if c.yielded {
		if now-c.home.since >= takeover {
			c.home = timer{}
			c.emit(Event{Kind: Yielded})
		}
		c.request(message{kind: leave, owner: c.config.Owner})
		return
	}
	if c.side == sideHost {
		c.request(message{kind: register, owner: c.config.Owner, session: c.session, flag: c.shown()})
		return
	}
	m := message{kind: ask, guest: c.pairs[0].id, flag: c.shown()}
	if c.session != [16]byte{} {
		if c.answering == nil {
			c.answering = c.sealFor(c.pairs[0].id, welcome)
		}
		m.session, m.sealed = c.session, c.answering
	}
	c.request(m)
}

// shown is the flag of whether the server may tell the other side where we are.
func (c *Client) shown() byte {
	if c.config.Hidden {
		return sideHidden
	}
	return sideShown
}

// seenAt reads what whereabouts has written; the zero Addr if it is nothing.
func seenAt(seen [16]byte) (at netip.Addr) {
	if seen != [16]byte{} {
		at = netip.AddrFrom16(seen).Unmap()
	}
	return at
}

// sealFor seals our offer. It returns nil if there is no randomness just now;
// the next try may have it.
func (c *Client) sealFor(guest ID, v verdict) []byte {
	l := letter{version: c.version, verdict: v}
	if v == welcome {
		l.offer = c.config.Offer
	}
	sealed, err := sealLetter(c.seal, c.config.Rand, place{c.side, c.config.Keys.Lookup, c.session, guest}, l)
	if err != nil {
		return nil
	}
	return sealed
}

// open opens a letter of the other side.
func (c *Client) open(guest ID, sealed []byte) (letter, bool) {
	l, err := openLetter(c.seal, place{1 - c.side, c.config.Keys.Lookup, c.session, guest}, sealed)
	if err != nil {
		if c.badSeals++; c.badSeals == maxBadSeals {
			c.troubled(troubleSeal)
		}
		return letter{}, false
	}
	c.badSeals = 0
	c.overcome(troubleSeal)
	return l, true
}

func (c *Client) hostRegistered(now time.Duration, anew bool) {
	if c.side != sideHost || c.yielded {
		return
	}
	c.progress()
	if !c.settled || anew {
		c.settled = true
		c.emit(Event{Kind: Registered})
	}
	c.home.answered(now, hostRefresh)
}

// guestCame answers a guest's offer.
func (c *Client) guestCame(now time.Duration, m *message) {
	if c.side != sideHost || c.yielded {
		return
	}
	l, ok := c.open(m.guest, m.sealed)
	if !ok {
		return
	}
	p := c.pair(m.guest)
	if p == nil {
		if v := c.verdict(now, m.guest); v != welcome {
			refusal := message{kind: answer, owner: c.config.Owner, guest: m.guest, sealed: c.sealFor(m.guest, v)}
			copy(refusal.mark[:], m.sealed)
			c.request(refusal)
			return
		}
		p = &pair{id: m.guest}
		c.pairs = append(c.pairs, p)
	}
	if p.known && l.version < p.version {
		return // an old one, played again
	}
	copy(p.mark[:], m.sealed)
	if !p.known || l.version > p.version {
		p.known, p.version = true, l.version
		c.emit(Event{Kind: Met, Peer: p.id, Offer: l.offer, Seen: seenAt(m.seen), LearntFirst: m.flag != 0})
	}
	// At once even if it was kept already: the server may have forgotten it.
	p.reply.start(now)
}

func (c *Client) pair(id ID) *pair {
	for _, p := range c.pairs {
		if p.id == id {
			return p
		}
	}
	return nil
}

// verdict is what a new guest is told.
func (c *Client) verdict(now time.Duration, guest ID) verdict {
	switch {
	case slices.Contains(c.removed, guest):
		return sentAway
	case c.config.Expires != 0 && now >= c.config.Expires:
		return expired
	case len(c.pairs) >= c.maxPeer:
		return usedUp
	}
	return welcome
}

func (c *Client) sendAnswer(p *pair) {
	if p.answer == nil {
		if p.answer = c.sealFor(p.id, welcome); p.answer == nil {
			return
		}
	}
	c.request(message{kind: answer, owner: c.config.Owner, guest: p.id, mark: p.mark, sealed: p.answer})
}

func (c *Client) answerKept(m *message) {
	p := c.pair(m.guest)
	if c.side == sideHost && p != nil && p.answer != nil && m.mark == [8]byte(p.answer) {
		p.reply = timer{}
	}
}

// found takes up the session under which the host can be reached now.
func (c *Client) found(now time.Duration, session [16]byte) {
	c.progress()
	if session == c.session {
		return
	}
	self := c.pairs[0]
	if c.session != [16]byte{} {
		if len(c.past) >= maxPast {
			c.past = c.past[1:]
		}
		c.past = append(c.past, pastSession{c.session, self.version})
	}
	c.session, c.answering = session, nil
	c.settled = false
	// A host that has started again counts from the beginning; one that a lying
	// server presents again does not.
	self.version = 0
	for _, p := range c.past {
		if p.session == session {
			self.version = max(self.version, p.version)
		}
	}
	c.home.hurry(now)
}

func (c *Client) guestWaits(now time.Duration, m *message) {
	if c.side != sideGuest {
		return
	}
	if m.session == [16]byte{} {
		if !c.settled {
			c.troubled(absences[min(m.flag, waitFull)])
		}
		c.home.answered(now, idleRetry)
		return
	}
	if m.session != c.session {
		c.found(now, m.session)
		return
	}
	c.found(now, m.session)
	// The answer is on its way, or our offer was lost between server and host.
	tries := c.home.tries
	wait := retry(tries)
	if now < c.urgent {
		wait = retry(0)
	}
	c.home.answered(now, wait)
	c.home.tries = tries
}

func (c *Client) hostAnswered(now time.Duration, m *message) {
	if c.side != sideGuest || m.session != c.session || c.turned != "" {
		return
	}
	self := c.pairs[0]
	l, ok := c.open(self.id, m.sealed)
	if !ok {
		return
	}
	next := guestRefresh
	if c.unsure {
		next, c.unsure = guestConfirm, false
	}
	if now < c.urgent {
		next = guestConfirm
	}
	c.home.answered(now, next)
	c.progress()
	if l.verdict != welcome {
		switch l.verdict {
		case expired:
			c.turned = "This code has expired: ask the host for a new one."
		case sentAway:
			c.turned = "The host does not meet you by this code any more: ask for a new one."
		default:
			c.turned = "This code is used up: as many players have come with it as the host wanted. Ask the host for a new one."
		}
		c.home = timer{}
		c.emit(Event{Kind: Refused, Peer: self.id, Text: c.turned})
		return
	}
	c.settled = true
	if l.version <= self.version {
		return // again, or an old one played again
	}
	self.known, self.version = true, l.version
	// The host had our offer before it sealed this.
	c.emit(Event{Kind: Met, Peer: self.id, Offer: l.offer, Seen: seenAt(m.seen)})
}

func (c *Client) refused(now time.Duration, m *message) {
	t, known := refusals[m.flag]
	if known {
		c.troubled(t)
	}
	if t.ofRelay() {
		c.relayRefused(now, t)
		return
	}
	c.settled = c.settled && c.side == sideGuest
	c.home.answered(now, idleRetry)
}

// absences are what a guest reads that finds no host.
var absences = map[byte]trouble{waitNobody: troubleNobody, waitYoung: troubleYoung, waitFull: troubleHostFull}

// refusals are what a client reads when it is refused.
var refusals = map[byte]trouble{
	refusedTaken: troubleTaken, refusedFull: troubleFull, refusedLobby: troubleLobby, refusedSource: troubleSource, refusedVersion: troubleVersion,
	refusedNoRelay: troubleNoRelay, refusedRelayFull: troubleRelayFull, refusedRelaySource: troubleRelaySource,
}
