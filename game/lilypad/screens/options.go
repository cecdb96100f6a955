package screens

import (
	"fmt"
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/nat/turn"
)

// options lets the player change the settings: groups on the left, the rows of one of
// them on the right, and a sentence about the row with the focus below. Every change is
// in force at once; leaving keeps them.
type options struct {
	form   ui.Form
	tick   int
	group  int // index of groupNames
	tabs   [groupCount]*ui.Button
	back   *ui.Button
	name   string // being typed
	sizes  []image.Point
	size   int // index of sizes
	before Settings
	over   bool // a lobby or a match goes on behind

	rebuild bool // the text size has changed
}

// groupNames are the groups of the options, in their order.
var groupNames = [groupCount]string{"Play", "Picture", "Sound", "Controls", "Network"}

const groupCount = 5

// rows adds the rows of the group that is chosen.
func (o *options) rows(a *App) {
	[groupCount]func(*App){o.playRows, o.pictureRows, o.soundRows, o.controlRows, o.networkRows}[o.group](a)
}

// Where the parts of the options lie.
var (
	optionTabsAt = image.Rect(24, 44, 150, 292)
	optionRowsAt = image.Rect(162, 44, 606, 292)
	optionHelpAt = image.Rect(24, 298, 616, 356) // two large lines
)

func newOptions(a *App) *options {
	o := &options{name: a.settings.Name, before: a.settings, over: a.online != nil && a.online.open()}
	o.sizes, o.size = offerSizes(a.settings.Window)
	o.build(a)
	return o
}

func (o *options) build(a *App) {
	o.form = ui.Form{TextSize: a.settings.textSize(), Gap: 2}
	o.form.Column(optionTabsAt)
	for i, text := range groupNames {
		if i == o.group {
			text += " →"
		}
		o.tabs[i] = &ui.Button{Text: text, Press: func() { o.choose(a, i) }}
		o.form.Add(o.tabs[i])
	}
	o.form.Space(8)
	o.back = &ui.Button{Text: "Back", Press: a.pop}
	o.form.Add(o.back)
	o.form.Column(optionRowsAt)
	o.rows(a)
}

// choose shows the rows of a group, and gives the focus to the first of them.
func (o *options) choose(a *App, group int) {
	o.group = group
	o.build(a)
	o.form.Focus(o.back)
	o.form.Update(ui.Input{Next: true})
}

func percent(n int) string { return fmt.Sprintf("%d %%", n) }

func (o *options) leave(a *App) {
	s := &a.settings
	if name := cleanName(o.name); name != "" {
		s.Name = name
		if o.over {
			a.online.node.SetName(name)
		}
	}
	s.sane()
	if s.Rendezvous != o.before.Rendezvous || s.Relay != o.before.Relay || s.TURN != o.before.TURN || s.PassOn != o.before.PassOn {
		a.replug = true
		if o.over {
			a.say("What you have changed about the network counts from the next lobby on.")
		}
	}
	for _, server := range a.turn() {
		if _, err := turn.Parse(server); err != nil {
			a.say(sentence(err.Error()))
		}
	}
	a.apply()
	a.save()
}

func (o *options) update(a *App, in ui.Input) {
	o.tick++
	if in.Back && !o.onTabs() {
		o.form.Focus(o.tabs[o.group])
		a.sound.menu(ui.Left)
		return
	}
	if in.Back {
		a.pop()
		return
	}
	was := o.form.Focused()
	if (in.Right || in.Steer.Right) && was == ui.Widget(o.tabs[o.group]) {
		in = ui.Input{Accept: true} // to the first of its rows
	}
	act := o.form.Update(in)
	a.sound.menu(act)
	now := o.form.Focused()
	for i, tab := range o.tabs {
		switch {
		case now != ui.Widget(tab) || was == now || act != ui.Moved:
		case in.Left || in.Steer.Left: // back from the rows: to the group that they are of
			o.form.Focus(o.tabs[o.group])
			return
		case i != o.group && !in.Moved && !in.Pressed: // the keys have gone on to another group
			o.group, o.rebuild = i, true
		}
	}
	if o.rebuild {
		o.rebuild = false
		old := o.form
		o.build(a)
		o.form.FocusLike(&old)
	}
}

// onTabs reports whether the focus is on the left side.
func (o *options) onTabs() bool {
	for _, tab := range o.tabs {
		if o.form.Focused() == ui.Widget(tab) {
			return true
		}
	}
	return o.form.Focused() == ui.Widget(o.back)
}

func (o *options) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, o.tick)
	p.Shaded("Options", image.Rect(0, 12, Width, 40), 2, ui.Bright)
	o.form.Draw(p)
	drawHelp(a, p, o.form.Help())
}

// drawHelp writes a sentence about what has the focus.
func drawHelp(a *App, p *ui.Painter, words string) {
	if words == "" {
		return
	}
	p.Panel(optionHelpAt)
	p.Paragraph(words, image.Rectangle{Min: optionHelpAt.Min.Add(image.Pt(7, 6)), Max: optionHelpAt.Max.Sub(image.Pt(7, 4))}, a.settings.textSize(), ui.Ink)
}
