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

// simulation is what a match needs of a rollback.Session, without its types.
type simulation interface {
	ConfirmPacked(seat int, f rollback.Frame, input []byte) error
	ConfirmLineup(f rollback.Frame, l rollback.Lineup, commands ...rollback.Command) error
	TakesThrough() rollback.Frame
	Held(seat int) rollback.Frame
	Current() rollback.Frame
	Confirmed() rollback.Frame
	LineupsThrough() rollback.Frame
	MayAdvance() bool
	AppendChecksums(dst []rollback.Checksum) []rollback.Checksum
	ChecksumAt(f rollback.Frame) (rollback.Checksum, bool)
	LineupAt(f rollback.Frame) (rollback.Lineup, bool)
	CommandsAt(f rollback.Frame) []rollback.Command
	ReadOrigin(o *rollback.Origin, f rollback.Frame) bool
	SetEnd(f rollback.Frame)

	OriginAt(f rollback.Frame) (rollback.Origin, bool)
	Follow(maxFrames int) int

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

// play is a match without the game's types. It is driven by Match.Tick and Room.Poll on
// one goroutine, and this is the order of a tick:
//
//	Room.Poll   what has arrived:
//	              datagram   records to package records, what they say of others to package membership
//	              message    membership's, checksums, findings
//	            poll         membership's time-outs; who is in the match is said and heard (views.go)
//	before      how many frames are to be stepped (pace.go)
//	sample      this machine's own record (producing.go)
//	Session.Tick
//	after       checksums, the end (ending.go), and a datagram to everybody (sending.go)
//
// Wherever records have come the simulation is given them, and what everybody has had
// his say in is confirmed (feeding.go).
type play struct {
	presence
	sim   simulation
	terms terms
	tick  time.Duration // length of a frame

	backlog   bool // the simulation may not have all that they hold
	signing   signing
	deal      dealing
	donor     donor
	lateUntil time.Duration // until then this machine, who has come late itself, catches up
	past      attempts      // by which it has come

	phase    phase
	readyAt  time.Duration // this machine's first tick in the match
	wait     time.Duration // from the moment at which all are ready to frame 0
	nextWord time.Duration // until then, when the others are told next that it is ready
	// stepAt is when the newest frame was stepped: the schedule against which
	// margins are measured.
	stepAt     time.Duration
	lastStep   rollback.Frame
	sync       *rollback.TimeSync
	paceDebt   int64 // millionths of a frame that the pace is ahead
	effort     effort
	autoDelay  delayControl
	delay      rollback.Frame // how far ahead this machine's inputs are taken for
	accord     accord
	ending     ending
	stats      playStats
	recording  *Recording // nil: nobody wants any
	telling    telling
	rate       loopRate
	record     [wire.MaxRecordBytes]byte
	unsettled  bool            // this tick's datagrams are to say what is held here
	heard      wire.Data       // the datagram that is being read,
	said       wire.Data       // and the one that is being written
	hearsay    membership.Data // what one says of others,
	spoken     membership.Data // and what this machine does,
	gossipAt   time.Duration   // as of this moment
	packed     packedRun
	lacking    []membership.Run // what a peer lacks of others' records
	datagramTo [link.MaxDatagramBytes]byte
}

// newPlay sets up the match that start describes. seats are dealt in the order
// of start.Machines.
func newPlay(r *Room, start *wire.Start) *play {
	p := preparePlay(r, start)
	p.member = membership.New(p.terms.membersConfig(start.Seed, p.signing.keys), founding(p.room, start), p.room.me)
	p.refreshKeys()
	var holders []records.StreamID
	for _, s := range start.Machines {
		id := records.StreamID{Machine: s.Machine}
		for range s.Players {
			holders = append(holders, id)
		}
	}
	p.deal.match = p.member
	p.deal.table = seating.New(p.terms.tableConfig(p.deal.seats), holders)
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
	p := &play{
		presence: newPresence(r.venue(), &r.terms, start.Match), terms: r.terms,
		tick:     r.terms.tick(),
		readyAt:  never,
		wait:     time.Duration(start.WaitMicros) * time.Microsecond,
		lastStep: rollback.NoFrame,
	}
	p.deal = newDealing(&p.terms, p.room.members, start)
	p.signing.keys = newKeyring(r.node.endpoint, p.logID())
	p.accord = newAccord(&p.presence, &p.terms, p.standing, p.ending.wanted)
	p.ending = ending{
		who: &p.presence, jury: p.accord.jury, frames: rollback.Frame(start.Frames), over: p.terms.over,
		absentEnds: p.terms.absent == AbsentEnds, leadFrames: rollback.Frame(p.terms.leadFrames()), seen: rollback.NoFrame,
	}
	p.sync = rollback.NewTimeSync(r.terms.tickRate, wire.MaxMachines)
	p.autoDelay.manual = r.config.ManualDelay
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
	if s.From() > 0 && p.own != nil && p.own.From() < s.From() {
		p.sync.Welcome(int(s.ID().Machine))
	}
	p.accord.meet(s)
	p.greet(s, through)
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
	if p.autoDelay.manual {
		p.delay = rollback.Frame(p.room.config.DelayFrames)
	} else {
		p.delay = rollback.Frame(p.wantedDelay())
	}
}

// poll does what is due without a tick: time-outs, and the steps of an end.
func (p *play) poll(now time.Duration) {
	if p.phase == finished {
		return
	}
	if p.phase == waitingToStart && p.mayStart(now) {
		p.phase = running
		p.stats.startedAt, p.stats.advancedAt = now, now
		for _, q := range p.peers {
			q.heard = now // the start may still be on its way to some
		}
	}
	p.stepSigning(now)
	p.stepMembers(now)
	p.feedAll()
	p.donor.step()
	p.heed(p.accord.step())
	p.stepEnding(now)
}

// stepped notes a tick of the session, at a time.
func (p *play) stepped(now time.Duration, st rollback.Status) {
	if !st.Advanced {
		p.stats.waiting = st.Waiting
		return
	}
	p.stepAt, p.lastStep = now, st.Current-1
	p.stats.advanced(now)
}

// after does what follows from a tick of the session, and says what is new.
func (p *play) after(now time.Duration, advanced int) {
	if p.phase == finished {
		return
	}
	if p.phase == waitingToStart {
		if now >= p.nextWord {
			p.nextWord = max(p.nextWord, p.readyAt) + p.tick
			p.sendAllData(now)
		}
		return
	}
	p.stats.ticks++
	if advanced == 0 && p.stepping() {
		p.stats.stalls++
	}
	p.heed(p.accord.compare())
	p.lookForEnd()
	p.stepEnding(now)
	p.stepSigning(now)
	p.sendAllData(now)
}

// stepping reports whether new frames are due: the match runs, and not all of an
// agreed length have been stepped.
func (p *play) stepping() bool {
	return p.phase == running && (p.ending.frames == 0 || p.sim.Current() < p.ending.frames)
}

func (p *play) over() bool { return p.phase == finished }

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
	if q == nil {
		return
	}
	if !p.isMember(q) && p.phase < finishing {
		return // the others have gone on without it: of the match it knows something else, or nothing
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
		p.phase = comparing
		p.sim.SetEnd(p.sim.Current())
	}
	if out.farewell {
		p.farewell(p.room.now())
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
	if p.stepping() {
		p.stats.stopped(p.room.now())
	}
	p.phase = finished
	p.accord.stop()
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
