package nat

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// Never is the time at which nothing is left to do.
const Never = time.Duration(1<<63 - 1)

// Limits of one Punch. What a peer or a stranger sends never makes it hold
// more than this.
const (
	maxTargets   = 16              // candidates being checked; full: the most tried one makes room
	maxStrangers = 8               // addresses that only the peer's packets showed; full: see stranger
	maxPending   = 4096            // unanswered checks remembered; full: the oldest is forgotten
	maxSeen      = 2048            // ids of the peer's checks remembered against replay; full: likewise
	maxLearns    = 8               // offers taken; later ones are ignored
	pendingLife  = 5 * time.Second // an answer later than this counts as none

	// BirthdaySockets is how many sockets an owner must be able to open when
	// EventOpenSockets asks for them, the main one included.
	BirthdaySockets = 256
)

// PunchConfig says between whom and how to punch. Zero values of the optional
// fields mean the defaults.
type PunchConfig struct {
	Secret    []byte   // what both know and nobody else; at least 8 bytes
	LocalKey  [32]byte // our public key
	RemoteKey [32]byte // the peer's
	Local     Offer    // what we told the peer about ourselves
	Seed      uint64   // of transaction ids and probed ports; from crypto/rand in a game

	// LearntFirst is the opener rule: the side that learns the other's offer
	// first sends only packets of low TTL to the other's router until it
	// hears something. Exactly one side should set it; if neither or both do,
	// most routers do not mind.
	LearntFirst bool
	// Deadline is how long to try from the moment when packets of full TTL
	// may be sent: 4 s by default, 6 s if Awaited, 1 s if the descriptors leave
	// no hope.
	Deadline time.Duration
	// Patience is how long to wait for a peer to whom a human carries our offer;
	// 0 if it learns of us by itself. Until something is heard of it, it gets
	// Knock, a packet that the owner of its Punch understands, three times at each
	// address, and otherwise packets of low TTL only, every 5 s in the long run.
	Patience time.Duration
	Knock    []byte
	// Awaited says that the peer has that patience: its way in is open.
	Awaited bool
	// NoTTL says that no TTL can be set here: with Patience, one whole check in 15 s
	// to each address takes the place of openers, and of two routers neither may
	// be symmetric.
	NoTTL bool
	// Restraint, if not nil, is shared with all else that is sent on others' word,
	// so that together it spares strangers. Ports are searched for only where it
	// knows somebody who vouches for the peer's address, or the offer is Entered.
	Restraint *Restraint
	// Entered says that the player himself has entered the peer's offer, such as a
	// reply that he was sent. Reserve is how many of the whole packets that an
	// address may be sent are left to a later search.
	Entered bool
	Reserve int
	// NoBirthday switches the search for random ports off, which opens 256
	// sockets or sends up to 2,000 packets to one address.
	NoBirthday bool
	// Loopback allows candidates on this very computer.
	Loopback bool
	// Plain leaves out openers, prediction, the birthday search and renewed
	// STUN: the baseline to compare with.
	Plain bool
}

// Errors of NewPunch.
var (
	ErrShortSecret = errors.New("nat: the secret of a session must have at least 8 bytes")
	ErrSameKey     = errors.New("nat: both players have the same key; is a copy of the game using the same identity file?")
)

// Send is a packet to be sent. Socket 0 is the main socket, others are those
// that EventOpenSockets asked for. TTL 0 is the system's default. If a socket
// cannot set the TTL, a packet with one must be left out rather than sent.
type Send struct {
	Socket int
	To     netip.AddrPort
	TTL    int
	Data   []byte
}

// Path is a way that has proven to work in both directions.
type Path struct {
	Socket int
	Remote netip.AddrPort
	Kind   Kind           // how the remote address was learnt
	RTT    time.Duration  // the shortest seen
	Local  netip.AddrPort // our own address as the peer sees it
}

// EventKind says what a Punch wants of its owner or has to tell.
type EventKind uint8

const (
	// EventPath: Event.Path works, or a better one than before does. The side
	// that Punch.Dials should now connect.
	EventPath EventKind = iota
	// EventStandby: Event.Path works too, and is no better than the one before.
	// It is worth keeping alive, to take over when that one fails.
	EventStandby
	// EventRestun: ask STUN servers again, by a flow that our router has not
	// seen yet (Gather.Restart); if our public port has moved, tell the peer,
	// whose owner gives the new offer to Learn.
	EventRestun
	// EventOpenSockets: open Event.Sockets-1 sockets, numbered from Event.First,
	// each on any port.
	// Sends through a socket that could not be opened may be dropped.
	EventOpenSockets
	// EventCloseSockets: close all those sockets except Event.Keep.
	EventCloseSockets
	// EventRelay: start on a relay for now, for Event.Reason; the search goes on.
	EventRelay
	// EventFailed: the search has ended without a path, for Event.Reason.
	// Checks of the peer are still answered, so an EventPath may yet follow.
	EventFailed
)

// Event is one thing for the owner to do or know.
type Event struct {
	Kind    EventKind
	Path    Path
	First   int
	Sockets int
	Keep    []int
	Reason  string
}

// Punch finds a path between two players. It is a state machine: time and
// packets go in, packets and events come out; it has no socket, clock or
// goroutine. Times count from any origin, the same one for all calls.
//
// It is not safe for concurrent use.
type Punch struct {
	config PunchConfig
	rand   *rand.Rand
	check  checker

	remote   Offer
	learns   int
	learntAt time.Duration
	opening  bool          // only openers go to the peer's router
	fullAt   time.Duration // T0: when packets of full TTL began; Never before
	deadline time.Duration
	restunAt time.Duration
	relayAt  time.Duration
	advised  bool // EventRelay was given
	held     bool // see Held
	ended    bool // nothing is scheduled any more

	targets []*target
	probes  prober
	sockets sockets
	vigil   vigil

	knockers int // addresses taken from knocks

	pending      map[TxID]pending
	pendingOrder []TxID
	seen         map[TxID]struct{}
	seenOrder    []TxID

	best    *target
	foundAt time.Duration
	stats   PunchStats

	sends  []Send
	events []Event
}

// PunchStats counts what a Punch did and met.
type PunchStats struct {
	Checks   int // checks of full TTL sent to candidates
	Openers  int // packets of low TTL sent
	Probes   int // packets sent to guessed ports
	Knocks   int // whole packets sent to a peer that does not know us yet
	Answers  int // answers sent
	Received int // checks and answers taken
	Forged   int // packets dropped because they proved nothing
	Replayed int // checks dropped because their id had been seen
	Strange  int // checks dropped because the table of strangers was full
}

type pending struct {
	to     netip.AddrPort
	socket int
	sentAt time.Duration
	kind   Kind
}

// NewPunch prepares a search. Before Learn it only answers: the peer may know
// us before we know it.
func NewPunch(config PunchConfig, now time.Duration) (*Punch, error) {
	if len(config.Secret) < 8 {
		return nil, ErrShortSecret
	}
	if config.LocalKey == config.RemoteKey {
		return nil, ErrSameKey
	}
	switch {
	case config.Deadline != 0:
	case config.Awaited:
		config.Deadline = awaitedDeadline
	default:
		config.Deadline = 4 * time.Second
	}
	config.Secret, config.Knock = bytes.Clone(config.Secret), bytes.Clone(config.Knock)
	var seed [32]byte
	for i := range 8 {
		seed[i] = byte(config.Seed >> (8 * i))
	}
	copy(seed[8:], config.LocalKey[:24])
	p := &Punch{
		config: config, check: newChecker(config.Secret, config.LocalKey, config.RemoteKey),
		rand:   rand.New(rand.NewChaCha8(seed)),
		fullAt: Never, deadline: Never, restunAt: Never, relayAt: Never,
		pending: map[TxID]pending{}, seen: map[TxID]struct{}{},
	}
	if p.config.Restraint == nil {
		p.config.Restraint = new(Restraint)
	}
	p.vigil.punch, p.probes.punch, p.sockets.punch = p, p, p
	p.probes.next, p.sockets.next = Never, Never
	p.config.Secret = nil // the checker has what it needs
	return p, nil
}

// greater compares public keys.
func greater(a, b [32]byte) bool { return bytes.Compare(a[:], b[:]) > 0 }

// Dials says whether our side is the one to connect over the path: the one with
// the larger key. The other listens.
func (p *Punch) Dials() bool { return greater(p.config.LocalKey, p.config.RemoteKey) }

// ID is the link id of the checks meant for this Punch: see CheckID.
func (p *Punch) ID() LinkID { return p.check.in }

// Stats returns the counters.
func (p *Punch) Stats() PunchStats { return p.stats }

// Path returns the best path found so far.
func (p *Punch) Path() (Path, bool) {
	if p.best == nil {
		return Path{}, false
	}
	return p.best.path(), true
}

// Likely returns the one address at which the peer will most probably be
// reached, as soon as its offer is known and long before anything is proven: the
// public one, where both routers keep one port for all destinations. ok is false
// where the descriptors promise less, and where both may be in one home.
func (p *Punch) Likely() (addr netip.AddrPort, ok bool) {
	local, remote := p.config.Local.Descriptor, p.remote.Descriptor
	if !local.Mapping.constant() || p.sameHome() {
		return addr, false
	}
	addr, ok = p.remote.public(KindMapped)
	if !ok && remote.Mapping.constant() {
		addr, ok = p.remote.public(KindReflexive, KindHost)
	}
	return addr, ok && p.find(0, addr) != nil // else it was not acceptable
}

// Learn takes the peer's offer and begins, or goes on with what is new in it.
// The offer may come from a hostile peer: unusable addresses are left out.
func (p *Punch) Learn(now time.Duration, remote Offer) {
	if p.learns == maxLearns {
		return
	}
	p.learns++
	p.remote.Descriptor = remote.Descriptor
	list := slices.Clone(remote.Candidates[:min(len(remote.Candidates), MaxCandidates)])
	slices.SortStableFunc(list, func(a, b Candidate) int { return a.rank() - b.rank() })
	fresh := 0
	for _, c := range list {
		c.Addr = netip.AddrPortFrom(c.Addr.Addr().Unmap(), c.Addr.Port())
		if p.acceptable(c) && p.addTarget(now+time.Duration(fresh)*5*time.Millisecond, c) {
			fresh++
		}
	}
	switch {
	case p.learns == 1:
		p.begin(now)
	case fresh > 0 && p.fullAt != Never && p.best == nil && p.hopeless() == "":
		// A second chance: the peer has found that its address moved.
		if p.ended {
			p.ended, p.deadline = false, now
		}
		p.deadline = max(p.deadline, now+p.config.Deadline/2)
	}
	p.Advance(now)
}

// acceptable says whether checks may be sent to a candidate.
func (p *Punch) acceptable(c Candidate) bool {
	if !c.valid() || !reachable(c.Addr.Addr(), p.config.Loopback) {
		return false
	}
	own := func(l Candidate) bool { return l.Kind == KindHost && l.Addr == c.Addr }
	return !slices.ContainsFunc(p.config.Local.Candidates, own)
}

// addTarget begins to check a candidate, unless its address is known.
func (p *Punch) addTarget(start time.Duration, c Candidate) bool {
	for _, t := range p.targets {
		if t.addr == c.Addr && t.socket == 0 {
			t.offered = true
			return false
		}
	}
	if !p.makeRoom() {
		return false
	}
	p.remote.Candidates = append(p.remote.Candidates, c)
	t := &target{addr: c.Addr, kind: c.Kind, offered: true, base: start, next: start}
	t.behindRouter = c.Kind == KindReflexive && c.Addr.Addr().Is4() && !p.config.Restraint.Near(c.Addr.Addr())
	p.targets = append(p.targets, t)
	return true
}

// makeRoom drops the candidate that has been tried most in vain when the table
// is full, so that hopeless ones do not hold the slots.
func (p *Punch) makeRoom() bool {
	count, worst := 0, -1
	for i, t := range p.targets {
		if !t.offered {
			continue
		}
		count++
		if !t.valid && t.step >= 5 && (worst < 0 || t.step > p.targets[worst].step) {
			worst = i
		}
	}
	if count < maxTargets {
		return true
	}
	if worst < 0 {
		return false
	}
	gone := p.targets[worst].addr
	p.targets = slices.Delete(p.targets, worst, worst+1)
	p.remote.Candidates = slices.DeleteFunc(p.remote.Candidates, func(c Candidate) bool { return c.Addr == gone })
	return true
}

// begin decides on tactics when the first offer comes.
func (p *Punch) begin(now time.Duration) {
	p.learntAt = now
	if p.config.Patience > 0 {
		p.vigil.begin(now)
		return
	}
	p.planProbes(now)
	if why := p.hopeless(); why != "" {
		p.advise(why)
	}
	for _, t := range p.targets {
		t.base, t.next = t.base+p.probes.holdOff, t.next+p.probes.holdOff
	}
	// Where ports are random neither side knows the other's tuple, so there is
	// no mapping that an early packet could take the place of.
	random := p.config.Local.Descriptor.Mapping == MappingRandom || p.remote.Descriptor.Mapping == MappingRandom
	p.opening = p.config.LearntFirst && !p.config.Plain && !random && p.best == nil && p.hopeless() == ""
	if !p.opening {
		p.startFull(now)
		return
	}
	p.relayAt = now + time.Second
}

// startFull is T0: from now on packets of full TTL go to all candidates.
func (p *Punch) startFull(now time.Duration) {
	p.opening, p.vigil.on = false, false
	p.fullAt = now
	p.deadline = now + p.config.Deadline
	p.relayAt = min(p.relayAt, now+500*time.Millisecond)
	if p.hopeless() != "" {
		p.deadline = now + min(time.Second, p.config.Deadline)
	}
	// Of random ports another answer would say nothing new.
	if !p.config.Plain && p.config.Local.Descriptor.Mapping != MappingRandom && p.hopeless() == "" {
		p.restunAt = now + 500*time.Millisecond
	}
	start := now + p.probes.holdOff
	for _, t := range p.targets {
		if !t.valid {
			t.base, t.step, t.whole, t.next = start, 0, 0, start
			start += 5 * time.Millisecond
		}
	}
}

// advise tells the owner once that a relay should take over for now.
func (p *Punch) advise(reason string) {
	if !p.advised && p.best == nil {
		p.advised = true
		p.events = append(p.events, Event{Kind: EventRelay, Reason: reason})
	}
}

// Advance lets everything happen that is due.
func (p *Punch) Advance(now time.Duration) {
	if p.opening && !p.vigil.on && now >= p.learntAt+openerLimit {
		p.startFull(now)
	}
	for _, t := range p.targets {
		if t.next <= now {
			p.fire(now, t)
		}
	}
	if p.best == nil && !p.ended {
		p.advanceSearch(now)
	}
}

// advanceSearch is the part of Advance that ends with the first path.
func (p *Punch) advanceSearch(now time.Duration) {
	p.vigil.advance(now)
	p.sockets.advance(now)
	p.probes.advance(now)
	if p.restunAt <= now {
		p.restunAt = Never
		p.events = append(p.events, Event{Kind: EventRestun})
	}
	if p.relayAt <= now {
		p.relayAt = Never
		p.advise("no direct path yet")
	}
	if p.deadline <= now && !p.vigil.resume(now) {
		p.end()
		p.events = append(p.events, Event{Kind: EventFailed, Reason: p.whyNot()})
	}
}

// end stops everything scheduled for a search.
func (p *Punch) end() {
	p.ended = true
	p.opening, p.vigil.on = false, false
	p.probes.next = Never
	p.restunAt, p.relayAt, p.deadline = Never, Never, Never
	for _, t := range p.targets {
		if !t.valid {
			t.next = Never
		}
	}
	p.sockets.close()
}

// Next says when Advance should be called again, Never if only a packet can
// change anything. It may lie in the past.
func (p *Punch) Next() time.Duration {
	next := Never
	for _, t := range p.targets {
		next = min(next, t.next)
	}
	switch {
	case p.vigil.on:
		next = min(next, p.vigil.next, p.vigil.until)
	case p.opening:
		next = min(next, p.learntAt+openerLimit)
	}
	if p.best == nil && !p.ended {
		next = min(next, p.probes.next, p.sockets.next, p.restunAt, p.relayAt, p.deadline)
	}
	return next
}

// AppendSends appends the packets to send, in order, and forgets them.
func (p *Punch) AppendSends(dst []Send) []Send {
	dst = append(dst, p.sends...)
	clear(p.sends)
	p.sends = p.sends[:0]
	return dst
}

// AppendEvents appends what there is to do or know, in order, and forgets it.
// Take events before sends: sockets must be open when they are used.
func (p *Punch) AppendEvents(dst []Event) []Event {
	dst = append(dst, p.events...)
	clear(p.events)
	p.events = p.events[:0]
	return dst
}
