package turn

import (
	"net"
	"time"

	"github.com/visavis-netcode/visavis/nat/stun"
)

// How requests are sent again over UDP (RFC 8489 section 6.2.1): after 0.25 s,
// 0.75, 1.75 and so on, at most six times. It is faster than the 0.5 s there, as a
// player waits, and over long before the 39.5 s.
const (
	firstAgain = 250 * time.Millisecond
	lastAgain  = 2 * time.Second
	patience   = 8 * time.Second        // for the answer to a request
	closeLimit = 300 * time.Millisecond // to say goodbye

	maxStale = 3 // times that a request is made anew, since the server wants another nonce
)

// request is a question that the server has not answered yet.
type request struct {
	kind    stun.Type
	release bool  // a refresh that gives the address back
	peer    *peer // of a permission
	way     *way  // of a channel

	raw   []byte
	key   []byte        // that it is proven by, and its answer is to be; nil for none
	stale int           // how often it was made anew
	began time.Time     // when it was first sent
	pause time.Duration // until it is sent again
	due   time.Time     // when
}

// ask sends a request, anew if it has been asked before.
func (c *client) ask(now time.Time, r *request) {
	id := c.newID()
	r.raw, r.key = c.account.sign(r.encode(id)), c.account.key
	if r.began.IsZero() {
		r.began = now
	}
	r.pause, r.due = firstAgain, now.Add(firstAgain)
	if c.stream {
		r.due = r.deadline() // nothing is lost there
	}
	c.pending[id] = r
	c.out = append(c.out, r.raw)
	c.sooner(r.due)
	c.sooner(r.deadline())
}

func (r *request) deadline() time.Time {
	if r.release {
		return r.began.Add(closeLimit)
	}
	return r.began.Add(patience)
}

// retry sends a request again if it is time, or gives it up.
func (c *client) retry(now time.Time, id stun.TxID, r *request) {
	switch {
	case !now.Before(r.deadline()):
		delete(c.pending, id)
		c.unanswered(now, r)
		return
	case !now.Before(r.due):
		c.out = append(c.out, r.raw)
		r.pause = min(2*r.pause, lastAgain)
		r.due = now.Add(r.pause)
	}
	c.sooner(r.due)
	c.sooner(r.deadline())
}

// forget gives up requests whose answers nobody wants any more.
func (c *client) forget(which func(*request) bool) {
	for id, r := range c.pending {
		if which(r) {
			delete(c.pending, id)
		}
	}
}

// answer takes what the server says to a request. What is proven wrongly or makes
// no sense has not come. A refusal need not be proven, as servers that do not know
// us cannot do so: who can forge one can as well keep all packets from us.
func (c *client) answer(now time.Time, m stun.Message) {
	r := c.pending[m.ID()]
	if r == nil {
		return
	}
	switch m.Type() {
	case r.kind | success:
		if r.key != nil && !m.Proven(r.key) {
			return
		}
		c.heard = now
		delete(c.pending, m.ID())
		c.granted(now, r, m)
	case r.kind | failure:
		number, ok := m.ErrorCode()
		if !ok {
			return
		}
		c.heard = now
		delete(c.pending, m.ID())
		code := answerError(number)
		again := code == codeStale || code == codeUnauthorized && r.key == nil
		if again && r.stale < maxStale && c.account.learn(m) {
			r.stale++
			c.ask(now, r)
			return
		}
		c.refused(now, r, code)
	}
}

// granted is a success.
func (c *client) granted(now time.Time, r *request, m stun.Message) {
	switch r.kind {
	case allocateRequest:
		c.allocated(now, m)
	case refreshRequest:
		if r.release {
			c.end(net.ErrClosed)
			return
		}
		c.asking = false
		c.extend(now, readLifetime(m), errGone)
	case permissionRequest:
		p := r.peer
		p.asking, p.granted, p.again = false, true, now.Add(renewEvery)
		for _, w := range p.waiting[:min(len(p.waiting), max(0, maxQueued-len(c.out)))] {
			c.carry(now, w.b, w.to)
		}
		p.waiting = nil
		c.sooner(p.again)
	case channelRequest:
		r.way.bind(now)
	}
}

// allocated takes the address that we are given.
func (c *client) allocated(now time.Time, m stun.Message) {
	addr, ok := m.XORAddress(attrRelayed)
	if ip := addr.Addr(); !ok || ip.IsUnspecified() || ip.IsMulticast() || ip.IsLinkLocalUnicast() || addr.Port() == 0 {
		c.end(errNoAddress)
		return
	}
	c.extend(now, readLifetime(m), errShort)
	if c.err == nil {
		c.addr = addr
		c.sooner(now) // for the peers
	}
}

// extend notes for how long the address is ours.
func (c *client) extend(now time.Time, lifetime time.Duration, short error) {
	if lifetime < minLifetime {
		c.end(short)
		return
	}
	c.expires = now.Add(lifetime)
	c.refresh = now.Add(min(askEvery, lifetime/2))
	c.sooner(c.refresh)
}

// refused is an error code.
func (c *client) refused(now time.Time, r *request, code answerError) {
	switch {
	case r.release:
		c.end(net.ErrClosed)
	case r.kind == allocateRequest:
		c.end(code)
	case r.kind == channelRequest && code != codeMismatch:
		r.way.refuse(now)
	case r.kind == permissionRequest && code.ofPeer():
		p := r.peer
		p.asking, p.granted, p.again, p.waiting = false, false, now.Add(refusedFor), nil
		c.sooner(p.again)
	default:
		c.end(errGone)
	}
}

// ofPeer reports whether a refusal is about the peer and not about us.
func (e answerError) ofPeer() bool {
	switch e {
	case codeForbidden, codeFamilyMismatch, codeFamilyUnsupported, codeNoCapacity:
		return true
	}
	return false
}

// unanswered is a request that the server let pass. It is alive if it has said
// anything else meanwhile.
func (c *client) unanswered(now time.Time, r *request) {
	switch {
	case r.release:
		c.end(net.ErrClosed)
	case r.kind == allocateRequest, c.heard.Before(r.began):
		c.end(errSilent)
	case r.kind == refreshRequest:
		c.asking, c.refresh = false, now // by keep, which comes next
	case r.kind == permissionRequest:
		r.peer.asking, r.peer.again = false, now
		c.sooner(now)
	case r.kind == channelRequest:
		r.way.refuse(now)
	}
}
