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
	d := &doorway{title: "There is no room", text: sentence(why)}
	d.build(a, to, "full")
	return d
}

// build makes the choices; full says why one cannot play there now.
func (d *doorway) build(a *App, to destination, full string) {
	d.form.TextSize = a.settings.textSize()
	d.form.Column(image.Rect(190, 190, 450, 350))
	look, queue := to, to
	look.watch, look.waits = true, full != "" && !isInvite(to.address)
	queue.waits = true
	switch {
	case full == "":
		d.form.Add(&ui.Button{Text: "Come in and play", Primary: true, Press: func() { a.replace(newJoining(a, to)) }})
		d.form.Add(&ui.Button{Text: "Watch", Press: func() { a.replace(newJoining(a, look)) }})
	case look.waits:
		d.form.Add(&ui.Button{Text: "Watch and wait", Primary: true, Press: func() { a.replace(newJoining(a, look)) }})
		d.form.Add(&ui.Button{Text: "Wait in line", Press: func() { a.replace(newJoining(a, queue)) }})
	default:
		d.form.Add(&ui.Button{Text: "Watch", Primary: true, Press: func() { a.replace(newJoining(a, look)) }})
	}
	d.form.Add(&ui.Button{Text: "Back", Press: a.pop})
}

func (d *doorway) draw(a *App, p *ui.Painter) {
	d.drawNotice(a, p, d.title, d.text, image.Rect(100, 70, Width-100, 180))
}
