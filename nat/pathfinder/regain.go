package pathfinder

import (
	"time"

	"github.com/visavis-netcode/visavis/nat"
)

const (
	regainTries = 6 // searches for a direct path that was lost: after 0, 5, 15, 35, 75 and 135 s
	regainPause = time.Minute
)

// regaining is the search for a direct path while the pair is relayed: because it
// has lost the one that it had, or has never found one. A router that has
// restarted gives us another port, which the peer is told of; the peer's router
// must be opened for it. Each address is checked three times by each search.
type regaining struct {
	had   bool          // there was a direct path
	tries int           // since it was lost
	at    time.Duration // of the next try; 0 for none
}

// switched notes what kind of path is used from now on.
func (r *regaining) switched(now time.Duration, direct bool) {
	switch {
	case direct:
		*r = regaining{had: true}
	case r.tries > 0 || r.at > 0:
	case r.had:
		r.at = now
	default:
		r.at, r.tries = now+searchAgain, 1 // the first search goes on for as long
	}
}

// advance searches anew when it is time to.
func (r *regaining) advance(now time.Duration, p *pair) {
	if r.at == 0 || now < r.at {
		return
	}
	r.at = 0
	if p.punch == nil || p.punch.Hopeless() != "" {
		return
	}
	if r.tries++; r.tries < regainTries {
		r.at = now + min(searchAgain<<(r.tries-1), regainPause)
	}
	if now-p.searched < searchAgain/2 {
		return // the search that began when the direct path fell silent goes on
	}
	p.f.log.Debug("pathfinder: relayed, searching a direct path", "peer", p.remoteName(), "try", r.tries)
	p.f.gather.again(now)
	_ = p.search(now) // cannot fail: it did not the first time
}

func (r *regaining) next() time.Duration {
	if r.at == 0 {
		return nat.Never
	}
	return r.at
}

// lost reports whether the path in use has been silent for so long that another is
// to be searched for, and that was not done a moment ago. A search from before this
// silence does not count: where packets get lost some begin that nobody needs.
func (p *pair) lost(now time.Duration) bool {
	a, silence := p.keep.active, p.keep.silence(now)
	if a == nil || a.waiting < 2 || silence < relayAfter {
		return false
	}
	again := searchAgain
	if p.searched < now-silence {
		again = searchSoon
	}
	return p.searched <= p.since || now-p.searched >= again
}
