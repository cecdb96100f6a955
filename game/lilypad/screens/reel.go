package screens

import (
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/visavis-netcode/visavis/game/lilypad/animation"
	"github.com/visavis-netcode/visavis/netcode/privatefile"
)

// reel is a GIF that is being written, away from the game's loop. A file that is not whole
// has another name, and goes when it never will be.
type reel struct {
	size     image.Point
	free     chan []byte // pictures' pixels, to be filled
	full     chan []byte // to be written
	count    atomic.Int64
	stopped  atomic.Bool
	finished bool // all pictures are in full
	result   chan shot
}

// reelPictures is how many pictures may wait to be written.
const reelPictures = 3

// newReel begins a GIF in a folder, "" for the current one.
func newReel(dir string, size image.Point) *reel {
	r := &reel{size: size, free: make(chan []byte, reelPictures), full: make(chan []byte, reelPictures), result: make(chan shot, 1)}
	for range reelPictures {
		r.free <- make([]byte, 4*size.X*size.Y)
	}
	go func() {
		path, err := r.write(dir)
		if err == nil && r.stopped.Load() {
			os.Remove(path) // it was given up at the last moment
		}
		r.result <- shot{path, err}
		for range r.full { // nobody waits for room
		}
	}()
	return r
}

// buffer returns memory for the pixels of a picture, nil if there is none now.
func (r *reel) buffer() []byte {
	select {
	case b := <-r.free:
		return b
	default:
		return nil
	}
}

// add hands a picture over.
func (r *reel) add(pixels []byte) { r.full <- pixels } // there is room for all

// finish says that there are no more pictures.
func (r *reel) finish() {
	if !r.finished {
		r.finished = true
		close(r.full)
	}
}

// cancel gives up: the file goes.
func (r *reel) cancel() {
	r.stopped.Store(true)
	r.finish()
}

// made is how many pictures are written.
func (r *reel) made() int64 { return r.count.Load() }

// done returns where the file is once it is whole, or why it never will be.
func (r *reel) done() (path string, err error, over bool) {
	select {
	case s := <-r.result:
		return s.path, s.err, true
	default:
		return "", nil, false
	}
}

// errStopped: nobody wants the file any more.
var errStopped = errors.New("stopped")

// write writes all pictures to a file of its own, which gets its name when it is whole.
func (r *reel) write(dir string) (path string, err error) {
	if dir == "" {
		dir = "."
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", notSaved(err)
	}
	file, err := os.CreateTemp(dir, ".lilypad-*.part")
	if err != nil {
		return "", notSaved(err)
	}
	defer os.Remove(file.Name()) // it has another name when all went well
	err = r.pictures(file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(file.Name(), 0o644)
	}
	if err == nil {
		path, err = rename(file.Name(), dir)
	}
	if err != nil {
		return "", notSaved(err)
	}
	return path, nil
}

// pictures writes them as they come.
func (r *reel) pictures(to *os.File) error {
	gif := animation.NewWriter(to, r.size)
	for pixels := range r.full {
		if r.stopped.Load() {
			return errStopped
		}
		if err := gif.Add(pixels, gifHundredths); err != nil {
			return err
		}
		r.count.Add(1)
		r.free <- pixels // there is room for all
	}
	if r.stopped.Load() {
		return errStopped
	}
	return gif.Close()
}

// rename gives a file a name that is free.
func rename(from, dir string) (string, error) {
	for n := 1; ; n++ {
		path := filepath.Join(dir, fmt.Sprintf("lilypad-%03d.gif", n))
		free, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if os.IsExist(err) && n < 10_000 {
			continue
		}
		if err != nil {
			return "", err
		}
		free.Close()
		if err := os.Rename(from, path); err != nil {
			os.Remove(path)
			return "", err
		}
		if abs, err := filepath.Abs(path); err == nil {
			path = abs
		}
		return path, nil
	}
}

// notSaved says why there is no file.
func notSaved(err error) error {
	return fmt.Errorf("the moving picture was not saved: %w", privatefile.Explain(err))
}
