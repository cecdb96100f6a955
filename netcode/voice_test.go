package netcode

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestVoiced puts sentences into the package's voice.
func TestVoiced(t *testing.T) {
	for in, want := range map[string]string{
		"":                               "",
		"Asking the router.":             "asking the router",
		"no path is known yet":           "no path is known yet",
		"UDP port 7 is in use":           "UDP port 7 is in use",
		"The server is down. Trying on.": "the server is down; trying on",
		"The STUN server a.example cannot be found. Until then nobody comes: check the name.": "the STUN server a.example cannot be found; until then nobody comes: check the name",
		"This code has expired: ask the host for a new one.":                                  "this code has expired: ask the host for a new one",
	} {
		if got := voiced(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// wordsIn are the string literals of three words and more in the packages of a folder.
func wordsIn(t *testing.T, folder string, skip ...string) (all map[string]string) {
	t.Helper()
	all = map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(skip, entry.Name()):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if words, _ := strconv.Unquote(literal.Value); len(strings.Fields(words)) >= 3 {
					all[words] = path
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestOneVoice: nothing that this package says begins like a sentence of a report or ends
// like one, whether it is its own or comes from package nat.
func TestOneVoice(t *testing.T) {
	odd := regexp.MustCompile(`^[A-Z][a-z]|[a-z)]\.$|[a-z)]\. [A-Z]`)
	own := wordsIn(t, ".", "cmd", "natboard", "scoreboard", "simtest", "testdata")
	if len(own) < 150 {
		t.Errorf("%d sentences were found", len(own))
	}
	reports := []string{"desync.go", "outvote.go", "finding.go", "replay/compare.go", "replay/explain.go"} // a DesyncError, a Report, a Comparison
	for words, path := range own {
		if !slices.Contains(reports, path) && odd.MatchString(words) {
			t.Errorf("%s: %q", path, words)
		}
	}
	others := wordsIn(t, "../nat", "cmd", "natsim", "netlab", "testdata")
	if len(others) < 150 {
		t.Errorf("package nat: %d sentences were found", len(others))
	}
	for words, path := range others {
		if strings.Contains(path, "portmap") && strings.Contains(words, "HTTP") {
			continue // spoken to routers
		}
		if odd.MatchString(voiced(words)) {
			t.Errorf("%s: %q", path, voiced(words))
		}
	}
}
