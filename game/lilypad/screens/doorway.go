package screens

import (
	"fmt"
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// doorway is where one chooses what to do about a lobby whose match one can watch: go in, or
// look on.
type doorway struct {
	page
	title string
	text  string
}

// newDoorway is that of a lobby of the list.
func newDoorway(a *App, f netcode.Nearby, to destination) *doorway {
	text := fmt.Sprintf("%d of %d places are free.", max(f.MaxSeats-f.Seats, 0), f.MaxSeats)
	if f.Playing {
		text = "A match is running. " + text
	}
	d := &doorway{title: f.Name + "'s lobby", text: text}
	d.build(a, to, lobbyBlocked(f))
	return d
}

// newFullDoorway is that of a lobby that has just said that it is full.
func newFullDoorway(a *App, to destination, why string) *doorway {
	d := &doorway{title: "No place is free", text: sentence(why)}
	d.build(a, to, "full")
	return d
}

// build makes the choices; full says why one cannot play there now.
func (d *doorway) build(a *App, to destination, full string) {
	d.form.TextSize = a.settings.textSize()
	d.form.Column(image.Rect(190, 196, 450, 350))
	look := to
	look.watch, look.waits = true, full != ""
	if full == "" {
		d.form.Add(&ui.Button{Text: "Come in and play", Primary: true, Press: func() { a.replace(newJoining(a, to)) }})
		d.form.Add(&ui.Button{Text: "Watch", Press: func() { a.replace(newJoining(a, look)) }})
	} else {
		d.form.Add(&ui.Button{Text: "Watch until one is", Primary: true, Press: func() { a.replace(newJoining(a, look)) }})
	}
	d.form.Add(&ui.Button{Text: "Back", Press: a.pop})
}

func (d *doorway) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, d.tick)
	r := image.Rect(100, 70, Width-100, 180)
	p.Panel(r)
	p.Centred(p.Fit(d.title, r.Dx()-16, 2), image.Rect(r.Min.X, r.Min.Y+12, r.Max.X, r.Max.Y), 2, ui.Bright)
	p.Paragraph(d.text, image.Rect(r.Min.X+16, r.Min.Y+44, r.Max.X-16, r.Max.Y-8), a.settings.textSize(), ui.Ink)
	d.form.Draw(p)
}
