package screens

import (
	"image"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/game"
)

func TestReadScript(t *testing.T) {
	s, err := ReadScript(strings.NewReader("wait 60 # a second\n\n# nothing\npress down\nhold right+a 90\ntype a b\ntap 320 180\nquit\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.lines) != 6 || s.lines[0].number != 60 || s.lines[2].buttons != game.Right|game.ButtonA ||
		s.lines[2].number != 90 || s.lines[3].arg != "a b" || s.lines[4].at != image.Pt(320, 180) {
		t.Errorf("%+v", s.lines)
	}
}

func TestReadScriptNamesTheLine(t *testing.T) {
	for _, text := range []string{"wait", "wait soon", "wait -1", "dance", "hold fire 10", "hold a", "tap here"} {
		_, err := ReadScript(strings.NewReader("press up\n" + text))
		if err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
