package scoreboard

import (
	"fmt"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
)

// Frames is the length of a network row, counted from the moment at which all
// peers run.
const Frames = 3600

// patience is how much longer than that a row may take, in virtual time.
const patience = 15 * time.Second

// phaseStep lies between the ticks of one peer and the next.
const phaseStep = 5 * time.Millisecond

// row is a match to be measured.
type row struct {
	name    string
	players int
	small   bool // inputs of 1 byte instead of 4
	noisy   bool // inputs change every frame, not one in eight
	link    memlink.Conditions
	dark    time.Duration // from darkFrom on nothing gets through for so long
	between [2]int        // only between these two players; zero: everywhere
}

const darkFrom = 20 * time.Second

// conditions of a link in milliseconds each way and per cent.
func conditions(delayMs, jitterMs, lossPercent int) memlink.Conditions {
	return memlink.Conditions{
		Delay:      time.Duration(delayMs) * time.Millisecond,
		Jitter:     time.Duration(jitterMs) * time.Millisecond,
		LossPer10k: lossPercent * 100,
	}
}

// rows of the parts B, C and F. The time-out in C2 and C3 is 10 s, which is the
// default here, so that C1 and C2 are the same.
var rows = []row{
	{name: "B1", players: 2, link: conditions(50, 10, 5)},
	{name: "B2", players: 2, link: conditions(50, 10, 5), small: true},
	{name: "B3", players: 2, link: conditions(50, 10, 5), noisy: true},
	{name: "B4", players: 4, link: conditions(50, 10, 5)},
	{name: "B5", players: 2, link: conditions(50, 0, 0)},
	{name: "B6", players: 2, link: conditions(80, 10, 5)},
	{name: "B7", players: 8, link: conditions(50, 10, 5)},
	{name: "C1", players: 2, link: conditions(50, 10, 5), dark: 2 * time.Second},
	{name: "C2", players: 2, link: conditions(50, 10, 5), dark: 2 * time.Second},
	{name: "C3", players: 2, link: conditions(50, 10, 5), dark: 6 * time.Second},
	{name: "C4", players: 2, link: conditions(50, 10, 20)},
	{name: "C5", players: 4, link: conditions(50, 10, 5), dark: 2 * time.Second},
	{name: "C6", players: 4, link: conditions(50, 10, 5), dark: 4 * time.Second, between: [2]int{2, 3}},
	{name: "F1", players: 2, link: conditions(5, 0, 0), noisy: true},
	{name: "F2", players: 2, link: conditions(25, 20, 1), noisy: true},
	{name: "F3", players: 2, link: conditions(50, 20, 5), noisy: true},
	{name: "F4", players: 4, link: conditions(25, 20, 1), noisy: true},
	{name: "F5", players: 4, link: conditions(100, 20, 15), noisy: true},
	{name: "F6", players: 16, link: conditions(50, 20, 1), noisy: true},
}

// what describes the row in a few words.
func (r row) what() string {
	var b strings.Builder
	bytes, kind := 4, "held"
	if r.small {
		bytes = 1
	}
	if r.noisy {
		kind = "noisy"
	}
	fmt.Fprintf(&b, "%d players, %d B %s, %d", r.players, bytes, kind, r.link.Delay.Milliseconds())
	if r.link.Jitter > 0 {
		fmt.Fprintf(&b, "±%d", r.link.Jitter.Milliseconds())
	}
	b.WriteString(" ms")
	if r.link.LossPer10k > 0 {
		fmt.Fprintf(&b, ", %d %% loss", r.link.LossPer10k/100)
	}
	if r.dark > 0 {
		fmt.Fprintf(&b, ", dark for %d s", r.dark/time.Second)
	}
	if r.between != [2]int{} {
		b.WriteString(" between two")
	}
	return b.String()
}

// blackout reports whether nothing gets from one player to another at a time
// after all run.
func (r row) blackout(from, to int, since time.Duration) bool {
	if since < darkFrom || since >= darkFrom+r.dark {
		return false
	}
	return r.between == [2]int{} || from == r.between[0] && to == r.between[1] || to == r.between[0] && from == r.between[1]
}
