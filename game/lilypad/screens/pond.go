package screens

import (
	"github.com/visavis-netcode/visavis/game"
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
	water art.Water // behind menus
	show  show
}

func newPond() *pond { return &pond{scene: scene.New(), show: show{scene: scene.New()}} }

// begin forgets what was in the air in the last round.
func (pd *pond) begin(c contest) {
	pd.scene.Begin()
	pd.scene.Styles = c.styles()
	pd.view = scene.View{}
	pd.mark(c.localSeats())
}

// mark marks the frogs of this machine's players.
func (pd *pond) mark(seats []int) {
	pd.view.Mine = [rules.MaxSeats]bool{}
	for _, seat := range seats {
		pd.view.Mine[seat] = true
	}
}

// hear takes the notices of a tick and lets the air move on.
func (pd *pond) hear(notices []rollback.Notice) {
	pd.scene.Hear(notices)
	pd.scene.Tick()
}

// know brings the picture up to date: who sits where, how well they are heard, and how
// the player wants to see it.
func (pd *pond) know(c contest, s *Settings) {
	v := &pd.view
	v.CalmFlash, v.CalmShake, v.LargeText, v.Plain = s.ReduceFlash, s.ReduceFlash, s.LargeText, s.Plain
	v.LowWords = s.Graph == int(game.GraphFull) // which lies above
	copy(pd.view.Names[:], c.names())
	pd.view.Signals = c.signals()
}

func (pd *pond) draw(p *ui.Painter, w *rules.World) { pd.scene.Draw(p.Dst, w, pd.view) }

// backdrop fills the picture behind a menu.
func (pd *pond) backdrop(p *ui.Painter, tick int) { pd.water.Draw(p.Dst, tick) }

// portrait draws a frog for a list, x, y its feet. It blinks.
func (pd *pond) portrait(p *ui.Painter, style art.Style, x, y, tick int) {
	pose := art.Idle
	if (tick+int(style.Colour)*37)%180 < 8 {
		pose = art.Blink
	}
	art.Frog{Style: style, Facing: 2, Pose: pose}.Draw(p.Dst, float64(x), float64(y))
}

// show is a round of four bots behind the title: a real one, with all its luck.
type show struct {
	scene   *scene.Scene
	session *rollback.Session[rules.World, rules.Pad]
	notices []rollback.Notice
	rest    int // ticks since its end
}

// Of a show: how good its bots are, and how long its end stays in view, in ticks.
const (
	showLevel = rules.Keen
	showRest  = 150
)

// update plays one tick, of the next round if the last one is over.
func (sh *show) update(seed func() uint64) {
	if sh.session != nil && sh.session.World().Over() {
		sh.rest++
	}
	if sh.session == nil || sh.rest > showRest {
		setup := rules.Setup{Seed: seed(), Seats: 1, DurationFrames: rules.RoundFrames, Pond: rules.MillPond}
		for seat := 1; seat < 4; seat++ {
			setup.Levels[seat] = uint8(showLevel)
		}
		var err error
		sh.session, err = rollback.New(rollback.Config[rules.World, rules.Pad]{
			Start: rules.New(setup), Step: (*rules.World).Step, Seats: 1, Local: []int{0}, ChecksumFrames: -1,
		})
		if err != nil {
			panic("screens: the round behind the title cannot start: " + err.Error()) // its config is written above
		}
		sh.rest = 0
		sh.scene.Begin()
	}
	sh.session.Tick(rules.Auto)
	sh.notices = sh.session.AppendNotices(sh.notices[:0])
	sh.scene.Hear(sh.notices)
	sh.scene.Tick()
}

// draw shows the round without a word; before the first tick there is still water.
func (sh *show) draw(p *ui.Painter, s *Settings) {
	if sh.session == nil {
		art.StillWater(p.Dst)
		return
	}
	sh.scene.Draw(p.Dst, sh.session.World(), scene.View{HideScore: true, HideWords: true, CalmFlash: s.ReduceFlash, CalmShake: true, Plain: s.Plain})
}
