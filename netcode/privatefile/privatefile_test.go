package privatefile

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func modes(t *testing.T, want map[string]os.FileMode) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no permission bits")
	}
	for name, want := range want {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}
}

// chmod sets a mode whatever the process's umask is.
func chmod(t *testing.T, name string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

func TestWrittenForTheOwnerOnly(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "deep", "down", "secret")
	if err := Write(path, []byte("frog")); err != nil {
		t.Fatal(err)
	}
	modes(t, map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700, filepath.Join(root, "deep"): 0o700})
	if got, err := Read(path, 3); err != nil || string(got) != "fro" {
		t.Errorf("read %q, %v; want the first 3 bytes", got, err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWhatWasOpenIsClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	for _, touch := range map[string]func() error{
		"by reading":   func() error { _, err := Read(path, 100); return err },
		"by replacing": func() error { return Write(path, []byte("new")) },
	} {
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		chmod(t, path, 0o646)
		if err := touch(); err != nil {
			t.Fatal(err)
		}
		modes(t, map[string]os.FileMode{path: 0o600})
	}
}

// TestFolders: the project's own folder is closed to others; one that somebody
// keeps files in beside it is none of our business.
func TestFolders(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AppData", t.TempDir())
	ours, err := Folder()
	if err != nil {
		t.Fatal(err)
	}
	theirs := filepath.Join(t.TempDir(), "shared")
	for _, folder := range []string{ours, theirs} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		chmod(t, folder, 0o755)
		if err := Write(filepath.Join(folder, "file"), nil); err != nil {
			t.Fatal(err)
		}
	}
	modes(t, map[string]os.FileMode{ours: 0o700, theirs: 0o755})
}

func TestNothingHalfWritten(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "taken")
	if err := os.MkdirAll(filepath.Join(path, "inside"), 0o700); err != nil {
		t.Fatal(err)
	}
	if Write(path, []byte("x")) == nil {
		t.Error("a folder was replaced by a file")
	}
	if left, _ := os.ReadDir(folder); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}
