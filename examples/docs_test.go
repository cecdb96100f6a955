package examples

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocsBuild keeps the programs of the documents honest: they are built, and their
// tests run, as they stand there. A block that begins with a file's name is that file,
// from there on: with each main.go the files so far make a program. A block without
// a package is a fragment, which stands beside the files of the game.
func TestDocsBuild(t *testing.T) {
	var all []folder
	for _, doc := range []struct {
		path                string
		programs, fragments int // at least
	}{
		{"../README.md", 1, 0},
		{"../game/README.md", 4, 10},
	} {
		page, err := os.ReadFile(doc.path)
		if err != nil {
			t.Fatal(err)
		}
		programs, fragments := blocks(string(page))
		if len(programs) < doc.programs || len(fragments) < doc.fragments {
			t.Errorf("%s has %d programs and %d fragments", doc.path, len(programs), len(fragments))
		}
		all = append(append(all, programs...), fragments...)
	}
	tryAll(t, all)
}

// folder is files by name.
type folder map[string]string

var (
	block    = regexp.MustCompile("(?s)```go\n(.*?)```")
	fileName = regexp.MustCompile(`^// (\w+\.go)\n`)
)

// blocks are the programs of a page, and a folder for each of its fragments.
func blocks(page string) (programs, fragments []folder) {
	files := folder{}
	snapshot := func() folder { return maps.Clone(files) }
	for _, found := range block.FindAllStringSubmatch(page, -1) {
		text := found[1]
		switch name := fileName.FindStringSubmatch(text); {
		case name != nil:
			files[name[1]] = text
			if name[1] == "main.go" {
				programs = append(programs, snapshot())
				delete(files, "rules_test.go") // once is enough
			}
		case strings.HasPrefix(text, "package main"):
			programs = append(programs, folder{"main.go": text})
		default:
			beside := snapshot()
			beside["fragment.go"], beside["main.go"] = "package main\n\n"+imports(text)+text, "package main\n\nfunc main() {}\n"
			fragments = append(fragments, beside)
		}
	}
	if len(files) > 0 {
		programs = append(programs, snapshot()) // with what came after the last main.go
	}
	return programs, fragments
}

// imports are what a fragment needs of the packages that the documents speak of.
func imports(text string) string {
	const visavis = "github.com/visavis-netcode/visavis/"
	var b strings.Builder
	for name, path := range map[string]string{
		"fixed": visavis + "rollback/fixed", "game": visavis + "game", "netcode": visavis + "netcode",
		"rollback": visavis + "rollback", "sound": visavis + "game/sound",
		"ebiten": "github.com/hajimehoshi/ebiten/v2", "inpututil": "github.com/hajimehoshi/ebiten/v2/inpututil",
		"maps": "maps", "rand": "math/rand/v2", "slices": "slices", "time": "time",
	} {
		if regexp.MustCompile(`\b` + name + `\.[A-Z]`).MatchString(text) {
			fmt.Fprintf(&b, "import %q\n", path)
		}
	}
	return b.String()
}

// tryAll looks at folders as packages of a module that has nothing else but them, as a
// compiler does before it makes a program, and runs their tests.
func tryAll(t *testing.T, folders []folder) {
	t.Helper()
	module := newModule(t)
	tests := []string{"test", "-vet=off"}
	for i, files := range folders {
		here := filepath.Join(module, fmt.Sprintf("program%d", i))
		if err := os.Mkdir(here, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range files {
			writeFile(t, filepath.Join(here, name), text)
			if strings.HasSuffix(name, "_test.go") {
				tests = append(tests, "./"+filepath.Base(here))
			}
		}
	}
	for _, command := range [][]string{{"vet", "./..."}, tests} {
		cmd := exec.Command("go", command...)
		cmd.Dir, cmd.Env = module, append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go %s: %v\n%s", command[0], err, out)
		}
	}
}

// newModule is an empty module that may import this one, from where it lies, and what
// this one requires.
func newModule(t *testing.T) (folder string) {
	t.Helper()
	const visavis = "github.com/visavis-netcode/visavis"
	ours, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	mod := strings.Replace(string(ours), "module "+visavis+"\n", "module stars\n", 1)
	writeFile(t, filepath.Join(folder, "go.mod"), mod+"\nrequire "+visavis+" v0.0.0\n\nreplace "+visavis+" => "+root+"\n")
	writeFile(t, filepath.Join(folder, "go.sum"), string(sums))
	return folder
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
