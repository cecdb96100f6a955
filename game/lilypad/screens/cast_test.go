package screens

import (
	"testing"

	"github.com/visavis-netcode/visavis/netcode"
)

func TestWhoIsGoneAndWhoPlays(t *testing.T) {
	left, lost := &netcode.LeftError{Name: "Ben"}, &netcode.LostError{Name: "Ben", SilentMs: 10000}
	for _, test := range []struct {
		event netcode.Event
		bots  []string
		want  string
	}{
		{netcode.Event{Name: "Ben", Machine: 1, Err: left}, []string{"Dot"}, "Ben left: the bot Dot took over."},
		{netcode.Event{Name: "Ben", Machine: 1, Err: lost}, []string{"Dot", "Moss"}, "Ben was lost: the bots Dot and Moss took over."},
		{netcode.Event{Name: "Ben", Machine: 1, Err: left}, nil, "Ben left."},
		{netcode.Event{Name: "Ana", Err: lost}, []string{"Bill"}, "Ana was lost: the bot Bill took over."},
	} {
		if got := goneWords(test.event, test.bots); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
	for _, test := range []struct {
		you, back bool
		want      string
	}{{false, true, "Ben is back."}, {false, false, "Ben plays now."}, {true, true, "You play now: yours is the frog with the golden line."}} {
		if got := presentWords("Ben", test.you, test.back); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// The way into a match that runs is told in bytes, then in the time of the match.
func TestComingWords(t *testing.T) {
	for _, test := range []struct {
		coming netcode.Coming
		want   string
	}{
		{netcode.Coming{}, "A match is running: asking to be let in"},
		{netcode.Coming{Bytes: 2400, OfBytes: 9100}, "A match is running: 2 of 9 kB of its pond are here"},
		{netcode.Coming{Bytes: 9100, OfBytes: 9100, Frame: 3725}, "A match is running: catching up with it, 1:02 by now"},
	} {
		if got := comingWords(test.coming); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// The seats of a machine that is gone are its bots', all of them.
func TestTakeOver(t *testing.T) {
	c := &cast{me: 0, bots: true, seats: []sitter{{name: "Ana", machine: 0}, {name: "Ben", machine: 1}, {name: "Ben 2", machine: 1}}, known: map[string]bool{}}
	if c.free() || !c.others() {
		t.Error("three players: a seat is free, or nobody else plays")
	}
	if bots := c.takeOver(1); len(bots) != 2 || bots[0] != "Dot" || bots[1] != "Puddle" {
		t.Errorf("the bots are %q", bots)
	}
	if bots := c.takeOver(1); !c.free() || c.others() || len(bots) != 0 {
		t.Errorf("Ana alone: free %v, others %v, and again %q", c.free(), c.others(), bots)
	}
}
