package screening

import (
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

// Speeds are counted in quarters of the match's own; back if they are negative.
const (
	RealSpeed = 4
	MaxSpeed  = 16 * RealSpeed
)

// maxElapsed is for how long after its moment a cue leads on.
const maxElapsed = 24 * time.Hour

// Reel is what is shown: the frames from First to End, of which so many a second were played.
type Reel struct {
	First, End rollback.Frame
	TickRate   int
	Grows      bool // the match goes on: End is going to be a later one
}

// inside is the frame of the reel that is nearest to one.
func (r Reel) inside(f int64) rollback.Frame {
	return rollback.Frame(max(int64(r.First), min(f, int64(r.End))))
}

// extend takes another end.
func (r *Reel) extend(end rollback.Frame, grows bool) { r.End, r.Grows = max(r.First, end), grows }

// Cue is what is shown from a moment on.
type Cue struct {
	Holder  uint8          // the machine that has the controls
	Frame   rollback.Frame // that is shown
	At      time.Duration  // at this moment of the host's clock
	Speed   int            // 1 to MaxSpeed, or back
	Playing bool           // from there on; else it stands
}

// FrameAt is the frame that is shown at a moment of the host's clock.
func (c Cue) FrameAt(r Reel, now time.Duration) rollback.Frame {
	f := int64(c.Frame)
	if c.Playing {
		elapsed := max(0, min(now-c.At, maxElapsed)).Microseconds()
		f += elapsed * int64(c.Speed) * int64(r.TickRate) / (RealSpeed * time.Second.Microseconds())
	}
	return r.inside(f)
}

// Ended reports whether a cue that plays has come to the end that it goes to. One that grows has
// none.
func (c Cue) Ended(r Reel, now time.Duration) bool {
	f := c.FrameAt(r, now)
	return c.Playing && (c.Speed > 0 && f == r.End && !r.Grows || c.Speed < 0 && f == r.First)
}

// starved reports whether what comes next is not there yet. While it stands and waits, with its
// moment in the future, it is not.
func (c Cue) starved(r Reel, now time.Duration) bool {
	return r.Grows && c.Playing && c.Speed > 0 && c.At <= now && c.FrameAt(r, now) == r.End
}

// Live is near the end of a reel that grows: so far from it that it does not run out.
func (r Reel) Live() rollback.Frame {
	return r.inside(int64(r.End) - int64(LiveDelay)*int64(r.TickRate)/int64(time.Second))
}

// LiveDelay is how far what is shown of a match that goes on is behind the newest of it that is
// there: a recording comes about a second at a time.
const LiveDelay = 2 * time.Second
