package membership

import (
	"bytes"
	"math/rand/v2"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// Config is what a peer goes by. All members use the same but for Seed.
type Config struct {
	Records records.Config
	Tick    time.Duration // length of a frame
	Seed    uint64        // of the spread of time-outs
	// SilentAfter is how long nothing may be heard of a member, and MinorityAfter how long
	// a minority waits for the others; 0 means 8 s with two members, else 2 s or 10 round
	// trips, and 15 s.
	SilentAfter, MinorityAfter time.Duration
	// Keys are set in a match among strangers, one of whom may lie; nil: nobody does.
	// Deferred: they are not used here, but by Chore.Do.
	Keys     Keys
	Deferred bool
	// NoTie: half of the members are no quorum, but of two (H10). HostKicks: the host, the
	// lowest member or SetHost's, may put others out among strangers; elsewhere anybody may.
	NoTie, HostKicks bool
}

// Status is a peer's own part in the match.
type Status uint8

const (
	Joining Status = iota // follows a donor
	Member                // plays
	Left                  // has said goodbye, and stays until the others know its last record
	Out                   // the others go on without it
	Stopped               // its side of a partition has no majority, or what was decided contradicts it
)

// Peer is one machine's part in the protocol. All its methods are for one goroutine. It is
// its rooms, each the owner of its own state, and what they tell the outside is promoted from
// them. A room knows those that stand above it here, and none knows the Peer, which takes what
// comes in, has it go round in the order of Advance and take, and installs what is decided.
type Peer struct {
	standing  // where this peer stands
	outbox    // what it says, and what is to be signed
	chronicle // how the view has come about
	guilt     // who is proven to have lied
	gossip    // what the others say that they have
	hearing   // who lives, and who holds up whom
	sealBook  // what everybody has sealed
	newcomers // who asks to be let in
	agreement // what the next view is to be
	joining   // this peer's own way in,
	leaving   // and out
	minority
	conflict *Conflict
}

// Conflict is a contradiction that only a fault of a program, or a liar, brings about.
type Conflict struct {
	What   string
	Stream records.StreamID
	Frame  rollback.Frame
	// Unsealed: the stream's author has sent this peer what he has sealed to nobody. That is no
	// fault of this peer's program.
	Unsealed bool
}

// New is a founder of a match.
func New(config Config, founding *Value, me uint8) *Peer {
	own := records.StreamID{Machine: me}
	p := &Peer{standing: standing{config: config, me: me, status: Member, own: own}}
	p.set = records.New(config.Records, founding.Members, own)
	p.furnish(founding)
	return p
}

// furnish tells the rooms of each other, and of the view at which this peer begins.
func (p *Peer) furnish(values ...*Value) {
	s, inst := &p.standing, &p.agreement.inst
	p.view = viewOf(values[len(values)-1])
	p.outbox.standing = s
	p.chronicle = chronicle{standing: s, outbox: &p.outbox, values: values}
	p.guilt = guilt{standing: s, outbox: &p.outbox}
	p.gossip.standing = s
	p.hearing = hearing{standing: s, said: inst, guilt: &p.guilt, gossip: &p.gossip}
	p.sealBook = sealBook{standing: s, outbox: &p.outbox, said: inst, guilt: &p.guilt, hearing: &p.hearing, gossip: &p.gossip}
	p.newcomers = newcomers{standing: s, guilt: &p.guilt}
	p.agreement = agreement{standing: s, outbox: &p.outbox, guilt: &p.guilt, hearing: &p.hearing,
		gossip: &p.gossip, sealBook: &p.sealBook, newcomers: &p.newcomers}
	p.joining = joining{standing: s, outbox: &p.outbox}
	p.agreement.turn.random = rand.New(rand.NewPCG(p.config.Seed, uint64(p.me)))
	p.agreement.renew(0)
	p.gossip.begin()
	p.hearing.begin(0)
	p.sealBook.renew(p.view.Machines())
}

// Conflict is the contradiction that stopped this peer, or for which it leaves, nil if there is
// none. Whoever has one knows another match than the others.
func (p *Peer) Conflict() *Conflict { return p.conflict }

// Outbox returns what is to be sent, as far as it is signed, and forgets it.
func (p *Peer) Outbox() []Envelope {
	p.sealBook.flush()
	return p.outbox.due()
}

// TakeRecord takes a record of somebody else's stream, whoever has sent it (A1). final: whoever
// has sent it says that it is the last one. Where a third might be told something else only its
// author's signed goodbye says so.
func (p *Peer) TakeRecord(id records.StreamID, f rollback.Frame, record []byte, final bool) records.Outcome {
	if p.status != Member && p.status != Left || !p.sealBook.mayTake(id, f) {
		return records.Refused
	}
	if p.sealing() {
		final = p.inst.endsAt(id, f)
	}
	outcome := p.set.Take(id, f, record, final)
	if outcome == records.Conflict && !p.strangers() {
		p.stop(Conflict{What: "two records for one frame", Stream: id, Frame: f}) // A3
	}
	return outcome
}

// MayProduce reports whether this peer's next record is due (A5). Local input waits
// for nothing else, and for no agreement.
func (p *Peer) MayProduce() bool { return p.status == Member && p.set.MayProduce() }

// Produce takes this peer's own next record.
func (p *Peer) Produce(record []byte) {
	p.set.Produce(record)
	if p.sealing() && sealDue(p.set.Held(p.own)) {
		p.sealBook.seal(p.leaving.asked)
	}
}

// Confirm confirms the next frame if that is possible (C1, C2).
func (p *Peer) Confirm() bool { return p.status == Member && p.set.Confirm() }

// Linked notes that there is a link to a machine, or none any more. On a new one
// goes all that is still open, and a question for what may have been missed. A newcomer
// is told by everybody that it was let in: its donor might keep that from it.
func (p *Peer) Linked(to uint8, up bool) {
	if !up {
		p.links &^= One(to)
		return
	}
	p.links |= One(to)
	if p.status == Stopped {
		return
	}
	p.send(One(to), &ViewAsk{p.view.Number})
	if id, in := p.view.Stream(to); in && id.Born > 0 && id.Born == p.view.Number && p.watches[to].beat == 0 {
		p.sendCommit(One(to), p.chronicle.last())
	}
	p.catchUp(to)
	p.sealBook.tellSeals(to)
}

// Take takes a message that came over the link to a machine.
func (p *Peer) Take(now time.Duration, from uint8, m Message) {
	if from >= MaxMachines || from == p.me {
		return
	}
	if _, words := m.(*ViewAsk); words || !p.strangers() {
		p.take(now, from, m)
		return
	}
	if c := p.outbox.chore(toTake, from); c != nil {
		c.message = m
		if p.outbox.begin(c) {
			p.looked(now, c)
		}
	}
}

// Done takes a chore back that was done. It reports whether Advance has something to do at
// once: not after a seal, as there are many of.
func (p *Peer) Done(now time.Duration, c *Chore) (stirs bool) {
	switch c.task {
	case toSign:
		p.outbox.signed(c)
	case toTake:
		p.looked(now, c)
	case toSeal:
		p.sealBook.signed(c)
	case toOpen:
		p.sealBook.looked(now, c)
	}
	return c.task == toSign || c.task == toTake
}

// looked takes a message that was looked at, if it is its author's.
func (p *Peer) looked(now time.Duration, c *Chore) {
	p.outbox.open(c)
	if c.genuine {
		p.take(now, c.from, c.message)
	}
	p.outbox.close(c)
}

// take takes a message that was looked at.
func (p *Peer) take(now time.Duration, from uint8, m Message) {
	if p.status == Stopped || p.status == Out {
		return
	}
	switch m := m.(type) {
	case *ViewAsk:
		if p.tell(from, m.Number); m.Number == p.view.Number {
			p.sealBook.tellSeals(from)
		}
	case *Commit:
		p.takeCommit(now, from, m)
	case *JoinReady:
		p.takeJoinReady(now, from, m)
	case *Proof:
		p.guilt.convict(m)
	case *Seal:
		if c := p.sealBook.take(now, from, m); c != nil {
			p.Withdraw(now, *c)
		}
	default:
		p.takeOpen(now, from, m)
	}
}

// takeOpen takes a message that belongs to an instance.
func (p *Peer) takeOpen(now time.Duration, from uint8, m Message) {
	id := identify(m)
	if bye, ok := m.(*Bye); ok {
		p.agreement.hold(bye)
	}
	if !p.sameInstance(from, id) || p.strangers() && !p.agreement.examine(now, id, m) || p.inst.has(id) || !p.inst.note(now, id, m) {
		return
	}
	p.relay(from, id.author, m)
	p.agreement.handle(now, m)
	p.decide(now)
}

// sameInstance reports whether a message is of the instance that is open here. Whoever
// has sent it is asked if it is ahead, and told what it lacks if it is behind. A Bye
// counts for its own view only (L3): in another one its author may have voted. But for the
// host, who need not play to put somebody out, only members have a say.
func (p *Peer) sameInstance(from uint8, id identity) bool {
	switch {
	case id.base.Number > p.view.Number:
		p.send(One(from), &ViewAsk{p.view.Number})
	case id.base.Number < p.view.Number:
		p.tell(from, id.base.Number)
	default:
		return id.base.Digest == p.view.Digest && (id.kind == kindKick || p.view.Machines().Has(id.author))
	}
	return false
}

// relay passes a message on to those who do not hear its author; of an agreement among
// strangers to all, since its author may have told only some, for others to be blamed.
func (p *Peer) relay(from, author uint8, m Message) {
	if p.strangers() {
		p.send(p.links&^One(from)&^One(author), m)
		return
	}
	p.send(p.gossip.unhearing(p.links&^One(from)&^One(author), author), m)
}

// tell tells a machine the views after one, and what is open now. Whoever lacks more
// than is kept here comes back by a snapshot.
func (p *Peer) tell(to uint8, after uint32) {
	if !p.keeps(after) {
		return
	}
	for _, v := range p.values {
		if v.Number > after {
			p.sendCommit(One(to), v)
		}
	}
	p.catchUp(to)
}

// catchUp says again all that belongs to the present instance.
func (p *Peer) catchUp(to uint8) {
	for _, m := range p.inst.messages {
		p.send(One(to), m.message)
	}
	for _, j := range p.ready {
		p.send(One(to), j.word)
	}
	for m := range p.Liars().All {
		p.send(One(to)&^One(m), p.guilt.proofs[m]) // whoever came in later would let him in again
	}
}

// Advance does what is due at a time: a tick of the agreement.
func (p *Peer) Advance(now time.Duration) {
	passed, away := p.hearing.wake(now)
	if away {
		p.agreement.forgive(now)
	}
	p.hearing.judge(now, passed, p.agreement.obstructors(now))
	p.leave(now)
	p.joining.ask(now)
	suspects := p.hearing.suspects(now)
	p.giveUp(now, suspects)
	if p.status == Member {
		p.consider(now, suspects)
	}
	if p.strangers() && p.status == Member {
		p.reconsider(now)
	}
}

// consider begins a ballot if it is this peer's turn.
func (p *Peer) consider(now time.Duration, suspects Machines) {
	if keep, joins, due := p.agreement.due(now, suspects); due {
		p.prepare(now, keep, joins)
	}
}

// prepare begins a ballot. What one member decides alone is decided by that.
func (p *Peer) prepare(now time.Duration, keep Machines, joins []Join) {
	p.agreement.begin(now, keep, joins)
	p.decide(now)
}

// reconsider does what is due at a time among strangers.
func (p *Peer) reconsider(now time.Duration) {
	if p.sealing() {
		p.sealBook.openSeals(now, p.leaving.asked)
	}
	p.agreement.answerWaiting(now)
	p.decide(now)
	p.conclude(now, nil)
}

// Kick has a member put out as soon as the others agree (S4). Among strangers that is
// the host's, if the match lets him.
func (p *Peer) Kick(now time.Duration, m uint8) {
	switch {
	case m == p.me || !p.view.Machines().Has(m):
	case p.strangers():
		p.agreement.say(now, &Kick{Base: p.view.Ref, Author: p.me, Machine: m})
	default:
		p.hearing.putOut(m)
	}
}

// stop ends this peer's part for good: its own process is right about what it holds,
// or the others are, and which one cannot be known here.
func (p *Peer) stop(c Conflict) {
	if p.conflict == nil {
		p.conflict = &c
	}
	p.end(ByConflict)
}

// Withdraw has this peer leave, as one that knows something else of the match than the others.
// They count it out, rather than lack its vote, and a liar who has led it away has not with it
// led away the majority.
func (p *Peer) Withdraw(now time.Duration, c Conflict) {
	if p.conflict == nil {
		p.conflict = &c
	}
	p.Leave(now, bytes.Clone(p.set.Record(p.own, p.set.Held(p.own))))
	p.leave(now)
}

// end ends this peer's part.
func (p *Peer) end(reason Reason) {
	p.status, p.reason = Stopped, reason
	p.agreement.resign()
}
