package replays

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/visavis-netcode/visavis/netcode/privatefile"
)

// Draft is a recording that is being written. Its file is made at the first Write: that is
// done where the disk may take its time, and not where the match is played.
type Draft struct {
	folder  Folder
	began   time.Time
	file    *os.File
	path    atomic.Pointer[string]
	dropped atomic.Bool
}

// Begin returns the draft of a match that begins now.
func (f Folder) Begin(began time.Time) *Draft { return &Draft{folder: f, began: began} }

// Keep writes a recording that is whole already, as one of a match that began then.
func (f Folder) Keep(began time.Time, b []byte) error {
	d := f.Begin(began)
	_, err := d.Write(b)
	if err != nil {
		d.Drop() // half of it is of no use
	}
	return errors.Join(err, d.Close())
}

// maxSameSecond is how many recordings of one second have names of their own.
const maxSameSecond = 100

// Write is part of io.WriteCloser.
func (d *Draft) Write(b []byte) (int, error) {
	if d.file == nil {
		if err := d.create(); err != nil {
			return 0, err
		}
		d.folder.prune()
	}
	return d.file.Write(b)
}

func (d *Draft) create() error {
	name := "lilypad-" + d.began.Format("2006-01-02-150405")
	path := filepath.Join(d.folder.Path, name+Ending)
	if err := privatefile.MakeFolder(path); err != nil {
		return err
	}
	for n := 2; ; n++ {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			d.file = file
			d.path.Store(&path)
			return nil
		}
		if !errors.Is(err, fs.ErrExist) || n > maxSameSecond {
			return err
		}
		path = filepath.Join(d.folder.Path, fmt.Sprintf("%s-%d%s", name, n, Ending))
	}
}

// Drop makes Close delete the file: nothing has happened in the match.
func (d *Draft) Drop() { d.dropped.Store(true) }

// Close is part of io.WriteCloser.
func (d *Draft) Close() error {
	if d.file == nil {
		return nil
	}
	info, statErr := d.file.Stat()
	err := d.file.Close()
	if d.dropped.Load() || statErr == nil && info.Size() == 0 { // a full disk took nothing
		os.Remove(d.Path())
	}
	return err
}

// Path is where the file is, "" as long as there is none.
func (d *Draft) Path() string {
	if path := d.path.Load(); path != nil {
		return *path
	}
	return ""
}
