package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// simulation is what a match needs of a rollback.Session, without its types.
type simulation interface {
	ConfirmPacked(seat int, f rollback.Frame, input []byte) error
	AppendInput(dst []byte, seat int, f rollback.Frame) ([]byte, bool)
	LocalThrough() rollback.Frame
	Current() rollback.Frame
	Confirmed() rollback.Frame
	AppendChecksums(dst []rollback.Checksum) []rollback.Checksum
	ChecksumAt(f rollback.Frame) (rollback.Checksum, bool)
	SetDelay(frames int)
	Delay() int
	SetEnd(f rollback.Frame)

	overAt(f rollback.Frame) bool
	settled() rollback.Frame
	appendWorldAt(dst []byte, f rollback.Frame) ([]byte, bool)
	diffAt(f rollback.Frame, theirs []byte) []rollback.Difference
	FaultAt(f rollback.Frame, field string) (rollback.Fault, bool)
}

// phase is how far a match is.
type phase uint8

const (
	waitingToStart phase = iota // the common moment has not come
	running
	halting   // somebody is gone: agreeing on the last frame
	comparing // a desync: finding the first frame and field
	finishing // the last frame is known: comparing it
	finished
)

// play is a match without the game's types: streams and datagrams, pace, and
// the end. It is driven by Match.Tick and Room.Poll on one goroutine.
type play struct {
	room  *Room
	sim   simulation
	terms terms
	match uint32
	view  uint32
	tick  time.Duration // length of a frame

	streams [wire.MaxMachines]*stream
	own     *stream  // of this machine
	players []string // who has which seat, by name, seat 0 first
	peers   []*peer  // all other machines
	byID    [wire.MaxMachines]*peer

	phase    phase
	readyAt  time.Duration // this machine's first tick in the match
	wait     time.Duration // from the moment at which all are ready to frame 0
	nextWord time.Duration // until then, when the others are told next that it is ready
	// stepAt is when the newest frame was stepped: the schedule against which
	// margins are measured.
	stepAt     time.Duration
	lastStep   rollback.Frame
	surprised  bool // an input has arrived since that was not the one before repeated
	sync       *rollback.TimeSync
	paceDebt   int64 // millionths of a frame that the pace is ahead
	effort     effort
	autoDelay  delayControl
	frames     rollback.Frame // agreed length, 0: none
	overSeen   rollback.Frame // newest confirmed frame that was asked whether the game is over
	checksums  checksumLog
	ending     ending
	desync     desyncHunt
	stats      playStats
	rate       loopRate
	record     [wire.MaxRecordBytes]byte
	heard      wire.Data // the datagram that is being read,
	said       wire.Data // and the one that is being written
	packed     packedRun
	datagramTo [link.MaxDatagramBytes]byte
	scratch    []rollback.Checksum
}

// peer is another machine in the match. Owner: the play.
type peer struct {
	machine uint8
	name    string
	conn    *conn
	stream  *stream
	index   int // in TimeSync

	margins    marginBounds
	near       wire.Near // what was last heard: short numbers refer to it
	flight     flight    // of the own stream
	confirmed  int32
	heard      time.Duration // newest datagram
	heardAwake time.Duration // in the room's waking time
	heardAny   bool
	readyAt    time.Duration // its first tick in the match, by this machine's clock
	sent       uint32        // datagrams, for the gossip's turn
	lost       *link.CloseError
	traffic    peerTraffic
	bears      uint8 // how deep a rollback it has time for, as it says itself
	slow       slowness
}

// newPlay sets up the match that start describes. seats are dealt in the order
// of start.Machines.
func newPlay(r *Room, start *wire.Start) *play {
	p := &play{
		room: r, terms: r.terms, match: start.Match,
		tick:     time.Second / time.Duration(r.terms.tickRate),
		readyAt:  never,
		wait:     time.Duration(start.WaitMicros) * time.Microsecond,
		lastStep: rollback.NoFrame,
		overSeen: rollback.NoFrame,
		frames:   rollback.Frame(start.Frames),
	}
	seat := 0
	for _, s := range start.Machines {
		seats := make([]int, len(s.Players))
		for i := range seats {
			seats[i] = seat
			seat++
			p.players = append(p.players, cleanName(s.Players[i].Name))
		}
		st := newStream(wire.StreamID{Machine: s.Machine}, seats, r.terms.inputBytes)
		p.streams[s.Machine] = st
		if s.Machine == r.me {
			p.own = st
			continue
		}
		m := r.members[s.Machine]
		q := &peer{
			machine: s.Machine, name: m.Name, conn: m.newestConn(), stream: st, index: len(p.peers),
			flight: flight{acked: -1}, confirmed: -1, heard: r.now(), heardAwake: r.vigil.awake, near: wire.Near{Held: -1}, bears: wire.BearsAny,
		}
		p.peers = append(p.peers, q)
		p.byID[s.Machine] = q
	}
	p.sync = rollback.NewTimeSync(r.terms.tickRate, len(p.peers))
	p.autoDelay.manual = r.config.ManualDelay
	return p
}

// attach gives the play its simulation.
func (p *play) attach(sim simulation) {
	p.sim = sim
	if p.frames > 0 {
		sim.SetEnd(p.frames)
	}
	if p.autoDelay.manual {
		sim.SetDelay(p.room.config.DelayFrames)
	} else {
		p.autoDelay.begin(p)
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
			q.heard, q.heardAwake = now, p.room.vigil.awake // the start may still be on its way to some
		}
	}
	for _, q := range p.peers {
		p.watch(q, now)
	}
	p.stepEnding(now)
}

// never is a time that does not come.
const never = time.Duration(1<<63 - 1)

// startTimeout is how long the others are waited for before frame 0. Who is
// not heard by then keeps the match from going on soon after.
const startTimeout = 2 * time.Second

// mayStart reports whether the common moment has come, or is nearer than the
// next tick: everybody is ready, for as long as the word of it takes to the
// farthest. The call to the start may have been lost and sent again on its way
// to somebody; nobody else then runs ahead of him.
func (p *play) mayStart(now time.Duration) bool {
	if p.readyAt == never {
		return false
	}
	ready := p.readyAt
	for _, q := range p.peers {
		if !q.heardAny {
			return now-startTimeout >= p.readyAt
		}
		ready = max(ready, q.readyAt)
	}
	return now+p.tick/2 >= ready+p.wait
}

// arrive notes this machine's first tick in the match: it is ready.
func (p *play) arrive() {
	if p.readyAt == never {
		p.readyAt = p.room.now()
	}
}

// noteReady measures when a peer was ready: it has sent a datagram per tick
// ever since.
func (p *play) noteReady(q *peer, at time.Duration, beat uint32) {
	way := q.conn.link.Stats().RTT / 2
	ready := at - way - time.Duration(beat-1)*p.tick
	if !q.heardAny || ready < q.readyAt {
		q.readyAt = ready
	}
}

// before says how many frames this tick may step: 0, 1 or 2.
func (p *play) before(now time.Duration) int {
	switch p.phase {
	case waitingToStart, finished:
		return 0
	case halting, comparing, finishing:
		return 1 // the end is set: only a rollback that is due runs
	}
	p.autoDelay.tick(p)
	pace := p.sync.Tick()
	p.stats.ppm = pace.PPM
	frames := 1
	if pace.Extra {
		frames++
	}
	if !p.terms.callerPaced {
		p.paceDebt += int64(pace.PPM)
		switch {
		case p.paceDebt <= -1_000_000:
			p.paceDebt += 1_000_000
			frames--
		case p.paceDebt >= 1_000_000:
			p.paceDebt -= 1_000_000
			frames++
		}
	}
	return frames
}

// stepped notes a tick of the session, at a time.
func (p *play) stepped(now time.Duration, st rollback.Status) {
	if !st.Advanced {
		p.stats.waiting = st.Waiting
		return
	}
	p.stepAt, p.lastStep = now, st.Current-1
	p.surprised = false
	p.stats.advanced(now)
}

// after takes what the session has produced and sends it.
func (p *play) after(now time.Duration, frames, advanced int) {
	if p.phase == finished {
		return
	}
	if p.phase == waitingToStart {
		if now >= p.nextWord {
			p.nextWord = max(p.nextWord, p.readyAt) + p.tick
			p.sendAllData()
		}
		return
	}
	p.stats.ticks++
	if advanced == 0 && p.stepping() {
		p.stats.stalls++
	}
	p.takeLocal()
	p.compareChecksums()
	p.lookForEnd()
	p.stepEnding(now)
	p.sendAllData()
}

// stepping reports whether new frames are due: the match runs, and not all of an
// agreed length have been stepped.
func (p *play) stepping() bool {
	return p.phase == running && (p.frames == 0 || p.sim.Current() < p.frames)
}

func (p *play) sendAllData() {
	for _, q := range p.peers {
		p.sendData(q)
	}
}

// takeLocal makes records of the local inputs that the session has taken.
func (p *play) takeLocal() {
	for through := p.sim.LocalThrough(); rollback.Frame(p.own.held) < through; p.own.extend() {
		record := p.own.next()[:0]
		for _, seat := range p.own.seats {
			record, _ = p.sim.AppendInput(record, seat, rollback.Frame(p.own.held+1))
		}
	}
}

// watch judges a peer's silence.
func (p *play) watch(q *peer, now time.Duration) {
	if q.lost != nil || p.phase == waitingToStart || p.phase >= finishing {
		return
	}
	if p.room.vigil.awake-q.heardAwake < p.terms.timeout() {
		return
	}
	q.lost = &link.CloseError{Code: link.CodeLost, Reason: nothingHeard(now - q.heard)}
	q.conn.link.Close(q.lost.Code, q.lost.Reason)
	p.halt(wire.ReasonLost, q.machine, &LostError{Name: q.name, SilentMs: int((now - q.heard) / time.Millisecond)})
}

// lostLink: a peer's link is over.
func (p *play) lostLink(machine uint8, why *link.CloseError) {
	q := p.byID[machine]
	if q == nil || q.lost != nil {
		return
	}
	q.lost = why
	crashed := why.Code == link.CodeCrashed && why.Remote
	if crashed && p.ending.halted && p.ending.about == machine && p.phase != finished {
		p.ending.err = p.crashOf(q, why.Reason) // others have said that it is gone, and it itself says why
	}
	if p.phase >= finishing {
		return // the match is over here; who lacks something of it will say so
	}
	if crashed {
		p.halt(wire.ReasonLost, machine, p.crashOf(q, why.Reason))
		return
	}
	if why.Code == link.CodeLeft || why.Code == link.CodeKicked {
		p.correct(machine)
		p.halt(wire.ReasonLeft, machine, &LeftError{Name: q.name})
		return
	}
	p.halt(wire.ReasonLost, machine, p.room.lost(q.name, q.heard, why))
}

// relink makes c the link to a machine: it has opened several and chosen this
// one.
func (p *play) relink(machine uint8, c *conn) {
	if q := p.byID[machine]; q != nil && q.lost == nil {
		q.conn = c
	}
}

// lastWord is why a member's link is over, if it is.
func (p *play) lastWord(machine uint8) *link.CloseError {
	if q := p.byID[machine]; q != nil {
		return q.lost
	}
	return nil
}

func (p *play) over() bool { return p.phase == finished }

// message handles a peer's control message that concerns the match.
func (p *play) message(machine uint8, m wire.Message) {
	q := p.byID[machine]
	if q == nil || q.lost != nil {
		return
	}
	switch m := m.(type) {
	case *wire.Checksum:
		if m.Match == p.match {
			p.peerChecksum(q, m)
		}
	case *wire.Halt:
		if m.Match == p.match {
			p.peerHalted(q, m)
		}
	case *wire.DesyncHashes:
		if m.Match == p.match {
			p.peerHashes(q, m)
		}
	case *wire.DesyncParts:
		if m.Match == p.match {
			p.peerParts(q, m)
		}
	case *wire.DesyncAsk:
		if m.Match == p.match {
			p.peerAsks(q, m)
		}
	case *wire.DesyncPart:
		if m.Match == p.match {
			p.peerPart(q, m)
		}
	default:
		q.conn.link.Close(link.CodeProtocol, "a message that makes no sense in a match")
	}
}
