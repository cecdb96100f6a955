package screens

import (
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

const (
	hintFrames = 20 * 60 // of the first round, in which key caps are over one's own frog
	hintFade   = 30      // ticks in which one goes that was used
)

// hints are the key caps over the frogs of this machine, in somebody's first
// round: each goes once it was used.
type hints struct {
	left [][scene.HintsPerFrog]int // by local player: ticks that each is still seen
}

// hintLeft is how much of a hint is seen that has so many ticks left: nothing where fingers
// play, whose buttons on the screen say what they are for.
func hintLeft(a *App, ticks int) float32 {
	if a.hand.device == ui.Finger {
		return 0
	}
	return float32(ticks) / hintFade
}

// newHints returns those of a match, for whom they are new.
func newHints(a *App, players int) hints {
	if a.settings.Hinted {
		return hints{}
	}
	h := hints{left: make([][scene.HintsPerFrog]int, players)}
	for i := range h.left {
		for k := range h.left[i] {
			h.left[i][k] = hintFade
		}
	}
	return h
}

// does says what each is for.
var does = [scene.HintsPerFrog]string{"walk", "hop", "tongue"}

// update looks at what was pressed in a tick, and puts the hints into the view.
func (h *hints) update(a *App, c contest, pads []rules.Pad) {
	w := c.world()
	if len(h.left) == 0 || w.Phase == rules.Ready {
		return
	}
	if w.Phase != rules.Play || w.PhaseFrames >= hintFrames {
		h.left = nil
		a.pond.view.Hints = [rules.MaxSeats][scene.HintsPerFrog]scene.Hint{}
		a.settings.Hinted = true
		a.save()
		return
	}
	for i, seat := range c.localSeats() {
		texts := a.capsOf(i, len(h.left))
		for k := range h.left[i] {
			left := &h.left[i][k]
			if *left < hintFade || pads[i]&scene.HintPads[k] != 0 {
				*left = max(*left-1, 0)
			}
			a.pond.view.Hints[seat][k] = scene.Hint{Text: texts[k], Does: does[k], Left: hintLeft(a, *left)}
		}
	}
}
