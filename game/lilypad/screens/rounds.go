package screens

import (
	"fmt"
	"image"
	"slices"
	"strings"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// Choices of what a match is made of; pondChoices by rules.Setup.Pond.
var (
	pondChoices  = []string{"by chance", "puddle", "mill pond", "great lily"}
	roundChoices = []string{"1 round", "best of 3", "best of 5"}
)

// roundOptions lets the player, or the host of a lobby, say what a match is made of.
type roundOptions struct {
	page
}

func newRoundOptions(a *App) *roundOptions {
	r := &roundOptions{}
	s := &a.settings
	f := &r.form
	f.TextSize = s.textSize()
	f.Column(image.Rect(130, 44, 510, 292))
	f.Add(&ui.Choice{Text: "Frogs on the pond", Names: frogChoicesFor(a.humans()), Value: &s.Frogs, Help: "Bots play those that nobody else does."})
	f.Add(&ui.Choice{Text: "Bots are", Names: botChoices, Value: &s.Bots, Help: "On the first pond they miss and dream; fierce ones hardly do."})
	f.Add(&ui.Choice{Text: "A round lasts", Names: lengthChoices, Value: &s.Length, Help: "In the last 15 seconds half of the lilies sink."})
	f.Add(&ui.Choice{Text: "A match is", Names: roundChoices, Value: &s.Rounds, Help: "Who has won most of the rounds wins the match."})
	f.Add(&ui.Choice{Text: "The pond", Names: pondChoices, Value: &s.Pond, Help: "By chance, two frogs have the puddle. It has room for four."})
	f.Add(&ui.Toggle{Text: "Teams of two", Value: &s.Teams, Help: "Who comes one after the other plays together. Bots fill up."})
	f.Space(6)
	f.Add(&ui.Button{Text: "Back", Press: a.pop})
	return r
}

// humans counts the players of the lobby, or of this machine if there is none.
func (a *App) humans() (n int) {
	if a.online == nil || a.online.lobby == nil {
		return a.settings.PlayersHere + 1
	}
	for _, m := range a.online.lobby.AppendMembers(nil) {
		n += m.Seats
	}
	return n
}

// frogChoicesFor are the choices of how many frogs there are, as so many players make them:
// every player has one.
func frogChoicesFor(humans int) []string {
	if humans <= 2 {
		return frogChoices
	}
	names := slices.Clone(frogChoices)
	for i := range names {
		if i+2 < humans {
			names[i] = fmt.Sprintf("%d: all players", humans)
		}
	}
	return names
}

func (r *roundOptions) leave(a *App) { a.save() }

func (r *roundOptions) draw(a *App, p *ui.Painter) {
	a.pond.backdrop(p, r.tick)
	p.Shaded("The match", image.Rect(0, 12, Width, 40), 2, ui.Bright)
	r.form.Draw(p)
	drawHelp(a, p, r.form.Help())
}

// matchWords say in a few words what is out of the ordinary about a match; ""
// if nothing is.
func matchWords(s rules.Setup) string {
	var words []string
	if s.Rounds > 1 {
		words = append(words, roundChoices[inside(s.Rounds/2, len(roundChoices))])
	}
	if s.Teams {
		words = append(words, "teams of two")
	}
	if s.Pond != rules.AnyPond {
		words = append(words, "pond: "+pondChoices[inside(int(s.Pond), len(pondChoices))])
	}
	return sentenceStart(strings.Join(words, ", "))
}
