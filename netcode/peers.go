package netcode

import (
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// peer is another machine that is, or was, in the match. Owner: presence, but for what others
// measure of it.
type peer struct {
	machine  uint8
	name     string
	conn     *mesh.Conn
	stream   *stream
	index    int               // in TimeSync
	lost     *link.CloseError  // why there is no link to it, nil while there is one
	unmet    bool              // there has never been one
	out      membership.Reason // why it is in the match no more, NoReason while it is
	why      error             // and that for players
	replaced bool              // another process speaks for it since

	parts partedMessage // about the members, of it

	// The receiver's:
	near      wire.Near     // what was last heard: short numbers refer to it
	heard     time.Duration // newest datagram
	heardAny  bool
	confirmed int32

	// The pace's:
	readyAt time.Duration // its first tick in the match, by this machine's clock
	margins marginBounds
	bears   uint8 // how deep a rollback it has time for, as it says itself
	slow    slowness

	// The sender's:
	sent   uint32 // datagrams, for the gossip's turn
	flight flight // of the own stream

	answeredAt time.Duration // when it was last told what is held here: the accord's

	seals   []wire.Seal // that wait for its datagrams, oldest first: the signing's
	traffic peerTraffic // what all of them count
}

// greet makes the machine of a stream a peer, or one that has come back a new one. It
// has all of this machine's records through a frame.
func (p *presence) greet(s *stream, through rollback.Frame) {
	machine := s.ID().Machine
	q := p.byID[machine]
	if q == nil {
		q = &peer{index: int(machine)}
		p.peers = append(p.peers, q)
		p.byID[machine] = q
	}
	name, c := p.room.whoIs(machine)
	*q = peer{
		machine: machine, name: name, conn: c, stream: s, index: q.index,
		flight: flight{acked: int32(through)}, confirmed: int32(through), heard: p.room.now(),
		near: wire.Near{View: s.ID().Born, Born: s.ID().Born, Held: int32(through)}, bears: wire.BearsAny,
	}
	if q.conn.Link.State() == link.Closed {
		q.lost, q.unmet = q.conn.Link.Err(), p.room.mesh.Latest(machine) == nil
	}
	p.member.Linked(machine, true)
}

// gone reports whether nothing more is to be waited for from a peer: it is in the match no
// more, or there is no link to it.
func (p *presence) gone(q *peer) bool {
	return q.lost != nil || !p.isMember(q)
}

// mayStillMeet reports whether this machine has come in so late that its first link to a peer
// is still being made: without his word it would not know that the match agrees.
func (p *presence) mayStillMeet(q *peer, now time.Duration) bool {
	return p.own.From() > 0 && q.unmet && p.isMember(q) && now-q.heard < minFinishTimeout
}

// leftOfItself reports whether a peer has said goodbye, or was asked to go.
func (q *peer) leftOfItself() bool {
	if q.out == membership.ByLeaving || q.out == membership.ByKick {
		return true
	}
	return q.lost != nil && (q.lost.Code == link.CodeLeft || q.lost.Code == link.CodeKicked || q.lost.Code == link.CodeCrashed)
}

// sendAll says something to all whom there is a link to.
func (p *presence) sendAll(m wire.Message) {
	for _, q := range p.peers {
		if q.lost == nil {
			q.conn.Send(m)
		}
	}
}

// farthest is the longest round trip to anybody.
func (p *presence) farthest() (rtt time.Duration) {
	for _, q := range p.peers {
		if q.lost == nil && q.out == membership.NoReason {
			rtt = max(rtt, q.conn.Link.Stats().RTT)
		}
	}
	return rtt
}

// others are the other players who are in the match, by name.
func (p *presence) others() string {
	var names []string
	for _, q := range p.peers {
		if q.out == membership.NoReason {
			names = append(names, q.name)
		}
	}
	return strings.Join(names, " and ")
}

// lostLink: the link to a peer is over. That alone puts nobody out of the match: others
// may reach him. But one whose process has closed it will not be back.
//
// It reports whether that is the match's affair: he is in it.
func (p *presence) lostLink(machine uint8, why *link.CloseError) bool {
	q := p.byID[machine]
	if q == nil {
		return false
	}
	q.lost, p.stirred = why, true
	p.member.Linked(machine, false)
	switch {
	case !why.Remote && why.Code == link.CodeKicked:
		p.member.Kick(p.room.now(), machine)
	case why.Remote:
		p.member.Closed(machine)
	}
	return q.out == membership.NoReason
}

// replaced: another process speaks for a machine, so the one that was in the match is no
// more.
func (p *presence) replaced(machine uint8) {
	if q := p.byID[machine]; q != nil {
		q.replaced = true
		p.lostLink(machine, &link.CloseError{Code: link.CodeDone, Remote: true, Reason: "another process speaks for him"})
	}
}

// linkedAnew makes c the link to a machine: it has opened several and chosen this one. It returns
// that machine if it is in the match.
func (p *presence) linkedAnew(machine uint8, c *mesh.Conn) *peer {
	q := p.byID[machine]
	if q == nil || q.out != membership.NoReason {
		return nil
	}
	q.conn, q.lost, q.unmet = c, nil, false
	p.member.Linked(machine, false)
	p.member.Linked(machine, true)
	return q
}

// lastWord is why a member's link is over, if it is.
func (p *presence) lastWord(machine uint8) *link.CloseError {
	if q := p.byID[machine]; q != nil {
		return q.lost
	}
	return nil
}
