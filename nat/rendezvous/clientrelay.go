package rendezvous

import "time"

// relayState is one side's view of a relay.
type relayState struct {
	timer
	open    bool
	channel Channel
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
		c.overcome(troubleNoRelay)
	}
}

func (c *Client) advanceRelay(now time.Duration, p *pair) {
	r := &p.relay
	if !r.fire(now) {
		return
	}
	if r.open && now-r.since >= relayLostAfter {
		r.open = false
		c.emit(Event{Kind: RelayClosed, Peer: p.id, Channel: r.channel,
			Text: "The relay does not answer any more: the game goes on if another way is found. Trying on."})
	}
	c.request(message{kind: relay, guest: p.id, flag: c.side})
}

func (c *Client) relayState(now time.Duration, m *message) {
	p := c.pair(m.guest)
	if p == nil || !p.relay.on || m.channel[0] != firstRelayed {
		return
	}
	r := &p.relay
	c.overcome(troubleNoRelay)
	r.answered(now, relayRefresh)
	open := m.flag == channelOpen
	if !open {
		// The other side is told at once when it asks, but that may be lost.
		r.answered(now, time.Second)
	}
	news := open && (!r.open || r.channel != m.channel)
	if r.open && !open {
		c.emit(Event{Kind: RelayClosed, Peer: p.id, Channel: r.channel, Text: "The other side has left the relay."})
	}
	r.open, r.channel = open, m.channel
	if news {
		c.emit(Event{Kind: RelayOpen, Peer: p.id, Channel: m.channel, Rate: int(m.rate)})
	}
}

// relayGone: the server does not know a channel, because it has restarted or we
// come from another port than before.
func (c *Client) relayGone(now time.Duration, ch Channel) bool {
	for _, p := range c.pairs {
		if p.relay.on && p.relay.channel == ch {
			p.relay.hurry(now)
			return true
		}
	}
	return false
}
