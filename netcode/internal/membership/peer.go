package membership

import (
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

// keptViews is how many views a peer can tell whoever is behind. A member is at most
// one behind; who has missed more than these comes back by a snapshot.
const keptViews = 64

// keptCertificates is of how many views a peer can show to who is behind that they were
// decided.
const keptCertificates = 8

// Peer is one machine's part in the protocol. All its methods are for one goroutine.
type Peer struct {
	config  Config
	random  *rand.Rand
	me      uint8
	own     records.StreamID // while Member or Left
	status  Status
	reason  Reason // of Out and Stopped
	set     *records.Set
	view    View
	values  []*Value // that made the views up to this one, oldest first
	rtt     time.Duration
	inst    instance
	lead    *candidacy // the ballot that this peer leads, nil if it leads none
	joining joining    // this peer's own attempt
	leaving leaving
	ready   newcomers
	watches [MaxMachines]watch
	round   round // when the next ballot is due
	minority
	settled   time.Duration  // until then all are heard as they should be: see Unsettled
	patience  time.Duration  // see SetPatience,
	movedAt   time.Duration  // and when a frame was last seen to be confirmed
	advanced  time.Duration  // the last call of Advance,
	confirmed rollback.Frame // and what was confirmed then
	links     Machines       // there is a link to them
	host      uint8          // who may put others out,
	hosted    bool           // if that was said
	out       []Envelope
	conflict  *Conflict

	certificates []shownView         // of the newest views
	proofs       [MaxMachines]*Proof // by which a machine has lied
	seals        [MaxMachines]seals  // of members' streams
	sealsOut     []SealTo
	chores       chores
}

// Envelope is a message and whom it goes to: those of the set that there is a link to.
type Envelope struct {
	To      Machines
	Message Message
	after   int // as many signatures of this peer's are there
}

// Conflict is a contradiction that only a fault of a program, or a liar, brings about.
type Conflict struct {
	What   string
	Stream records.StreamID
	Frame  rollback.Frame
}

// New is a founder of a match.
func New(config Config, founding *Value, me uint8) *Peer {
	p := &Peer{config: config, me: me, status: Member, own: records.StreamID{Machine: me}}
	p.set = records.New(config.Records, founding.Members, p.own)
	p.begin(founding)
	return p
}

func (p *Peer) begin(values ...*Value) {
	v := values[len(values)-1]
	p.random = rand.New(rand.NewPCG(p.config.Seed, uint64(p.me)))
	p.view = viewOf(v)
	p.values = values
	p.inst.each = p.strangers()
	for _, id := range v.Members {
		p.watches[id.Machine].stream = id
		p.beginSeals(id)
	}
	for m := range p.watches {
		for x := range p.watches[m].held {
			p.watches[m].held[x] = neverSaid
		}
	}
}

// Status is this peer's part in the match; reason says why it is over.
func (p *Peer) Status() (s Status, reason Reason) { return p.status, p.reason }

// ViewsAfter returns the values that have made the views after one, as far as they are
// kept.
func (p *Peer) ViewsAfter(number uint32) []*Value {
	for i, v := range p.values {
		if v.Number > number {
			return p.values[i:]
		}
	}
	return nil
}

// View is who is in the match as far as this peer knows.
func (p *Peer) View() *View { return &p.view }

// Records are the streams that this peer knows. They are read only: what is added
// goes through the peer.
func (p *Peer) Records() *records.Set { return p.set }

// Conflict is the contradiction that stopped this peer, nil if none has.
func (p *Peer) Conflict() *Conflict { return p.conflict }

// Outbox returns what is to be sent, as far as it is signed, and forgets it.
func (p *Peer) Outbox() []Envelope {
	for i := range p.sealsOut {
		s := &p.sealsOut[i]
		p.send(s.To, &Seal{s.Seal.Stream, s.Seal.Through, s.Seal.Beat, s.Seal.Digest, s.Seal.Signed})
	}
	p.sealsOut = p.sealsOut[:0]
	n := 0
	for n < len(p.out) && p.out[n].after <= p.chores.signed {
		n++
	}
	out := p.out[:n:n]
	if p.out = p.out[n:]; len(p.out) == 0 {
		p.out = nil
	}
	return out
}

// SetRTT sets the largest smoothed round trip between members: time-outs follow it.
func (p *Peer) SetRTT(rtt time.Duration) { p.rtt = rtt }

// TakeRecord takes a record of somebody else's stream, whoever has sent it (A1).
func (p *Peer) TakeRecord(id records.StreamID, f rollback.Frame, record []byte, final bool) records.Outcome {
	if p.status != Member && p.status != Left || !p.mayTake(id, f) {
		return records.Refused
	}
	outcome := p.set.Take(id, f, record, final)
	if outcome == records.Conflict && !p.strangers() {
		p.stop(Conflict{"two records for one frame", id, f}) // A3
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
		p.seal()
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
		p.sendCommit(One(to), p.values[len(p.values)-1])
	}
	p.catchUp(to)
	p.tellSeals(to)
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
	if c := p.chore(toTake, from); c != nil {
		c.message = m
		p.begins(now, c)
	}
}

// take takes a message that was looked at.
func (p *Peer) take(now time.Duration, from uint8, m Message) {
	if p.status == Stopped || p.status == Out {
		return
	}
	switch m := m.(type) {
	case *ViewAsk:
		if p.tell(from, m.Number); m.Number == p.view.Number {
			p.tellSeals(from)
		}
	case *Commit:
		p.takeCommit(now, from, m)
	case *JoinReady:
		p.takeJoinReady(now, from, m)
	case *Proof:
		p.takeProof(m)
	case *Seal:
		p.takeSeal(now, from, m)
	default:
		p.takeOpen(now, from, m)
	}
}

// takeOpen takes a message that belongs to an instance.
func (p *Peer) takeOpen(now time.Duration, from uint8, m Message) {
	id := identify(m)
	if !p.sameInstance(from, id) || p.strangers() && !p.examine(now, id, m) || p.inst.has(id) || !p.inst.note(now, id, m) {
		return
	}
	p.relay(from, id.author, m)
	p.handle(now, m)
	p.decide(now)
}

// sameInstance reports whether a message is of the instance that is open here. Whoever
// has sent it is asked if it is ahead, and told what it lacks if it is behind. A Bye
// counts for its own view only (L3): in another one its author may have voted.
func (p *Peer) sameInstance(from uint8, id identity) bool {
	switch {
	case id.base.Number > p.view.Number:
		p.send(One(from), &ViewAsk{p.view.Number})
	case id.base.Number < p.view.Number:
		p.tell(from, id.base.Number)
	default:
		return id.base.Digest == p.view.Digest
	}
	return false
}

// handle does what a message asks for.
func (p *Peer) handle(now time.Duration, m Message) {
	switch m := m.(type) {
	case *Prepare:
		p.takePrepare(now, m)
	case *Report:
		p.takeReport(now, m)
	case *Accept:
		p.takeAccept(now, m)
	case *Bye:
		p.takeBye(now, m)
	case *Kick:
		p.takeKick(m)
	case *Veto:
		p.giveIn(m)
	}
	if p.strangers() {
		p.retry(now)
	}
}

// say sends a message of this peer's own to everybody, and lets it count here.
func (p *Peer) say(now time.Duration, m signed) {
	p.sign(m)
	p.inst.note(now, identify(m), m)
	p.send(p.links, m)
	p.handle(now, m)
}

// relay passes a message on to those who do not hear its author; of an agreement among
// strangers to all, since its author may have told only some, for others to be blamed.
func (p *Peer) relay(from, author uint8, m Message) {
	if p.strangers() {
		p.send(p.links&^One(from)&^One(author), m)
		return
	}
	p.send(p.unhearing(from, author), m)
}

// unhearing are those to whom something is passed on that came from one machine, since they
// do not hear its author.
func (p *Peer) unhearing(from, author uint8) (to Machines) {
	for x := range (p.links &^ One(from) &^ One(author)).All {
		if !p.watches[x].hears.Has(author) {
			to |= One(x)
		}
	}
	return to
}

func (p *Peer) send(to Machines, m Message) {
	if to &= p.links; to != 0 {
		p.out = append(p.out, Envelope{to, m, p.chores.asked})
	}
}

// tell tells a machine the views after one, and what is open now. Whoever lacks more
// than is kept here comes back by a snapshot.
func (p *Peer) tell(to uint8, after uint32) {
	if after+1 < p.values[0].Number || after > p.view.Number || !p.canShow(after+1) {
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
}

// Advance does what is due at a time.
func (p *Peer) Advance(now time.Duration) {
	p.judge(now)
	p.advanced = now
	p.leave(now)
	p.join(now)
	p.giveUp(now)
	if p.status == Member {
		p.consider(now)
	}
	if p.strangers() && p.status == Member {
		p.reconsider(now)
	}
}

// stop ends this peer's part for good: its own process is right about what it holds,
// or the others are, and which one cannot be known here.
func (p *Peer) stop(c Conflict) {
	if p.conflict == nil {
		p.conflict = &c
	}
	p.status, p.reason, p.lead = Stopped, ByConflict, nil
}
