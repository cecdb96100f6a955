package memlink

import (
	"fmt"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
)

const (
	dialTimeout      = 3 * time.Second  // how long a dialler waits for an answer
	handshakeTimeout = 10 * time.Second // how long a listener remembers a dialler that does not finish
)

// greet makes the listening half for a hello and answers. Where nobody listens
// the hello is repeated until the dial gives up: somebody may bind the address
// in the meantime.
func (n *Network) greet(p *packet) {
	dialler := p.from
	e := n.listener(dialler.remote)
	if e == nil {
		if dialler.state == link.Connecting {
			dialler.pending = slices.Insert(dialler.pending, 0, p)
			dialler.retryLater()
			return
		}
		n.release(p)
		return
	}
	n.release(p)
	out := n.Path(e.index, dialler.endpoint.index)
	h := newHalf(e, dialler.endpoint.addr, out, dialler.secret)
	h.far, dialler.far, h.source = dialler, h, dialler.source
	e.links = append(e.links, h)
	h.stranger = e.crowd.Enter(h.source, h.sendAway)
	n.due.pushAside(n.now+handshakeTimeout, n.take(h, forgetful))
	h.enqueue(n.take(h, answer))
}

// answered opens the dialling half, unless somebody else has answered than the
// pin says. The last part of the handshake goes before all messages.
func (h *half) answered() {
	if h.state != link.Connecting {
		return
	}
	key := h.far.endpoint.key
	if h.pin != nil && *h.pin != key {
		h.Close(link.CodeRefused, fmt.Sprintf(
			"somebody else answered at %v: expected the key %s, met %s; ask for the address again",
			h.remote, h.pin.Fingerprint(), key.Fingerprint()))
		return
	}
	n := h.endpoint.network
	h.open()
	h.pending = slices.Insert(h.pending, 0, n.take(h, finish))
	h.pump()
	h.feed.pump()
	if p := h.mailbox; p != nil {
		h.mailbox = nil
		h.transmit(p)
	}
}

// finished opens the listening half and shows it to the owner, or turns it away.
func (h *half) finished() {
	if h.state != link.Connecting {
		return
	}
	h.open()
	e := h.endpoint
	if e.away != nil {
		h.Close(e.away())
		return
	}
	if len(e.accepted) >= source.MaxStrangers { // so many are never alive
		e.accepted = slices.DeleteFunc(e.accepted, func(h *half) bool { return h.state == link.Closed })
	}
	e.accepted = append(e.accepted, h)
}

func (h *half) open() {
	h.state = link.Open
	h.peer = h.far.endpoint.key
	h.binding = h.secret
}

// sendAway closes a stranger's half, which the owner may have or not, to make room
// for another.
func (h *half) sendAway() {
	e := h.endpoint
	if i := slices.Index(e.accepted, h); i >= 0 {
		e.accepted = slices.Delete(e.accepted, i, i+1)
	}
	h.Close(link.CodeBusy, "too many players are knocking at this lobby just now: try again in a moment")
}

// Known implements link.Link.
func (h *half) Known() bool {
	if h.stranger != nil && !h.known {
		h.known = h.stranger.Leave()
	}
	return h.stranger == nil || h.known
}

// giveUp ends a dial that nobody has answered.
func (h *half) giveUp() {
	if h.state == link.Connecting {
		h.fail(link.CodeLost, fmt.Sprintf("nobody answered at %v: is the address right and the port open?", h.remote))
	}
}

// forget ends a handshake that the dialler never finished. The owner has not
// seen it.
func (h *half) forget() {
	if h.state == link.Connecting {
		h.fail(link.CodeLost, fmt.Sprintf("%v did not finish the handshake", h.remote))
	}
}
