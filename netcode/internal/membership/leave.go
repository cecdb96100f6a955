package membership

import (
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

// Timing of leaving.
const (
	leaveLimit    = time.Second      // for an agreement that has begun to end first,
	withdrawLimit = 20 * time.Second // if this peer wants to be let in again, and waits for nothing else
	lingerTime    = 2 * time.Second  // for the last record to get to everybody
)

// leaving is this peer's own farewell, and owns how far that is.
type leaving struct {
	asked  bool // by the player
	record []byte
	since  time.Duration
	last   rollback.Frame
	done   bool // everybody knows, or has had the time
}

// Leave ends this peer's part after a last record (L1). The game may go as soon as
// Gone says so.
func (l *leaving) Leave(now time.Duration, record []byte) {
	if !l.asked {
		l.asked, l.record, l.since = true, record, now
	}
}

// may reports whether a member is to say goodbye now. Who has answered a ballot waits for
// its end, or for a limit: its vote and its absence must not both count.
func (l *leaving) may(now time.Duration, answered bool, limit time.Duration) bool {
	switch {
	case !l.asked || l.done:
	case !answered:
		return true
	case now-l.since >= limit:
		l.done = true // as if it had crashed
	}
	return false
}

// linger notes whether the others have this peer's goodbye and its last record, or have had
// the time.
func (l *leaving) linger(now time.Duration, have bool) {
	if have || now-l.since >= lingerTime {
		l.done = true
	}
}

// Gone reports whether the others know that this peer has left, or have had their
// time.
func (p *Peer) Gone() bool {
	return p.leaving.done || p.status == Out || p.status == Stopped
}

// Leaving reports whether this peer is on its way out. While it is a Member it has not said so: it
// waits for the end of an agreement, for leaveLimit or withdrawLimit at most.
func (l *leaving) Leaving() bool { return l.asked && !l.done }

// leave does what is due of a farewell.
func (p *Peer) leave(now time.Duration) {
	l, limit := &p.leaving, leaveLimit
	if p.conflict != nil {
		limit = withdrawLimit // with those who know better it may have to outvote who has led it astray
	}
	switch {
	case p.status == Member && l.may(now, p.inst.promised != Ballot{}, limit):
		l.last, l.since = p.set.Finish(l.record), now
		if p.sealing() {
			p.sealBook.seal(true)
		}
		p.status = Left
		p.agreement.resign()
		p.sayBye(now)
	case p.status == Left && !l.done:
		l.linger(now, p.gossip.haveMine(p.links&p.view.Machines()&^p.inst.byes, l.last))
	}
}

func (p *Peer) sayBye(now time.Duration) {
	p.agreement.say(now, &Bye{Stream: p.own, Base: p.view.Ref, Last: p.leaving.last, Astray: p.conflict != nil})
}
