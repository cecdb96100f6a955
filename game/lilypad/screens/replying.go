package screens

import (
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// replyingWordsAt is where it says what is being done.
var replyingWordsAt = image.Rect(wordsAt.Min.X+16, 240, wordsAt.Max.X-16, wordsAt.Max.Y-24)

// replying shows a guest the reply to the host's invite, and waits until the host
// has entered it.
type replying struct {
	form    ui.Form
	picture qrPicture
	tick    int
	to      destination
	entered bool // as in joining
}

func newReplying(a *App, to destination) *replying {
	v := &replying{to: to}
	size := a.settings.textSize()
	f := &v.form
	f.TextSize = size
	f.Column(image.Rect(wordsAt.Min.X+8, 172, wordsAt.Max.X-8, wordsAt.Max.Y))
	send := &ui.Button{Text: "Copy the reply", Press: func() {
		text, _ := a.online.entrance().Reply()
		a.copyText(text, "Copied. Send it to the host.")
	}}
	f.Add(send)
	f.Add(&ui.Button{Text: "Cancel", Press: a.pop})
	return v
}

func (v *replying) leave(a *App) {
	if !v.entered && a.online != nil {
		a.online.leave()
	}
}

func (v *replying) update(a *App, in ui.Input) {
	v.tick++
	if in.Back {
		a.pop()
		return
	}
	if a.awaitHost(v.to, &v.entered) {
		return
	}
	v.picture.show(a.online.entrance().ReplyLetters())
	a.sound.menu(v.form.Update(in))
}

func (v *replying) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, v.tick)
	p.Shaded("One more step", image.Rect(0, 4, Width, 24), 2, ui.Bright)
	p.Panel(wordsAt)
	y := wordsAt.Min.Y + 6
	for _, line := range p.Wrap("The host has not answered yet: its router may let nobody in unasked. Send this reply back to the host, by chat or as the picture, and stay here: "+
		"as soon as it is entered you are in. If the host has closed the lobby, ask for a new invite.", wordsAt.Dx()-16, 1, 5) {
		p.Text(line, wordsAt.Min.X+8, y, 1, ui.Ink)
		y += p.LineHeight(1)
	}
	text, _ := a.online.entrance().Reply()
	drawCode(p, text, image.Rect(wordsAt.Min.X+8, y+6, wordsAt.Max.X-8, 164))
	v.picture.draw(p, pictureAt)
	v.form.Draw(p)
	track := image.Rect(wordsAt.Min.X+16, wordsAt.Max.Y-18, wordsAt.Max.X-16, wordsAt.Max.Y-12)
	waitStrip(p, track, v.tick)
	drawProgress(p, a.online.entrance().Progress(), replyingWordsAt, a.settings.textSize(), v.tick)
}
