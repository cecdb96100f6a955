package source

import (
	"net/netip"
	"time"
)

const (
	// freeTries is how often an address may err without a pause; each wider
	// prefix may widerTries times as often.
	freeTries  = 5
	widerTries = 4
	// The pause is firstPause after the first try that is not free, and doubles
	// up to longestPause.
	firstPause   = time.Second
	longestPause = time.Minute
	// forgetAfter is how long a source that does not err any more is remembered.
	forgetAfter = 10 * time.Minute
	// maxSources bounds the table. When it is full, the source that has been
	// quiet longest is forgotten.
	maxSources = 1024
)

// Pauses makes a source that errs wait before it may try again, longer each
// time. The zero value is ready. It is not safe for concurrent use.
type Pauses struct {
	tries map[netip.Prefix]*tries
}

// tries is what one source has done. Owner: Pauses.
type tries struct {
	wrong int
	last  time.Duration // when it erred last
	until time.Duration // it may not try before
}

// Wrong notes that an address has erred. Addresses that are not valid are not
// told apart.
func (p *Pauses) Wrong(addr netip.Addr, now time.Duration) {
	if p.tries == nil {
		p.tries = map[netip.Prefix]*tries{}
	}
	free := freeTries
	for _, prefix := range nestOrAll(addr) {
		p.of(prefix, now).wrongly(now, free)
		free *= widerTries
	}
}

// Wait returns how long an address has to wait before it may try, 0 if it need
// not.
func (p *Pauses) Wait(addr netip.Addr, now time.Duration) (wait time.Duration) {
	for _, prefix := range nestOrAll(addr) {
		if t := p.tries[prefix]; t != nil {
			wait = max(wait, t.until-now)
		}
	}
	return wait
}

// nestOrAll is Nest, with one source for all addresses that are not valid.
func nestOrAll(addr netip.Addr) []netip.Prefix {
	if nest := Nest(addr); len(nest) > 0 {
		return nest
	}
	return []netip.Prefix{{}}
}

// of returns the line of a source, a new one if it has none.
func (p *Pauses) of(prefix netip.Prefix, now time.Duration) *tries {
	if t := p.tries[prefix]; t != nil {
		return t
	}
	if len(p.tries) >= maxSources {
		p.forget(now)
	}
	t := new(tries)
	p.tries[prefix] = t
	return t
}

// forget drops all sources that have been quiet for long, or else the one that
// has been quiet longest.
func (p *Pauses) forget(now time.Duration) {
	var quietest netip.Prefix
	var since *tries
	for prefix, t := range p.tries {
		if now-t.last >= forgetAfter {
			delete(p.tries, prefix)
		} else if since == nil || t.last < since.last {
			quietest, since = prefix, t
		}
	}
	if len(p.tries) >= maxSources {
		delete(p.tries, quietest)
	}
}

func (t *tries) wrongly(now time.Duration, free int) {
	if t.wrong > 0 && now-t.last >= forgetAfter {
		t.wrong = 0
	}
	t.wrong++
	t.last = now
	if over := t.wrong - free; over >= 0 {
		pause := longestPause
		if over < 6 {
			pause = firstPause << over
		}
		t.until = now + pause
	}
}
