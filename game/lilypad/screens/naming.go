package screens

import (
	"image"
	"math/rand/v2"
	"strings"

	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// frogNames are proposed to players who have not said yet what they are called.
// They tell nothing of anybody.
var frogNames = [...]string{
	"Basil", "Bramble", "Burdock", "Clover", "Cress", "Duckweed", "Hopper", "Juniper", "Kelp", "Lentil", "Lichen", "Mallow",
	"Marsh", "Minnow", "Mint", "Nettle", "Olive", "Pebble", "Pickle", "Pip", "Quill", "Ribbit", "Sedge", "Sorrel",
	"Sprout", "Tad", "Tansy", "Thistle", "Willow", "Yarrow",
}

// otherName draws a name that is not the one before.
func otherName(before string, random *rand.Rand) string {
	for {
		if name := frogNames[random.IntN(len(frogNames))]; name != before {
			return name
		}
	}
}

// naming asks, at the first start, what the others shall call the player.
type naming struct {
	form     ui.Form
	field    *ui.TextField
	accept   *ui.Button
	tick     int
	typed    string
	proposed string // what the name is if nothing is typed
	random   *rand.Rand
	then     func() // what the player wanted to do first
}

func newNaming(a *App, then func()) *naming {
	n := &naming{random: rand.New(rand.NewPCG(a.newSeed(), 0)), then: then}
	n.proposed = otherName("", n.random)
	f := &n.form
	f.TextSize, f.Gap = a.settings.textSize(), 6
	f.Column(image.Rect(190, 214, 450, 340))
	n.field = &ui.TextField{Text: "Your name", Hint: n.proposed, Value: &n.typed, Max: maxNameRunes, Clipboard: a.clip, Enter: func() { n.done(a) }}
	f.Add(n.field)
	n.accept = &ui.Button{Text: "Play as " + n.proposed, Press: func() { n.done(a) }}
	f.Add(n.accept)
	f.Add(&ui.Button{Text: "Another name", Press: func() {
		n.proposed, n.typed = otherName(n.name(), n.random), ""
		n.field.Hint = n.proposed
	}})
	f.Focus(n.accept)
	return n
}

// name is what the player is called as things stand.
func (n *naming) name() string {
	if name := cleanName(n.typed); name != "" {
		return name
	}
	return n.proposed
}

func (n *naming) done(a *App) {
	a.settings.Name, a.ownName = n.name(), n.name()
	a.save()
	a.pop()
	n.then()
}

func (n *naming) update(a *App, in ui.Input) {
	n.tick++
	if in.Back {
		n.done(a) // the proposed name harms nobody
		return
	}
	if strings.TrimSpace(string(in.Chars)) != "" || in.Paste || in.Erase {
		n.form.Focus(n.field)
	}
	a.sound.menu(n.form.Update(in))
	n.accept.Text = "Play as " + n.name()
}

func (n *naming) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, n.tick)
	size := a.settings.textSize()
	p.Shaded("What shall we call you?", image.Rect(0, 22, Width, 60), 2, ui.Bright)
	for i, line := range p.Wrap("The others in a match read this name over your frog. It is kept here, and you can change it under Options.",
		Width-80, size, 3) {
		p.Shaded(line, image.Rect(0, 54+i*p.LineHeight(size), Width, 100), size, ui.Ink)
	}
	p.Shaded(n.name(), image.Rect(0, 112, Width, 132), 2, art.SeatColour(0))
	pose := art.Idle
	switch at := n.tick % 240; {
	case at < 8:
		pose = art.Blink
	case at > 120 && at < 150:
		pose = art.Croak
	}
	art.Frog{Facing: 2, Pose: pose, Scale: 2}.Draw(p.Dst, Width/2, 196)
	n.form.Draw(p)
	hint := "Type a name of your own, or press Enter"
	if a.hand.touches() {
		hint = "Press the name to type one of your own"
	}
	p.Shaded(hint, image.Rect(0, Height-6-12*size, Width, Height), size, ui.Ink)
}
