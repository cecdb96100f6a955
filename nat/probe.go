package nat

import (
	"net/netip"
	"slices"
	"time"
)

// A router that draws a new port for each destination hides the port that its
// player's packets to us will come from. Two things help. If the ports are
// counted, the next ones can be told. If they are random and our own router
// keeps one port for all, there is the birthday paradox: the other side opens
// 256 sockets towards us, each with a port of its own, and we try ports of its
// address at random; after 174 of 64,512 ports the chance to have met one is
// one half, after 1,200 it is 99 %.
const (
	probeInterval = 2 * time.Millisecond // 500 a second
	maxProbes     = 2000                 // within 4 s; each leaves an entry in our router's table for a while
	probeLife     = 4 * time.Second
	lowestPort    = 1024
	gateDelay     = 200 * time.Millisecond // before searching when a plain check may do: a long round trip

	nearSweep   = 64  // counted ports tried on either side of the expected one
	farSweep    = 512 // and then beyond, where 256 opened sockets would lie
	openBatch   = 4   // sockets opened every 2 ms
	mutualDelay = 300 * time.Millisecond
)

// Waves of packets through the opened sockets. They only have to make a mapping
// in our own router, so their TTL is low: a packet that reaches the peer's too
// early could close it (see the opener rule). The second makes up for lost packets,
// the last is for carriers whose router stands far away.
var waves = [...]struct {
	at  time.Duration
	ttl int
}{{0, 4}, {1100 * time.Millisecond, 4}, {2200 * time.Millisecond, 8}}

// prober tries ports of the peer's public address.
type prober struct {
	punch   *Punch
	to      netip.AddrPort // the port is the one seen last
	step    int            // by which ports are counted, 0 for random ones
	mutual  bool           // both sides count: probes of both must meet in pairs
	sent    int
	tries   int // position in the order of guesses
	next    time.Duration
	until   time.Duration
	holdOff time.Duration // how long plain checks wait, as they would take ports from the count
	tried   []uint64      // a bit for each port
}

// sockets is the other half: many mappings in our own router.
type sockets struct {
	punch   *Punch
	to      netip.AddrPort
	next    time.Duration
	began   time.Duration
	wave    int
	index   int   // of the next socket in this wave
	first   int   // number of the first socket less one
	heardOn []int // sockets that the peer was heard on
	open    bool
}

func (s *sockets) hear(socket int) {
	if socket != 0 && !slices.Contains(s.heardOn, socket) {
		s.heardOn = append(s.heardOn, socket)
	}
}

// planProbes chooses the tactics that the two descriptors ask for.
func (p *Punch) planProbes(now time.Duration) {
	local, remote := p.config.Local.Descriptor, p.remote.Descriptor
	if p.config.Plain || local.Mapping == MappingBlocked || remote.Mapping == MappingBlocked {
		return
	}
	to, ok := p.remote.public(KindReflexive, KindMapped, KindHost)
	if !ok {
		return
	}
	// With a public or forwarded port on either side a plain check will do.
	gate := now
	independent := local.Mapping
	if independent.dependent() {
		independent = remote.Mapping
	}
	if independent != MappingIndependent || local.PortMapped || remote.PortMapped {
		gate += gateDelay
	}
	switch {
	case p.config.Awaited && local.Mapping.dependent() && remote.Mapping.dependent():
		// Counting towards each other needs a common moment.
	case p.config.Awaited && local.Mapping.dependent() && !p.config.NoBirthday:
		if p.maySearch(now, to) { // its packets are to arrive
			p.sockets.to, p.sockets.next = to, gate
		}
	case local.Mapping == MappingPredictable && remote.Mapping == MappingPredictable:
		if !p.sameHome() && p.probes.aim(now, to, remote) {
			p.probes.mutual = true
			p.probes.holdOff = mutualDelay
		}
	case local.Mapping.dependent() && remote.Mapping.dependent():
	case remote.Mapping == MappingPredictable:
		p.probes.aim(gate, to, remote)
	case p.config.NoBirthday:
	case remote.Mapping == MappingRandom:
		p.probes.aim(gate, to, remote)
	case local.Mapping == MappingPredictable && p.maySearch(now, to):
		// The peer's sweep comes first; it mostly does.
		p.sockets.to, p.sockets.next = to, max(gate, now+500*time.Millisecond)
	case local.Mapping == MappingRandom && p.maySearch(now, to):
		p.sockets.to, p.sockets.next = to, gate
	}
}

// sameHome says whether both offers show one public address.
func (p *Punch) sameHome() bool {
	ours, ok := p.config.Local.public(KindReflexive)
	theirs, also := p.remote.public(KindReflexive)
	return ok && also && ours.Addr() == theirs.Addr()
}

// maySearch reports whether the peer is surely at an address, which has not been
// searched too often.
func (p *Punch) maySearch(now time.Duration, to netip.AddrPort) bool {
	p.held = !p.config.Restraint.Search(now, to.Addr(), p.config.Entered)
	return !p.held
}

// Held reports whether ports of the peer would have been searched for if somebody
// vouched for its address: see Restraint.
func (p *Punch) Held() bool { return p.held }

// aim begins a search of the peer's ports, if it may.
func (b *prober) aim(at time.Duration, to netip.AddrPort, d Descriptor) bool {
	p := b.punch
	if !p.maySearch(at, to) {
		return false
	}
	b.to, b.next, b.until = to, at, at+probeLife
	b.tried = make([]uint64, 1<<16/64)
	if d.Mapping == MappingPredictable {
		b.step = int(d.Delta)
		if d.Port != 0 {
			b.to = netip.AddrPortFrom(to.Addr(), d.Port)
		}
	}
	return true
}

// advance sends the probes that are due, one each 2 ms.
func (b *prober) advance(now time.Duration) {
	p := b.punch
	for b.next <= now {
		port, ok := b.guess()
		if !ok || b.sent == maxProbes || now >= b.until {
			b.next, b.tried = Never, nil
			return
		}
		to := netip.AddrPortFrom(b.to.Addr(), port)
		ttl := 0
		if b.mutual && p.opening {
			ttl = openers[0].ttl
		}
		b.sent++
		p.stats.Probes++
		due := max(b.next, now-20*time.Millisecond) // a late owner does not cause a burst
		p.request(now, 0, to, ttl, KindPeerReflexive)
		b.next = due + probeInterval
	}
}

// guess returns the next port to try, each at most once.
func (b *prober) guess() (port uint16, ok bool) {
	p := b.punch
	for {
		var guess int
		switch base, k := int(b.to.Port()), b.tries; {
		case b.step != 0 && k < nearSweep:
			guess = base + b.step*(k+1)
		case b.mutual, b.step != 0 && p.config.NoBirthday && k >= 2*nearSweep:
			return 0, false
		case b.step != 0 && k < 2*nearSweep:
			guess = base - b.step*(k-nearSweep+1)
		case b.step != 0 && k < 2*nearSweep+farSweep:
			guess = base + b.step*(k-nearSweep+1)
		default:
			guess = lowestPort + p.rand.IntN(1<<16-lowestPort)
		}
		b.tries++
		if guess < lowestPort || guess > 1<<16-1 || b.tried[guess/64]>>(guess%64)&1 == 1 {
			continue // maxProbes of 64,512 leave enough untried
		}
		b.tried[guess/64] |= 1 << (guess % 64)
		return uint16(guess), true
	}
}

// advance sends the waves through the sockets, a few each 2 ms.
func (s *sockets) advance(now time.Duration) {
	p := s.punch
	if s.next > now {
		return
	}
	if s.index == 0 {
		s.beginWave(now)
	}
	for range openBatch {
		p.request(now, s.first+s.index, s.to, s.waveTTL(), KindReflexive)
		p.stats.Openers++
		s.index++
		if s.index < BirthdaySockets {
			continue
		}
		s.wave, s.index = s.wave+1, 0
		s.next = s.nextWave()
		return
	}
	s.next = now + probeInterval
}

// beginWave opens the sockets of a wave: the same ones in each, unless the peer
// waits with its ways in, which new ports may meet.
func (s *sockets) beginWave(now time.Duration) {
	p := s.punch
	s.index = 1
	if s.wave == 0 {
		s.began = now
	}
	if s.wave > 0 && p.config.Awaited {
		s.close()
		s.first += BirthdaySockets - 1
	}
	if !s.open {
		s.open = true
		p.events = append(p.events, Event{Kind: EventOpenSockets, First: s.first + 1, Sockets: BirthdaySockets})
	}
}

func (s *sockets) waveTTL() int {
	p := s.punch
	if p.config.Awaited {
		return 0
	}
	return waves[s.wave].ttl
}

// nextWave is when the wave after the present one begins.
func (s *sockets) nextWave() time.Duration {
	p := s.punch
	switch {
	case p.config.Awaited && s.wave < awaitedRounds:
		return s.began + time.Duration(s.wave)*awaitedInterval
	case !p.config.Awaited && s.wave < len(waves):
		return s.began + waves[s.wave].at
	}
	return Never
}

// close gives back all sockets but those that the peer was heard on.
func (s *sockets) close() {
	p := s.punch
	s.next = Never
	if !s.open {
		return
	}
	s.open = false
	keep := slices.Clone(s.heardOn)
	if p.best != nil && p.best.socket != 0 && !slices.Contains(keep, p.best.socket) {
		keep = append(keep, p.best.socket)
	}
	p.events = append(p.events, Event{Kind: EventCloseSockets, Keep: keep})
}
