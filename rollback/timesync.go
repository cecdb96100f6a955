package rollback

import "slices"

// Constants of time synchronisation. The shape (trimmed mean, small slews,
// dead zone, a quick correction only at the start) is what rollback games have
// converged on.
const (
	syncSamples     = 48       // margins kept per peer: 0.8 s at 60 Hz
	syncEvery       = 8        // ticks between two decisions
	deadBehindMicro = 250      // less behind than this is left alone
	deadAheadMicro  = 8_000    // less ahead than this is left alone
	fastestPPM      = 10_000   // +1 %, when behind
	slowestPPM      = -5_000   // -0.5 %, when ahead
	fullScaleFrames = 3        // ahead or behind by this much slews at full rate
	clipFrames      = 6        // how much of one peer's distance counts
	brakeSeconds    = 3        // after the start, in which it may brake
	brakePPM        = -100_000 // -10 %: a frame in ten
	brakeFromMicro  = 10_000   // when ahead by more
	yieldSamples    = 7        // newest margins that tell a lead of now
	yieldPPM        = 160_000  // slower for each frame of a lead, once it is too long
	yieldMostPPM    = 500_000  // half the speed
)

// TimeSync keeps the peers of a match at the same frame at the same time,
// without a common clock. Each side measures its margin: how early (negative:
// late) the other's input for a frame is here, compared with the moment at
// which that frame is stepped here. Both exchange it, and half the difference
// is how far one is ahead of the other. It then plays a little slower or
// faster, so that both sides predict equally deep; nobody is rolled back for
// the other's sake. Only at the start, when they may be some frames apart, the
// one ahead brakes, by a tenth and for a second at most.
//
// A machine that cannot keep up at all is yielded to: the match runs at its speed
// anyway, and who ran on to the edge of the window would only predict deeper. Whoever
// leads the slowest by more than a frame and a half slows down in proportion, as far
// as he does predict that deep for it, and it can bear the rollbacks that it is then
// spared no longer: see Bears.
//
// It is arithmetic: margins go in, a Pace comes out.
type TimeSync struct {
	tickMicros int32
	late       bool // this side has come late
	ticks      int
	brakeUntil int   // tick
	brake      int   // ticks that are still to be run slowly
	cooldown   int   // ticks before another hard correction
	slew       int32 // as decided last
	pace       Pace
	peers      []peerMargin
	measured   []*peerMargin // those of whom there are enough margins
}

type peerMargin struct {
	bounded           bool
	leastSum, mostSum int32              // of both margins, if bounded
	samples           [syncSamples]int32 // as they came; number i stands at i%syncSamples
	sorted            [syncSamples]int32 // the same, the least one first
	n                 int                // taken so far
	mean              int32
	hasMean           bool
	remote            int32
	hasRemote         bool
	bears             int32 // frames of rollback
	newUntil          int   // tick until which it has to make up for its coming late
}

// BearsAny is how many frames of rollback a machine can bear that is never short of
// time.
const BearsAny = MaxWindowFrames

// Pace says how to run the next tick.
type Pace struct {
	PPM   int32 // play faster (positive) or slower by so many millionths, -500,000 to 10,000
	Extra int   // step so many frames more in this tick
}

// NewTimeSync returns the time synchronisation of a match with peers other
// machines at tickRate frames per second.
func NewTimeSync(tickRate, peers int) *TimeSync {
	t := &TimeSync{
		tickMicros: int32(1_000_000 / tickRate),
		brakeUntil: brakeSeconds * tickRate,
		peers:      make([]peerMargin, peers),
	}
	for i := range t.peers {
		t.peers[i].bears = BearsAny
	}
	return t
}

// Arrived notes a margin, in microseconds, of the newest input that a peer's
// datagram brought. Only inputs that are new should be noted: a repeat says
// nothing about time.
func (t *TimeSync) Arrived(peer int, marginMicros int64) {
	t.peers[peer].take(clampMicros(marginMicros))
}

// Margin returns the trimmed mean of a peer's recent margins, in microseconds,
// to be told to that peer. It reports false until there are enough.
func (t *TimeSync) Margin(peer int) (micros int32, ok bool) {
	return t.peers[peer].mean, t.peers[peer].hasMean
}

// Told notes the margin that a peer has measured of this side's inputs.
func (t *TimeSync) Told(peer int, marginMicros int32) {
	t.peers[peer].remote, t.peers[peer].hasRemote = marginMicros, true
}

// Bears notes how many frames of rollback a peer has time for in one tick, BearsAny
// at first and at most. It is not slowed down for as long as it would then have to
// roll back deeper.
func (t *TimeSync) Bears(peer, frames int) {
	t.peers[peer].bears = int32(max(0, min(frames, BearsAny)))
}

// ComeLate says that this side has come late into a match that runs: in the first seconds
// it makes up for all that it is behind, at once, and the others need not wait for it.
func (t *TimeSync) ComeLate() { t.late = true }

// Welcome begins with a peer that has come late, or has come back: for some seconds nobody
// slows down for it.
func (t *TimeSync) Welcome(peer int) {
	t.peers[peer].forget()
	t.peers[peer].newUntil = t.ticks + brakeSeconds*int(1_000_000/t.tickMicros)
}

// Forget drops a peer that is in the match no more: nobody waits for it, or runs after it.
func (t *TimeSync) Forget(peer int) { t.peers[peer].forget() }

// Bound says what both margins of a peer, in microseconds, can add up to: its own
// margin is the peer's word, and what does not fit is taken as the nearest that
// does. A margin holds the sender's input delay, the time on the way, and how far
// the two are apart; the last cancels out. So the sum is what both delay their
// inputs, less the round trip, whoever is ahead, and however the round trip is
// shared between the two ways.
func (t *TimeSync) Bound(peer int, leastMicros, mostMicros int64) {
	p := &t.peers[peer]
	p.bounded, p.leastSum, p.mostSum = true, clampMicros(leastMicros), clampMicros(mostMicros)
}

// AheadMicros returns how far this side is ahead of a peer (negative: behind).
func (t *TimeSync) AheadMicros(peer int) (micros int32, ok bool) { return t.peers[peer].ahead() }

func (p *peerMargin) ahead() (micros int32, ok bool) {
	return int32((p.believed() - int64(p.mean)) / 2), p.hasMean && p.hasRemote
}

// Corrected returns by how much a peer's word is believed otherwise than it was
// said, because of Bound.
func (t *TimeSync) Corrected(peer int) (micros int32) {
	p := &t.peers[peer]
	if !p.hasMean || !p.hasRemote {
		return 0
	}
	return int32(p.believed() - int64(p.remote))
}

// believed is the peer's word within its bounds.
func (p *peerMargin) believed() int64 {
	if !p.bounded {
		return int64(p.remote)
	}
	return max(int64(p.leastSum)-int64(p.mean), min(int64(p.remote), int64(p.mostSum)-int64(p.mean)))
}

// Tick returns the pace of the tick that is about to run.
func (t *TimeSync) Tick() Pace {
	t.ticks++
	t.cooldown = max(0, t.cooldown-1)
	t.pace.Extra = 0
	switch {
	case t.brake > 0:
		if t.brake--; t.brake == 0 {
			t.restart()
			t.slew = 0
		}
	case t.ticks%syncEvery == 0:
		t.decide()
	}
	t.pace.PPM = t.slew
	if yield := t.yield(); yield > 0 {
		t.pace.PPM = min(t.slew, -yield)
	}
	return t.pace
}

func (t *TimeSync) decide() {
	t.measured = t.measured[:0]
	for i := range t.peers {
		if p := &t.peers[i]; p.filter() {
			t.measured = append(t.measured, p)
		}
	}
	ahead, ok := t.ahead()
	t.slew = 0
	if !ok {
		return
	}
	starting := t.ticks <= t.brakeUntil
	switch {
	case t.late && starting && ahead <= -t.tickMicros && t.cooldown == 0:
		t.pace.Extra = int(-ahead / t.tickMicros)
		t.restart()
	case starting && ahead > brakeFromMicro && t.cooldown == 0:
		t.brake = int(ahead / (t.tickMicros / (1_000_000 / -brakePPM)))
		t.slew = brakePPM
	case !starting && ahead < -(t.tickMicros+brakeFromMicro) && t.cooldown == 0:
		t.pace.Extra = 1
		t.restart()
	case ahead >= deadAheadMicro:
		t.slew = t.part(ahead, slowestPPM)
	case ahead <= -deadBehindMicro:
		t.slew = t.part(-ahead, fastestPPM)
	}
}

// yield is by how many millionths to slow down for the slowest, who is not kept up
// with. Who is behind somebody else has so much less to give: leads that contradict
// each other, as over ways that differ there and back, slow nobody down.
func (t *TimeSync) yield() int32 {
	if t.ticks <= t.brakeUntil {
		return 0 // only the brake acts
	}
	most, least := int32(0), int32(0)
	for _, p := range t.measured {
		ahead, known := p.ahead()
		if !known || t.ticks < p.newUntil {
			continue
		}
		least = min(least, ahead)
		if ahead >= t.tickMicros { // for some time, that is
			most = max(most, t.lead(p))
		}
	}
	if most == 0 {
		return 0
	}
	lead := max(0, most+max(least, -1<<29))
	return int32(min(int64(lead)*yieldPPM/int64(t.tickMicros), yieldMostPPM))
}

// lead is how much farther than tolerable this side is ahead of a peer now. What both
// margins add up to changes slowly, this side's own is known at once.
func (t *TimeSync) lead(p *peerMargin) int32 {
	now, believed := int64(p.recent()), p.believed()
	ahead := (believed+int64(p.mean))/2 - now
	tolerable := int64(t.tickMicros) * 3 / 2
	spare := int64(p.bears)*int64(t.tickMicros) + believed
	return clampMicros(min(ahead-tolerable, -now-tolerable, spare))
}

// part is the part of the full rate that a distance asks for.
func (t *TimeSync) part(micros, fullPPM int32) int32 {
	full := fullScaleFrames * t.tickMicros
	return int32(int64(fullPPM) * int64(min(micros, full)) / int64(full))
}

// restart forgets the margins measured before a hard correction, and waits until
// new ones, here and there, speak of the time after it.
func (t *TimeSync) restart() {
	for i := range t.peers {
		t.peers[i].forget()
	}
	t.cooldown = syncSamples
}

// ahead is the mean over the peers, each clipped so that one far-off peer does
// not drag all others along.
func (t *TimeSync) ahead() (micros int32, ok bool) {
	sum, n := int64(0), int64(0)
	limit := clipFrames * t.tickMicros
	for _, p := range t.measured {
		if a, known := p.ahead(); known && t.ticks >= p.newUntil {
			sum += int64(max(-limit, min(a, limit)))
			n++
		}
	}
	if n == 0 {
		return 0, false
	}
	return int32(sum / n), true
}

// take puts a sample in the place of the oldest.
func (p *peerMargin) take(sample int32) {
	oldest, at := &p.samples[p.n%syncSamples], p.n
	if p.n++; p.n > syncSamples {
		if sample == *oldest {
			return
		}
		at, _ = slices.BinarySearch(p.sorted[:], *oldest)
	}
	*oldest = sample
	p.sort(at, sample)
}

// sort puts a sample into the order in place of the one that stands at a place.
func (p *peerMargin) sort(at int, sample int32) {
	sorted := p.sorted[:min(p.n, syncSamples)]
	for ; at > 0 && sorted[at-1] > sample; at-- {
		sorted[at] = sorted[at-1]
	}
	for ; at+1 < len(sorted) && sorted[at+1] < sample; at++ {
		sorted[at] = sorted[at+1]
	}
	sorted[at] = sample
}

// forget drops all samples.
func (p *peerMargin) forget() { p.n, p.hasMean, p.hasRemote = 0, false, false }

// filter takes the mean of the middle third, if there are enough samples: single late
// packets say nothing.
func (p *peerMargin) filter() bool {
	n := min(p.n, syncSamples)
	if n < syncEvery {
		return p.hasMean
	}
	sum := int64(0)
	middle := p.sorted[n/3 : n-n/3]
	for _, sample := range middle {
		sum += int64(sample)
	}
	p.mean, p.hasMean = int32(sum/int64(len(middle))), true
	return true
}

// recent is the median of the newest margins.
func (p *peerMargin) recent() int32 {
	n := min(p.n, yieldSamples)
	if n == 0 {
		return p.mean
	}
	var sorted [yieldSamples]int32
	for i := range n {
		sorted[i] = p.samples[(p.n-1-i)%syncSamples]
	}
	slices.Sort(sorted[:n])
	return sorted[n/2]
}

func clampMicros(v int64) int32 { return int32(max(-1<<30, min(v, 1<<30))) }
