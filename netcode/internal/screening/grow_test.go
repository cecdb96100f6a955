//go:build !race

package screening

import (
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

// growing is a desk and a follower of a match that goes on, of which there is more every 0.9 s.
type growing struct {
	now      time.Duration
	desk     *Desk
	follower *Follower
	cues     int
	dry      bool // nothing comes
}

func newGrowing() *growing {
	r := Reel{First: 60, End: 1200, TickRate: 60, Grows: true}
	begin := Cue{Frame: r.First, Speed: RealSpeed}
	return &growing{desk: NewDesk(r, 0, begin), follower: NewFollower(r, 0)}
}

// tick lets one pass, and returns what is shown.
func (g *growing) tick() rollback.Frame {
	g.now += tick
	if r := g.follower.Reel(); int(g.now/tick)%54 == 0 && !g.dry {
		g.desk.Extend(r.End+54, true)
		g.follower.Extend(r.End+54, true)
	}
	if w, due := g.follower.Outbox(g.now); due {
		g.desk.Hear(0, w)
	}
	if g.desk.Step(g.now, func(uint8) bool { return true }) {
		g.cues++
	}
	cue, taken := g.desk.Cue()
	g.follower.Take(g.now, g.now, 0, cue, taken)
	return g.follower.Frame(g.now)
}

// TestRunsOutOfAMatchThatGoesOn: who catches up with a match that goes on stands for a moment, and
// sees it from there on as fast as it is played, without a jerk; live is right behind it; and where
// nothing comes any more it stands, and costs nothing.
func TestRunsOutOfAMatchThatGoesOn(t *testing.T) {
	g := newGrowing()
	g.tick()
	g.follower.Wish(g.now, func(c *Cue) { c.Playing, c.Speed = true, 16 })
	for range 60 * 20 {
		g.tick()
	}
	before := g.tick()
	if r := g.follower.Reel(); before < r.End-180 || g.cues > 3 || g.follower.Now(g.now).Speed != RealSpeed {
		t.Errorf("at %d of %d after %d cues, %+v", before, r.End, g.cues, g.follower.Now(g.now))
	}
	for range 60 * 20 {
		f := g.tick()
		if f < before || f > before+2 {
			t.Fatalf("it leaps from %d to %d", before, f)
		}
		before = f
	}
	if c := g.follower.Now(g.now); !c.Playing || g.cues > 3 {
		t.Errorf("after %d cues %+v", g.cues, c)
	}
	g.follower.Wish(g.now, func(c *Cue) { c.Frame = 100 })
	g.tick()
	g.follower.Wish(g.now, func(c *Cue) { c.Frame = g.follower.Reel().Live() })
	for range 60 * 10 {
		g.tick()
	}
	if f, end := g.tick(), g.follower.Reel().End; f < end-180 || f > end-60 {
		t.Errorf("live is at %d of %d", f, end)
	}
	g.dry = true
	cues := g.cues
	for range 60 * 20 {
		g.tick()
	}
	if f := g.tick(); f != g.follower.Reel().End || g.cues > cues+12 {
		t.Errorf("without anything new it is at %d of %d, by %d cues", f, g.follower.Reel().End, g.cues-cues)
	}
	g.desk.Extend(g.follower.Reel().End, false)
	g.follower.Extend(g.follower.Reel().End, false)
	for range 60 * 3 {
		g.tick()
	}
	if g.follower.Now(g.now).Playing {
		t.Error("it plays still where the match has ended")
	}
}
