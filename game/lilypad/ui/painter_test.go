package ui

import (
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
	if got := p.Wrap(strings.Repeat("x", 200), width, 1, 3); p.Width(got[len(got)-1], 1) > width {
		t.Errorf("one long word became %q", got)
	}
}
