package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

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
		if p.gone(q) {
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
func (p *play) arrive() {
	if p.readyAt == never {
		p.readyAt = p.room.now()
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
func (p *play) catchUp() int {
	if p.lateUntil == 0 {
		return 0
	}
	if p.room.now() >= p.lateUntil {
		p.lateUntil = 0
	}
	return max(0, min(int(p.sim.Confirmed()-p.sim.Current()), catchUpFrames))
}

// noteReady measures when a peer was ready: it has sent a datagram per tick
// ever since.
func (p *play) noteReady(q *peer, at time.Duration, beat uint32) {
	way := q.conn.Link.Stats().RTT / 2
	ready := at - way - time.Duration(beat-1)*p.tick
	if !q.heardAny || ready < q.readyAt {
		q.readyAt = ready
	}
}

// before says how many frames this tick may step: 0, 1 or 2.
func (p *play) before() int {
	switch p.phase {
	case waitingToStart, following, finished:
		return 0
	case comparing, finishing:
		return 1 // the end is set: only a rollback that is due runs
	}
	p.autoDelay.tick(p)
	pace := p.sync.Tick()
	p.stats.ppm = pace.PPM
	frames := 1 + pace.Extra
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
	return frames + p.catchUp()
}

// noteMargin measures how early a peer's newest input is, compared with the
// moment at which its frame is stepped here.
func (p *play) noteMargin(q *peer, at time.Duration) {
	if p.lastStep == rollback.NoFrame {
		return
	}
	needed := p.stepAt + time.Duration(q.stream.Held()-p.lastStep)*p.tick
	margin := int64((needed - at) / time.Microsecond)
	p.sync.Arrived(q.index, margin)
	q.traffic.jitter(margin)
}
