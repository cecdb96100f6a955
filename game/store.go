package game

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Store keeps a game's settings in one small JSON file. A missing file means
// the defaults; a damaged one or one of a later version is put aside, never
// overwritten unseen and never fatal.
type Store struct {
	Path    string // "" keeps nothing: Load leaves the defaults, Save does nothing
	Version int    // raise it when the meaning of a setting changes
}

// maxSettingsBytes bounds what Load reads: settings are a page of text.
const maxSettingsBytes = 1 << 20

// UserStore is the Store of a game in the user's configuration folder, for
// example ~/.config/visavis/lilypad.json. Without such a folder its Path is "".
func UserStore(name string, version int) Store {
	dir, err := os.UserConfigDir()
	if err != nil {
		return Store{Version: version}
	}
	return Store{Path: filepath.Join(dir, "visavis", name+".json"), Version: version}
}

type envelope struct {
	Version  int             `json:"version"`
	Settings json.RawMessage `json:"settings"`
}

// Load reads the file into settings, a pointer to a struct that holds the
// defaults. What the file does not mention keeps its default. The error is for
// showing, not for stopping: the settings are usable either way.
func (s Store) Load(settings any) error {
	if s.Path == "" {
		return nil
	}
	data, err := readFile(s.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the settings could not be read, defaults are used: %w", err)
	}
	if err := s.decode(data, settings); err != nil {
		aside := s.Path + ".bad"
		if os.Rename(s.Path, aside) == nil {
			return fmt.Errorf("the settings file was %w; defaults are used, the old file is kept as %s", err, aside)
		}
		return fmt.Errorf("the settings file was %w; defaults are used", err)
	}
	return nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSettingsBytes))
}

var errDamaged = errors.New("damaged")

func (s Store) decode(data []byte, settings any) error {
	var e envelope
	if json.Unmarshal(data, &e) != nil || len(e.Settings) == 0 {
		return errDamaged
	}
	if e.Version > s.Version {
		return fmt.Errorf("written by a later version (%d, this one knows %d)", e.Version, s.Version)
	}
	if e.Version < s.Version {
		return nil // an older meaning: start from the defaults
	}
	// Decode twice: a file that fails half way must not leave half its values.
	fresh, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	if json.Unmarshal(e.Settings, settings) != nil {
		if err := json.Unmarshal(fresh, settings); err != nil {
			return err
		}
		return errDamaged
	}
	return nil
}

// Save writes the file: first beside it, then in its place, so that a crash
// leaves the old one or the new one.
func (s Store) Save(settings any) error {
	if s.Path == "" {
		return nil
	}
	inner, err := json.Marshal(settings)
	if err != nil {
		return fmt.Errorf("the settings cannot be written: %w", err)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	if err := enc.Encode(envelope{Version: s.Version, Settings: inner}); err != nil {
		return fmt.Errorf("the settings cannot be written: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(s.Path), 0o755); err != nil {
		return fmt.Errorf("the settings were not saved: %w", err)
	}
	temp := s.Path + ".new"
	if err := os.WriteFile(temp, out.Bytes(), 0o644); err != nil {
		return fmt.Errorf("the settings were not saved: %w", err)
	}
	if err := os.Rename(temp, s.Path); err != nil {
		return fmt.Errorf("the settings were not saved: %w", err)
	}
	return nil
}
