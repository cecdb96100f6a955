package screens

import (
	"image"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// howto shows the rules as four looping pictures.
type howto struct {
	form  ui.Form
	tick  int
	loops [len(lessons)]*loop
}

// newHowto returns the screen; its button goes on.
func newHowto(a *App, button string, goOn func()) *howto {
	h := &howto{}
	for i := range lessons {
		h.loops[i] = newLoop(&lessons[i])
	}
	h.form.TextSize = a.settings.textSize()
	h.form.Column(image.Rect(240, Height-8-12*h.form.TextSize-8, 400, Height-4))
	h.form.Add(&ui.Button{Text: button, Primary: true, Press: goOn})
	return h
}

// teach shows the rules before the first round that somebody plays here, and
// then goes on.
func (a *App) teach(goOn func()) {
	if a.settings.Taught {
		goOn()
		return
	}
	a.push(newHowto(a, "Play", func() {
		a.settings.Taught = true
		a.save()
		a.pop()
		goOn()
	}))
}

// openHowto shows the rules to whoever asks for them.
func (a *App) openHowto() { a.push(newHowto(a, "Back", a.pop)) }

func (h *howto) update(a *App, in ui.Input) {
	h.tick++
	if in.Back {
		a.pop()
		return
	}
	for _, l := range h.loops {
		l.update()
	}
	a.sound.menu(h.form.Update(in))
}

// pictureSize is how much of the puddle a picture shows.
var pictureSize = image.Pt(296, 104)

func (h *howto) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, h.tick)
	p.Shaded("How to play", image.Rect(0, 2, Width, 24), 2, ui.Bright)
	for i, l := range h.loops {
		at := image.Pt(12+i%2*320, 27+i/2*152)
		h.drawLesson(a, p, l, image.Rectangle{Min: at, Max: at.Add(pictureSize)})
	}
	h.form.Draw(p)
}

// drawLesson draws a picture, the keys that it needs in its corner, and its words
// below.
func (h *howto) drawLesson(a *App, p *ui.Painter, l *loop, at image.Rectangle) {
	size := a.settings.textSize()
	p.Panel(image.Rect(at.Min.X-4, at.Min.Y-4, at.Max.X+4, at.Max.Y+38))
	if l.picture == nil {
		l.picture = ebiten.NewImage(rules.ArenaWidth/2, rules.ArenaHeight/2)
	}
	view := scene.View{HideScore: true, CalmFlash: a.settings.ReduceFlash, CalmShake: a.settings.ReduceFlash}
	view.Mine[0] = true
	l.scene.Draw(l.picture, l.session.World(), view)
	op := &ebiten.DrawImageOptions{}
	op.GeoM.Translate(float64(at.Min.X), float64(at.Min.Y))
	cut := image.Rect(lessonX, lessonY, lessonX+at.Dx(), lessonY+at.Dy())
	p.Dst.DrawImage(l.picture.SubImage(cut).(*ebiten.Image), op)
	texts := a.capsOf(0, a.settings.PlayersHere+1)
	x := at.Min.X + 4
	for _, k := range l.lesson.caps {
		y := at.Max.Y - scene.CapSize("", size).Y - 5
		scene.DrawCap(p.Dst, texts[k], x, y, size, l.lesson.held(l.frame, 0)&scene.HintPads[k] != 0, 1)
		x += scene.CapSize(texts[k], size).X + 4
	}
	words := l.lesson.words
	if size > 1 {
		words = l.lesson.short
	}
	p.Paragraph(words, image.Rect(at.Min.X, at.Max.Y+5, at.Max.X, at.Max.Y+36), size, ui.Ink)
}
