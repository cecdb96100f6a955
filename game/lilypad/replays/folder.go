package replays

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/netcode/privatefile"
)

const (
	// Ending is what names of recordings end with.
	Ending = ".vvlog"
	// Kept is how many matches are kept that are no favourites.
	Kept = 50
	// MaxListed is how many recordings List returns at most, the newest.
	MaxListed = 500

	favourites = "favourites" // the folder below, whose files nobody deletes
)

// Folder is where recordings are kept: the newest Kept of them, and all favourites. Several
// copies of the game may use one at the same time. With Path "" nothing is kept.
type Folder struct{ Path string }

// File is a recording in a folder.
type File struct {
	Path      string
	Bytes     int64
	Written   time.Time // last
	Favourite bool
}

// ours are the names that Begin gives: no other file is ever deleted unasked.
var ours = regexp.MustCompile(`^lilypad-\d{4}-\d\d-\d\d-\d{6}(-\d+)?\` + Ending + `$`)

// List returns the recordings of the folder, the newest first, at most MaxListed, and how
// many there are. A folder that is not there yet has none.
func (f Folder) List() (files []File, total int, err error) {
	if f.Path == "" {
		return nil, 0, nil
	}
	for _, favourite := range []bool{false, true} {
		folder := f.folder(favourite)
		entries, err := os.ReadDir(folder)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, 0, fmt.Errorf("the folder of replays cannot be read: %w", privatefile.Explain(err))
		}
		for _, e := range entries {
			if !strings.EqualFold(filepath.Ext(e.Name()), Ending) || e.IsDir() {
				continue
			}
			info, err := e.Info()
			if err != nil {
				continue // it has gone meanwhile
			}
			files = append(files, File{filepath.Join(folder, e.Name()), info.Size(), info.ModTime(), favourite})
		}
	}
	slices.SortFunc(files, func(a, b File) int {
		return cmp.Or(b.Written.Compare(a.Written), strings.Compare(b.Path, a.Path))
	})
	total = len(files)
	return files[:min(total, MaxListed)], total, nil
}

func (f Folder) folder(favourite bool) string {
	if favourite {
		return filepath.Join(f.Path, favourites)
	}
	return f.Path
}

// Favour makes a recording a favourite, which stays, or one of the others again. It returns
// where the file is then.
func (f Folder) Favour(path string, favourite bool) (string, error) {
	name := filepath.Base(path)
	to := filepath.Join(f.folder(favourite), name)
	if to == path {
		return path, nil
	}
	if err := privatefile.MakeFolder(to); err != nil {
		return path, fmt.Errorf("the replay cannot be moved to the favourites: %w", privatefile.Explain(err))
	}
	for n := 2; n < 100; n++ {
		if _, err := os.Lstat(to); err != nil {
			break
		}
		to = filepath.Join(f.folder(favourite), fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, filepath.Ext(name)), n, filepath.Ext(name)))
	}
	if err := os.Rename(path, to); err != nil {
		return path, fmt.Errorf("the replay cannot be moved: %w", privatefile.Explain(err))
	}
	return to, nil
}

// prune deletes what Begin has made and what is neither a favourite nor one of the newest.
func (f Folder) prune() {
	entries, err := os.ReadDir(f.Path)
	if err != nil {
		return
	}
	var names []string
	for _, e := range entries {
		if ours.MatchString(e.Name()) && e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names) // by when they began
	for len(names) > Kept {
		os.Remove(filepath.Join(f.Path, names[0])) // another copy of the game may have been first
		names = names[1:]
	}
}
