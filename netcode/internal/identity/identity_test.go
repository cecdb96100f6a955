package identity

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// load loads and unlocks at the test's end.
func loadFor(t *testing.T, path string) *Identity {
	t.Helper()
	id, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { id.Close() })
	return id
}

func TestSameAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "down", "identity")
	first := loadFor(t, path)
	if first.Notice != "" || first.Path != path {
		t.Errorf("got Notice %q, Path %q", first.Notice, first.Path)
	}
	first.Close()
	second := loadFor(t, path)
	if !second.Key.Equal(first.Key) || second.Notice != "" {
		t.Errorf("loaded another key, Notice %q", second.Notice)
	}
}

func TestOnlyOwnerReads(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no permission bits")
	}
	folder := filepath.Join(t.TempDir(), "visavis")
	loadFor(t, filepath.Join(folder, "identity"))
	for name, want := range map[string]os.FileMode{folder: 0o700, filepath.Join(folder, "identity"): 0o600} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}
}

func TestDefaultPath(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AppData", t.TempDir())
	want, err := DefaultPath()
	if err != nil {
		t.Fatal(err)
	}
	if id := loadFor(t, ""); id.Path != want {
		t.Errorf("kept in %q, want %q", id.Path, want)
	}
}

func TestSecondCopy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "identity")
	first := loadFor(t, path)
	second := loadFor(t, path)
	if second.Key.Equal(first.Key) {
		t.Error("two copies have one identity")
	}
	if second.Path != "" || !strings.Contains(second.Notice, "another copy") {
		t.Errorf("got Path %q, Notice %q", second.Path, second.Notice)
	}
	second.Close()
	first.Close()
	if third := loadFor(t, path); !third.Key.Equal(first.Key) {
		t.Error("the second copy changed the file")
	}
}

func TestDamaged(t *testing.T) {
	for name, content := range map[string]string{
		"empty":     "",
		"cut off":   header + "00112233\n",
		"other":     "-----BEGIN PRIVATE KEY-----\n",
		"too long":  header + strings.Repeat("00", 32) + strings.Repeat("\n", maxBytes) + "x",
		"not hexes": header + strings.Repeat("zz", 32),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "identity")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			id := loadFor(t, path)
			if !strings.Contains(id.Notice, path+".broken") {
				t.Errorf("Notice is %q", id.Notice)
			}
			if kept, err := os.ReadFile(path + ".broken"); err != nil || string(kept) != content {
				t.Errorf("the damaged file was not kept: %q, %v", kept, err)
			}
			id.Close()
			if again := loadFor(t, path); !again.Key.Equal(id.Key) || again.Notice != "" {
				t.Errorf("the new identity was not kept, Notice %q", again.Notice)
			}
		})
	}
}

func TestDamagedTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "identity")
	for _, content := range []string{"first", "second"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		id := loadFor(t, path)
		id.Close()
	}
	for name, want := range map[string]string{path + ".broken": "first", path + ".broken2": "second"} {
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
	}
}

// TestNowhereToKeep covers the folder that cannot be made, the one that cannot
// be written, and the file that cannot be replaced.
func TestNowhereToKeep(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	directory := filepath.Join(folder, "directory")
	if err := os.Mkdir(directory, 0o700); err != nil {
		t.Fatal(err)
	}
	locked := filepath.Join(folder, "locked")
	if err := os.Mkdir(locked, 0o500); err != nil {
		t.Fatal(err)
	}
	paths := []string{filepath.Join(file, "identity"), directory}
	if os.Getuid() > 0 { // root writes everywhere, Windows has no such bits
		paths = append(paths, filepath.Join(locked, "identity"))
	}
	for _, path := range paths {
		id := loadFor(t, path)
		if id.Path != "" || !strings.Contains(id.Notice, "cannot be kept") || strings.Count(id.Notice, path) > 1 {
			t.Errorf("%s: got Path %q, Notice %q", path, id.Path, id.Notice)
		}
		if len(id.Key) == 0 {
			t.Errorf("%s: no key", path)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(header + strings.Repeat("00", 32) + "\n")
	f.Add(header)
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		key, err := parse(s)
		if (err == nil) != (len(key) == 64) {
			t.Errorf("%q: key of %d bytes, error %v", s, len(key), err)
		}
	})
}
