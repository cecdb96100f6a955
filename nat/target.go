package nat

import (
	"net/netip"
	"slices"
	"time"
)

// target is one remote address checked through one of our sockets.
type target struct {
	addr         netip.AddrPort
	kind         Kind
	socket       int
	offered      bool // the peer told us of it, as opposed to a stranger
	behindRouter bool // gets openers only, while opening

	base    time.Duration // when its schedule began
	step    int           // checks sent since base
	next    time.Duration // when the next is due
	whole   int           // of them, those that were to arrive
	reached bool          // one was to arrive, whenever
	extra   int           // checks still to be sent for the peer's sake once valid
	credit  int           // packets that a stranger may still be sent
	checked time.Duration // when the last check went
	heard   time.Duration // when the peer's last check came

	valid bool
	rtt   time.Duration
	seen  netip.AddrPort
}

// outside says whether openers make sense: what is near they would reach.
func (p *Punch) outside(t *target) bool {
	return !onLAN(t.addr.Addr()) && !p.config.Restraint.Near(t.addr.Addr())
}

func (t *target) path() Path {
	return Path{Socket: t.socket, Remote: t.addr, Kind: t.kind, RTT: t.rtt, Local: t.seen}
}

// The schedule of checks to one candidate after its start: dense at first, as
// the first that meets the peer's makes the path, then every 200 ms.
var schedule = [...]time.Duration{0, 20 * time.Millisecond, 40 * time.Millisecond, 60 * time.Millisecond,
	100 * time.Millisecond, 150 * time.Millisecond, 200 * time.Millisecond, 300 * time.Millisecond,
	400 * time.Millisecond, 500 * time.Millisecond}

// An address that somebody has named may be a stranger's. So three checks to it
// are to arrive; at the other steps of the schedule go openers, which die on the
// way, to keep the way in open. It is the checks of the side that learns of the
// other last that meet an open way, mostly the first of them, so they go early.
// Where our ports are random only our own checks can make the path, and those of
// the side that learns first must wait for the other.
var (
	wholeEarly = [maxUnproven]time.Duration{0, 40 * time.Millisecond, 200 * time.Millisecond}
	wholeLate  = [maxUnproven]time.Duration{150 * time.Millisecond, 500 * time.Millisecond, 900 * time.Millisecond}
)

// mayReach reports whether the check that is due is one that is to arrive.
func (p *Punch) mayReach(now time.Duration, t *target) bool {
	if p.config.Plain {
		return true
	}
	when := &wholeEarly
	if p.config.LearntFirst && p.config.Local.Descriptor.Mapping == MappingRandom && p.outside(t) && t.addr.Addr().Is4() {
		when = &wholeLate
	}
	if t.whole == len(when) || now < t.base+when[t.whole] {
		return false
	}
	switch left := p.config.Restraint.Left(now, t.addr) - p.reserved(t); {
	case left <= 0, left == 1 && t.whole > 0 && now < t.base+when[len(when)-1]: // the last one is for when the others were lost
		return false
	case !p.config.Restraint.Spend(now, t.addr):
		return false
	}
	t.whole++
	t.reached = true
	return true
}

// reserved is how many of the packets that its computer may be sent a target leaves
// to others: to a later search, and one to each port there that has had none, if it
// has had one itself.
func (p *Punch) reserved(t *target) int {
	reserved := p.config.Reserve
	for _, o := range p.targets {
		if t.reached && !o.reached && o.offered && !o.valid && placeOf(o.addr.Addr()) == placeOf(t.addr.Addr()) {
			reserved++
		}
	}
	return reserved
}

// Openers must clear our own routers, home and carrier's, and die before the
// peer's, which may stand five routers away in the same town. How far away a
// carrier's router stands is not known, so the TTL rises: the longer it takes,
// the likelier it was too low.
var openers = [...]struct {
	from time.Duration
	ttl  int
}{{0, 3}, {200 * time.Millisecond, 4}, {time.Second, 5}, {3 * time.Second, 8}}

const (
	lateInterval   = 200 * time.Millisecond // after the schedule
	openerInterval = 100 * time.Millisecond
	openerLimit    = 1500 * time.Millisecond // then the opener rule's restraint ends
	extraChecks    = 3
	extraInterval  = 20 * time.Millisecond
)

// fire sends the check that is due to a target and schedules the next.
func (p *Punch) fire(now time.Duration, t *target) {
	if t.valid {
		p.fireExtra(now, t)
		return
	}
	t.step++
	if p.vigil.on && t.offered {
		p.vigil.keep(now, t)
		return
	}
	if p.opening && t.behindRouter {
		p.open(now, t)
		t.next = now + openerInterval
		return
	}
	switch {
	case !t.offered && t.credit > 0 && p.config.Restraint.Spend(now, t.addr), t.offered && p.mayReach(now, t):
		p.sendCheck(now, t, 0)
		p.stats.Checks++
	case t.offered && p.outside(t) && now-t.checked >= openerInterval:
		p.open(now, t)
	}
	switch {
	case !t.offered && t.credit <= 0:
		t.next = Never
	case t.step < len(schedule):
		t.next = max(t.base+schedule[t.step], now+schedule[1]/2)
	case p.ended && now-t.heard > time.Second:
		t.next = Never
	default:
		t.next = now + lateInterval
	}
}

// fireExtra repeats a check on a path that works, so that the peer, whose
// packets may have met a closed router so far, gets its chance too.
func (p *Punch) fireExtra(now time.Duration, t *target) {
	if t.extra == 0 {
		t.next = Never
		return
	}
	t.extra--
	t.next = now + extraInterval
	p.sendCheck(now, t, 0)
	p.stats.Checks++
}

// open sends an opener, if it may: it makes a mapping in our routers and dies before
// it reaches the peer's, where it could do harm.
func (p *Punch) open(now time.Duration, t *target) {
	if !p.config.Restraint.Open(now, t.addr) {
		return
	}
	p.sendCheck(now, t, p.openerTTL(now))
	p.stats.Openers++
}

// openerTTL is the TTL of an opener now.
func (p *Punch) openerTTL(now time.Duration) (ttl int) {
	for _, o := range openers {
		if now-p.learntAt >= o.from {
			ttl = o.ttl
		}
	}
	return ttl
}

// sendCheck sends one check and remembers it until its answer comes.
func (p *Punch) sendCheck(now time.Duration, t *target, ttl int) {
	t.checked = now
	if !t.offered && !t.valid {
		t.credit--
	}
	p.request(now, t.socket, t.addr, ttl, t.kind)
	// Together with probes not more than one packet each 2 ms.
	if p.probes.next != Never {
		p.probes.next += probeInterval
	}
}

// request sends a check to any address and remembers it.
func (p *Punch) request(now time.Duration, socket int, to netip.AddrPort, ttl int, kind Kind) {
	var id TxID
	for i := 0; i < len(id); i += 4 {
		r := p.rand.Uint32()
		id[i], id[i+1], id[i+2], id[i+3] = byte(r), byte(r>>8), byte(r>>16), byte(r>>24)
	}
	for len(p.pendingOrder) > 0 && (len(p.pendingOrder) >= maxPending || p.stale(now, p.pendingOrder[0])) {
		delete(p.pending, p.pendingOrder[0])
		p.pendingOrder = p.pendingOrder[1:]
	}
	p.pending[id] = pending{to: to, socket: socket, sentAt: now, kind: kind}
	p.pendingOrder = append(p.pendingOrder, id)
	p.sends = append(p.sends, Send{Socket: socket, To: to, TTL: ttl, Data: p.check.request(id)})
}

// stale says whether a check was answered or is too old to be.
func (p *Punch) stale(now time.Duration, id TxID) bool {
	sent, ok := p.pending[id]
	return !ok || now-sent.sentAt > pendingLife
}

// Packet takes a packet that came in on a socket and says whether it was one of
// ours. Packets that prove nothing change nothing and are never answered.
func (p *Punch) Packet(now time.Duration, socket int, from netip.AddrPort, b []byte) bool {
	from = netip.AddrPortFrom(from.Addr().Unmap().WithZone(""), from.Port())
	c, err := p.check.open(b)
	if err != nil || !from.IsValid() || from.Port() == 0 {
		p.stats.Forged++
		return false
	}
	if c.answer {
		p.answered(now, socket, from, c)
	} else {
		p.asked(now, socket, from, c.id)
	}
	return true
}

// answered takes the answer to a check: the path works in both directions.
func (p *Punch) answered(now time.Duration, socket int, from netip.AddrPort, c check) {
	sent, ok := p.pending[c.id]
	if !ok || sent.to != from || sent.socket != socket || now-sent.sentAt > pendingLife {
		p.stats.Replayed++
		return
	}
	delete(p.pending, c.id)
	p.stats.Received++
	p.hear(now, socket)
	t := p.find(socket, from)
	p.config.Restraint.Trust(now, from)
	if t == nil { // a probe has hit
		t = &target{addr: from, kind: sent.kind, socket: socket}
		p.admit(now, t)
	}
	rtt := now - sent.sentAt
	proven := !t.valid
	if proven {
		t.valid, t.rtt, t.seen = true, rtt, c.seen
		t.extra, t.next = extraChecks, now+extraInterval
	} else {
		t.rtt = min(t.rtt, rtt)
	}
	if !p.choose(now, t) && proven {
		p.events = append(p.events, Event{Kind: EventStandby, Path: t.path()})
	}
}

// asked takes a check of the peer: it is answered, its sender's address is
// learnt, and a check goes back at once (a triggered check, RFC 8445 section
// 7.3.1.4), as this is the moment when both routers are open.
func (p *Punch) asked(now time.Duration, socket int, from netip.AddrPort, id TxID) {
	if !p.fresh(id) {
		p.stats.Replayed++
		return
	}
	if !reachable(from.Addr(), true) {
		p.stats.Forged++
		return
	}
	t := p.find(socket, from)
	if t == nil {
		if t = p.stranger(now, socket, from); t == nil {
			p.stats.Strange++
			return
		}
	}
	p.stats.Received++
	p.config.Restraint.Hear(now, from)
	p.hear(now, socket)
	t.heard = now
	// A stranger gets at most three packets for its first check and two for
	// each further one, so that a replayed check aims nothing big at anybody.
	if t.credit += 2; t.credit > 3 {
		t.credit = 3
	}
	p.sends = append(p.sends, Send{Socket: socket, To: from, Data: p.check.reply(id, from)})
	p.stats.Answers++
	if !t.offered && !t.valid {
		t.credit--
	}
	due := t.checked == 0 || now-t.checked >= 10*time.Millisecond
	if !t.valid && (t.offered || t.credit > 0) && due && p.config.Restraint.Spend(now, from) {
		p.sendCheck(now, t, 0)
		p.stats.Checks++
		if t.next == Never {
			t.next = now + lateInterval/2
		}
	}
}

// hear ends the restraint of the opening side.
func (p *Punch) hear(now time.Duration, socket int) {
	p.sockets.hear(socket)
	if p.opening {
		p.startFull(now)
	}
}

// fresh remembers the id of a peer's check and says whether it was new.
func (p *Punch) fresh(id TxID) bool {
	if _, known := p.seen[id]; known {
		return false
	}
	if len(p.seenOrder) >= maxSeen {
		delete(p.seen, p.seenOrder[0])
		p.seenOrder = p.seenOrder[1:]
	}
	p.seen[id] = struct{}{}
	p.seenOrder = append(p.seenOrder, id)
	return true
}

func (p *Punch) find(socket int, from netip.AddrPort) *target {
	for _, t := range p.targets {
		if t.addr == from && t.socket == socket {
			return t
		}
	}
	return nil
}

// stranger takes an address that the peer's packets showed into the table. It
// is nil when the table is full of strangers heard within the last second.
func (p *Punch) stranger(now time.Duration, socket int, from netip.AddrPort) *target {
	t := &target{addr: from, kind: KindPeerReflexive, socket: socket, credit: 1, base: now, next: Never, heard: now}
	for _, o := range p.targets {
		if o.addr == from { // through another of our sockets
			t.kind = o.kind
		}
	}
	if !p.admit(now, t) {
		return nil
	}
	return t
}

// admit puts a stranger into the table, in the place of an idle one if need be.
func (p *Punch) admit(now time.Duration, t *target) bool {
	count, idle := 0, -1
	for i, o := range p.targets {
		if o.offered {
			continue
		}
		count++
		if o != p.best && now-o.heard > time.Second && (idle < 0 || o.heard < p.targets[idle].heard) {
			idle = i
		}
	}
	if count >= maxStrangers {
		if idle < 0 {
			return false
		}
		p.targets = slices.Delete(p.targets, idle, idle+1)
	}
	t.heard = now
	p.targets = append(p.targets, t)
	return true
}

// choose makes a path that was just proven the best one if it is, and reports
// whether it has become that now.
func (p *Punch) choose(now time.Duration, t *target) bool {
	switch {
	case p.best == nil:
		p.best, p.foundAt = t, now
		p.settle()
	case p.best == t || !t.better(p.best):
		return false
	default:
		p.best = t
	}
	p.events = append(p.events, Event{Kind: EventPath, Path: t.path()})
	return true
}

// settle ends the search after the first path. The candidates of the offer are
// tried for the rest of the schedule's half second: one may be better, and any
// other is a standby for when the first fails.
func (p *Punch) settle() {
	p.end()
	for _, t := range p.targets {
		if !t.valid && t.offered && t.step < len(schedule) {
			t.next = t.base + schedule[t.step]
		}
	}
}

// better says whether a path is worth changing to: a nearer class at once,
// otherwise one shorter by 5 ms and a tenth. IPv6 counts as 3 ms shorter, as
// no translator on its way forgets it.
func (t *target) better(than *target) bool {
	near, far := onLAN(t.addr.Addr()), onLAN(than.addr.Addr())
	if near != far {
		return near
	}
	a, b := t.rtt, than.rtt
	if t.addr.Addr().Is6() {
		a -= 3 * time.Millisecond
	}
	if than.addr.Addr().Is6() {
		b -= 3 * time.Millisecond
	}
	return b-a >= 5*time.Millisecond && b-a >= b/10
}
