package scene

import (
	"image"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/sound/once"
	"github.com/visavis-netcode/visavis/rollback"
)

// Size of the picture, in logical pixels.
const (
	Width  = rules.ArenaWidth
	Height = rules.ArenaHeight
)

// airPx is how high over the pond flies, bubbles and tongues are drawn: at the
// height of a frog's mouth.
const airPx = 9

// Signal is how well a seat's machine is heard.
type Signal uint8

// The signals.
const (
	SignalNone Signal = iota // nothing to show: a local player or a bot
	SignalGood
	SignalFair
	SignalBad
	SignalAway // the player is not at the game: a bot plays, or the frog stands still
	SignalSlow // the machine is too slow
)

// View is what a picture shows apart from the world. The zero value fills the
// whole of dst and names nobody.
type View struct {
	Viewport image.Rectangle // where in dst; empty is all of it
	Names    [rules.MaxSeats]string
	Mine     [rules.MaxSeats]bool   // seats that are played at this machine: they get an arrow
	Signals  [rules.MaxSeats]Signal // shown in the score row
	Muted    bool                   // shows the icon of silence

	// Ghost, if set, is another world, such as the confirmed one: frogs and
	// bubbles that it has elsewhere are drawn as shades, with a dotted line
	// from where they are drawn in full.
	Ghost *rules.World

	CalmFlash bool // nothing flickers or flashes
	CalmShake bool // nothing shakes
	LargeText bool // words over the pond are twice as large
	HideScore bool // no score row and no clock
	HideWords bool // no words, signs and banners at all
	LowWords  bool // banners keep to the lower half: something lies over the upper one
	Plain     bool // still water, and nothing flies about: for slow machines

	Hints [rules.MaxSeats][HintsPerFrog]Hint // how to walk, hop and use the tongue
}

// Scene draws worlds. It belongs to one goroutine, like Ebitengine's Draw.
type Scene struct {
	// Styles are what the frogs of the seats look like; New gives each seat its own.
	Styles art.Styles

	set       *sprites
	water     art.Water
	board     *once.Board
	particles [maxParticles]particle
	next      int
	tick      int
	over      int // tick at which a world's end was first drawn, 0 for none
	clearAt   int // see Clear
	impact    impact
	lens      lens
	flights   flights
	canvas    *ebiten.Image // for viewports of another size; made at the first use
}

// New returns a scene with an empty air.
func New() *Scene {
	return &Scene{Styles: art.SeatStyles(), set: load(), board: once.New(certain)}
}

// colour returns the colour of a seat: an index of those that package art knows.
func (s *Scene) colour(seat int) int { return int(s.Styles[seat%len(s.Styles)].Colour) }

// certain names the events that are shown only when they are confirmed: to
// take back points or a splash would be worse than to show them late.
func certain(kind uint16) bool {
	return kind == rules.EventSplash || kind == rules.EventLoss || kind == rules.EventEat || kind == rules.EventGold || kind == rules.EventRound || kind == rules.EventOver
}

// Begin clears the air for a new round.
func (s *Scene) Begin() {
	s.board.Reset()
	s.particles = [maxParticles]particle{}
	s.impact, s.flights = impact{}, flights{}
	s.over = 0
}

// Hear takes the notices of a tick.
func (s *Scene) Hear(notices []rollback.Notice) {
	for _, n := range notices {
		if cue, start := s.board.Feed(n); start {
			s.spawn(cue)
		}
	}
}

// Tick lets the air move on by a frame; call it once per tick, after Hear.
func (s *Scene) Tick() {
	s.tick++
	for _, cue := range s.board.Tick() {
		s.remove(cue.ID)
	}
	s.moveParticles()
	s.impact.tick()
	s.flights.tick()
}

// Draw draws the world.
func (s *Scene) Draw(dst *ebiten.Image, w *rules.World, v View) {
	defer art.Seam(dst)
	area := v.Viewport
	if area.Empty() {
		area = dst.Bounds()
	}
	w = s.impact.shown(w, &v)
	dx, dy := s.impact.offset(&v)
	width, height := w.Size()
	pond := image.Rect(0, 0, int(width), int(height))
	if area == pond && dx == 0 && dy == 0 && !s.lens.near() {
		s.drawPond(dst, w, &v)
		s.drawWords(stage{dst, area, 1, area.Min}, w, &v)
		return
	}
	scale := min(float64(area.Dx())/float64(width), float64(area.Dy())/float64(height))
	if scale <= 0 {
		return
	}
	if s.canvas == nil || s.canvas.Bounds() != pond {
		s.canvas = ebiten.NewImage(pond.Dx(), pond.Dy())
	}
	s.drawPond(s.canvas, w, &v)
	st := s.lens.stage(fitted(area, pond.Size(), scale), pond.Size(), scale)
	st.dst = dst
	seen := dst.SubImage(st.area).(*ebiten.Image)
	s.show(seen, st.origin, st.scale)
	if dx != 0 || dy != 0 { // over itself, so that no edge is bare
		s.show(seen, st.origin.Add(image.Pt(int(dx), int(dy))), st.scale)
	}
	if foot := st.foot(height); !foot.Empty() {
		art.Fill(dst, foot, rowBack)
	}
	s.drawWords(st, w, &v)
}

// show puts the canvas on a picture, with its corner at a place.
func (s *Scene) show(dst *ebiten.Image, at image.Point, scale float64) {
	op := ebiten.DrawImageOptions{}
	op.GeoM.Scale(scale, scale)
	op.GeoM.Translate(float64(at.X), float64(at.Y))
	if scale != float64(int(scale)) {
		op.Filter = ebiten.FilterPixelated
	}
	dst.DrawImage(s.canvas, &op)
}

// fitted returns where in area a picture of a size lies: in its middle.
func fitted(area image.Rectangle, size image.Point, scale float64) image.Rectangle {
	w, h := int(float64(size.X)*scale), int(float64(size.Y)*scale)
	x, y := area.Min.X+(area.Dx()-w)/2, area.Min.Y+(area.Dy()-h)/2
	return image.Rect(x, y, x+w, y+h)
}

// drawPond draws everything but words.
func (s *Scene) drawPond(dst *ebiten.Image, w *rules.World, v *View) {
	s.drawWater(dst, w, v)
	s.drawLilies(dst, w, v)
	s.drawRings(dst, w)
	if v.Ghost != nil {
		s.drawGhosts(dst, w, v.Ghost)
	}
	s.drawFrogs(dst, w, v)
	s.drawBubbles(dst, w)
	s.drawFlies(dst, w)
	if !v.Plain {
		s.drawParticles(dst, v)
		s.drawMood(dst, w, v)
	}
}

// px converts a position from subpixels.
func px(v int32) float64 { return float64(v / rules.Px) }

// cycle returns which of n pictures is shown at a tick if each stays for every
// ticks.
func cycle(tick, every, n int) int {
	return (tick/every%n + n) % n
}

// sprites are those that only a round needs.
type sprites struct {
	lilies               []art.Sprite
	bigLily              art.Sprite
	flies, golds         []art.Sprite
	bubbles, fast        []art.Sprite
	pops, splashes       []art.Sprite
	ripples              []art.Sprite
	shadowSmall, shadow  art.Sprite
	tongue, tongueRim    art.Sprite
	tip, tipRim          art.Sprite
	dot, puff, badge     art.Sprite
	flash                art.Sprite
	star, spark, twinkle art.Sprite
	drop, flower, leaf   art.Sprite
	reeds, stones        []art.Sprite
}

// load finds the sprites in the sheet.
func load() *sprites {
	return &sprites{
		lilies: art.Strip("lily", len(lilyRadii)), bigLily: art.Get("lily/big"),
		flies: art.Strip("fly", 2), golds: art.Strip("goldfly", 2),
		bubbles: art.Strip("bubble", 3), fast: art.Strip("fastbubble", 3),
		pops: art.Strip("pop", 3), splashes: art.Strip("splash", 5), ripples: art.Strip("ripple", 5),
		shadowSmall: art.Get("shadow/8"), shadow: art.Get("shadow/20"),
		tongue: art.Get("disc/3"), tongueRim: art.Get("disc/5"),
		tip: art.Get("disc/7"), tipRim: art.Get("disc/9"),
		dot: art.Get("disc/2"), puff: art.Get("disc/4"), badge: art.Get("disc/17"), flash: art.Get("flash"),
		star: art.Get("star"), spark: art.Get("spark0"), twinkle: art.Get("spark1"),
		drop: art.Get("drop"), flower: art.Get("flower"), leaf: art.Get("leaf"),
		reeds:  []art.Sprite{art.Get("reed0"), art.Get("reed1")},
		stones: []art.Sprite{art.Get("stone0"), art.Get("stone1")},
	}
}
