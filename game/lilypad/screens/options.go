package screens

import (
	"fmt"
	"image"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// options lets the player change the settings. Every change is in force at
// once; leaving keeps them.
type options struct {
	form ui.Form
	tick int
	name string

	large   ui.Widget
	rebuild bool // the text size has changed
}

func newOptions(a *App) *options {
	s := &a.settings
	o := &options{name: s.Name}
	o.build(a)
	return o
}

func (o *options) build(a *App) {
	s := &a.settings
	o.form = ui.Form{TextSize: s.textSize(), Gap: 2}
	o.form.Column(image.Rect(130, 40, 510, 350))
	o.form.Add(&ui.TextField{Text: "Your name", Value: &o.name, Max: maxNameRunes, Clipboard: a.clip})
	o.form.Add(&ui.Slider{Text: "Volume", Value: &s.Volume, Max: 100, Step: 5, Format: percent, Change: a.apply})
	o.form.Add(&ui.Toggle{Text: "Mute", Value: &s.Mute, Change: a.apply})
	o.form.Add(&ui.Toggle{Text: "Calm: no flashes, no shaking", Value: &s.ReduceFlash, Change: a.apply})
	o.form.Add(&ui.Toggle{Text: "Hold, do not hammer", Value: &s.HoldToMash, Change: a.apply})
	large := &ui.Toggle{Text: "Large text", Value: &s.LargeText}
	large.Change = func() { o.rebuild = true }
	o.form.Add(large)
	o.large = large
	o.form.Add(&ui.Choice{Text: "Players at this machine", Names: []string{"1", "2"}, Value: &s.PlayersHere})
	o.form.Add(&ui.Button{Text: "The match...", Press: func() { a.push(newRoundOptions(a)) }})
	o.form.Add(&ui.Choice{Text: "Netgraph (F1)", Names: []string{"off", "small", "full"}, Value: &s.Graph,
		Change: func() { a.graph.Mode = game.GraphMode(s.Graph) }})
	o.form.Beside(&ui.Button{Text: "Picture...", Press: func() { a.push(newWindowOptions(a)) }},
		&ui.Button{Text: "Network...", Press: func() { a.push(newWiring(a)) }})
	o.form.Add(&ui.Button{Text: "Back", Press: a.pop})
}

func percent(n int) string { return fmt.Sprintf("%d %%", n) }

func (o *options) leave(a *App) {
	if name := cleanName(o.name); name != "" {
		a.settings.Name = name
	}
	a.apply()
	a.save()
}

func (o *options) update(a *App, in ui.Input) {
	o.tick++
	if in.Back {
		a.pop()
		return
	}
	a.sound.menu(o.form.Update(in))
	if o.rebuild {
		o.rebuild = false
		old := o.form
		o.build(a)
		o.form.FocusLike(&old)
	}
}

func (o *options) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, o.tick)
	p.Shaded("Options", image.Rect(0, 12, Width, 40), 2, ui.Bright)
	o.form.Draw(p)
}
