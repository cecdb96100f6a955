package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/agreement"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/seating"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// simulation is what a match needs of a rollback.Session: what has no types anyway, and the
// rest without them.
type simulation struct {
	*rollback.Intake
	untyped
}

// untyped is what a session does with its types, as a play can ask for it.
type untyped interface {
	AppendChecksums(dst []rollback.Checksum) []rollback.Checksum
	ChecksumAt(f rollback.Frame) (rollback.Checksum, bool)
	LineupAt(f rollback.Frame) (rollback.Lineup, bool)
	CommandsAt(f rollback.Frame) []rollback.Command
	ReadOrigin(o *rollback.Origin, f rollback.Frame) bool
	OriginAt(f rollback.Frame) (rollback.Origin, bool)
	Follow(maxFrames int) int

	Cleaning() (f rollback.Frame, seat int)
	Stepping() rollback.Frame
	NewInputs(f rollback.Frame) (seats uint16)

	saves(f rollback.Frame) bool
	overAt(f rollback.Frame) bool
	settled() rollback.Frame
	AppendWorldAt(dst []byte, f rollback.Frame) ([]byte, bool)
	DiffAt(f rollback.Frame, theirs []byte) []rollback.Difference
	FaultAt(f rollback.Frame, field string) (rollback.Fault, bool)
}

// phase is how far a match is.
type phase uint8

const (
	waitingToStart phase = iota // the common moment has not come
	following                   // it runs without this machine, which is on its way into it
	running
	comparing // a desync: finding the first frame and field
	finishing // the last frame is known: comparing it
	finished
)

// play is a match without the game's types. Each of its parts owns its own state; the play
// owns how far the match is, and the order of things. It is driven by Match.Tick and Room.Poll
// on one goroutine, and this is the order of a tick:
//
//	Room.Poll   what has arrived:
//	              datagram   to the receiver, and from there to package membership and the feeder
//	              message    to package membership, or to the accord
//	            poll         what is signed, who is in the match, who comes late, the end
//	before      how many frames are to be stepped: the pace
//	sampleFor   this machine's own record: the producer
//	Session.Tick
//	after       the accord, the ending, and a datagram to everybody: the sender
//
// Wherever records have come the feeder gives them to the simulation, and confirms what
// everybody has had his say in.
type play struct {
	presence
	sim   simulation
	terms terms
	phase phase

	pace     pace
	producer producer
	receiver receiver
	feeder   feeder
	sender   sender
	signing  signing
	deal     dealing
	donor    donor
	accord   accord
	ending   ending
	parting  parting

	stats     playStats
	recording *Recording // nil: nobody wants any
	telling   telling
	nextWord  time.Duration // until then, when the others are told next that it is ready
	past      attempts      // by which this machine has come, if it has come late
}

// newPlay sets up the match that start describes. seats are dealt in the order
// of start.Machines.
func newPlay(r *Room, start *wire.Start) *play {
	p := preparePlay(r, start)
	p.member = membership.New(p.terms.membersConfig(start.Seed, p.signing.keys), founding(p.room, start), p.room.me)
	p.signing.refreshKeys()
	var holders []records.StreamID
	for _, s := range start.Machines {
		id := records.StreamID{Machine: s.Machine}
		for range s.Players {
			holders = append(holders, id)
		}
	}
	p.deal.attach(p.member, seating.New(p.terms.tableConfig(p.deal.seats), holders))
	for _, s := range start.Machines {
		t := p.meet(records.StreamID{Machine: s.Machine})
		t.zero = zeros[:len(s.Players)*r.terms.inputBytes]
		if s.Machine == r.me {
			p.deal.locals = len(s.Players)
			p.become(t)
			continue
		}
		p.meetPeer(t, rollback.NoFrame)
	}
	p.deal.lineup.Absent = emptySeats(start)
	return p
}

// preparePlay is a play of the match that start describes, without anybody in it.
func preparePlay(r *Room, start *wire.Start) *play {
	p := &play{presence: newPresence(newVenue(r), &r.terms, start.Match), terms: r.terms}
	who := &p.presence
	p.signing = signing{who: who, keys: newKeyring(r.node.endpoint, p.logID())}
	p.pace = newPace(who, &p.terms, time.Duration(start.WaitMicros)*time.Microsecond)
	p.deal = newDealing(&p.terms, p.room.members, start)
	p.feeder = feeder{who: who, deal: &p.deal, donor: &p.donor, pace: &p.pace, inputBytes: p.terms.inputBytes}
	p.producer = producer{who: who, deal: &p.deal, pace: &p.pace, feeder: &p.feeder, terms: &p.terms}
	p.receiver = receiver{who: who, pace: &p.pace, feeder: &p.feeder}
	p.sender = sender{who: who, pace: &p.pace}
	p.parting = parting{who: who, deal: &p.deal, sender: &p.sender, signing: &p.signing}
	p.accord = newAccord(who, &p.terms, p.standing, p.ending.wanted)
	p.ending = ending{
		who: who, jury: p.accord.jury, frames: rollback.Frame(start.Frames), over: p.terms.over,
		absentEnds: p.terms.absent == AbsentEnds, leadFrames: rollback.Frame(p.terms.leadFrames()), seen: rollback.NoFrame,
	}
	return p
}

// become makes a stream this machine's own.
func (p *play) become(s *stream) {
	p.own = s
	p.accord.jury.Enter(s.ID(), s.From())
	p.deal.become(s, p.room.events)
}

// meetPeer makes the machine of a stream a peer, or one that has come back a new one. It
// has all of this machine's records through a frame.
func (p *play) meetPeer(s *stream, through rollback.Frame) {
	p.pace.meet(s.ID().Machine, s.From())
	p.accord.meet(s)
	p.presence.greet(s, through)
}

// attach gives the play its simulation, and what this machine's players do while they
// press nothing.
func (p *play) attach(sim simulation, blank []byte) {
	p.sim, p.deal.blank = sim, blank
	p.accord.attach(sim)
	p.ending.worlds = sim
	p.telling = telling{who: &p.presence, deal: &p.deal, worlds: sim}
	p.donor = donor{match: p.match, windowFrames: p.terms.windowFrames, worlds: sim, members: p.member, seats: &p.deal}
	if length := p.ending.frames; length > 0 {
		sim.SetEnd(length)
	}
	p.pace.attach(sim)
	p.feeder.session, p.producer.session, p.sender.session = sim, sim, sim
}

// poll does what is due without a tick: time-outs, and the steps of an end.
func (p *play) poll(now time.Duration) {
	if p.phase == finished {
		p.parting.step(now)
		return
	}
	if p.phase == waitingToStart && p.pace.mayStart(now) {
		p.phase = running
		p.stats.startedAt, p.stats.advancedAt = now, now
		for _, q := range p.peers {
			q.heard = now // the start may still be on its way to some
		}
	}
	p.stepSigning(now)
	p.stepMembers(now)
	p.feeder.feedAll()
	p.donor.step()
	if !p.accord.jury.Idle() {
		p.heed(p.accord.step())
	}
	p.stepEnding(now)
}

// before says how many frames this tick may step.
func (p *play) before() int {
	switch p.phase {
	case running:
		return p.pace.frames()
	case comparing, finishing:
		return 1 // the end is set: only a rollback that is due runs
	}
	return 0
}

// stepSigning takes what is signed and looked at since, and has the next be done.
func (p *play) stepSigning(now time.Duration) {
	if p.signing.take(now) {
		p.followViews(now)
		p.sayMembers()
	}
	p.signing.handChores()
}

// watch tells of a program that calls Tick too often or too rarely, and of machines that are
// too slow.
func (p *play) watch(now time.Duration) {
	if p.stepping() {
		p.pace.watchRate(now)
	}
	if p.phase == running && p.stats.ticks%effortEvery == 0 {
		p.pace.watchEffort(now)
	}
}

// stepped notes a tick of the session, at a time.
func (p *play) stepped(now time.Duration, st rollback.Status) {
	if !st.Advanced {
		p.stats.waiting = st.Waiting
		return
	}
	p.pace.stepped(now, st.Current-1)
	p.stats.advanced(now)
}

// after does what follows from a tick of the session, and says what is new.
func (p *play) after(now time.Duration, advanced int) {
	if p.phase == finished {
		return
	}
	if p.phase == waitingToStart {
		if now >= p.nextWord {
			p.nextWord = max(p.nextWord, p.pace.readyAt) + p.pace.tick
			p.sender.sendAllData(now)
		}
		return
	}
	p.stats.ticks++
	if advanced == 0 && p.stepping() {
		p.stats.stalls++
	}
	if p.accord.gather() {
		p.heed(p.accord.compare())
	}
	p.lookForEnd()
	p.stepEnding(now)
	p.stepSigning(now)
	p.sender.sendAllData(now)
}

// stepping reports whether new frames are due: the match runs, and not all of an
// agreed length have been stepped.
func (p *play) stepping() bool {
	return p.phase == running && (p.ending.frames == 0 || p.sim.Current() < p.ending.frames)
}

func (p *play) over() bool { return p.phase == finished }

// datagram takes a peer's datagram that arrived at a time.
func (p *play) datagram(machine uint8, at time.Duration, b []byte) {
	q := p.byID[machine]
	switch {
	case q == nil:
	case p.phase != finished:
		p.receiver.take(q, at, b, p.phase == waitingToStart)
	case p.ending.owesTail(q):
		p.sender.sendTail(q)
	}
}

// message handles a peer's control message that concerns the match.
func (p *play) message(machine uint8, m wire.Message) {
	q := p.byID[machine]
	if said, ok := m.(*wire.Members); ok {
		p.membersCame(q, machine, said)
		return
	}
	if sum, ok := m.(*wire.Checksum); ok && sum.Last && sum.Match == p.match && p.phase == finished {
		p.ending.answerLast(machine)
	}
	if (q == nil || !p.isMember(q)) && p.phase < finishing {
		p.ending.hold(machine, m)
		return // the others have gone on without it: of the match it knows something else, or nothing
	}
	if q == nil {
		return
	}
	if tail, ok := m.(*wire.Tail); ok {
		p.datagram(machine, p.room.now(), tail.Datagram)
		return
	}
	out, taken := p.accord.take(q, m)
	if !taken {
		q.conn.Link.Close(link.CodeProtocol, "a message that makes no sense in a match")
	}
	p.heed(out)
}

// standing is how the match stands, as far as the jury must know it.
func (p *play) standing() agreement.State {
	s := p.presence.state(p.room.now())
	s.Playing, s.Closing, s.Late = p.phase == running, p.phase == finishing, p.ending.late()
	return s
}

// heed does what was decided about the match.
func (p *play) heed(out ruling) {
	if out.freezes {
		p.phase, p.feeder.frozen = comparing, true
		p.sim.SetEnd(p.sim.Current())
	}
	if out.farewell {
		p.parting.begin(p.room.now(), out.err)
	}
	if out.ends {
		p.ending.err = out.err
		p.conclude(out.at)
	}
}

// lookForEnd asks whether a settled world is the end, and if not, whether a
// peer has taken it for the end.
func (p *play) lookForEnd() {
	if p.phase != running {
		return
	}
	if at, found := p.ending.look(); found {
		p.finish(at)
	} else if p.accord.jury.HasLast() {
		s := p.standing()
		p.ending.lookAtOthers(&s)
		p.heed(p.accord.rule())
	}
}

// finish begins the comparison of the last world.
func (p *play) finish(at rollback.Frame) {
	now := p.room.now()
	if p.stepping() {
		p.stats.stopped(now)
	}
	p.phase = finishing
	p.ending.begin(at, now+max(p.terms.timeout(), minFinishTimeout))
	p.sim.SetEnd(at)
}

// stepEnding moves an end along.
func (p *play) stepEnding(now time.Duration) {
	switch p.phase {
	case comparing:
		p.heed(p.accord.stepHunt(now))
	case finishing:
		s := p.standing()
		missing := p.accord.jury.CompareLast(&s, p.ending.frame)
		if p.heed(p.accord.rule()); p.phase != finishing {
			return
		}
		if p.ending.tell() {
			p.stepEnding(now)
		} else if p.ending.said && !missing || now >= p.ending.deadline {
			p.conclude(p.ending.frame)
		}
	}
}

// conclude is the very end, before a frame.
func (p *play) conclude(at rollback.Frame) {
	p.donor.end()
	if p.stepping() {
		p.stats.stopped(p.room.now())
	}
	p.phase, p.feeder.frozen = finished, false
	p.parting.matchOver()
	p.accord.stop()
	p.tellDeparted(p.deal.players, true)
	p.ending.conclude(at, p.standing)
}

// abandon ends the match because this machine leaves it.
func (p *play) abandon(err error) {
	if p.phase == finished {
		return
	}
	p.heed(ruling{ends: true, farewell: ReasonOf(err) != ReasonYouCrashed, at: p.sim.settled(), err: err})
	p.ending.result.Agreed = false
	p.writeLog()
}
