package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// minorityTime is how long those who have lost the majority wait for it at least: longer if
// a peer may be silent for longer.
const minorityTime = 15 * time.Second

// leadFrames is how far beyond what is confirmed a machine's records may be.
func (t *terms) leadFrames() int { return max(t.windowFrames, 1) + rollback.MaxDelayFrames }

// recordsConfig is what all members of a match agree on about records.
func (t *terms) recordsConfig() records.Config {
	return records.ConfigOf(t.tickRate, t.leadFrames())
}

// membersConfig is what all members of a match agree on about who is in it.
func (t *terms) membersConfig(seed uint64, keys *keyring) membership.Config {
	config := membership.Config{
		Records: t.recordsConfig(), Tick: t.tick(), Seed: seed,
		SilentAfter: t.silentAfter(), MinorityAfter: max(t.timeout(), minorityTime),
		Keys: keys, Deferred: true, HostKicks: true,
	}
	if t.absent == AbsentEnds {
		config.MinorityAfter = t.tick() // the match is over anyway
	}
	return config
}

// stepMembers lets package membership do what is due, and notes who is in the match
// since.
func (p *play) stepMembers(now time.Duration) {
	if p.phase == waitingToStart || !p.presence.due(now) && !p.sender.unsettled {
		return
	}
	p.presence.advance(now)
	p.followViews(now)
	p.sayMembers()
}

// sayMembers sends what package membership has to say.
func (p *play) sayMembers() {
	p.signing.handSeals()
	p.presence.sayOutbox()
}

// membersCame takes what the package membership of a peer says, or of one who wants to
// become one.
func (p *play) membersCame(q *peer, machine uint8, m *wire.Members) {
	if m.Match != p.match {
		return
	}
	var parts *partedMessage
	var from *mesh.Conn
	if d := p.donor.to(machine); d != nil && !d.admitted {
		parts, from = &d.said, d.conn
	} else if q != nil {
		parts, from = &q.parts, q.conn
	} else {
		return
	}
	said, err := parts.take(m)
	if err != nil {
		from.Link.Close(link.CodeProtocol, err.Error())
	}
	if said == nil {
		return
	}
	ready, newcomer := said.(*membership.JoinReady)
	if p.phase == finished && (newcomer || !p.parting.lingers) || newcomer && !p.maySayReady(machine, &ready.Join) || !newcomer && p.byID[machine] == nil {
		return
	}
	now := p.room.now()
	p.presence.takeWord(now, machine, said)
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
	if p.phase == finished {
		return // what is agreed on is the others'
	}
	if c := p.member.Conflict(); c != nil {
		if p.phase < finishing {
			p.standDown(c.Frame)
			p.heed(ruling{ends: true, farewell: true, at: p.sim.settled(), err: &ExcludedError{Conflict: c.What}})
		}
		return // what it knows of the match from here on is not the others'
	}
	if n := p.member.View().Number; n != p.view {
		p.takeViews()
		p.feeder.feedAll()
		p.heed(p.accord.compareWaiting())
		p.takeHeld()
	}
	switch status, reason := p.member.Status(); {
	case p.phase >= finishing:
	case status == membership.Out:
		p.heed(ruling{ends: true, at: p.sim.settled(), err: p.presence.excluded(reason, p.accord.jury.Denied())})
	case status == membership.Stopped:
		p.heed(ruling{ends: true, at: p.sim.settled(), err: p.presence.stranded(now, p.deal.players)})
	}
}

// takeHeld takes what those have said of the last world who are members now.
func (p *play) takeHeld() {
	for _, q := range p.peers {
		if p.isMember(q) {
			if sum := p.ending.held(q.machine); sum != nil && sum.View >= q.stream.ID().Born { // else it is of the time before
				p.message(q.machine, sum)
			}
		}
	}
}

// takeViews notes what the newest views have changed: which streams are closed, and which
// are new.
func (p *play) takeViews() {
	for _, v := range p.member.ViewsAfter(p.view) {
		if p.presence.see(v) {
			p.accord.jury.LiarOut(p.room.now())
		}
		for _, id := range v.Members {
			if id.Born == v.Number && p.member.Records().Knows(id) {
				p.admitted(v, p.meet(id))
			}
		}
		p.donor.giveView(v)
		p.presence.seen(v)
		p.feeder.backlog = true
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
			p.ending.sayLast(p.byID[j.Machine])
		}
	}
}

// relink makes c the link to a machine: it has opened several and chosen this one.
func (p *play) relink(machine uint8, c *mesh.Conn) {
	if q := p.presence.linkedAnew(machine, c); q != nil {
		p.ending.sayLast(q)
	}
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
