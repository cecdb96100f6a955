package screens

import (
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/netcode"
)

// A player's own word comes back as it was sent; a stranger's bytes are any.
func TestWish(t *testing.T) {
	for _, w := range []wish{{}, {look: art.Wish{Colour: 3, Hat: 8}}, {look: art.Wish{Colour: 8, Hat: 1}, again: true}, {away: true}, {again: true, away: true}} {
		if got := wishOf(w.bytes()); got != w {
			t.Errorf("%+v comes back as %+v", w, got)
		}
	}
	for _, bytes := range [][]byte{nil, {1}, {2, 1, 1, 1}, {1, 2, 3, 1, 5}, make([]byte, 64)} {
		if got := wishOf(bytes); got != (wish{}) {
			t.Errorf("%v is taken for %+v", bytes, got)
		}
	}
	all := stylesOf([][]byte{{1, 255, 255, 255}, {1, 2, 2, 0}, {1, 2, 0, 1}, nil, {9}})
	if all[1] != (art.Style{Colour: 1, Hat: 1}) || all[2].Colour != 2 {
		t.Errorf("the styles are %v", all)
	}
}

// Who wants a rematch is told apart by seat, with two players at one machine too.
func TestWanting(t *testing.T) {
	own := func(again bool) netcode.Player { return netcode.Player{Own: wish{again: again}.bytes()} }
	seat := func(machine int) netcode.Seat { return netcode.Seat{Seated: netcode.Seated{Machine: machine}} }
	members := []netcode.Member{
		{Machine: 1, Players: []netcode.Player{own(false)}},
		{Machine: 7, Players: []netcode.Player{own(true), own(false)}},
	}
	got := wanting([]netcode.Seat{seat(7), seat(1), seat(7), seat(9)}, members)
	if got != [8]bool{true} {
		t.Errorf("%v want one", got)
	}
}

// Nobody hears who is muted; news and the others are heard.
func TestMutedIsNotHeard(t *testing.T) {
	o := &online{}
	members := []netcode.Member{{Machine: 2, Name: "Ben"}, {Machine: 3, Name: "Ben 2"}}
	o.mute(2, true)
	for from, want := range map[string]bool{"Ben": false, "Ben 2": true, "": true, "Cleo": true} {
		if got := o.hears(netcode.Line{From: from, Text: "x"}, members); got != want {
			t.Errorf("%q is heard: %v", from, got)
		}
	}
	if o.mute(2, false); !o.hears(netcode.Line{From: "Ben"}, members) {
		t.Error("who was muted once is never heard again")
	}
}
