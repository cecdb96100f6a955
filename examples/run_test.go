package examples

import (
	"os/exec"
	"strings"
	"testing"
)

// TestHeadlessExamples runs those that need no window, and looks at what they show.
func TestHeadlessExamples(t *testing.T) {
	for folder, want := range map[string][]string{
		"synctest": {"600 frames agree", "Dots[0].X is "},
		"custom":   {"garden.Snakes is a slice", "600 frames agree", "Snakes[0].Body[0]."},
	} {
		out, err := exec.Command("go", "run", "./"+folder).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", folder, err, out)
		}
		for _, words := range want {
			if !strings.Contains(string(out), words) {
				t.Errorf("%s does not say %q:\n%s", folder, words, out)
			}
		}
	}
}
