package ui

import (
	"image"
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	p := &Painter{TextSize: 1}
	long := "The two games no longer agree since 1:12. Nobody did anything wrong."
	width := p.Width("The two games no longer", 1)
	lines := p.Wrap(long, width, 1, 9)
	if strings.Join(lines, " ") != long {
		t.Errorf("words were lost: %q", lines)
	}
	for _, line := range lines {
		if p.Width(line, 1) > width {
			t.Errorf("%q is too wide", line)
		}
	}
	two := p.Wrap(long, width, 1, 2)
	if len(two) != 2 || !strings.HasSuffix(two[1], "…") || p.Width(two[1], 1) > width {
		t.Errorf("cut to two lines: %q", two)
	}
	if got := p.Wrap("", width, 1, 3); len(got) != 1 || got[0] != "" {
		t.Errorf("nothing became %q", got)
	}
	word := strings.Repeat("xyz", 70)
	got := p.Wrap("Look: "+word, width, 1, 99)
	if strings.Join(got[1:], "") != word || got[0] != "Look:" {
		t.Errorf("one long word became %q", got)
	}
	for _, line := range got {
		if p.Width(line, 1) > width {
			t.Errorf("%q is too wide", line)
		}
	}
	if got := p.Wrap("ab", 1, 1, 9); strings.Join(got, "") != "ab" {
		t.Errorf("on a line without room: %q", got)
	}
}

// What has no room in large letters is written in small ones, whole.
func TestLines(t *testing.T) {
	p := &Painter{TextSize: 2}
	text := "Nobody answered at 192.168.1.5:7777: is the address right and the port open?"
	const width = 240
	large, small := len(p.Wrap(text, width, 2, 99)), len(p.Wrap(text, width, 1, 99))
	for _, test := range []struct {
		height, size int
		whole        bool
	}{
		{large * p.LineHeight(2), 2, true},
		{large*p.LineHeight(2) - 1, 1, true},
		{small * p.LineHeight(1), 1, true},
		{small*p.LineHeight(1) - 1, 1, false},
		{0, 1, false},
	} {
		lines, size := p.Lines(text, image.Rect(0, 0, width, test.height), 2)
		if whole := strings.Join(lines, " ") == text; size != test.size || whole != test.whole {
			t.Errorf("%d pixels: size %d, %q", test.height, size, lines)
		}
	}
}
