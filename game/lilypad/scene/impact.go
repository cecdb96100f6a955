package scene

import (
	"math"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/sound/once"
)

// impact is how hard something hit: for a few pictures the world stands still, and the
// camera shakes. The simulation goes on all the while.
type impact struct {
	cue    uint64 // what it belongs to; 0 for nothing
	seats  [2]int // whose it is, -1 for nobody's: other players' frogs stop no picture
	stop   int    // ticks for which the picture is still to be held
	shake  int    // ticks for which it is still to shake
	rested int    // ticks since the last stop
	held   rules.World
	holds  bool // held is what is shown
}

// How long, and how far.
const (
	knockStop  = 3  // ticks
	goldStop   = 2  // ticks
	splashStop = 4  // ticks
	shakeTicks = 12 // from the full way to none
	shakePx    = 3  // at most
	restTicks  = 24 // between two stops: a scuffle is no slide show
)

// strike begins the impact of an event, if it has one.
func (s *Scene) strike(cue once.Cue) {
	seat, other := int(cue.Key)%rules.MaxSeats, int(rules.PlaceOf(cue.Value).Extra)
	stop, shake := 0, shakeTicks
	switch cue.Kind {
	case rules.EventSlam, rules.EventPerfect:
		stop = knockStop
	case rules.EventHit:
		stop, seat = knockStop, -1 // its key is the bubble's
	case rules.EventGold:
		stop, shake, other = goldStop, 0, -1 // a score is in its place
	case rules.EventSplash:
		stop = splashStop
	default:
		return
	}
	i := &s.impact
	if i.stop > 0 || i.rested < restTicks {
		stop = 0
	}
	*i = impact{cue: cue.ID, seats: [2]int{seat, other}, stop: stop, shake: shake, rested: i.rested, held: i.held}
}

// callOff ends the impact of a guess that came to nothing.
func (i *impact) callOff(cue uint64) {
	if i.cue == cue {
		i.stop, i.shake = 0, 0
	}
}

// tick lets it fade.
func (i *impact) tick() {
	i.rested++
	if i.stop > 0 {
		i.stop--
		i.rested = 0
	}
	i.shake = max(i.shake-1, 0)
}

// concerns reports whether one of the seats is played here.
func (i *impact) concerns(v *View) bool {
	for _, seat := range i.seats {
		if seat >= 0 && seat < len(v.Mine) && v.Mine[seat] {
			return true
		}
	}
	return false
}

// shown returns the world that a picture shows: while it is held, the one of when
// that began.
func (i *impact) shown(w *rules.World, v *View) *rules.World {
	if i.stop == 0 || v.CalmShake || !i.concerns(v) {
		i.holds = false
		return w
	}
	if !i.holds {
		i.held, i.holds = *w, true
	}
	return &i.held
}

// offset is how far the camera is off, in px.
func (i *impact) offset(v *View) (dx, dy float64) {
	if i.shake == 0 || v.CalmShake {
		return 0, 0
	}
	far := float64(shakePx*i.shake) / shakeTicks
	if !i.concerns(v) {
		far /= 3
	}
	turn := float64(i.shake) * 2.4
	return math.Round(far * math.Cos(turn)), math.Round(far * math.Sin(turn*1.7))
}

// splash lets the water leap where somebody fell in: a crown of drops, a few that fly
// far, foam, and rings that follow each other.
func (s *Scene) splash(at particle) {
	near := at.as(dropBody, 26)
	near.vy, near.pull = -2.6, 0.16
	s.burst(near, 18, 1.2)
	far := at.as(dropBody, 34)
	far.vy, far.pull = -3.2, 0.15
	s.burst(far, 10, 2.4)
	spray := at.as(puffBody, 20)
	spray.colour, spray.vy = foam, -1.2
	s.burst(spray, 10, 1.1)
	for _, life := range [...]int{26, 40, 56} {
		s.ring(at, life)
	}
}

// flight is a fly on its way from a frog to its score.
type flight struct {
	seat   int
	x, y   float64 // where it began, in px of the pond
	age    int     // ticks; 0 is a free place
	golden bool
}

const (
	flightTicks = 26
	bumpTicks   = 12 // for which a score jumps that a fly has reached
)

// flights are the flies in flight and the scores that they have reached.
type flights struct {
	flies [16]flight
	next  int
	bumps [rules.MaxSeats]int // ticks
}

// launch lets a fly fly to a score, in place of the oldest.
func (f *flights) launch(seat int, x, y float64, golden bool) {
	f.flies[f.next] = flight{seat: seat, x: x, y: y, age: 1, golden: golden}
	f.next = (f.next + 1) % len(f.flies)
}

// tick moves them on.
func (f *flights) tick() {
	for i := range f.bumps {
		f.bumps[i] = max(f.bumps[i]-1, 0)
	}
	for i := range f.flies {
		fly := &f.flies[i]
		if fly.age == 0 {
			continue
		}
		if fly.age++; fly.age > flightTicks {
			f.bumps[fly.seat] = bumpTicks
			*fly = flight{}
		}
	}
}

// lift is how far a score has jumped up, in px.
func (f *flights) lift(seat int) int {
	t := f.bumps[seat]
	return t * (bumpTicks - t) / 9
}

// drawFlights draws them over everything, on a curve that ends at the score.
func (s *Scene) drawFlights(st stage, w *rules.World) {
	for i := range s.flights.flies {
		f := &s.flights.flies[i]
		if f.age == 0 || f.seat >= int(w.Seats) {
			continue
		}
		fromX, fromY := st.at(f.x, f.y)
		to := s.cardAt(st, w, f.seat)
		t := float64(f.age) / flightTicks
		t *= t // slow at first
		x := float64(fromX) + (float64(to.X)-float64(fromX))*t
		y := float64(fromY) + (float64(to.Y)-float64(fromY))*t - 24*math.Sin(math.Pi*t)
		frames := s.set.flies
		if f.golden {
			frames = s.set.golds
		}
		frames[cycle(f.age, 2, 2)].Paint(st.dst, math.Round(x), math.Round(y), art.Paint{})
	}
}

// drawMood warms the edges of the picture in the last ten seconds, with every second.
func (s *Scene) drawMood(dst *ebiten.Image, w *rules.World, v *View) {
	if w.Phase != rules.Final || w.LeftFrames > moodFrames {
		return
	}
	strength := 0.6
	if !v.CalmFlash {
		strength = float64(w.LeftFrames%60) / 60
	}
	b := dst.Bounds()
	ember := warm
	ember.A = uint8(6 + 10*strength)
	for thick := 2; thick <= 26; thick += 3 { // one over the other: darker towards the edge
		art.Frame(dst, b, thick, ember)
	}
}

// moodFrames is the end of a round that looks like it.
const moodFrames = 600
