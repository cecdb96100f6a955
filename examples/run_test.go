package examples

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// build compiles all examples into a folder.
func build(t *testing.T) (folder string) {
	t.Helper()
	folder = t.TempDir()
	if out, err := exec.Command("go", "build", "-o", folder+string(filepath.Separator), "./...").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return folder
}

// example is a program as a newcomer starts it, but with nothing to open a window on
// and a home folder of its own.
func example(t *testing.T, folder, name string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, filepath.Join(folder, name))
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); name != "DISPLAY" && name != "WAYLAND_DISPLAY" {
			cmd.Env = append(cmd.Env, v)
		}
	}
	home := t.TempDir()
	cmd.Env = append(cmd.Env, "HOME="+home, "XDG_CONFIG_HOME="+home)
	cmd.Stderr = os.Stderr
	return cmd
}

// programs are the examples' main.go.
func programs(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("*/main.go")
	if err != nil || len(all) < 10 {
		t.Fatal(all, err)
	}
	return all
}

// TestExamplesAreShort: one idea each, which is there to be read, on a few screens.
func TestExamplesAreShort(t *testing.T) {
	for _, name := range programs(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(string(text), "\n"); lines < 40 || lines > 150 {
			t.Errorf("%s has %d lines: 40 to 150 make an example", name, lines)
		}
	}
}

// shows is what each says that finds the other by itself, or needs none: see
// twoOnOneNetwork for the one that does not.
var shows = map[string][]string{
	"local":      {"local.*played without one"},
	"synctest":   {"600 frames agree", `Dots\[0\].X is `},
	"custom":     {"garden.Snakes is a slice", "600 frames agree", `Snakes\[0\].Body\[0\].`},
	"twowindows": {`Ana played [1-9]\d+ frames`, `Ben played [1-9]\d+ frames`},
	"code":       {"the code is [0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", `Ben played [1-9]\d+ frames`},
	"chat":       {`Ana read "good luck" from "Ben"`, `Ben read "good luck" from "Ana"`},
	"dropin":     {"Ana sees: Ben is absent from frame ", "Ana sees: Ben is present from frame ", "Ben sees: Ben is present from frame "},
	"lab":        {"lab.*played without one", `Ana played [1-9]\d+ frames`, `Ben played [1-9]\d+ frames`},
	"headless":   {"Ana: .* agreed true, hash ", "Ben: .* agreed true, hash "},
}

// TestExamples runs each of them without flags, and looks at what it shows. Those
// with a window play for five seconds without one.
func TestExamples(t *testing.T) {
	folder := build(t)
	for _, program := range programs(t) {
		name := filepath.Dir(program)
		want := shows[name]
		switch {
		case name == "lan":
			t.Run(name, func(t *testing.T) { t.Parallel(); twoOnOneNetwork(t, folder) })
			continue
		case want == nil:
			t.Errorf("nobody looks at what %s shows", name)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := example(t, folder, name).Output()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			for _, words := range want {
				if !regexp.MustCompile(words).Match(out) {
					t.Errorf("it does not say %q:\n%s", words, out)
				}
			}
		})
	}
}

// twoOnOneNetwork starts the example that finds the other by itself, and a second one
// when the first has found nobody.
func twoOnOneNetwork(t *testing.T, folder string) {
	host := example(t, folder, "lan")
	pipe, err := host.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(pipe)
	if !lines.Scan() || !strings.Contains(lines.Text(), "this is the host") {
		t.Fatalf("the first says %q", lines.Text())
	}
	guest, err := example(t, folder, "lan").Output()
	if err != nil || !strings.Contains(string(guest), "joining 127.0.0.1:") || !regexp.MustCompile(`Ben played [1-9]\d+ frames`).Match(guest) {
		t.Errorf("the second: %v\n%s", err, guest)
	}
	for lines.Scan() {
		fmt.Println(lines.Text())
	}
	_ = host.Wait() // the guest may have left first
}
