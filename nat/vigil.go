package nat

import (
	"net/netip"
	"time"
)

// A guest who has an invite knows the host, but the host learns of the guest
// only when a human has carried the reply to it, minutes later perhaps. Until
// then the guest keeps a vigil: it knocks three times at each address, in case
// the host can be reached unasked, and from then on sends openers only, which
// die on the way. They keep the way in open for the host's first check.
//
// Where one of the two routers draws a new port for each destination, the vigil
// holds half of a birthday search open: 255 sockets of ours, or the way in from
// 255 ports of the host's address. The host brings the other half.

const (
	vigilKnocks   = 3                      // whole packets to one address
	vigilFast     = 15                     // openers at openerInterval; then it is a matter of keeping alive
	vigilInterval = 5 * time.Second        // a lost one leaves a mapping of 30 s alive
	vigilWhole    = 15 * time.Second       // where openers cannot be told to die
	vigilRing     = 60 * time.Millisecond  // between two of the 255: each has its turn in 15 s
	vigilGate     = 500 * time.Millisecond // before they are opened: the knocks may do
	vigilTTL      = 4                      // in the long run: beyond a carrier's router, if need be, and surely short of the peer's
	vigilReturns  = 8                      // to the vigil after something was heard and came to nothing

	awaitedRounds   = 8 // of 255 new ports each: two in three meet an open way in
	awaitedInterval = 600 * time.Millisecond
	awaitedDeadline = 6 * time.Second
	maxKnockers     = 4 // addresses that knocks came from
)

// knockSteps are the steps of a target's schedule at which it is knocked at: at
// once, after 300 ms and after 1 s.
var knockSteps = [vigilKnocks]int{1, 4, 11}

// vigil is the state of waiting.
type vigil struct {
	punch   *Punch
	on      bool
	until   time.Duration
	returns int

	to     netip.AddrPort // of the ring
	ports  []uint16       // of the peer's address that may come in; nil if it goes round our sockets
	next   time.Duration
	index  int
	passed bool // the first round is over
}

// begin takes the place of begin's tactics.
func (v *vigil) begin(now time.Duration) {
	p := v.punch
	v.until, v.next = now+p.config.Patience, Never
	if why := p.hopeless(); why != "" {
		p.advise(why)
	}
	v.planRing(now)
	v.watch(now, 0)
}

// watch begins to wait, or goes on with it at a later step of the schedule.
func (v *vigil) watch(now time.Duration, step int) {
	p := v.punch
	p.opening, v.on = true, true
	p.deadline, p.restunAt, p.relayAt = Never, Never, Never
	for i, t := range p.targets {
		if !t.valid && t.offered {
			t.step = step
			t.next = now + time.Duration(i)*5*time.Millisecond
		}
	}
}

// planRing decides what is held open beside the candidates.
func (v *vigil) planRing(now time.Duration) {
	p := v.punch
	local, remote := p.config.Local.Descriptor, p.remote.Descriptor
	to, ok := p.remote.public(KindReflexive, KindMapped, KindHost)
	if !ok || p.config.Restraint.Near(to.Addr()) || p.config.NoBirthday || p.config.NoTTL || p.hopeless() != "" || local.Mapping.dependent() == remote.Mapping.dependent() {
		return
	}
	v.to, v.next = to, now+vigilGate
	if local.Mapping.dependent() {
		return
	}
	taken := map[uint16]bool{}
	port := int(to.Port())
	if remote.Mapping == MappingPredictable && remote.Port != 0 {
		port = int(remote.Port)
	}
	for len(v.ports) < BirthdaySockets-1 {
		if port += int(remote.Delta); remote.Mapping != MappingPredictable || port < lowestPort || port > 1<<16-1 {
			port = lowestPort + p.rand.IntN(1<<16-lowestPort)
		}
		if !taken[uint16(port)] {
			taken[uint16(port)] = true
			v.ports = append(v.ports, uint16(port))
		} else if remote.Delta != 0 {
			port = lowestPort + p.rand.IntN(1<<16-lowestPort)
		}
	}
}

// keep sends what the vigil wants of one candidate and schedules the next.
func (v *vigil) keep(now time.Duration, t *target) {
	p := v.punch
	knock := p.config.Knock != nil && (t.step == knockSteps[0] || t.step == knockSteps[1] || t.step == knockSteps[2])
	near := !p.outside(t) // no router between: what dies soon arrives all the same
	switch {
	case knock && p.config.Restraint.Spend(now, t.addr):
		p.sends = append(p.sends, Send{To: t.addr, Data: p.config.Knock})
		p.stats.Knocks++
	case near, p.config.NoTTL && t.step <= vigilFast:
	case p.config.NoTTL:
		if p.config.Restraint.Trickle(now, t.addr) {
			p.sendCheck(now, t, 0)
			p.stats.Checks++
		}
	default:
		ttl := p.openerTTL(now)
		if t.step > vigilFast {
			ttl = vigilTTL
		}
		p.sendCheck(now, t, ttl)
		p.stats.Openers++
	}
	switch {
	case t.step < vigilFast:
		t.next = now + openerInterval
	case near:
		t.next = Never
	case p.config.NoTTL:
		t.next = now + vigilWhole
	default:
		t.next = now + vigilInterval
	}
}

// advance goes round the ring, and ends when patience does.
func (v *vigil) advance(now time.Duration) {
	p := v.punch
	if !v.on {
		return
	}
	if now >= v.until {
		p.end()
		p.events = append(p.events, Event{Kind: EventFailed, Reason: p.whyNot()})
		return
	}
	for v.next <= now {
		if v.ports == nil && !p.sockets.open {
			p.sockets.open = true
			p.events = append(p.events, Event{Kind: EventOpenSockets, First: 1, Sockets: BirthdaySockets})
		}
		pause := probeInterval
		if v.passed {
			pause = vigilRing
		}
		if v.ports == nil {
			p.request(now, v.index+1, v.to, vigilTTL, KindReflexive)
			p.stats.Openers++
		} else {
			p.request(now, 0, netip.AddrPortFrom(v.to.Addr(), v.ports[v.index]), vigilTTL, KindPeerReflexive)
			p.stats.Probes++
		}
		if v.index++; v.index == BirthdaySockets-1 {
			v.index, v.passed = 0, true
		}
		v.next = max(v.next, now-20*time.Millisecond) + pause // a late owner does not cause a burst
	}
}

// resume goes back to waiting when what was heard has led to nothing.
func (v *vigil) resume(now time.Duration) bool {
	p := v.punch
	if p.config.Patience == 0 || now >= v.until || v.returns == vigilReturns {
		return false
	}
	v.returns++
	v.watch(now, vigilFast)
	return true
}

// Knocked takes the address from which a peer's knock has come: see
// PunchConfig.Knock. Whoever has seen a knock can send it again from elsewhere,
// so the address gets three checks and no more unless it answers.
func (p *Punch) Knocked(now time.Duration, from netip.AddrPort) {
	from = netip.AddrPortFrom(from.Addr().Unmap().WithZone(""), from.Port())
	if p.best != nil || p.knockers == maxKnockers || from.Port() == 0 || !reachable(from.Addr(), p.config.Loopback) || p.find(0, from) != nil {
		return
	}
	if t := p.stranger(now, 0, from); t != nil {
		p.knockers++
		t.credit, t.next = 3, now
	}
}
