package rendezvous

import "time"

// relayState is one side's view of a relay.
type relayState struct {
	timer
	open    bool
	channel Channel // if open
	// A server that has restarted does not know of the other side before it has
	// asked again, and one that is full may have room soon.
	doubtful bool
	doubted  time.Duration // since when
}

// Relay asks for a relay to the other side of a pair; a guest's own is Self. It
// opens once the other side has asked too. It reports whether there is such a
// pair.
func (c *Client) Relay(now time.Duration, peer ID) bool {
	p := c.pair(peer)
	if p == nil || c.closed {
		return false
	}
	if !p.relay.on {
		p.relay.start(now)
	}
	return true
}

// EndRelay stops asking; the server forgets the session 30 s later.
func (c *Client) EndRelay(peer ID) {
	if p := c.pair(peer); p != nil {
		p.relay = relayState{}
		c.relayHelps()
	}
}

func (c *Client) advanceRelay(now time.Duration, p *pair) {
	r := &p.relay
	if !r.fire(now, false) {
		return
	}
	if now-r.since >= relayLostAfter {
		c.closeRelay(p, "The relay does not answer any more: the game goes on if another way is found. Trying on.")
	}
	c.request(message{kind: relay, guest: p.id, flag: c.side})
}

// closeRelay says that an open relay is not open any more.
func (c *Client) closeRelay(p *pair, text string) {
	if r := &p.relay; r.open {
		r.open, r.doubtful = false, false
		c.emit(Event{Kind: RelayClosed, Peer: p.id, Channel: r.channel, Text: text})
	}
}

// doubtRelay: the server says that a relay is not open, which may pass.
func (c *Client) doubtRelay(now time.Duration, p *pair, text string) {
	switch r := &p.relay; {
	case !r.doubtful:
		r.doubtful, r.doubted = r.open, now
	case now-r.doubted >= relayLostAfter:
		c.closeRelay(p, text)
	}
}

func (c *Client) relayState(now time.Duration, m *message) {
	p := c.pair(m.guest)
	if p == nil || !p.relay.on || m.channel[0] != firstRelayed {
		return
	}
	r := &p.relay
	c.relayHelps()
	// The other side is told at once when it asks, but that may be lost.
	r.answered(now, time.Second)
	switch m.flag {
	case channelOpen:
		r.answered(now, relayRefresh)
		news := !r.open || r.channel != m.channel
		r.open, r.channel, r.doubtful = true, m.channel, false
		if news {
			c.emit(Event{Kind: RelayOpen, Peer: p.id, Channel: m.channel, Rate: int(m.rate)})
		}
	case channelLeft:
		c.closeRelay(p, "The other side has left the relay.")
	default:
		c.doubtRelay(now, p, "The other side has not come back to the relay.")
	}
}

// relayRefused: whoever has asked and was not answered is meant.
func (c *Client) relayRefused(now time.Duration, t trouble) {
	for _, p := range c.pairs {
		if p.relay.on && p.relay.tries > 0 {
			p.relay.answered(now, idleRetry)
			c.doubtRelay(now, p, c.sentence(t))
		}
	}
}

// relayHelps ends the troubles of a relay.
func (c *Client) relayHelps() {
	if c.trouble.ofRelay() {
		c.recovered()
	}
}

// relayGone: the server does not know a channel, because it has restarted or we
// come from another port than before.
func (c *Client) relayGone(now time.Duration, ch Channel) bool {
	for _, p := range c.pairs {
		if p.relay.on && p.relay.open && p.relay.channel == ch {
			if !p.relay.doubtful {
				p.relay.hurry(now)
			}
			return true
		}
	}
	return false
}
