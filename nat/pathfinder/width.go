package pathfinder

import (
	"time"

	"github.com/visavis-netcode/visavis/nat"
)

const (
	wideBytes = 1200                   // of a long question and its answer: as the longest packets of QUIC
	wideAgain = 150 * time.Millisecond // or two round trips, from one to the next
	wideMost  = 4                      // in a row without an answer, before a path is narrow
	wideFor   = time.Second            // after an answer no other question is asked
	narrowFor = 5 * time.Second        // nor after such a verdict
)

// width is whether a path carries packets as long as QUIC's, there and back. Short
// ones, such as a game's ticks and our questions, pass where a tunnel lets no long
// one through, and nobody says so: QUIC goes on repeating them, and whatever else it
// has to send in the same packets is lost with them. So long questions are asked, but only while there is a reason to: QUIC has sent long packets, or none of
// its packets pass. A short one goes with each, and only if that has an answer, or
// anything else has come by the path, the lack of one counts.
type width struct {
	asked  time.Duration // when last; negative for never
	nonce  uint64        // of that one; 0 when it is answered
	missed int           // in a row
	known  time.Duration // when it last became known; negative for never
	narrow bool
	longs  uint64 // packets that QUIC had sent then: see sight.long
}

// doubtsWidth reports whether there is a reason to ask long questions by a path.
func (k *keeper) doubtsWidth(now time.Duration, p *path) bool {
	switch {
	case k.sight == nil || p.answered < 0:
		return false
	case p.missed > 0 || p.barren > now:
		return p.width.known < p.missedAt
	}
	return k.bound && p == k.active && k.sight.long() != p.width.longs
}

// wideDue is when the next long question is to be asked by a path. After one that
// says nothing yet, because nothing has come by the path since, no other is.
func (k *keeper) wideDue(now time.Duration, p *path) time.Duration {
	w := &p.width
	switch {
	case !k.doubtsWidth(now, p) || w.nonce != 0 && p.heard <= w.asked:
		return nat.Never
	case w.nonce == 0 && w.known >= 0 && p.missed == 0 && p.barren <= now:
		if w.narrow {
			return w.known + narrowFor
		}
		return w.known + wideFor
	}
	return w.asked + max(wideAgain, 2*p.rtt)
}

// askWide asks by a path if it is time, and gives a verdict if it was asked in vain
// often enough.
func (k *keeper) askWide(now time.Duration, p *path) {
	if k.wideDue(now, p) > now {
		return
	}
	w := &p.width
	if w.nonce != 0 {
		w.missed++
	}
	if w.missed >= wideMost {
		k.measured(now, p, true)
		return
	}
	if p.asked < now {
		k.ask(now, p)
	}
	w.asked, w.nonce = now, k.nonce()
	k.remember(w.nonce)
	k.sends = append(k.sends, keepSend{route: p.route, b: k.key.packet(keepAsk|keepWide, w.nonce)})
}

// tookWide takes the answer to a long question, and reports whether it is one.
func (k *keeper) tookWide(now time.Duration, p *path, nonce uint64) bool {
	if p == nil || p.width.nonce == 0 || p.width.nonce != nonce {
		return false
	}
	k.measured(now, p, false)
	return true
}

// measured notes what a path carries.
func (k *keeper) measured(now time.Duration, p *path, narrow bool) {
	p.width = width{asked: p.width.asked, known: now, narrow: narrow, longs: k.sight.long()}
	if p == k.active {
		k.sight.part(narrow)
	}
}

// fit has QUIC's packets cut as the path needs it that they take from now on, if
// that is known; otherwise they go on as before until it is.
func (k *keeper) fit(p *path) {
	if k.sight != nil && p.width.known >= 0 {
		k.sight.part(p.width.narrow)
	}
}
