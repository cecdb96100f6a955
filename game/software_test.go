package game

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// GLX is chosen where the processor draws and has it, unless somebody else has chosen.
func TestShareMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("X servers are reached by socket on Linux")
	}
	here := filepath.Join(t.TempDir(), "libGL.so.1")
	if err := os.WriteFile(here, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	defer func(real []string) { libGL = real }(libGL)
	for _, test := range []struct{ libGL, chosen, want string }{
		{here, "", "1"},
		{here + "*", "", "1"},
		{here + ".none", "", ""},
		{here, "0", "0"},
	} {
		t.Setenv("LIBGL_ALWAYS_SOFTWARE", "1")
		t.Setenv("SteamEnv", test.chosen)
		if test.chosen == "" {
			os.Unsetenv("SteamEnv")
		}
		libGL = []string{test.libGL}
		shareMemory()
		if got := os.Getenv("SteamEnv"); got != test.want {
			t.Errorf("libGL at %s, %q chosen before: %q, want %q", test.libGL, test.chosen, got, test.want)
		}
	}
}
