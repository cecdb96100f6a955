package netcode

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/agreement"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// presence is who is in a match, and how they are reached: what package membership has them
// agree on, the streams of their records, and the links. Owner: the play.
type presence struct {
	room    *venue
	match   uint32
	hides   time.Duration // round trips that the window hides
	timeout time.Duration // after which who is silent is lost

	member    *membership.Peer          // who is in the match, and what they have pressed
	view      uint32                    // the newest that was looked at
	streams   [wire.MaxMachines]*stream // each machine's newest
	cast      []*stream                 // those that still have a part in frames to be confirmed
	own       *stream                   // of this machine, nil while it is on its way into the match
	peers     []*peer                   // all other machines that have been in it
	byID      [wire.MaxMachines]*peer
	membersAt time.Duration // when package membership's time-outs were looked at,
	stirred   bool          // and that something has happened since
}

// peer is another machine in the match. Owner: presence; what others measure of it is theirs.
type peer struct {
	machine uint8
	name    string
	conn    *mesh.Conn
	stream  *stream
	index   int // in TimeSync

	margins   marginBounds
	near      wire.Near // what was last heard: short numbers refer to it
	flight    flight    // of the own stream
	confirmed int32
	heard     time.Duration // newest datagram
	heardAny  bool
	readyAt   time.Duration     // its first tick in the match, by this machine's clock
	sent      uint32            // datagrams, for the gossip's turn
	lost      *link.CloseError  // why there is no link to it, nil while there is one
	unmet     bool              // there has never been one
	out       membership.Reason // why it is in the match no more, NoReason while it is
	why       error             // and that for players
	replaced  bool              // another process speaks for it since
	parts     partedMessage     // about the members, of it
	traffic   peerTraffic
	seals     []wire.Seal // that wait for its datagrams, oldest first
	bears     uint8       // how deep a rollback it has time for, as it says itself
	slow      slowness
}

// newPresence is who is in a match, by its number, before anybody is.
func newPresence(room *venue, t *terms, match uint32) presence {
	return presence{room: room, match: match, hides: time.Duration(t.windowFrames-4) * t.tick(), timeout: t.timeout()}
}

// meet makes the acquaintance of a stream that is in the match.
func (p *presence) meet(id records.StreamID) *stream {
	s := newStream(p.member.Records().Stream(id))
	p.streams[id.Machine] = s
	p.cast = append(p.cast, s)
	return s
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

// isMember reports whether a peer is in the match, as far as this machine knows.
func (p *presence) isMember(q *peer) bool {
	return q.out == membership.NoReason && p.member.View().Machines().Has(q.machine)
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

// advance lets package membership do what is due.
func (p *presence) advance(now time.Duration) {
	rtt := p.farthest()
	p.member.SetRTT(rtt)
	p.member.SetPatience(p.patience(rtt))
	p.member.SetHost(p.room.host())
	p.member.Advance(now)
}

// patience is how long a frame is waited for as a matter of course: not at all where the
// window hides the way of a record and back, rtt to the farthest.
func (p *presence) patience(rtt time.Duration) time.Duration {
	if rtt <= p.hides {
		return 0
	}
	return 3*rtt + 250*time.Millisecond
}

// sayOutbox says it over the reliable streams, with the seals that no datagram is to take.
func (p *presence) sayOutbox() {
	for _, e := range p.member.Outbox() {
		for _, m := range parted(p.match, e.Message) {
			for machine := range e.To.All {
				if q := p.byID[machine]; q != nil && q.lost == nil {
					q.conn.Send(m)
				}
			}
		}
	}
}

// closed notes that the others have agreed to go on without a stream.
func (p *presence) closed(id records.StreamID, why membership.Reason) {
	if s := p.streams[id.Machine]; s != nil && s.ID() == id {
		s.closed = why
	}
}

// departed notes that somebody is in the match no more: frame f is the first without him.
// It returns his machine, nil if it is this one, or has come back since.
func (p *presence) departed(s *stream, f rollback.Frame, players []string) *peer {
	q := p.byID[s.ID().Machine]
	if q == nil {
		return nil
	}
	if q.stream != s { // it has come back before it was known to be gone
		p.room.events.happened(Event{Kind: EventAbsent, Machine: int(q.machine), Name: q.name, Frame: f, Err: &LeftError{Name: q.name}})
		return nil
	}
	q.out = s.closed
	if q.out == membership.NoReason {
		q.out = membership.ByLeaving // it has said so, and nobody has had to agree on it yet
	}
	q.why = p.whyGone(q, players)
	if q.out == membership.BySilence && q.lost == nil {
		q.conn.Link.Close(link.CodeLost, mesh.NothingHeard(p.room.now()-q.heard)) // it may not know
	}
	p.room.events.happened(Event{Kind: EventAbsent, Machine: int(q.machine), Name: q.name, Frame: f, Err: q.why})
	p.room.absent(q.machine, q.lost)
	return q
}

// whyGone says for players why somebody is in the match no more. players are those of all
// seats, by name.
func (p *presence) whyGone(q *peer, players []string) error {
	switch {
	case q.lost != nil && q.lost.Code == link.CodeCrashed && q.lost.Remote:
		return crashOf(q, q.lost.Reason, players)
	case q.out == membership.ByLying:
		return &EquivocatedError{Name: q.name}
	case q.replaced:
		return p.room.vigil.lost(q.name, q.heard, nil)
	case q.out == membership.ByLeaving, q.out == membership.ByKick, q.leftOfItself(), q.out == membership.ByClosing && q.lost == nil:
		return &LeftError{Name: q.name}
	}
	return p.room.vigil.lost(q.name, q.heard, q.lost)
}

// excluded says why this machine's part is over, the others having agreed to go on without
// it. astray: its world is another one.
func (p *presence) excluded(reason membership.Reason, astray bool) error {
	if still := p.room.vigil.stoodStill(p.room.now()); still > 0 && reason != membership.ByKick {
		return &LostError{Name: p.others(), StoodStillMs: int(still / time.Millisecond)}
	}
	if astray {
		return &ExcludedError{Astray: true}
	}
	return &ExcludedError{Stalled: reason == membership.ByStalling, Kicked: reason == membership.ByKick, Lied: reason == membership.ByLying}
}

// stranded says why this machine's part is over, too many of the others being out of reach
// for anything to be agreed on. players are those of all seats, by name.
func (p *presence) stranded(now time.Duration, reason membership.Reason, players []string) error {
	var gone *peer
	for _, q := range p.peers {
		if q.out != membership.NoReason {
			continue
		}
		if gone == nil || q.heard < gone.heard {
			gone = q
		}
		if q.lost == nil && now-q.heard >= p.timeout {
			q.conn.Link.Close(link.CodeLost, mesh.NothingHeard(now-q.heard)) // it may not know
		}
	}
	if c := p.member.Conflict(); reason == membership.ByConflict && c != nil {
		p.sendAll(&wire.Finding{Match: p.match, Machine: p.room.me, Frame: int32(max(c.Frame, 0))})
		return &ExcludedError{Conflict: c.What}
	}
	if gone == nil {
		return nil
	}
	return p.whyGone(gone, players)
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

// logID tells the match from all others, alike on all machines.
func (p *presence) logID() [32]byte { return matchID(p.room.id, p.match) }

// lastWord is why a member's link is over, if it is.
func (p *presence) lastWord(machine uint8) *link.CloseError {
	if q := p.byID[machine]; q != nil {
		return q.lost
	}
	return nil
}

// knowsMembers reports whether the records of all are known whom the view says to be in
// the match, this machine's own among them if it is let in.
func (p *presence) knowsMembers() bool {
	view := p.member.View()
	for _, id := range view.Members {
		if s := p.streams[id.Machine]; s == nil || s.ID() != id {
			return false
		}
	}
	status, _ := p.member.Status()
	id, in := view.Stream(p.room.me)
	return status != membership.Member || in && id.Born == view.Number
}

// joining reports whether this machine is still on its way into the match.
func (p *presence) joining() bool {
	status, _ := p.member.Status()
	return status == membership.Joining && !p.member.Dead()
}

// state is who is there, as far as a jury must know it.
func (p *presence) state(now time.Duration) agreement.State {
	s := agreement.State{Now: now, View: p.view, InView: p.member.View().Machines(), Liars: p.member.Liars(), RTT: p.farthest()}
	for _, q := range p.peers {
		one := membership.One(q.machine)
		if p.isMember(q) {
			s.Members |= one
		}
		if q.lost == nil {
			s.Linked |= one
		}
		if p.mayStillMeet(q, now) {
			s.Unmet |= one
		}
		if q.leftOfItself() {
			s.Left |= one
		}
	}
	return s
}

// founding is who begins the match that start describes.
func founding(room *venue, start *wire.Start) *membership.Value {
	var machines membership.Machines
	match := sha256.New()
	match.Write(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(nil, room.id), start.Match))
	for _, s := range start.Machines {
		machines |= membership.One(s.Machine)
		match.Write(room.members[s.Machine].Key[:])
	}
	return membership.Founding([32]byte(match.Sum(nil)), machines)
}
