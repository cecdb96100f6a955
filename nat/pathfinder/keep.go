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
	lostInARow = 4                      // packets of QUIC that went, and did not come, before a question that did
	missedMost = 4                      // such questions in a row, for missedFor at least, before a path is barren
	missedFor  = 800 * time.Millisecond
	barrenFor  = time.Minute            // a path is not used by which questions pass and QUIC does not
	carriedFor = 3 * time.Second        // after it was shown that QUIC passes by a path, another path may be left for it
	maxSample  = 1200                   // bytes of the packet of QUIC that a path has to show it by
	relayAfter = 700 * time.Millisecond // of silence the relay is asked for, and the search begins anew
	lostAfter  = 3 * time.Second        // without an answer a path is given up by which only packets of the peer come
	provenBy   = 3                      // answers in a row before a path takes over from one of a higher rank
	nearerBy   = 5 * time.Millisecond   // and a tenth: what makes the way through another player the better one
	maxKept    = 12                     // paths of a pair; when full, one that does not answer makes room
	maxUnheard = 3                      // questions to a path that has never answered
	oneWay     = 4                      // questions without an answer after which packets of the peer do not count
)

// path is a way to the peer and how it has done.
type path struct {
	route pathconn.Route
	kind  Kind
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
	former   bool          // it was proven by the key of before the connection only
	better   bool          // than the active one of the same rank, as the search thinks
	carried  time.Duration // when the peer last showed that QUIC's packets come by it; negative for never
	missed   int           // answers in a row that showed the contrary
	missedAt time.Duration // when the first of them came
	barren   time.Duration // until when it is not used for that
	nonces   [8]question
	next     int
	width    width
}

type question struct {
	nonce uint64
	at    time.Duration
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
	sight  interface { // what is seen of QUIC's packets; nil for nothing
		latest(r pathconn.Route) pathconn.Mark
		passed(r pathconn.Route, mark pathconn.Mark, ago time.Duration) (later int, ok bool)
		again(r pathconn.Route)
		long() uint64     // packets of QUIC that were sent and are long
		part(narrow bool) // whether those go in parts from now on
	}
	bound bool // the key is that of a connection, over which QUIC flows

	asks   uint64    // bound: the number of the last question is its nonce
	theirs window    // bound: of those of the peer
	recent [8]uint64 // our latest nonces, and how many there were
	drawn  int
	last   uint64        // the peer's latest
	left   bool          // the peer has said farewell
	begged time.Duration // when the peer last said that it needs a relay; 0 for never
}

type keepSend struct {
	route    pathconn.Route
	b        []byte
	unproven bool // the route leads to an address that has never answered
	sample   bool // a packet of QUIC goes before it
}

// longAgo is before everything that counts: what has not happened yet.
const longAgo = -time.Hour

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
func (k *keeper) add(now time.Duration, r pathconn.Route, kind Kind) *path {
	if p := k.find(r); p != nil {
		return p
	}
	if len(k.paths) >= maxKept && !k.makeRoom(now) {
		return nil
	}
	p := &path{route: r, kind: kind, rank: rankOf(kind),
		heard: longAgo, quic: longAgo, answered: longAgo, chosen: longAgo, asked: longAgo, carried: longAgo,
		width: width{asked: longAgo, known: longAgo}}
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
	p.waiting, p.former = 0, false
	p.answered, p.heard = now, max(p.heard, now)
}

// take works on a packet that came by a route, of a path of some kind if it is a
// new one, and reports whether it is the peer's: by the connection's key one that is
// played again is not.
func (k *keeper) take(now time.Duration, r pathconn.Route, kind Kind, b []byte) (p *path, ok bool) {
	what, nonce, mark, ok := k.key.open(b)
	if !ok {
		return nil, false
	}
	if what&keepTURN != 0 {
		kind = TURN
	}
	p = k.find(r)
	switch what & keepWhat {
	case keepBye:
		// One that is played again names a question that was never asked.
		ok = nonce != 0 && slices.Contains(k.recent[:], nonce)
		k.left = k.left || ok
		return p, ok
	case keepAsk:
		if k.bound && !k.theirs.fresh(nonce) {
			if p != nil && p.answered >= 0 {
				k.answer(r, nonce, what) // a copy may have been faster than this one
			}
			return nil, false
		}
		k.last = nonce
		k.answer(r, nonce, what)
		switch {
		case p == nil: // the peer's address may have changed
			if p = k.add(now, r, kind); p != nil {
				k.ask(now, p)
			}
		case p.answered < 0 && p.waiting >= maxUnheard:
			p.waiting = maxUnheard - 1 // it was given up too early
		case p != k.active && p.waiting > 1:
			p.waiting, p.soon = min(p.waiting, oneWay-1), true // it was silent, and comes back perhaps
		}
		if p != nil && what&keepUsed != 0 {
			p.chosen = now
		}
		if what&keepRelay != 0 {
			k.begged = now
		}
		return p, true
	}
	if what&keepWide != 0 {
		return p, k.tookWide(now, p, nonce)
	}
	if p == nil {
		return nil, false
	}
	for i := range p.nonces {
		q := &p.nonces[i]
		if q.at == 0 || q.nonce != nonce {
			continue
		}
		p.prove(now, now-q.at)
		p.answers++
		k.judge(now, p, mark, now-q.at)
		if p.answers >= provenBy && k.carries(now, p) {
			p.soon = false // it takes over now, or is not the better one
		}
		*q = question{}
		return p, true
	}
	return nil, false
}

// answer answers a question by the route that it came, a long one at length.
func (k *keeper) answer(r pathconn.Route, nonce uint64, what byte) {
	var latest pathconn.Mark
	if k.sight != nil {
		latest = k.sight.latest(r)
	}
	k.sends = append(k.sends, keepSend{route: r, b: k.key.answer(nonce, latest, what)})
}

func (k *keeper) ask(now time.Duration, p *path) {
	if p.waiting == 0 {
		p.first = now
	}
	if p.waiting++; p.waiting > 1 {
		p.answers = 0
	}
	p.asked = now
	nonce := k.nonce()
	k.remember(nonce)
	p.nonces[p.next%len(p.nonces)] = question{nonce, max(now, 1)}
	p.next++
	what := byte(keepAsk)
	if p.rank == rankTURN && p.route.Socket != 0 {
		what |= keepTURN
	}
	if p == k.active {
		what |= keepUsed
	}
	if k.deaf(now) {
		what |= keepRelay
	}
	// Not to whom nobody knows. By the active path in a silence: when that ends, QUIC need
	// not wait for its own next try, which may be twice as far off as the silence was long.
	sample := k.bound && p.answered >= 0 && (p != k.active || p.waiting > 1)
	k.sends = append(k.sends, keepSend{p.route, k.key.packet(what, nonce), p.unproven(), sample})
}

// remember keeps a nonce that a farewell of the peer may name.
func (k *keeper) remember(nonce uint64) {
	k.recent[k.drawn%len(k.recent)] = nonce
	k.drawn++
}

func (k *keeper) nonce() uint64 {
	if !k.bound {
		return k.draw()
	}
	k.asks++
	return k.asks
}

// bind goes on with the key of a connection, which flows by the active path. By it
// the other paths are yet to be proven.
func (k *keeper) bind(now time.Duration, key keepKey) {
	k.key, k.bound = key, true
	for _, p := range k.paths {
		p.waiting, p.answers, p.nonces, p.asked = 0, 0, [8]question{}, longAgo
		p.width.nonce = 0
		if p == k.active {
			p.answered, p.heard, p.quic = now, now, now
		}
		p.former = p != k.active
	}
}

// judge takes what an answer shows of QUIC's packets by the path that it came by.
func (k *keeper) judge(now time.Duration, p *path, mark pathconn.Mark, ago time.Duration) {
	if k.sight == nil {
		return
	}
	later, ok := k.sight.passed(p.route, mark, ago)
	switch {
	case !ok && mark != 0: // somebody else's, which says nothing of ours
	case later >= lostInARow:
		if p.missed++; p.missed == 1 {
			p.missedAt = now
		}
		if p.missed >= missedMost && now-p.missedAt >= missedFor {
			p.barren, p.soon, p.better = now+barrenFor, false, false
		}
	case ok:
		p.carried, p.missed, p.barren = now, 0, 0
	}
}

// deaf reports whether questions pass by the active path and QUIC's packets do not.
func (k *keeper) deaf(now time.Duration) bool {
	return k.active != nil && (k.active.missed > 1 || k.active.barren > now)
}

// carries reports whether QUIC's packets pass by a path, as far as that is to be
// asked for.
func (k *keeper) carries(now time.Duration, p *path) bool {
	return !k.bound || k.sight == nil || now-p.carried < carriedFor
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
	case p.soon && p.waiting < oneWay:
		return p.asked + max(askNew, p.rtt*3/2)
	case p == a && p.missed > 0 && p.barren == 0:
		return p.asked + max(askLate, p.rtt)
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
		k.askWide(now, p)
	}
	return k.choose(now)
}

// choose finds the path to be used.
func (k *keeper) choose(now time.Duration) bool {
	a := k.active
	var best *path
	for _, p := range k.paths {
		if p == a || p.answered < 0 || p.former || p.barren > now {
			continue
		}
		if (a == nil || a.barren > now || k.silentAt() <= now && p.answered > a.answered) && p.waiting < 2 {
			if best == nil || k.carries(now, p) != k.carries(now, best) && k.carries(now, p) || k.carries(now, p) == k.carries(now, best) && p.before(best) {
				best = p
			}
			continue
		}
		if a == nil || k.silentAt() <= now {
			continue
		}
		if k.overtakes(now, p, a) && p.before(best) {
			best = p
		}
	}
	if best == nil {
		return false
	}
	k.use(now, best)
	return true
}

// overtakes reports whether a path takes over from one that works. The latter is
// left for one only by which QUIC passes.
func (k *keeper) overtakes(now time.Duration, p, a *path) bool {
	switch {
	case p.rank < a.rank || p.better && p.rank == a.rank:
		p.soon = p.soon || p.answers > 0
		return p.answers >= provenBy && k.carries(now, p)
	case p.rank == rankPlayer && a.rank == rankPlayer:
		return p.answers >= provenBy && p.nearer(a) && k.carries(now, p)
	case p.rank == rankTURN && a.rank == rankTURN:
		return k.agrees(now, p) && k.carries(now, p)
	}
	return false
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
	p.soon, p.better, p.missed = false, false, 0
	k.fit(p)
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
	doubt := k.busy() && now-a.heard >= doubtAfter || a.missed > 0
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
		k.sends = append(k.sends, keepSend{p.route, k.key.packet(keepBye, k.last), p.unproven(), false})
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
	return k.active != nil && k.active.waiting > 1 && k.silence(now) >= relayAfter || k.deaf(now) ||
		k.begged > 0 && now-k.begged < 2*askActive
}

// nextAt is when advance is due.
func (k *keeper) nextAt(now time.Duration) time.Duration {
	next := nat.Never
	for _, p := range k.paths {
		next = min(next, k.due(p), k.wideDue(now, p))
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
