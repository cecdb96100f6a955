package game

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

type taste struct {
	Name   string
	Volume int
}

func TestStoreKeeps(t *testing.T) {
	s := Store{Path: filepath.Join(t.TempDir(), "deep", "game.json"), Version: 3}
	got := taste{"Frog", 70}
	if err := s.Load(&got); err != nil || got != (taste{"Frog", 70}) {
		t.Fatalf("no file: %v, %v; want the defaults", got, err)
	}
	if err := s.Save(taste{"Ana", 20}); err != nil {
		t.Fatal(err)
	}
	if err := s.Load(&got); err != nil || got != (taste{"Ana", 20}) {
		t.Errorf("read back %v, %v", got, err)
	}
}

func TestStoreSurvivesBadFiles(t *testing.T) {
	tests := []struct{ name, file, says string }{
		{"empty", "", "damaged"},
		{"cut off", `{"version":3,"settings":{"Name":"A`, "damaged"},
		{"no settings", `{"version":3}`, "damaged"},
		{"wrong type half way", `{"version":3,"settings":{"Name":"Ana","Volume":"loud"}}`, "damaged"},
		{"binary", "\x00\xff\x00", "damaged"},
		{"later version", `{"version":4,"settings":{"Name":"Ana","Volume":1}}`, "later version"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := Store{Path: filepath.Join(t.TempDir(), "game.json"), Version: 3}
			if err := os.WriteFile(s.Path, []byte(test.file), 0o644); err != nil {
				t.Fatal(err)
			}
			got := taste{"Frog", 70}
			err := s.Load(&got)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("the error is %v, it should say %q", err, test.says)
			}
			if got != (taste{"Frog", 70}) {
				t.Errorf("the settings are %v, want the defaults", got)
			}
			if kept, err := os.ReadFile(s.Path + ".bad"); err != nil || string(kept) != test.file {
				t.Errorf("the bad file was not put aside: %v", err)
			}
			if err := s.Save(got); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestStoreOlderVersionMeansDefaults(t *testing.T) {
	s := Store{Path: filepath.Join(t.TempDir(), "game.json"), Version: 3}
	if err := (Store{Path: s.Path, Version: 2}).Save(taste{"Ana", 20}); err != nil {
		t.Fatal(err)
	}
	got := taste{"Frog", 70}
	if err := s.Load(&got); err != nil || got != (taste{"Frog", 70}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestStoreWithoutFolder(t *testing.T) {
	s := Store{}
	if err := s.Save(taste{}); err != nil {
		t.Error(err)
	}
	if err := s.Load(&taste{}); err != nil {
		t.Error(err)
	}
}

// TestStoreIsPrivate: settings hold secrets and passwords.
func TestStoreIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no permission bits")
	}
	s := Store{Path: filepath.Join(t.TempDir(), "visavis", "game.json"), Version: 1}
	mode := func(name string) os.FileMode {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	if err := s.Save(taste{"Ana", 20}); err != nil {
		t.Fatal(err)
	}
	if file, folder := mode(s.Path), mode(filepath.Dir(s.Path)); file != 0o600 || folder != 0o700 {
		t.Errorf("the file has mode %o and its folder %o, want 600 and 700", file, folder)
	}
	for _, use := range []func() error{
		func() error { return s.Load(&taste{}) },
		func() error { return s.Save(taste{}) },
	} {
		os.Chmod(s.Path, 0o644) // as an older version left it
		if err := use(); err != nil {
			t.Fatal(err)
		}
		if got := mode(s.Path); got != 0o600 {
			t.Errorf("the file has mode %o, want 600", got)
		}
	}
}
