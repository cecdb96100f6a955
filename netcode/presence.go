package netcode

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
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
	untold    []departure               // of those who are gone, and it is not known why
	own       *stream                   // of this machine, nil while it is on its way into the match
	peers     []*peer                   // all other machines that have been in it
	byID      [wire.MaxMachines]*peer
	membersAt time.Duration // when package membership's time-outs were looked at,
	stirred   bool          // and that something has happened since
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

// isMember reports whether a peer is in the match, as far as this machine knows.
func (p *presence) isMember(q *peer) bool {
	return q.out == membership.NoReason && p.member.View().Machines().Has(q.machine)
}

// membersEvery is how often the time-outs of package membership are looked at.
const membersEvery = 100 * time.Millisecond

// due reports whether package membership may have something to do.
func (p *presence) due(now time.Duration) bool { return p.stirred || now-p.membersAt >= membersEvery }

// advance lets package membership do what is due.
func (p *presence) advance(now time.Duration) {
	p.membersAt, p.stirred = now, false
	rtt := p.farthest()
	p.member.SetRTT(rtt)
	p.member.SetPatience(p.patience(rtt))
	p.member.SetHost(p.room.host())
	p.member.Advance(now)
}

// takeWord takes what a machine says of who is in the match.
func (p *presence) takeWord(now time.Duration, machine uint8, said membership.Message) {
	p.stirred = true
	p.member.Take(now, machine, said)
}

// done takes what was signed, or looked at.
func (p *presence) done(now time.Duration, chore *membership.Chore) {
	p.stirred = p.member.Done(now, chore) || p.stirred
}

// showSeals has the members show each other by what seals they go.
func (p *presence) showSeals() {
	p.member.Compare()
	p.stirred = true
}

// expel has the others asked to go on without a machine, for what this one has seen of it.
func (p *presence) expel(machine uint8) { p.member.Expel(machine) }

// standDown tells the others that this machine was told another match than they.
func (p *presence) standDown(f rollback.Frame) {
	p.sendAll(&wire.Finding{Match: p.match, Machine: p.room.me, Frame: int32(max(f, 0))})
}

// standsDown notes that a machine says of itself that it has no part in the match any more.
func (p *presence) standsDown(machine uint8) {
	p.member.Closed(machine)
	p.stirred = true
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

// see notes what the oldest view has closed that was not looked at, and reports whether
// somebody is out who has lied.
func (p *presence) see(v *membership.Value) (lied bool) {
	for _, c := range v.Cuts {
		if s := p.streams[c.Stream.Machine]; s != nil && s.ID() == c.Stream {
			s.closed = c.Reason
		}
		lied = lied || c.Reason == membership.ByLying || p.member.Liars().Has(c.Stream.Machine)
	}
	return lied
}

// seen notes that all was done that follows from a view.
func (p *presence) seen(v *membership.Value) { p.view = v.Number }

// dismiss takes leave of those who have no part in a frame, and in those after it, and returns
// the machines among them that are not heard of any more. players are those of all seats, by
// name.
func (p *presence) dismiss(f rollback.Frame, players []string) (gone []*peer) {
	p.tellDeparted(players, false)
	for i := 0; i < len(p.cast); i++ {
		if s := p.cast[i]; f > s.End() {
			if q := p.departed(s, f, players); q != nil {
				gone = append(gone, q)
			}
			p.cast = append(p.cast[:i], p.cast[i+1:]...)
			i--
		}
	}
	return gone
}

// departed notes that somebody is in the match no more: frame f is the first without him.
// It returns his machine, nil if it is this one, or has come back since.
func (p *presence) departed(s *stream, f rollback.Frame, players []string) *peer {
	q := p.byID[s.ID().Machine]
	if q == nil {
		return nil
	}
	if q.stream != s { // it has come back before it was known to be gone
		p.room.events.happened(Event{Kind: EventAbsent, Machine: int(q.machine), Name: q.name, Frame: f, Err: &LeftError{Name: q.name, MayReturn: s.closed == membership.ByClosing}})
		return nil
	}
	q.out = s.closed
	if q.out == membership.NoReason {
		q.out = membership.ByLeaving // it has said so, and nobody has had to agree on it yet
	}
	q.why = p.whyGone(q, players)
	silent := p.room.now() - q.heard
	if q.out == membership.BySilence && q.lost == nil && silent >= p.timeout {
		q.conn.Link.Close(link.CodeLost, mesh.NothingHeard(silent)) // it may not know
	}
	p.untold = append(p.untold, departure{s, f})
	p.tellDeparted(players, false)
	p.room.absent(q.machine, q.lost, q.out == membership.BySilence)
	return q
}

// departure is that of a stream's machine: frame at is the first without it.
type departure struct {
	stream *stream
	at     rollback.Frame
}

// tellDeparted tells the player who is in the match no more as soon as it is known why, or
// the match is over.
func (p *presence) tellDeparted(players []string, over bool) {
	p.untold = slices.DeleteFunc(p.untold, func(d departure) bool {
		q := p.byID[d.stream.ID().Machine]
		if known := p.knowsWhy(d.stream); !known && !over {
			return false
		} else if known && q.stream == d.stream && q.out == membership.ByLeaving {
			q.out = cmp.Or(d.stream.closed, membership.ByLeaving)
			q.why = p.whyGone(q, players)
		}
		p.room.events.happened(Event{Kind: EventAbsent, Machine: int(q.machine), Name: q.name, Frame: d.at, Err: q.why})
		return true
	})
}

// knowsWhy reports whether it is known here, or agreed on, why a stream has ended: the last
// record may come before its author's goodbye.
func (p *presence) knowsWhy(s *stream) bool {
	id, in := p.member.View().Stream(s.ID().Machine)
	in = in && id == s.ID()
	if in && s.closed == membership.NoReason {
		s.closed = p.member.Goodbye(id.Machine)
	}
	return !in || s.closed != membership.NoReason
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
	case q.out == membership.ByLeaving, q.out == membership.ByKick, q.leftOfItself():
		return &LeftError{Name: q.name}
	case q.out == membership.ByClosing && q.lost == nil:
		return &LeftError{Name: q.name, MayReturn: true}
	}
	return p.room.vigil.lost(q.name, q.heard, q.lost)
}

// givenUp reports whether the others have agreed to go on without this machine, having heard
// nothing of it for a while.
func (p *presence) givenUp() bool {
	status, reason := p.member.Status()
	return status == membership.Out && reason == membership.BySilence
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
	if reason == membership.ByClosing { // of one who is heard
		return &ExcludedError{Conflict: "most of the others have another match"}
	}
	return &ExcludedError{Stalled: reason == membership.ByStalling, Kicked: reason == membership.ByKick, Lied: reason == membership.ByLying}
}

// stranded says why this machine's part is over, too many of the others being out of reach
// for anything to be agreed on. players are those of all seats, by name.
func (p *presence) stranded(now time.Duration, players []string) error {
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
	if gone == nil {
		return nil
	}
	return p.whyGone(gone, players)
}

// logID tells the match from all others, alike on all machines.
func (p *presence) logID() [32]byte { return matchID(p.room.id, p.match) }

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
