package determinism

import (
	"os/exec"
	"runtime"
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"
)

// needsGo skips where packages cannot be loaded.
func needsGo(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil || runtime.GOOS == "js" || runtime.GOOS == "wasip1" {
		t.Skip("there is no go command here to load packages with")
	}
}

// TestKinds: for every kind of mistake, what is found in bad.go and that nothing is in
// good.go, as the comments there say.
func TestKinds(t *testing.T) {
	needsGo(t)
	analysistest.Run(t, analysistest.TestData(), Analyzer,
		"example.com/ranges", "example.com/order", "example.com/given", "example.com/clock", "example.com/chance", "example.com/concurrent", "example.com/floats",
		"example.com/fields", "example.com/globals", "example.com/addresses", "example.com/machine",
		"example.com/helper", "example.com/calls", "example.com/roots")
}

// TestPlain: with the flag, what keeps a World from being a plain value.
func TestPlain(t *testing.T) {
	needsGo(t)
	plain = true
	defer func() { plain = false }()
	analysistest.Run(t, analysistest.TestData(), Analyzer, "example.com/plain")
}
