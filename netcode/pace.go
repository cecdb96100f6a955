package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// never is a time that does not come.
const never = time.Duration(1<<63 - 1)

// pace is how fast this machine plays: when its first frame comes, how many frames a tick
// steps, how far ahead its inputs are taken for, and what of the others it measures for that.
// Owner: the play.
type pace struct {
	who     *presence
	terms   *terms
	session pacedSession
	tick    time.Duration // length of a frame

	readyAt time.Duration // this machine's first tick in the match
	wait    time.Duration // from the moment at which all are ready to frame 0
	// stepAt is when the newest frame was stepped: the schedule against which
	// margins are measured.
	stepAt    time.Duration
	lastStep  rollback.Frame
	lateUntil time.Duration // until then this machine, who has come late itself, catches up
	sync      *rollback.TimeSync
	debt      int64 // millionths of a frame that the pace is ahead
	ppm       int32 // how much faster it is asked to play
	effort    effort
	rate      loopRate
	autoDelay delayControl
	delay     rollback.Frame // how far ahead this machine's inputs are taken for
}

// pacedSession is what a pace needs of the simulation.
type pacedSession interface {
	Current() rollback.Frame
	Confirmed() rollback.Frame
}

// newPace is the pace of a match that starts so long after all are ready.
func newPace(who *presence, t *terms, wait time.Duration) pace {
	p := pace{who: who, terms: t, tick: t.tick(), wait: wait, readyAt: never, lastStep: rollback.NoFrame}
	p.sync = rollback.NewTimeSync(t.tickRate, wire.MaxMachines)
	p.autoDelay.manual = who.room.config.ManualDelay
	return p
}

// attach gives the pace the session, and sets the delay that the match begins with.
func (p *pace) attach(session pacedSession) {
	p.session = session
	if p.delay = rollback.Frame(p.wantedDelay()); p.autoDelay.manual {
		p.delay = rollback.Frame(p.who.room.config.DelayFrames)
	}
}

// meet notes that a machine is in the match from a frame on: who comes later than this one is
// measured anew.
func (p *pace) meet(machine uint8, from rollback.Frame) {
	if from > 0 && p.who.own != nil && p.who.own.From() < from {
		p.sync.Welcome(int(machine))
	}
}

// comeLate notes that this machine comes into a match that runs.
func (p *pace) comeLate(now time.Duration) {
	p.lateUntil, p.readyAt, p.wait = now+lateTime, now, 0
	p.sync.ComeLate()
}

// setDelay sets by hand how far ahead inputs are taken for.
func (p *pace) setDelay(frames int) {
	p.autoDelay.manual = true
	p.delay = rollback.Frame(max(0, min(frames, rollback.MaxDelayFrames)))
}

// stepped notes that a frame was stepped.
func (p *pace) stepped(now time.Duration, f rollback.Frame) { p.stepAt, p.lastStep = now, f }

// startTimeout is how long the others are waited for before frame 0. Who is
// not heard by then keeps the match from going on soon after.
const startTimeout = 2 * time.Second

// mayStart reports whether the common moment has come, or is nearer than the
// next tick: everybody is ready, for as long as the word of it takes to the
// farthest. The call to the start may have been lost and sent again on its way
// to somebody; nobody else then runs ahead of him.
func (p *pace) mayStart(now time.Duration) bool {
	if p.readyAt == never {
		return false
	}
	ready := p.readyAt
	for _, q := range p.who.peers {
		if p.who.gone(q) {
			continue
		}
		if !q.heardAny {
			return now-startTimeout >= p.readyAt
		}
		ready = max(ready, q.readyAt)
	}
	return now+p.tick/2 >= ready+p.wait
}

// arrive notes this machine's first tick in the match: it is ready.
func (p *pace) arrive() {
	if p.readyAt == never {
		p.readyAt = p.who.room.now()
	}
}

// lateTime is for how long a machine that has come late catches up with the others, and
// catchUpFrames how many frames more it steps in a tick.
const (
	lateTime      = 3 * time.Second
	catchUpFrames = 8
)

// catchUp is how many frames more this tick steps of a machine that has come late: as long
// as it has what everybody has pressed, it is behind.
func (p *pace) catchUp() int {
	if p.lateUntil == 0 {
		return 0
	}
	if p.who.room.now() >= p.lateUntil {
		p.lateUntil = 0
	}
	return max(0, min(int(p.session.Confirmed()-p.session.Current()), catchUpFrames))
}

// noteReady measures when a peer was ready: it has sent a datagram per tick
// ever since.
func (p *pace) noteReady(q *peer, at time.Duration, beat uint32) {
	way := q.conn.Link.Stats().RTT / 2
	ready := at - way - time.Duration(beat-1)*p.tick
	if !q.heardAny || ready < q.readyAt {
		q.readyAt = ready
	}
}

// frames says how many frames this tick steps of a match that runs: 1, rarely 0 or 2, or more
// to catch up.
func (p *pace) frames() int {
	p.autoDelay.tick(p)
	pace := p.sync.Tick()
	p.ppm = pace.PPM
	frames := 1 + pace.Extra
	if !p.terms.callerPaced {
		p.debt += int64(pace.PPM)
		switch {
		case p.debt <= -1_000_000:
			p.debt += 1_000_000
			frames--
		case p.debt >= 1_000_000:
			p.debt -= 1_000_000
			frames++
		}
	}
	return frames + p.catchUp()
}

// noteMargin measures how early a peer's newest input is, compared with the
// moment at which its frame is stepped here.
func (p *pace) noteMargin(q *peer, at time.Duration) {
	if p.lastStep == rollback.NoFrame {
		return
	}
	needed := p.stepAt + time.Duration(q.stream.Held()-p.lastStep)*p.tick
	margin := int64((needed - at) / time.Microsecond)
	p.sync.Arrived(q.index, margin)
	q.traffic.jitter(margin)
}
