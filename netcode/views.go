package netcode

import (
	"crypto/sha256"
	"encoding/binary"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// minorityTime is how long those who have lost the majority wait for it at least: longer if
// a peer may be silent for longer.
const minorityTime = 15 * time.Second

// leadFrames is how far beyond what is confirmed a machine's records may be.
func (t *terms) leadFrames() int { return max(t.windowFrames, 1) + rollback.MaxDelayFrames }

// limitTime is how long confirming may go on while the members agree on who is in the
// match: longer than an agreement takes. lagTime is how far behind the others a newcomer
// may be when it is let in: further than what comes over a slow way lags behind.
const (
	limitTime = 2 * time.Second
	lagTime   = time.Second
)

// recordsConfig is what all members of a match agree on about records.
func (t *terms) recordsConfig() records.Config {
	frames := func(d time.Duration) int { return int(d * time.Duration(t.tickRate) / time.Second) }
	return records.Config{LeadFrames: t.leadFrames(), LimitFrames: frames(limitTime), LagFrames: frames(lagTime)}
}

// found is this machine's part in a match that begins.
func (p *play) found(start *wire.Start) *membership.Peer {
	var machines membership.Machines
	match := sha256.New()
	match.Write(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(nil, p.room.id), start.Match))
	for _, s := range start.Machines {
		machines |= membership.One(s.Machine)
		match.Write(p.room.members[s.Machine].Key[:])
	}
	return membership.New(p.membersConfig(start.Seed), membership.Founding([32]byte(match.Sum(nil)), machines), p.room.me)
}

// membersConfig is what all members of a match agree on about who is in it.
func (p *play) membersConfig(seed uint64) membership.Config {
	config := membership.Config{
		Records: p.terms.recordsConfig(), Tick: p.tick, Seed: seed,
		SilentAfter: p.terms.timeout(), MinorityAfter: max(p.terms.timeout(), minorityTime),
		Keys: p.signing.keys, Deferred: true, HostKicks: true,
	}
	if p.terms.absent == AbsentEnds {
		config.MinorityAfter = p.tick // the match is over anyway
	}
	return config
}

// membersEvery is how often the time-outs of package membership are looked at.
const membersEvery = 100 * time.Millisecond

// stepMembers lets package membership do what is due, and notes who is in the match
// since.
func (p *play) stepMembers(now time.Duration) {
	if p.phase == waitingToStart || now-p.membersAt < membersEvery && !p.stirred && !p.unsettled {
		return
	}
	p.membersAt, p.stirred = now, false
	rtt := p.farthest()
	p.member.SetRTT(rtt)
	p.member.SetPatience(p.patience(rtt))
	p.member.SetHost(p.room.host())
	p.member.Advance(now)
	p.followViews(now)
	p.sayMembers()
}

// patience is how long a frame is waited for as a matter of course: not at all where the
// window hides the way of a record and back, rtt to the farthest.
func (p *play) patience(rtt time.Duration) time.Duration {
	if time.Duration(p.terms.windowFrames)*p.tick >= rtt+4*p.tick {
		return 0
	}
	return 3*rtt + 250*time.Millisecond
}

// farthest is the longest round trip to anybody.
func (p *play) farthest() (rtt time.Duration) {
	for _, q := range p.peers {
		if q.lost == nil && q.out == membership.NoReason {
			rtt = max(rtt, q.conn.Link.Stats().RTT)
		}
	}
	return rtt
}

// sayMembers sends what package membership has to say.
func (p *play) sayMembers() {
	p.handSeals()
	p.sayOutbox()
}

// sayOutbox says it over the reliable streams, with the seals that no datagram is to take.
func (p *play) sayOutbox() {
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

// parted is a message of package membership in as many parts as it takes.
func parted(match uint32, message membership.Message) (parts []*wire.Members) {
	said := membership.AppendMessage(nil, message)
	for len(said) > 0 {
		part := said[:min(len(said), wire.MaxMembersBytes)]
		said = said[len(part):]
		parts = append(parts, &wire.Members{Match: match, More: len(said) > 0, Bytes: part})
	}
	return parts
}

// maxMembersMessage is how long a message in parts may be: all that many may lack of the
// records of as many who are gone.
const maxMembersMessage = 1 << 20

// membersCame takes what the package membership of a peer says, or of one who wants to
// become one.
func (p *play) membersCame(q *peer, machine uint8, m *wire.Members) {
	if m.Match != p.match {
		return
	}
	if d := p.donor.to(machine); d != nil && !d.admitted {
		p.membersMessage(&d.said, d.conn, machine, m)
	} else if q != nil {
		p.membersMessage(&q.parts, q.conn, machine, m)
	}
}

// membersMessage takes a part of such a message, behind those before it.
func (p *play) membersMessage(parts *[]byte, c *mesh.Conn, machine uint8, m *wire.Members) {
	if len(*parts)+len(m.Bytes) > maxMembersMessage {
		c.Link.Close(link.CodeProtocol, "a message about the members that is too long")
		return
	}
	*parts = append(*parts, m.Bytes...)
	if m.More {
		return
	}
	said, err := membership.ParseMessage(*parts)
	*parts = (*parts)[:0]
	if err != nil {
		c.Link.Close(link.CodeProtocol, "a message about the members that makes no sense")
		return
	}
	ready, newcomer := said.(*membership.JoinReady)
	if p.phase == finished || newcomer && !p.maySayReady(machine, &ready.Join) || !newcomer && p.byID[machine] == nil {
		return
	}
	now := p.room.now()
	p.stirred = true
	p.member.Take(now, machine, said)
	p.followViews(now)
	p.sayMembers()
}

// maySayReady reports whether a machine may say that a newcomer is ready to be let in: of
// itself, while it is fed for just that, and a member of others who may come.
func (p *play) maySayReady(machine uint8, j *membership.Join) bool {
	if j.Machine == machine {
		d := p.donor.to(machine)
		return d != nil && d.attempt == j.Attempt
	}
	q := p.byID[machine]
	return q != nil && p.isMember(q) && p.mayComeLate(j.Machine)
}

// followViews notes who the others have agreed to go on without, and what has become of
// this machine's own part.
func (p *play) followViews(now time.Duration) {
	if n := p.member.View().Number; n != p.view {
		p.takeViews()
		p.feedAll()
		p.compareWaiting()
	}
	switch status, reason := p.member.Status(); {
	case p.phase >= finishing:
	case status == membership.Out:
		p.excluded(reason)
	case status == membership.Stopped:
		p.stranded(now, reason)
	}
}

// takeViews notes what the newest views have changed: which streams are closed, and which
// are new.
func (p *play) takeViews() {
	for _, v := range p.member.ViewsAfter(p.view) {
		for _, c := range v.Cuts {
			if s := p.streams[c.Stream.Machine]; s != nil && s.ID() == c.Stream {
				s.closed = c.Reason
			}
			if c.Reason == membership.ByLying {
				p.jury.LiarOut(p.room.now())
			}
		}
		for _, id := range v.Members {
			if id.Born == v.Number && p.member.Records().Knows(id) {
				p.admitted(v, p.meet(id))
			}
		}
		p.donor.giveView(v)
		p.view, p.backlog = v.Number, true
	}
}

// admitted makes a newcomer a peer.
func (p *play) admitted(v *membership.Value, s *stream) {
	if p.phase == following || s.ID().Machine == p.room.me {
		return
	}
	for _, j := range v.Joins {
		if j.Machine == s.ID().Machine {
			p.meetPeer(s, j.Through)
			p.sayLast(p.byID[j.Machine])
		}
	}
}

// departed notes that somebody is in the match no more: frame f is the first without him.
func (p *play) departed(s *stream, f rollback.Frame) {
	q := p.byID[s.ID().Machine]
	if q == nil {
		return // this machine itself
	}
	if q.stream != s { // it has come back before it was known to be gone
		p.room.events.happened(Event{Kind: EventAbsent, Machine: int(q.machine), Name: q.name, Frame: f, Err: &LeftError{Name: q.name}})
		return
	}
	q.out = s.closed
	if q.out == membership.NoReason {
		q.out = membership.ByLeaving // it has said so, and nobody has had to agree on it yet
	}
	p.sync.Forget(q.index)
	q.why = p.whyGone(q)
	if q.out == membership.BySilence && q.lost == nil {
		q.conn.Link.Close(link.CodeLost, mesh.NothingHeard(p.room.now()-q.heard)) // it may not know
	}
	p.room.events.happened(Event{Kind: EventAbsent, Machine: int(q.machine), Name: q.name, Frame: f, Err: q.why})
	p.room.absent(q.machine, q.lost)
}

// whyGone says for players why somebody is in the match no more.
func (p *play) whyGone(q *peer) error {
	switch {
	case q.lost != nil && q.lost.Code == link.CodeCrashed && q.lost.Remote:
		return p.crashOf(q, q.lost.Reason)
	case q.out == membership.ByLying:
		return &EquivocatedError{Name: q.name}
	case q.replaced:
		return p.room.vigil.lost(q.name, q.heard, nil)
	case q.out == membership.ByLeaving, q.out == membership.ByKick, q.leftOfItself(), q.out == membership.ByClosing && q.lost == nil:
		return &LeftError{Name: q.name}
	}
	return p.room.vigil.lost(q.name, q.heard, q.lost)
}

// excluded ends this machine's part: the others have agreed to go on without it.
func (p *play) excluded(reason membership.Reason) {
	p.ending.err = &ExcludedError{Stalled: reason == membership.ByStalling, Kicked: reason == membership.ByKick, Lied: reason == membership.ByLying}
	if p.jury.Denied() {
		p.ending.err = &ExcludedError{Astray: true}
	}
	if still := p.room.vigil.stoodStill(p.room.now()); still > 0 && reason != membership.ByKick {
		p.ending.err = &LostError{Name: p.others(), StoodStillMs: int(still / time.Millisecond)}
	}
	p.conclude(p.sim.settled())
}

// stranded ends this machine's part: too many of the others are out of reach for anything to
// be agreed on.
func (p *play) stranded(now time.Duration, reason membership.Reason) {
	var gone *peer
	for _, q := range p.peers {
		if q.out != membership.NoReason {
			continue
		}
		if gone == nil || q.heard < gone.heard {
			gone = q
		}
		if q.lost == nil && now-q.heard >= p.terms.timeout() {
			q.conn.Link.Close(link.CodeLost, mesh.NothingHeard(now-q.heard)) // it may not know
		}
	}
	if gone != nil {
		p.ending.err = p.whyGone(gone)
	}
	if c := p.member.Conflict(); reason == membership.ByConflict && c != nil {
		p.ending.err = &ExcludedError{Conflict: c.What}
		p.sendAll(&wire.Finding{Match: p.match, Machine: p.room.me, Frame: int32(max(c.Frame, 0))})
	}
	p.conclude(p.sim.settled())
}

// others are the other players who are in the match, by name.
func (p *play) others() string {
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
func (p *play) lostLink(machine uint8, why *link.CloseError) bool {
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
func (p *play) replaced(machine uint8) {
	if q := p.byID[machine]; q != nil {
		q.replaced = true
		p.lostLink(machine, &link.CloseError{Code: link.CodeDone, Remote: true, Reason: "another process speaks for him"})
	}
}

// relink makes c the link to a machine: it has opened several and chosen this
// one.
func (p *play) relink(machine uint8, c *mesh.Conn) {
	q := p.byID[machine]
	if q == nil || q.out != membership.NoReason {
		return
	}
	q.conn, q.lost, q.unmet = c, nil, false
	p.member.Linked(machine, false)
	p.member.Linked(machine, true)
	p.sayLast(q)
}

// hears reports whether a machine is in the match, and there is a link to it.
func (p *play) hears(machine uint8) bool {
	q := p.byID[machine]
	return q != nil && q.lost == nil && q.out == membership.NoReason && p.phase != finished
}

// takesPart reports whether a machine is in the match, whether there is a link to it or not.
func (p *play) takesPart(machine uint8) bool {
	q := p.byID[machine]
	return q != nil && q.out == membership.NoReason && p.phase != finished
}

// lastWord is why a member's link is over, if it is.
func (p *play) lastWord(machine uint8) *link.CloseError {
	if q := p.byID[machine]; q != nil {
		return q.lost
	}
	return nil
}

// farewell tells the others that this machine leaves the match: its last record goes over
// the reliable streams, so that nobody has to wait for it, or ask who holds it.
func (p *play) farewell(now time.Duration) {
	p.member.Leave(now, p.deal.inputs(p.own.Held()+1, nil))
	p.member.Advance(now)
	p.signAll(now)
	if status, _ := p.member.Status(); status == membership.Left {
		for _, q := range p.peers {
			p.sendTail(q)
		}
	}
	p.sayOutbox() // with the last seal: perhaps no datagram follows
}
