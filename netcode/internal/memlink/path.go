package memlink

import (
	"slices"
	"time"
)

// Conditions are what one direction between two endpoints is like. The zero
// value is perfect: no delay, no loss.
type Conditions struct {
	Delay           time.Duration // one way; negative counts as 0
	Jitter          time.Duration // uniform from -Jitter to +Jitter, in whole microseconds; nothing arrives before it is sent
	LossPer10k      int           // of 10,000 packets so many are lost: 500 is 5 %
	DuplicatePer10k int           // of 10,000 datagrams that are not lost so many arrive twice
	// FeedBytesPerSecond is how much of a feed the path carries, 0 is without a limit.
	// What else there is is small, and passes it by.
	FeedBytesPerSecond int
}

// Path is one direction between two endpoints of a Network.
type Path struct {
	conditions Conditions
	jitterSpan uint64 // 2*jitter+1, in microseconds
	dark       bool
	blackouts  []interval
	perfect    bool // no draw decides anything: neither loss nor jitter nor darkness

	datagrams generator // decides every datagram's fate, two draws each
	messages  generator // losses and jitter of messages
	copies    generator // duplicates
	back      *Path     // the other direction
}

type interval struct{ start, end time.Duration }

// Number spaces of the three generators of a path; the first is the
// scoreboard's.
const (
	datagramSeed = 1000
	messageSeed  = 1 << 32
	copySeed     = 2 << 32
)

func (p *Path) seed(seed uint64, pair uint64) {
	p.datagrams = generator(hash2(seed, datagramSeed+pair))
	p.messages = generator(hash2(seed, messageSeed+pair))
	p.copies = generator(hash2(seed, copySeed+pair))
	p.SetConditions(Conditions{})
}

// Conditions returns what the path is like now.
func (p *Path) Conditions() Conditions { return p.conditions }

// SetConditions changes what the path is like for all that is sent from now
// on; what is on its way arrives as it was drawn.
func (p *Path) SetConditions(c Conditions) {
	c.Delay = max(c.Delay, 0)
	c.Jitter = max(c.Jitter, 0).Truncate(time.Microsecond)
	c.LossPer10k = min(max(c.LossPer10k, 0), 10000)
	c.DuplicatePer10k = min(max(c.DuplicatePer10k, 0), 10000)
	c.FeedBytesPerSecond = max(c.FeedBytesPerSecond, 0)
	p.conditions = c
	p.jitterSpan = 2*uint64(c.Jitter/time.Microsecond) + 1
	p.judge()
}

// SetDark switches the path off (true) and on again. Datagrams sent in the dark
// are lost, messages wait; what is on its way arrives.
func (p *Path) SetDark(dark bool) {
	p.dark = dark
	p.judge()
}

// Blackout makes the path dark from start until just before end, in network
// time.
func (p *Path) Blackout(start, end time.Duration) {
	if start < end {
		p.blackouts = append(p.blackouts, interval{start, end})
	}
	p.judge()
}

func (p *Path) judge() {
	p.perfect = p.conditions.LossPer10k == 0 && p.conditions.DuplicatePer10k == 0 &&
		p.jitterSpan == 1 && !p.dark && len(p.blackouts) == 0
}

// isDark reports whether what is sent now gets nowhere. It forgets blackouts
// that are over.
func (p *Path) isDark(now time.Duration) bool {
	if len(p.blackouts) == 0 {
		return p.dark
	}
	p.blackouts = slices.DeleteFunc(p.blackouts, func(b interval) bool { return b.end <= now })
	p.judge()
	for _, b := range p.blackouts {
		if b.start <= now {
			return true
		}
	}
	return p.dark
}

// datagram draws the fate of a datagram sent now: lost, or when it arrives and,
// if copied, when it arrives again.
func (p *Path) datagram(now time.Duration) (arrival time.Duration, lost bool, again time.Duration, copied bool) {
	if p.perfect {
		p.datagrams.skip(2)
		return now + p.conditions.Delay, false, 0, false
	}
	a, b := p.datagrams.next(), p.datagrams.next()
	lost = p.isDark(now) || a%10000 < uint64(p.conditions.LossPer10k)
	arrival = now + p.transit(b)
	if p.conditions.DuplicatePer10k > 0 {
		c, d := p.copies.next(), p.copies.next()
		copied = c%10000 < uint64(p.conditions.DuplicatePer10k)
		again = now + p.transit(d)
	}
	return arrival, lost, again, copied
}

// transit is the delay with the jitter that a draw says.
func (p *Path) transit(draw uint64) time.Duration {
	jitter := time.Duration(draw%p.jitterSpan) * time.Microsecond
	return max(0, p.conditions.Delay+jitter-p.conditions.Jitter)
}

// tries is the bound on how often one message is drawn lost.
const tries = 64

// message draws how often a message is lost before it gets through, and how
// long the last try takes.
func (p *Path) message() (losses int, transit time.Duration) {
	for losses < tries && p.messages.next()%10000 < uint64(p.conditions.LossPer10k) {
		losses++
	}
	return losses, p.transit(p.messages.next())
}

// retransmitAfter is how long a sender waits before it sends a message again.
func (p *Path) retransmitAfter() time.Duration {
	const ackDelay = 25 * time.Millisecond // RFC 9000 section 18.2, max_ack_delay
	there, back := p.conditions, p.back.conditions
	return there.Delay + back.Delay + there.Jitter + back.Jitter + ackDelay
}
