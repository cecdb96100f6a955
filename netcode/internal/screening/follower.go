package screening

import (
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

const (
	wishesEvery = wishCost // that are sent
	steady      = 2        // frames by which the picture does not go back for another reading of the clock
)

// Follower is on every machine: it knows which frame is to be shown, and what its own player
// wants of it.
type Follower struct {
	reel  Reel
	me    uint8
	clock clock
	cue   Cue
	known bool // there is a cue

	wish   *Wish // of this player, and not granted yet
	made   uint32
	unsent bool
	notYet time.Duration // the next one is not sent before

	of    Cue // what shown is of
	shown rollback.Frame
}

// NewFollower is one that waits for its first cue.
func NewFollower(reel Reel, me uint8) *Follower {
	return &Follower{reel: reel, me: me, shown: reel.First}
}

// Take takes the host's cue as it comes: hostNow is what the host's clock showed as it was sent,
// and rtt how long the way there and back takes, 0 if that is not known. The same cue comes
// again and again, to set the clock.
func (f *Follower) Take(now, hostNow, rtt time.Duration, cue Cue, taken Taken) {
	wanted := f.Now(now)
	first := f.clock.unread()
	f.clock.note(now, hostNow, rtt)
	f.cue, f.known = cue, true
	switch {
	case f.wish == nil:
	case cue.Holder != f.me, taken == Taken{f.me, f.wish.Number}:
		f.wish = nil
	case first:
		f.wish.Cue.Frame, f.wish.Cue.At = wanted.Frame, f.clock.host(now)
	}
}

// Extend says how far a reel that grows goes by now, and whether it grows still.
func (f *Follower) Extend(end rollback.Frame, grows bool) { f.reel.extend(end, grows) }

// Reel is what is shown, as far as it goes by now.
func (f *Follower) Reel() Reel { return f.reel }

// Known reports whether a cue has come.
func (f *Follower) Known() bool { return f.known }

// Mine reports whether this machine has the controls.
func (f *Follower) Mine() bool { return f.known && f.current().Holder == f.me }

// current is what this machine shows: its own wish, until it is granted or not.
func (f *Follower) current() Cue {
	if f.wish != nil {
		return f.wish.Cue
	}
	return f.cue
}

// Now is what is shown at a moment, as a cue from that moment on.
func (f *Follower) Now(now time.Duration) Cue {
	c := f.current()
	host := f.clock.host(now)
	if c.Ended(f.reel, host) {
		c.Playing = false
	}
	c.Frame, c.At = c.FrameAt(f.reel, host), host
	return c
}

// Wish changes what is shown, if this machine has the controls: else it reports false.
func (f *Follower) Wish(now time.Duration, change func(*Cue)) bool {
	if !f.Mine() {
		return false
	}
	c := f.Now(now)
	change(&c)
	c.Frame = f.reel.inside(int64(c.Frame))
	f.made++
	f.wish, f.unsent = &Wish{Number: f.made, Cue: c}, true
	return true
}

// Outbox is the wish that is to be sent to the host, if there is one and it is time.
func (f *Follower) Outbox(now time.Duration) (w Wish, due bool) {
	if f.wish == nil || !f.unsent || now < f.notYet || f.clock.unread() {
		return Wish{}, false
	}
	f.unsent, f.notYet = false, now+wishesEvery
	return *f.wish, true
}

// NewHost begins anew with another host's clock; what was wished for is said to him again.
// begin is what is shown now, by the clock of this machine: the next cue, if it hosts itself.
func (f *Follower) NewHost(now time.Duration) (begin Cue) {
	shown, holder := f.Now(now), f.cue.Holder
	shown.At = now
	f.clock = clock{}
	if f.wish != nil {
		f.wish.Cue, f.unsent = shown, true
	}
	shown.Holder = holder
	f.cue = shown
	return shown
}

// Frame is the frame that is to be shown at a moment. While it plays it does not tremble for
// what the clock is found to be.
func (f *Follower) Frame(now time.Duration) rollback.Frame {
	c := f.current()
	at := c.FrameAt(f.reel, f.clock.host(now))
	if back := int(f.shown-at) * sign(c.Speed); f.of == c && c.Playing && back > 0 && back <= steady {
		return f.shown
	}
	f.of, f.shown = c, at
	return at
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}
