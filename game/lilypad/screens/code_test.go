package screens

import (
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

const goodCode = "K7QF-3MX9-TD4W"

func TestCodesAndAddresses(t *testing.T) {
	tests := []struct {
		in, tidy string
		problem  string // part of it; "" for none
	}{
		{goodCode, goodCode, ""},
		{"k7qf3mx9td4w", goodCode, ""},
		{" k7qf 3mx9 td4w ", goodCode, ""},
		{"K7QF-3MX9-TD4V", "K7QF-3MX9-TD4V", "wrong character"},
		{"K7QF-3MX9-TD4", "K7QF-3MX9-TD4", "too short: it has 11 of 12"},
		{"K7QF-3MX9-TD4WW", "K7QF-3MX9-TD4WW", "too long"},
		{"K7QF-3UX9", "K7QF-3UX9", "letter U"},
		{"k7qf", "k7qf", ""}, // it may become anything
		{"", "", ""},
		{"192.168.1.5:7777", "192.168.1.5:7777", ""},
		{"192.168.1.5", "192.168.1.5", ""},
		{"[fd00::2]:7777", "[fd00::2]:7777", ""},
		{"10.0.0.1:7777#63lkeboppjqv7zpcypia3ianol", "10.0.0.1:7777#63lkeboppjqv7zpcypia3ianol", ""},
		{"localhost", "localhost", ""},
		{"ana-pc", "ana-pc", ""},
		{"raspberrypi4:7777", "raspberrypi4:7777", ""},
	}
	for _, test := range tests {
		if got := tidy(test.in); got != test.tidy {
			t.Errorf("%q is shown as %q, want %q", test.in, got, test.tidy)
		}
		got := codeProblem(test.in, true)
		if test.problem == "" && got != "" || !strings.Contains(got, test.problem) {
			t.Errorf("%q: %q, want %q", test.in, got, test.problem)
		}
	}
	if why := codeProblem(goodCode, false); !strings.Contains(why, "rendezvous server") {
		t.Errorf("a code without a server is answered with %q", why)
	}
}

// A mistyped code is told while it is typed, and nothing is sent.
func TestJoinReadsCodes(t *testing.T) {
	a := newTestApp(t, "Ben")
	withBoard(a)
	a.settings.Rendezvous = "127.0.0.1:7"
	a.push(newJoin(a))
	step(a, ui.Input{Chars: []rune("k7qf3mx9td4")})
	j := top[*join](t, a)
	if words, c := j.statusLine(a); !strings.Contains(words, "11 of 12") || c != ui.Alarm {
		t.Errorf("an unfinished code reads %q", words)
	}
	step(a, ui.Input{Enter: true})
	if j = top[*join](t, a); !strings.Contains(j.said, "11 of 12") {
		t.Errorf("an unfinished code was sent; %q", j.said)
	}
	step(a, ui.Input{Chars: []rune("w")})
	if words, c := j.statusLine(a); j.typed != goodCode || c != ui.Good {
		t.Errorf("the code became %q, and the screen says %q", j.typed, words)
	}
	step(a, ui.Input{Erase: true})
	step(a, ui.Input{Chars: []rune("x")})
	if words, c := j.statusLine(a); !strings.Contains(words, "wrong character") || c != ui.Alarm {
		t.Errorf("a mistyped code reads %q", words)
	}
	answer, ok := newLookup(goodCode).done()
	if !ok || answer.err != nil || answer.address != goodCode {
		t.Errorf("a code was looked up as a name: %+v", answer)
	}
}
