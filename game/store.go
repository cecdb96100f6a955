package game

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/visavis-netcode/visavis/netcode/privatefile"
)

// Store keeps a game's settings in one small JSON file. A missing file means
// the defaults; a damaged one or one of a later version is put aside, never
// overwritten unseen and never fatal. Nobody but the user can read it.
type Store struct {
	Path    string // "" keeps nothing: Load leaves the defaults, Save does nothing
	Version int    // raise it when the meaning of a setting changes
}

// maxSettingsBytes bounds what Load reads: settings are a page of text.
const maxSettingsBytes = 1 << 20

// UserStore is the Store of a game in the user's configuration folder, for
// example ~/.config/visavis/lilypad.json. Without such a folder its Path is "".
func UserStore(name string, version int) Store {
	folder, err := privatefile.Folder()
	if err != nil {
		return Store{Version: version}
	}
	return Store{Path: filepath.Join(folder, name+".json"), Version: version}
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
	data, err := privatefile.Read(s.Path, maxSettingsBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the settings could not be read, defaults are used: %w", privatefile.Explain(err))
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

// Save writes the file, whole or not at all. Settings may hold a secret or a
// password, so nobody else can read it: see package privatefile.
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
	if err := privatefile.Write(s.Path, out.Bytes()); err != nil {
		return fmt.Errorf("the settings were not saved: %w", privatefile.Explain(err))
	}
	return nil
}
