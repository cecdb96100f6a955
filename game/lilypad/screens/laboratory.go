package screens

import (
	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/controls"
	"github.com/visavis-netcode/visavis/game/lilypad/lab"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// laboratory is the Lab as a screen.
type laboratory struct {
	lab  *lab.Lab
	held [1]game.Buttons
}

func (a *App) openLab() {
	l := &laboratory{}
	l.lab = lab.New(lab.Config{Guide: true, Seed: a.newSeed(), CalmFlash: a.settings.ReduceFlash, TextSize: a.settings.textSize(), Hear: a.sound.hear, Leave: a.pop})
	a.push(l)
}

func (l *laboratory) leave(*App) { l.lab.Close() }

func (l *laboratory) update(a *App, in ui.Input) {
	a.sampler.Sample(l.held[:])
	l.lab.Update(in, controls.Pad(l.held[0]))
}

func (l *laboratory) draw(_ *App, p *ui.Painter) { l.lab.Draw(p) }
