package scene

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/sound/once"
)

// maxParticles is how many there are at a time. When all are in use the oldest
// is replaced.
const maxParticles = 320

// body is what a particle looks like.
type body uint8

const (
	nobody body = iota
	starBody
	sparkBody
	dropBody
	puffBody
	bitBody  // a scrap of paper
	ringBody // grows
	popBody  // three steps of rays
	flashBody
	wordBody
)

// particle is something that flies, fades and is gone. It is no part of the
// world: two machines may show different ones.
type particle struct {
	cue       uint64 // what it belongs to
	body      body
	x, y      float64 // px
	vx, vy    float64 // px per tick
	pull      float64 // added to vy per tick
	age, life int     // ticks
	colour    color.NRGBA
	word      string
}

var (
	white  = color.NRGBA{255, 255, 255, 255}
	golden = color.NRGBA{255, 216, 74, 255}
	warm   = color.NRGBA{255, 150, 60, 255}
	lime   = color.NRGBA{190, 240, 110, 255}
)

// add lets a particle fly, in place of the oldest.
func (s *Scene) add(p particle) {
	s.particles[s.next] = p
	s.next = (s.next + 1) % maxParticles
}

// burst lets n particles fly in all directions.
func (s *Scene) burst(like particle, n int, speed float64) {
	for i := range n {
		p := like
		a := (float64(i) + rand.Float64()) * 2 * math.Pi / float64(n)
		v := speed * (0.6 + 0.6*rand.Float64())
		p.vx, p.vy = v*math.Cos(a), v*math.Sin(a)+like.vy
		p.life += rand.IntN(8)
		s.add(p)
	}
}

// spawn shows that something happened.
func (s *Scene) spawn(cue once.Cue) {
	place := rules.PlaceOf(cue.Value)
	at := particle{cue: cue.ID, x: float64(place.X), y: float64(place.Y), colour: white}
	if cue.Kind == rules.EventOver || cue.Kind == rules.EventRound {
		s.confetti(cue.ID)
		return
	}
	if !rules.Placed(cue.Kind) {
		return
	}
	s.strike(cue)
	air := at
	air.y -= airPx - 6
	seat := int(cue.Key) % rules.MaxSeats
	switch cue.Kind {
	case rules.EventCroak:
		s.word(air, "ribbit!", white)
		s.ring(at, 22)
	case rules.EventHop, rules.EventRespawn:
		s.ring(at, 16)
	case rules.EventLand:
		s.burst(at.as(puffBody, 12), 6, 0.9)
	case rules.EventSlam:
		s.word(air, "knock!", white)
		s.burst(air.as(starBody, 18), 5, 1.6)
	case rules.EventPull, rules.EventTugEnd:
		s.burst(air.as(starBody, 18), 5, 1.6)
	case rules.EventBump:
		s.burst(air.as(starBody, 14), 3, 1.3)
	case rules.EventStick:
		s.burst(air.as(sparkBody, 8), 3, 0.8)
	case rules.EventCatch:
		s.add(air.as(popBody, 9))
	case rules.EventPerfect:
		s.add(air.as(flashBody, 14))
		s.burst(air.as(sparkBody, 22), 10, 2.2)
		s.word(air, "perfect!", golden)
	case rules.EventEat:
		s.flights.launch(seat, air.x, air.y, false)
		s.word(air, "+1", lime)
		s.burst(air.as(sparkBody, 12), 4, 1)
	case rules.EventGold:
		s.flights.launch(seat, air.x, air.y, true)
		s.word(air, "+5", golden)
		s.burst(air.as(sparkBody, 24), 14, 1.8)
	case rules.EventGoldHatch:
		s.burst(air.as(sparkBody, 20), 8, 1.2)
	case rules.EventHit:
		s.word(air, "knock!", white)
		s.add(air.as(popBody, 9))
		s.burst(air.as(starBody, 16), 4, 1.6)
	case rules.EventPop, rules.EventSpit:
		s.add(air.as(popBody, 9))
	case rules.EventSplash:
		s.splash(at)
	case rules.EventLoss:
		s.word(air, lossWords[min(max(place.Extra, 0), rules.SplashFlies)], warm)
	case rules.EventSink:
		rise := at.as(puffBody, 26)
		rise.colour, rise.vy = foam, -0.4
		s.burst(rise, 7, 0.6)
	}
}

// as returns the particle with a body and a life.
func (p particle) as(b body, life int) particle {
	p.body, p.life = b, life
	return p
}

func (s *Scene) ring(at particle, life int) { s.add(at.as(ringBody, life)) }

// wordPx is how high over what it is about a word begins: above names.
const wordPx = 38

// word lets a word rise.
func (s *Scene) word(at particle, text string, c color.NRGBA) {
	p := at.as(wordBody, 46)
	p.word, p.colour, p.vy, p.pull = text, c, -1.1, 0.022
	p.x += float64(rand.IntN(13) - 6)
	p.y -= wordPx
	for i := range s.particles { // the newest word takes the place of one that is still there
		if o := &s.particles[i]; o.body == wordBody && math.Abs(o.x-p.x) < 40 && math.Abs(o.y-p.y) < 44 {
			*o = particle{}
		}
	}
	s.add(p)
}

// confetti falls at the end of a round.
func (s *Scene) confetti(cue uint64) {
	for i := range 90 {
		p := particle{cue: cue, body: bitBody, life: 150 + rand.IntN(60), colour: art.SeatColour(i)}
		p.x, p.y = rand.Float64()*Width, -rand.Float64()*120
		p.vx, p.vy, p.pull = rand.Float64()-0.5, 0.8+rand.Float64(), 0.004
		s.add(p)
	}
}

// remove takes back what a cancelled guess has shown.
func (s *Scene) remove(cue uint64) {
	s.impact.callOff(cue)
	for i := range s.particles {
		if s.particles[i].cue == cue {
			s.particles[i] = particle{}
		}
	}
}

// moveParticles lets them fly on by a tick.
func (s *Scene) moveParticles() {
	for i := range s.particles {
		p := &s.particles[i]
		if p.body == nobody {
			continue
		}
		p.x, p.y, p.vy = p.x+p.vx, p.y+p.vy, p.vy+p.pull
		if p.body == bitBody {
			p.x += 0.6 * math.Sin(float64(p.age)/9+p.vx*20)
		}
		if p.age++; p.age >= p.life {
			*p = particle{}
		}
	}
}

// drawParticles draws all but the words.
func (s *Scene) drawParticles(dst *ebiten.Image, v *View) {
	for i := range s.particles {
		p := &s.particles[i]
		x, y := math.Floor(p.x), math.Floor(p.y)
		share := float64(p.age) / float64(max(p.life, 1))
		late := float32(max(0, share-0.6) * 2.5)
		switch p.body {
		case starBody:
			s.set.star.Paint(dst, x, y, art.Paint{Fade: late})
		case sparkBody:
			picture := s.set.spark
			if p.age/3%2 == 0 {
				picture = s.set.twinkle
			}
			picture.Paint(dst, x, y, art.Paint{Fade: late})
		case dropBody:
			s.set.drop.Paint(dst, x, y, art.Paint{Fade: late})
		case puffBody:
			s.set.puff.Paint(dst, x, y, art.Paint{Colour: p.colour, Fade: float32(0.35 + 0.65*share)})
		case bitBody:
			s.set.dot.Paint(dst, x, y, art.Paint{Colour: p.colour, Fade: late})
			if p.age/6%2 == 0 {
				s.set.dot.Paint(dst, x+1, y+1, art.Paint{Colour: p.colour, Fade: late})
			}
		case ringBody:
			s.ripple(dst, x, y, min(int(share*5), 4), float32(0.2+0.8*share))
		case popBody:
			s.set.pops[min(int(share*3), 2)].Paint(dst, x, y, art.Paint{Colour: p.colour, Fade: late})
		case flashBody:
			fade := float32(share)
			if v.CalmFlash {
				fade = 0.5 + fade/2
			}
			s.set.flash.Paint(dst, x, y, art.Paint{Colour: golden, Fade: fade, Scale: 0.5 + 1.2*share})
		}
	}
}

// hushed reports whether a word would stand over a tug-of-war, which has a sign of
// its own.
func (s *Scene) hushed(w *rules.World, p *particle) bool {
	for seat := range w.Frogs {
		f := &w.Frogs[seat]
		if f.Tongue == rules.TongueTug && math.Abs(p.x-px(f.X)) < 40 && math.Abs(p.y+wordPx-px(f.Y)) < 48 {
			return true
		}
	}
	return false
}

// drawFloating draws the words that rise.
func (s *Scene) drawFloating(st stage, w *rules.World, v *View) {
	for i := range s.particles {
		p := &s.particles[i]
		if p.body != wordBody || s.hushed(w, p) || p.life-p.age < 6 && p.age%2 == 0 && !v.CalmFlash {
			continue
		}
		if !st.sees(p.x, p.y+wordPx) {
			continue
		}
		x, y := st.at(p.x, p.y)
		y = max(y, st.area.Min.Y+st.scoreRow()+2)
		scale := st.textScale(v)
		wide := art.Measure(p.word) * scale
		x = min(max(x-wide/2, st.area.Min.X+3), st.area.Max.X-3-wide)
		at := s.besideTags(st, w, v, image.Rect(x, y, x+wide, y+art.CapHeight*scale))
		art.DrawShaded(st.dst, p.word, at.Min.X, at.Min.Y, scale, p.colour)
	}
}

// besideTags moves a word off the tags of the frogs: above the highest that it lies on,
// or below it if there is no room.
func (s *Scene) besideTags(st stage, w *rules.World, v *View, at image.Rectangle) image.Rectangle {
	for seat := range w.Frogs {
		tag, ok := st.tagOf(w, v, seat)
		if !ok || !at.Overlaps(tag.at) {
			continue
		}
		up := at.Add(image.Pt(0, tag.at.Min.Y-2-at.Max.Y))
		if up.Min.Y >= st.area.Min.Y+st.scoreRow()+2 {
			return up
		}
		return at.Add(image.Pt(0, tag.at.Max.Y+2-at.Min.Y))
	}
	return at
}

// lossWords say how many flies a splash has cost.
var lossWords = [rules.SplashFlies + 1]string{"", "-1", "-2", "-3"}
