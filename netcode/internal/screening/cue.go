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
}

// inside is the frame of the reel that is nearest to one.
func (r Reel) inside(f int64) rollback.Frame {
	return rollback.Frame(max(int64(r.First), min(f, int64(r.End))))
}

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

// Ended reports whether a cue that plays has come to the end that it goes to.
func (c Cue) Ended(r Reel, now time.Duration) bool {
	f := c.FrameAt(r, now)
	return c.Playing && (c.Speed > 0 && f == r.End || c.Speed < 0 && f == r.First)
}
