package membership

import (
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

// Timing of leaving.
const (
	leaveLimit = time.Second     // for an agreement that has begun to end first
	lingerTime = 2 * time.Second // for the last record to get to everybody
)

// leaving is this peer's own farewell, and when others said theirs.
type leaving struct {
	asked  bool // by the player
	record []byte
	since  time.Duration
	last   rollback.Frame
	done   bool // everybody knows, or has had the time
	byes   [MaxMachines]time.Duration
}

// Leave ends this peer's part after a last record (L1). The game may go as soon as
// Gone says so.
func (p *Peer) Leave(now time.Duration, record []byte) {
	if !p.leaving.asked {
		p.leaving.asked, p.leaving.record, p.leaving.since = true, record, now
	}
}

// Gone reports whether the others know that this peer has left, or have had their
// time.
func (p *Peer) Gone() bool {
	return p.leaving.done || p.status == Out || p.status == Stopped
}

// leave is what is due of a farewell. Who has answered a ballot waits for its end:
// its vote and its absence must not both count.
func (p *Peer) leave(now time.Duration) {
	l := &p.leaving
	switch {
	case !l.asked || l.done:
	case p.status == Member && p.inst.promised == Ballot{}:
		l.last, l.since = p.set.Finish(l.record), now
		if p.sealing() {
			p.seal()
		}
		p.status, p.lead = Left, nil
		p.sayBye(now)
	case p.status == Member && now-l.since >= leaveLimit:
		l.done = true // as if it had crashed
	case p.status == Left && (p.everybodyHasMine() || now-l.since >= lingerTime):
		l.done = true
	}
}

func (p *Peer) sayBye(now time.Duration) {
	p.say(now, &Bye{Stream: p.own, Base: p.view.Ref, Last: p.leaving.last})
}

// everybodyHasMine reports whether those who stay know that this peer leaves, and have
// its last record.
func (p *Peer) everybodyHasMine() bool {
	for m := range (p.links & p.view.Machines() &^ p.inst.byes).All {
		if w := &p.watches[m]; w.held[p.me] < p.leaving.last || !w.byes.Has(p.me) {
			return false
		}
	}
	return true
}

// takeBye counts somebody out. It is told apart from the last record, which a freeze
// may keep from being taken (L3).
func (p *Peer) takeBye(now time.Duration, m *Bye) {
	if id, in := p.view.Stream(m.Stream.Machine); !in || id != m.Stream {
		return
	}
	p.inst.byes |= One(m.Stream.Machine)
	for _, s := range p.seals[m.author()].kept {
		if contradict(m, &s) {
			p.convict(&Proof{[]Message{m, &s}})
		}
	}
	p.leaving.byes[m.Stream.Machine] = now
	if p.set.Held(m.Stream) == m.Last {
		p.set.End(m.Stream, m.Last)
	}
}

// marked reports whether all of a set, and this peer, have a leaver's last record.
func (p *Peer) marked(leaver uint8, all Machines) bool {
	id, _ := p.view.Stream(leaver)
	_, held, end := p.set.Bounds(id)
	if held != end {
		return false
	}
	for m := range (all &^ One(p.me)).All {
		if p.watches[m].held[leaver] < end {
			return false
		}
	}
	return true
}
