package netcode

import (
	"fmt"
	"time"
)

// State returns how far the lobby is.
func (r *Room) State() State { return r.state }

// Err says why the lobby is Ended: a *RefusedError, *ConnectError, *LeftError
// or *LostError whose text is a sentence for players. nil before.
func (r *Room) Err() error { return r.err }

// Hosting reports whether this machine is the host. A guest becomes it when the host is
// gone and it is the next in line: see EventHost.
func (r *Room) Hosting() bool { return r.authority != nil }

// TickRate returns how many frames a second the lobby's game has.
func (r *Room) TickRate() int { return r.terms.tickRate }

// Now returns the time on the clock of the lobby's node: see Node.Now.
func (r *Room) Now() time.Duration { return r.now() }

// Doing is what the lobby is doing: ReasonLookingUp to ReasonInLine, ReasonPlaying or
// ReasonEnded.
func (r *Room) Doing() Reason {
	switch r.state {
	case Connecting:
		if r.guest.waiting.conn != nil {
			return ReasonInLine
		}
		if r.guest.attempt != nil {
			return ReasonMeeting
		}
		return r.guest.callingStep()
	case Gathering:
		return ReasonGathering
	case Playing:
		return ReasonPlaying
	}
	return ReasonEnded
}

// Progress says in words what the lobby is doing, for a waiting screen.
func (r *Room) Progress() string {
	switch r.state {
	case Connecting:
		if r.guest.waiting.conn != nil {
			return r.guest.waiting.words()
		}
		if r.guest.attempt != nil {
			return voiced(r.guest.attempt.Status())
		}
		return r.guest.callingWords()
	case Gathering:
		if words := r.doors.words(); words != "" {
			return words
		}
		if r.office.lost() {
			return "the host is gone: finding out who hosts now"
		}
		return fmt.Sprintf("%d of %d seats taken", r.members.seats(), r.maxSeats)
	case Playing:
		return "playing"
	}
	return "over"
}

// SetReady says whether this machine's players are ready for the next match. Guests must be
// before the host can start; to the others the host always is, and what it says here is
// kept for its own program: see Ready.
func (r *Room) SetReady(ready bool) {
	if r.ready == ready {
		return
	}
	r.ready = ready
	if r.Hosting() {
		return
	}
	if me := r.members[r.me]; me != nil {
		me.Ready = ready
	}
	r.tellStatus()
}

// Ready reports what SetReady has said last; false again as soon as a match begins. A host
// that starts only when it is true itself, and Blocker is "", starts when the last of all has
// said so.
func (r *Room) Ready() bool { return r.ready }
