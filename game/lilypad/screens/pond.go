package screens

import (
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/rollback"
)

// pond draws rounds, and the water behind the menus.
type pond struct {
	scene *scene.Scene
	view  scene.View
}

func newPond() *pond { return &pond{scene: scene.New()} }

// begin forgets what was in the air in the last round.
func (pd *pond) begin(c contest, s *Settings) {
	pd.scene.Begin()
	pd.view = scene.View{CalmFlash: s.ReduceFlash, CalmShake: s.ReduceFlash, LargeText: s.LargeText}
	for _, seat := range c.localSeats() {
		pd.view.Mine[seat] = true
	}
}

// hear takes the notices of a tick and lets the air move on.
func (pd *pond) hear(notices []rollback.Notice) {
	pd.scene.Hear(notices)
	pd.scene.Tick()
}

// know brings the score row up to date: who sits where, and how well they are
// heard.
func (pd *pond) know(c contest) {
	copy(pd.view.Names[:], c.names())
	pd.view.Signals = c.signals()
}

func (pd *pond) draw(p *ui.Painter, w *rules.World) { pd.scene.Draw(p.Dst, w, pd.view) }

// backdrop fills the picture behind a menu.
func (pd *pond) backdrop(p *ui.Painter, tick int) { art.Water(p.Dst, tick) }

// portrait draws a seat's frog for a list, x, y its feet. It blinks.
func (pd *pond) portrait(p *ui.Painter, seat, x, y, tick int) {
	pose := art.Idle
	if (tick+seat*37)%180 < 8 {
		pose = art.Blink
	}
	art.Frog{Seat: seat, Facing: 2, Pose: pose}.Draw(p.Dst, float64(x), float64(y))
}
