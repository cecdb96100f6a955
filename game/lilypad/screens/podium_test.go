package screens

import (
	"fmt"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// On the podium everybody stands in the place that the ranking gives, in both sizes of letters.
func TestPodiumNumbersPlaces(t *testing.T) {
	for _, large := range []bool{false, true} {
		a := newTestApp(t, "Ana")
		a.settings.LargeText = large
		p := ui.NewPainter(picture, a.settings.textSize())
		for frogs := 1; frogs <= rules.MaxSeats; frogs++ {
			r := &results{styles: art.SeatStyles()}
			for seat := range frogs {
				r.rows = append(r.rows, resultRow{seat: seat, name: "Ana"})
			}
			places := map[string]int{}
			for _, s := range strokesOf(func() { r.draw(a, p) }) {
				if number, _, ok := strings.Cut(s.Text, "."); ok {
					places[number]++
				}
			}
			for place := 1; place <= frogs; place++ {
				if places[fmt.Sprint(place)] != 1 || len(places) != frogs {
					t.Errorf("large text %v, %d frogs: the places are %v", large, frogs, places)
					break
				}
			}
		}
	}
}

// Who wants large text has it on the podium as well: all that stands there, of any number of
// frogs with the longest things to say, is large, whole and apart from the rest.
func TestPodiumInLargeLetters(t *testing.T) {
	a := newTestApp(t, "Ana")
	a.settings.LargeText = true
	p := ui.NewPainter(picture, 2)
	longest := ""
	for f := range feats {
		for _, n := range []int{1, 12} {
			if line := featLine(f, n); p.Width(line, 2) > p.Width(longest, 2) {
				longest = line
			}
		}
	}
	const name = "Maximilian I"
	for frogs := 1; frogs <= rules.MaxSeats; frogs++ {
		for _, won := range []int{0, 2} {
			r := &results{styles: art.SeatStyles(), title: name + " wins the match!"}
			r.form.TextSize = 2
			for seat := range frogs {
				r.rows = append(r.rows, resultRow{seat: seat, flies: 114, won: won, name: name, moment: longest, here: seat == 0})
				r.wants[seat] = seat%2 == 1
			}
			all := strokesOf(func() { r.draw(a, p) })
			for _, s := range all {
				if s.Kind == art.TextStroke && s.At.Dy() < 2*art.CapHeight {
					t.Errorf("%d frogs: %q is small", frogs, s.Text)
				}
			}
			for _, fault := range append(faultsOf(all), cutWords(all, []string{name})...) {
				t.Errorf("%d frogs: %s", frogs, fault)
			}
		}
	}
}
