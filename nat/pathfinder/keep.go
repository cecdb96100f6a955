package pathfinder

import (
	"bytes"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// Timing of upkeep.
const (
	askActive  = time.Second
	askStandby = 5 * time.Second
	askLate    = 200 * time.Millisecond // while the active path is silent
	askNew     = 50 * time.Millisecond  // to a path that may take over from a relay
	quiet      = 300 * time.Millisecond // of silence on a busy path before it is asked
	doubtAfter = 150 * time.Millisecond // of silence on a busy path before packets take another one as well
	doubleFor  = 5 * time.Second        // at most, while the peer alone uses another path
	busyFor    = 2 * time.Second        // after a packet of QUIC a path counts as busy
	silentFor  = 500 * time.Millisecond // of silence before another path may take over
	relayAfter = 700 * time.Millisecond // of silence the relay is asked for
	lostAfter  = 3 * time.Second        // of silence before the search begins anew
	provenBy   = 3                      // answers in a row before a path takes over from one of a higher rank
	nearerBy   = 5 * time.Millisecond   // and a tenth: what makes the way through another player the better one
	maxKept    = 12                     // paths of a pair; when full, one that does not answer makes room
	maxUnheard = 3                      // questions to a path that has never answered
	oneWay     = 4                      // questions without an answer after which packets of the peer do not count
)

// path is a way to the peer and how it has done.
type path struct {
	route pathconn.Route
	kind  string
	by    string // name of the player who passes packets on
	rank  rank

	rtt      time.Duration // smoothed; 0 if never answered
	heard    time.Duration // when a packet of QUIC or an answer last came by it; negative for never
	quic     time.Duration // when one of QUIC last did; negative for never
	flowing  time.Duration // since when they come without a long pause
	answered time.Duration // when an answer last did; negative for never
	chosen   time.Duration // when the peer last said that its packets take it; negative for never
	asked    time.Duration // last time; negative for never
	first    time.Duration // of the questions without an answer
	waiting  int           // questions without an answer
	answers  int           // in a row
	soon     bool          // is to be proven quickly
	nonces   [8]question
	next     int
}

type question struct {
	nonce uint64
	at    time.Duration
}

// rank is how dear a path is to those whom it leads through: the lower one is
// used, however long it is.
type rank uint8

const (
	rankDirect rank = iota
	rankPlayer      // another player's computer
	rankServer      // the rendezvous server
	rankTURN        // a TURN server
)

// rankOf is the rank of paths of a kind.
func rankOf(kind string) rank {
	switch kind {
	case "player-relay":
		return rankPlayer
	case "server-relay":
		return rankServer
	case "turn":
		return rankTURN
	}
	return rankDirect
}

// before orders paths of which any will do.
func (p *path) before(o *path) bool {
	return o == nil || p.rank < o.rank || p.rank == o.rank && p.rtt < o.rtt
}

// nearer reports whether a path is so much shorter that a change is worth it.
func (p *path) nearer(o *path) bool { return p.rtt+nearerBy <= o.rtt && p.rtt <= o.rtt*9/10 }

// keeper looks after the paths of a pair. It is a state machine: time and
// packets go in, packets and the choice of a path come out.
type keeper struct {
	key    keepKey
	draw   func() uint64 // nonces
	paths  []*path
	active *path
	sends  []keepSend

	recent [8]uint64 // our latest nonces, and how many there were
	drawn  int
	theirs uint64 // the peer's latest
	left   bool   // the peer has said farewell
}

type keepSend struct {
	route    pathconn.Route
	b        []byte
	unproven bool // the route leads to an address that has never answered
}

const never = -time.Hour

func (k *keeper) find(r pathconn.Route) *path {
	i := slices.IndexFunc(k.paths, func(p *path) bool { return p.route == r })
	if i < 0 {
		return nil
	}
	return k.paths[i]
}

// through returns the path whose packets come by a relay, by whatever carrier.
func (k *keeper) through(by pathconn.Route) *path {
	i := slices.IndexFunc(k.paths, func(p *path) bool {
		return p.route.Addr == by.Addr && p.route.Via == by.Via && p.route.Header == by.Header
	})
	if i < 0 {
		return nil
	}
	return k.paths[i]
}

// add returns the path by a route, a new one if there was none; nil if there
// is no room.
func (k *keeper) add(now time.Duration, r pathconn.Route, kind string) *path {
	if p := k.find(r); p != nil {
		return p
	}
	if len(k.paths) >= maxKept && !k.makeRoom(now) {
		return nil
	}
	p := &path{route: r, kind: kind, rank: rankOf(kind),
		heard: never, quic: never, answered: never, chosen: never, asked: never}
	k.paths = append(k.paths, p)
	return p
}

// makeRoom forgets the path that has been silent longest, if it is silent.
func (k *keeper) makeRoom(now time.Duration) bool {
	worst := -1
	for i, p := range k.paths {
		if p != k.active && p.rank == rankDirect && now-p.heard > 2*askStandby && (worst < 0 || p.heard < k.paths[worst].heard) {
			worst = i
		}
	}
	if worst < 0 {
		return false
	}
	k.paths = slices.Delete(k.paths, worst, worst+1)
	return true
}

func (k *keeper) remove(p *path) {
	k.paths = slices.DeleteFunc(k.paths, func(o *path) bool { return o == p })
	if k.active == p {
		k.active = nil
	}
}

// unproven reports whether a path leads to an address at which nobody has
// answered: what goes to relays is counted by these.
func (p *path) unproven() bool { return p.answered < 0 && p.route.Header == pathconn.Header{} }

// hear notes that a packet of QUIC has come by a path.
func (p *path) hear(at time.Duration) {
	if at > p.quic+time.Second {
		p.flowing = at
	}
	p.quic = max(p.quic, at)
	p.heard = max(p.heard, at)
}

// prove notes that a path works both ways.
func (p *path) prove(now, rtt time.Duration) {
	if rtt = max(rtt, time.Microsecond); p.rtt == 0 {
		p.rtt = rtt
	}
	p.rtt += (rtt - p.rtt) / 4
	p.waiting = 0
	p.answered, p.heard = now, max(p.heard, now)
}

// take works on a packet that came by a route, of a path of some kind if it is a
// new one, and reports whether it is the peer's.
func (k *keeper) take(now time.Duration, r pathconn.Route, kind string, b []byte) (p *path, ok bool) {
	what, nonce, ok := k.key.open(b)
	if !ok {
		return nil, false
	}
	if what&keepTURN != 0 {
		kind = "turn"
	}
	p = k.find(r)
	switch what & keepWhat {
	case keepBye:
		// One that is played again names a question that was never asked.
		k.left = k.left || nonce != 0 && slices.Contains(k.recent[:], nonce)
		return p, true
	case keepAsk:
		k.theirs = nonce
		k.sends = append(k.sends, keepSend{r, k.key.packet(keepReply, nonce), false})
		switch {
		case p == nil: // the peer's address may have changed
			if p = k.add(now, r, kind); p != nil {
				k.ask(now, p)
			}
		case p.answered < 0 && p.waiting >= maxUnheard:
			p.waiting = maxUnheard - 1 // it was given up too early
		}
		if p != nil && what&keepUsed != 0 {
			p.chosen = now
		}
		return p, true
	}
	if p == nil {
		return nil, true
	}
	for i := range p.nonces {
		q := &p.nonces[i]
		if q.at == 0 || q.nonce != nonce {
			continue
		}
		p.prove(now, now-q.at)
		p.answers++
		*q = question{}
		break
	}
	return p, true
}

func (k *keeper) ask(now time.Duration, p *path) {
	if p.waiting == 0 {
		p.first = now
	}
	if p.waiting++; p.waiting > 1 {
		p.answers = 0
	}
	p.asked = now
	nonce := k.draw()
	k.recent[k.drawn%len(k.recent)] = nonce
	k.drawn++
	p.nonces[p.next%len(p.nonces)] = question{nonce, max(now, 1)}
	p.next++
	what := byte(keepAsk)
	if p.rank == rankTURN && p.route.Socket != 0 {
		what |= keepTURN
	}
	if p == k.active {
		what |= keepUsed
	}
	k.sends = append(k.sends, keepSend{p.route, k.key.packet(what, nonce), p.unproven()})
}

// due is when a path is to be asked again.
func (k *keeper) due(p *path) time.Duration {
	if p.answered < 0 && p.waiting >= maxUnheard {
		return nat.Never
	}
	a := k.active
	switch {
	case p.asked < 0:
		return 0
	case p.soon:
		return p.asked + max(askNew, p.rtt*3/2)
	case p == a && k.busy():
		return min(p.asked+askActive, max(a.heard+quiet, p.asked+askLate))
	case p == a && p.waiting > 0:
		return p.asked + max(askLate, min(2*p.rtt, askActive))
	case p == a:
		return p.asked + askActive
	case a != nil && a.waiting > 1 || a == nil:
		return p.asked + askLate
	}
	return p.asked + askStandby
}

// silentAt is when the active path is given up unless something is heard. One
// that only packets of the peer still pass is given up too, but later.
func (k *keeper) silentAt() time.Duration {
	a := k.active
	if a == nil || a.waiting < 2 {
		return nat.Never
	}
	rtt := a.rtt
	if rtt == 0 {
		rtt = silentFor // nobody knows yet; a far one
	}
	at := max(a.heard+silentFor, a.first+max(2*askLate, rtt*5/2))
	if a.waiting >= oneWay {
		at = min(at, a.first+lostAfter)
	}
	return at
}

// advance asks whom it is time to ask, and reports whether another path is to
// be used from now on.
func (k *keeper) advance(now time.Duration) bool {
	for _, p := range k.paths {
		if k.due(p) <= now {
			k.ask(now, p)
		}
	}
	return k.choose(now)
}

// choose finds the path to be used.
func (k *keeper) choose(now time.Duration) bool {
	a := k.active
	var best *path
	for _, p := range k.paths {
		if p == a || p.answered < 0 {
			continue
		}
		switch {
		case a == nil || k.silentAt() <= now:
			if (a == nil || p.answered > a.answered) && p.waiting < 2 && p.before(best) {
				best = p
			}
		case p.rank < a.rank && p.answers >= provenBy:
			if p.before(best) {
				best = p
			}
		case p.rank < a.rank && p.answers > 0:
			p.soon = true
		case p.rank == rankPlayer && a.rank == rankPlayer && p.answers >= provenBy && p.nearer(a):
			if p.before(best) {
				best = p
			}
		case p.rank == rankTURN && a.rank == rankTURN && k.agrees(now, p):
			if p.before(best) {
				best = p
			}
		}
	}
	if best == nil {
		return false
	}
	k.use(now, best)
	return true
}

// agrees reports whether a way through TURN servers takes over from another one.
// There may be four, and both sides had better use the same: packets that come by
// another way than ours go leave ours in doubt. One side takes what is nearer, the
// other follows.
func (k *keeper) agrees(now time.Duration, p *path) bool {
	if bytes.Compare(k.key.in[:], k.key.out[:]) < 0 {
		return p.answers >= provenBy && p.nearer(k.active)
	}
	return p.waiting < 2 && p.chosen > k.active.chosen && now-p.chosen < 2*askActive
}

func (k *keeper) use(now time.Duration, p *path) {
	k.active = p
	p.answered, p.heard = max(p.answered, now), max(p.heard, now)
	p.soon = false
}

// busy reports whether QUIC's packets came, by whatever path, until the active
// one fell silent.
func (k *keeper) busy() bool {
	for _, p := range k.paths {
		if p.quic >= 0 && k.active.heard-p.quic < busyFor {
			return true
		}
	}
	return false
}

// spare is another path that packets should take as well: while a busy active
// one is silent, or the peer's packets have begun to come by another, nil
// otherwise.
func (k *keeper) spare(now time.Duration) *path {
	a := k.active
	if a == nil {
		return nil
	}
	doubt := k.busy() && now-a.heard >= doubtAfter
	var best *path
	for _, p := range k.paths {
		switch {
		case p == a || p.answered < 0:
		case now-p.quic < 2*doubtAfter && now-p.flowing < doubleFor:
			return p
		case doubt && p.waiting < 2 && p.before(best):
			best = p
		}
	}
	return best
}

// farewell tells the peer by all paths that we are gone.
func (k *keeper) farewell() {
	for _, p := range k.paths {
		k.sends = append(k.sends, keepSend{p.route, k.key.packet(keepBye, k.theirs), p.unproven()})
	}
}

// silence is how long the active path has been silent, 0 without one. It is
// asked once a second, so answers may be older by that much.
func (k *keeper) silence(now time.Duration) time.Duration {
	if k.active == nil {
		return 0
	}
	return max(now-k.active.heard, now-k.active.answered-askActive)
}

// doubtful reports whether the active path leaves questions unanswered for so
// long that a relay should be at hand.
func (k *keeper) doubtful(now time.Duration) bool {
	return k.active != nil && k.active.waiting > 1 && k.silence(now) >= relayAfter
}

// nextAt is when advance is due.
func (k *keeper) nextAt(now time.Duration) time.Duration {
	next := nat.Never
	for _, p := range k.paths {
		next = min(next, k.due(p))
	}
	if a := k.active; a != nil && len(k.paths) > 1 && k.busy() && a.heard+doubtAfter > now {
		next = min(next, a.heard+doubtAfter)
	}
	// Once it has passed only a packet can change anything.
	if silent := k.silentAt(); silent > now {
		next = min(next, silent)
	}
	return next
}
