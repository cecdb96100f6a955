package membership

import "time"

// agreement is this peer's part in deciding the next view: it leads ballots, answers them,
// votes, and counts votes. Owner of the instance, of the ballot that it leads, and of when
// it begins one. What is decided it tells the Peer, which installs it.
type agreement struct {
	*standing
	outbox    *outbox
	guilt     *guilt
	hearing   *hearing
	gossip    *gossip
	sealBook  *sealBook
	newcomers *newcomers
	inst      instance
	lead      *candidacy // the ballot that this peer leads, nil if it leads none
	turn      turn
	early     [MaxMachines]*Bye // goodbyes to the view that follows, from those who know it
}

// renew begins the instance that follows a new view.
func (ag *agreement) renew(now time.Duration) {
	ag.inst = instance{each: ag.strangers()}
	ag.lead = nil
	ag.turn.round = round{since: now}
}

// hold keeps a goodbye to the view that follows this one: its author may say it to nobody
// again.
func (ag *agreement) hold(m *Bye) {
	if m.Base.Number == ag.view.Number+1 {
		ag.early[m.author()] = m
	}
}

// held returns the goodbyes that were held, and forgets them.
func (ag *agreement) held() (all []*Bye) {
	for m, bye := range ag.early {
		if bye != nil {
			all, ag.early[m] = append(all, bye), nil
		}
	}
	return all
}

// forgive has no time count in which this peer itself was away (S5).
func (ag *agreement) forgive(now time.Duration) {
	ag.turn.since, ag.inst.ballotAt, ag.inst.turnAt = now, now, now
}

// resign gives up the ballot that this peer leads: it is no member any more.
func (ag *agreement) resign() { ag.lead = nil }

// say sends a word of this peer's own to everybody, and lets it count here.
func (ag *agreement) say(now time.Duration, m signed) {
	ag.outbox.sign(m)
	ag.inst.note(now, identify(m), m)
	ag.outbox.send(ag.outbox.links, m)
	ag.handle(now, m)
}

// handle does what a message of the instance asks for.
func (ag *agreement) handle(now time.Duration, m Message) {
	switch m := m.(type) {
	case *Prepare:
		ag.takePrepare(now, m)
	case *Report:
		ag.takeReport(now, m)
	case *Accept:
		ag.takeAccept(now, m)
	case *Bye:
		ag.takeBye(now, m)
	case *Kick:
		ag.hearing.takeKick(m)
	case *Veto:
		ag.giveIn(m)
	}
	if ag.strangers() {
		ag.retry(now)
	}
}

// begin begins a ballot that keeps some members and lets others in (P1).
func (ag *agreement) begin(now time.Duration, keep Machines, joins []Join) {
	m := &Prepare{Base: ag.view.Ref, Ballot: Ballot{ag.inst.highest.Round + 1, ag.me}, Keep: keep, Joins: joins}
	for x := range (ag.view.Machines() &^ keep).All {
		m.Reasons = append(m.Reasons, Closing{x, ag.hearing.reasonOf(now, x)})
	}
	if ag.strangers() {
		ag.bringEvidence(m)
	}
	ag.lead = &candidacy{prepare: m}
	ag.say(now, m)
}

// takePrepare answers a ballot: what this peer holds of the streams to be closed is
// from now on all that it will ever take of them, and it confirms no further than a
// limit (P2). What is frozen never thaws before the next view, and the limit of the
// first report stays: an earlier ballot may yet be decided.
func (ag *agreement) takePrepare(now time.Duration, m *Prepare) {
	if ag.status != Member || !m.Keep.Has(ag.me) || !ag.inst.promised.less(m.Ballot) || !ag.mayAnswer(now, m) {
		return
	}
	ag.inst.promised = m.Ballot
	r := &Report{Base: m.Base, Ballot: m.Ballot, Author: ag.me, Prepare: digestOf(m), Limit: ag.set.Limit(ag.limitFrames())}
	for _, id := range ag.view.Members {
		if !m.Keep.Has(id.Machine) {
			ag.set.Freeze(id)
			h := ag.holding(id)
			h.Seal = ag.sealBook.sealOf(id, h.Held)
			r.Streams = append(r.Streams, h)
		}
	}
	if a := ag.inst.accepted; a != nil {
		r.Accepted = a
		if ag.strangers() && a.author() == ag.me {
			r.Grounds = ag.inst.grounds
		}
	}
	ag.outbox.sign(r)
	ag.inst.note(now, identify(r), r) // a leader's own is counted in the same step
	ag.outbox.send(ag.outbox.links, r)
	ag.takeReport(now, r)
}

// takeReport counts a report of the ballot that this peer leads. When all whom it
// keeps have reported it proposes a value (P3): with fewer, the one that is missing
// may hold more than the cut.
func (ag *agreement) takeReport(now time.Duration, r *Report) {
	l := ag.lead
	if l == nil || ag.status != Member || r.Ballot != l.prepare.Ballot || l.proposed || !l.count(r, &ag.view) {
		return
	}
	if l.reported != l.prepare.Keep || ag.strangers() && !l.bearable(ag.standing) {
		return
	}
	value := l.follows(ag.standing)
	if value == nil {
		return
	}
	l.proposed = true
	ag.propose(now, l, value)
}

// propose says what follows from the reports, and by which.
func (ag *agreement) propose(now time.Duration, l *candidacy, value *Value) {
	m := &Accept{Base: l.prepare.Base, Ballot: l.prepare.Ballot, Value: value, Prepare: digestOf(l.prepare)}
	for x := range l.reported.All {
		m.Reports = append(m.Reports, digestOf(l.reports[x]))
		if ag.strangers() {
			ag.outbox.send(ag.outbox.links&^One(x), l.reports[x]) // its author may have told nobody else
		}
	}
	ag.say(now, m)
}

// takeAccept votes for a proposal (P4), whether or not this peer is kept in it.
func (ag *agreement) takeAccept(now time.Duration, m *Accept) {
	if m.Value.base() != ag.view.Ref {
		return
	}
	if ag.status != Member || m.Ballot.less(ag.inst.promised) {
		return
	}
	vote := &Accepted{Base: m.Base, Ballot: m.Ballot, Author: ag.me, Digest: digestOf(m)}
	if ag.strangers() && (ag.inst.has(identify(vote)) || ag.justify(now, m) != justified) {
		return // until what it follows from is here (H4)
	}
	ag.inst.promised, ag.inst.accepted = m.Ballot, m
	if ag.strangers() {
		ag.inst.grounds = ag.inst.find(m)
	}
	ag.outbox.sign(vote)
	ag.inst.note(now, identify(vote), vote)
	ag.outbox.send(ag.outbox.links, vote)
}

// takeBye counts somebody out. It is told apart from the last record, which a freeze
// may keep from being taken (L3).
func (ag *agreement) takeBye(now time.Duration, m *Bye) {
	if id, in := ag.view.Stream(m.Stream.Machine); !in || id != m.Stream {
		return
	}
	ag.inst.byes |= One(m.Stream.Machine)
	ag.sealBook.compareBye(m)
	ag.inst.byeAt[m.Stream.Machine] = now
	if m.Astray {
		ag.inst.astray |= One(m.Stream.Machine)
	}
	if ag.set.Held(m.Stream) == m.Last {
		ag.set.End(m.Stream, m.Last)
	}
}

// giveIn takes back what a veto contradicts: this peer would go on asking for what the
// others do not answer, and hold them up.
func (ag *agreement) giveIn(v *Veto) {
	if ag.lead == nil || v.Ballot != ag.lead.prepare.Ballot {
		return
	}
	ag.hearing.absolve(v.Hears &^ One(v.Author))
}

// elected returns a value that a quorum of those who have not left has voted for in
// one ballot (P5), nil if there is none.
func (ag *agreement) elected() *Accept {
	return ag.inst.decided(ag.view.Machines()&^ag.inst.byes, ag.config.NoTie)
}
