package rollbacktest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

type total struct{ Sum int32 }

func script() Script[total, int8] {
	return Script[total, int8]{
		Config: rollback.Config[total, int8]{Seats: 2, Local: []int{0}, Step: func(w *total, in rollback.Inputs[int8]) {
			for _, v := range in.All() {
				w.Sum += int32(v)
			}
		}},
		Parse: func(word string) (int8, error) {
			n, err := strconv.ParseInt(word, 10, 8)
			return int8(n), err
		},
		Show: func(w *total) string { return strconv.Itoa(int(w.Sum)) },
	}
}

// TestScriptRun: old output is replaced, remarks and empty lines stay.
func TestScriptRun(t *testing.T) {
	got, err := script().Run("# hello\n> new window=2\nold output\n\n> tick -5 x2\n> confirm 1 0 7\nmore of it\n> tick 1\n> world\n")
	if err != nil {
		t.Fatal(err)
	}
	want := `# hello
> new window=2

> tick -5 x2
step 0: -5 0
at 1, confirmed -1
step 1: -5 0
at 2, confirmed -1
> confirm 1 0 7
> tick 1
again 0: -5 7
again 1: -5 7
step 2: 1 7
at 3, confirmed 0, rolled back 2
> world
world 3: 12
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if again, err := script().Run(got); again != got || err != nil {
		t.Errorf("a second run changes it to\n%s\n%v", again, err)
	}
}

// TestScriptFaults: a line that cannot be done is named.
func TestScriptFaults(t *testing.T) {
	for _, test := range []struct{ script, want string }{
		{"> tick 1", "line 1, \"> tick 1\": the first command is new"},
		{"> new\n>", "no command"},
		{"> new\n> jump", "no such command"},
		{"> new colour=3", `new knows no "colour"`},
		{"> new seats=two", "invalid syntax"},
		{"> new\n> tick 1 2", "2 inputs for 1 local seats"},
		{"> new\n> tick", "0 inputs for 1 local seats"},
		{"> new\n> tick 300", "out of range"},
		{"> new\n> tick 1 xx", "invalid syntax"},
		{"> new\n> confirm 1 0", "confirm wants at least 3 words"},
		{"> new\n> confirm one 0 0", "invalid syntax"},
		{"> new\n> confirm 1 zero 0", "invalid syntax"},
		{"> new\n> confirm 1 0 x", "invalid syntax"},
		{"> new\n> delay soon", "invalid syntax"},
		{"> new\n> sent a b", "invalid syntax"},
	} {
		if _, err := script().Run(test.script); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %s", test.script, err, test.want)
		}
	}
}

// TestScriptRunFiles: a file that says what happens passes, and with update a
// wrong one is put right.
func TestScriptRunFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "case.txt")
	if err := os.WriteFile(file, []byte("> new\n> tick 1\nwrong\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	script().RunFiles(t, file, true)
	script().RunFiles(t, file, false)
	const want = "> new\n> tick 1\nstep 0: 1 0\nat 1, confirmed -1\n"
	if got, err := os.ReadFile(file); err != nil || string(got) != want {
		t.Errorf("the file says %q (%v)", got, err)
	}
	if d := firstDifference("a\nb\n", "a\nc\n"); d != `line 2 is "c" now, the file says "b"` {
		t.Error(d)
	}
	if d := firstDifference("a", "a\nb"); d != "2 lines now, the file has 1" {
		t.Error(d)
	}
}
