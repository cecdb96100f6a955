package screens

import (
	"fmt"
	"image"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// phrases are what can be said with one press.
var phrases = [8]string{"Hello!", "Ready?", "One moment.", "Good luck!", "Well played!", "Ha!", "Sorry!", "Once more?"}

// talk is the sheet of ready-made phrases: by the keys 1 to 8, or chosen with any
// device once it is open. The zero value is shut.
type talk struct {
	form *ui.Form // nil while it is shut
}

// talkAt is where the sheet lies: over the pond of a lobby.
func talkAt(size int) image.Rectangle {
	at := lobbyPondAt
	at.Max.Y = at.Min.Y + 30 + 6*size + 5*(12*size+10)
	return at
}

// open shows the sheet, or shuts it.
func (t *talk) open(a *App) {
	if t.form != nil {
		t.form = nil
		return
	}
	size := a.settings.textSize()
	t.form = &ui.Form{TextSize: size, Gap: 2}
	at := talkAt(size).Inset(8)
	for i, text := range phrases {
		if i%4 == 0 {
			x := at.Min.X + i/4*(at.Dx()/2+2)
			t.form.Column(image.Rect(x, at.Min.Y+12*size+4, x+at.Dx()/2-2, at.Max.Y))
		}
		t.form.Add(&ui.Button{Text: fmt.Sprintf("%d %s", i+1, text), Press: func() { t.say(a, i) }})
	}
	t.form.Column(image.Rect(at.Min.X, at.Max.Y-12*size-8, at.Max.X, at.Max.Y))
	t.form.Add(&ui.Button{Text: "Nothing", Press: func() { t.form = nil }})
}

func (t *talk) say(a *App, phrase int) {
	t.form = nil
	if a.online == nil || a.online.lobby == nil {
		return
	}
	if err := a.online.lobby.Say(phrases[phrase]); err != nil {
		a.say(sentence(err.Error()))
	}
}

// update takes the input of a tick, and reports whether the sheet took it for itself.
// typing says that digits are letters now.
func (t *talk) update(a *App, in *ui.Input, typing bool) bool {
	for _, r := range in.Chars {
		if r >= '1' && r <= '8' && (!typing || t.form != nil) {
			t.say(a, int(r-'1'))
			return true
		}
	}
	switch {
	case in.Talk:
		t.open(a)
		return true
	case t.form == nil:
		return false
	case in.Back:
		t.form = nil
		return true
	}
	f := t.form
	a.sound.menu(f.Update(*in))
	return true
}

func (t *talk) draw(p *ui.Painter) {
	if t.form == nil {
		return
	}
	at := talkAt(t.form.TextSize)
	p.Banner(at)
	p.Centred("Say to all", image.Rect(at.Min.X, at.Min.Y+8, at.Max.X, at.Max.Y), t.form.TextSize, ui.Bright)
	t.form.Draw(p)
}

// hears reports whether a line is shown: not if it is said by somebody who is muted.
func (o *online) hears(line netcode.Line, members []netcode.Member) bool {
	if line.From == "" {
		return true
	}
	for _, m := range members {
		if m.Name == line.From && o.muted[m.Machine] {
			return false
		}
	}
	return true
}

// mute stops showing what a member says, or begins again.
func (o *online) mute(machine int, on bool) {
	if o.muted == nil {
		o.muted = make(map[int]bool)
	}
	o.muted[machine] = on
}
