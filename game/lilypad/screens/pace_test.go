package screens

import (
	"strings"
	"testing"
)

// A slow machine is told so, once, and a fast or a starting one is not.
func TestSlowMachinesAreTold(t *testing.T) {
	told := func(pictures, ticks float64, n int) (words []string) {
		var c pace
		for range n {
			if line := c.observe(pictures, ticks); line != "" {
				words = append(words, line)
			}
		}
		return words
	}
	if words := told(14, 60, 1000); len(words) != 1 || !strings.Contains(words[0], "14 pictures a second") {
		t.Errorf("14 pictures a second: %q", words)
	}
	if words := told(60, 34, 1000); len(words) != 1 {
		t.Errorf("34 ticks a second: %q", words)
	}
	for what, words := range map[string][]string{
		"60 pictures": told(60, 60, 1000), "a start": told(0, 0, 1000), "a moment": told(14, 60, slowForTicks-1),
	} {
		if len(words) > 0 {
			t.Errorf("%s: %q", what, words)
		}
	}
}
