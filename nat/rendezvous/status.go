package rendezvous

import "fmt"

// Status is a sentence for the player: how far the meeting is, or what is in
// the way.
func (c *Client) Status() string {
	switch {
	case c.turned != "":
		return c.turned
	case c.trouble != noTrouble:
		return c.sentence(c.trouble)
	case c.side == sideHost && !c.settled, c.side == sideGuest && c.session == [16]byte{}:
		return fmt.Sprintf("Asking the rendezvous server at %v.", c.config.Server)
	case c.side == sideHost:
		return "The code works: waiting for guests."
	case c.settled:
		return "The host has answered."
	}
	return "The host was found: waiting for its answer."
}

func (c *Client) sentence(t trouble) string {
	switch t {
	case troubleSilent:
		return fmt.Sprintf("The rendezvous server at %v does not answer: it may be down, or UDP is blocked here. Trying on.", c.config.Server)
	case troubleNobody:
		return "Nobody hosts with this code just now: compare it with the host's, and ask whether the game is still open."
	case troubleTaken:
		return "Another computer is hosting with this code, which leads here when that one is silent. Or make a new code."
	case troubleFull:
		return "The rendezvous server is full: try again in a while, or use another one."
	case troubleLobby:
		return "Too many players are asking for this game at the same time: try again in a moment."
	case troubleSource:
		return "Too many players use the rendezvous server from this network's address: whoever runs the server can raise the limit for a hall."
	case troubleHostFull:
		return "Nobody hosts with this code just now, and the rendezvous server is full: it may have had no room for the host's game."
	case troubleYoung:
		return "Nobody hosts with this code just now, but the rendezvous server has only just been started: the host may come again in a moment."
	case troubleNoRelay:
		return "The rendezvous server does not relay: a direct connection is the only way. Trying on."
	case troubleRelayFull:
		return "The rendezvous server is full and relays no more just now: a direct connection is the only way. Trying on."
	case troubleRelaySource:
		return "Too many players use the rendezvous server's relay from this network's address: a direct connection is the only way, unless whoever runs the server raises the limit for a hall. Trying on."
	case troubleVersion:
		return "The rendezvous server is of another version: bring the game and the server up to date."
	case troubleSeal:
		return "The rendezvous server passes on messages that were not made with this code: it may be meddling. They are ignored."
	}
	return ""
}

// troubled tells the player of a new trouble, once.
func (c *Client) troubled(t trouble) {
	if c.trouble == t {
		return
	}
	c.trouble = t
	c.emit(Event{Kind: Problem, Text: c.sentence(t)})
}

// overcome ends one trouble.
func (c *Client) overcome(t trouble) {
	if c.trouble == t {
		c.recovered()
	}
}

// progress ends whatever troubles the meeting: the server does its part.
func (c *Client) progress() {
	if c.trouble != noTrouble && c.trouble != troubleSeal && !c.trouble.ofRelay() {
		c.recovered()
	}
}

func (c *Client) recovered() {
	c.trouble = noTrouble
	c.emit(Event{Kind: Recovered})
}
