package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/agreement"
	"github.com/visavis-netcode/visavis/netcode/internal/hunt"
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
	frames     rollback.Frame // agreed length, 0: none
	overSeen   rollback.Frame // newest confirmed frame that was asked whether the game is over
	checksums  checksumFeed
	ending     ending
	jury       *agreement.Jury // whether all have the same world,
	hunt       *hunt.Hunt      // and if not, where it begins to differ
	stats      playStats
	recording  *Recording // nil: nobody wants any
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
	scratch    []rollback.Checksum
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
		overSeen: rollback.NoFrame,
		frames:   rollback.Frame(start.Frames),
	}
	p.deal = newDealing(&p.terms, p.room.members, start)
	p.signing.keys = newKeyring(r.node.endpoint, p.logID())
	p.jury = agreement.New(agreement.Config{Me: r.me, Outvotes: r.terms.discord == DesyncOutvotes})
	p.hunt = hunt.New(p.match, func(machine uint8, m wire.Message) { p.byID[machine].conn.Send(m) })
	p.sync = rollback.NewTimeSync(r.terms.tickRate, wire.MaxMachines)
	p.autoDelay.manual = r.config.ManualDelay
	return p
}

// become makes a stream this machine's own.
func (p *play) become(s *stream) {
	p.own = s
	p.jury.Enter(s.ID(), s.From())
	p.deal.become(s, p.room.events)
}

// meetPeer makes the machine of a stream a peer, or one that has come back a new one. It
// has all of this machine's records through a frame.
func (p *play) meetPeer(s *stream, through rollback.Frame) {
	id := s.ID()
	if s.From() > 0 && p.own != nil && p.own.From() < s.From() {
		p.sync.Welcome(int(id.Machine))
	}
	p.jury.Meet(id, s.From())
	p.hunt.Forget(id.Machine)
	p.presence.meetPeer(s, through)
}

// attach gives the play its simulation, and what this machine's players do while they
// press nothing.
func (p *play) attach(sim simulation, blank []byte) {
	p.sim, p.deal.blank = sim, blank
	p.hunt.Attach(sim)
	p.donor = donor{match: p.match, windowFrames: p.terms.windowFrames, worlds: sim, members: p.member, seats: &p.deal}
	if p.frames > 0 {
		sim.SetEnd(p.frames)
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
	p.stepJury()
	p.stepEnding(now)
}

// stepJury judges whose world is another one, when that has had its time.
func (p *play) stepJury() {
	if !p.jury.Idle() {
		s := p.standing()
		p.jury.Step(&s)
		p.heedJury()
	}
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
	p.compareChecksums()
	p.lookForEnd()
	p.stepEnding(now)
	p.stepSigning(now)
	p.sendAllData(now)
}

// stepping reports whether new frames are due: the match runs, and not all of an
// agreed length have been stepped.
func (p *play) stepping() bool {
	return p.phase == running && (p.frames == 0 || p.sim.Current() < p.frames)
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
		p.answerLast(machine)
	}
	if q == nil {
		return
	}
	if !p.isMember(q) && p.phase < finishing {
		return // the others have gone on without it: of the match it knows something else, or nothing
	}
	switch m := m.(type) {
	case *wire.Tail:
		p.datagram(machine, p.room.now(), m.Datagram)
	case *wire.Checksum:
		if m.Match == p.match {
			p.peerChecksum(q, m)
		}
	case *wire.Finding:
		if m.Match == p.match {
			p.peerFound(q, m)
		}
	case *wire.DesyncHashes:
		if m.Match == p.match {
			p.hashesCame(q, m)
		}
	case *wire.DesyncParts:
		if m.Match == p.match {
			p.hunt.TakeParts(machine, m)
		}
	case *wire.DesyncAsk:
		if m.Match == p.match {
			p.hunt.Answer(machine, m)
		}
	case *wire.DesyncPart:
		if m.Match == p.match {
			p.hunt.TakePart(machine, m)
		}
	default:
		q.conn.Link.Close(link.CodeProtocol, "a message that makes no sense in a match")
	}
	p.concludeHunt()
}
