package screens

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/netcode/privatefile"
)

// shots saves pictures of the window. The picture is read where drawing
// happens and written elsewhere: encoding takes longer than a tick.
type shots struct {
	dir   string
	asked chan string // a wanted picture's file name; "" makes one up
	ready chan shot   // room for one: a second picture before the first is saved is not taken
}

type shot struct {
	path string
	err  error
}

func newShots(dir string) shots {
	return shots{dir: dir, asked: make(chan string, 1), ready: make(chan shot, 1)}
}

// ask wants a picture of what is drawn next.
func (s *shots) ask(name string) {
	select {
	case s.asked <- name:
	default: // one is wanted already
	}
}

// take takes the picture, if one is wanted.
func (s *shots) take(dst *ebiten.Image) {
	var name string
	select {
	case name = <-s.asked:
	default:
		return
	}
	b := dst.Bounds()
	picture := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	dst.ReadPixels(picture.Pix)
	go func() {
		path, err := savePicture(s.dir, name, picture)
		if name != "" {
			path = "" // whoever named it knows, and no word of it gets into the next picture
		}
		select {
		case s.ready <- shot{path, err}:
		default: // nobody has read the last one yet; this one is on disk all the same
		}
	}()
}

// done returns the path of a picture that has been saved since the last call
// under a made-up name.
func (s *shots) done() (string, error) {
	select {
	case d := <-s.ready:
		return d.path, d.err
	default:
		return "", nil
	}
}

// savePicture writes a PNG under a name that is free; the old ones stay. What did not
// become whole is taken away.
func savePicture(dir, name string, picture image.Image) (string, error) {
	path, err := writePicture(dir, name, picture)
	if err != nil {
		return "", fmt.Errorf("the picture was not saved: %w", privatefile.Explain(err))
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return path, nil
}

func writePicture(dir, name string, picture image.Image) (string, error) {
	if dir == "" {
		dir = "."
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	flags := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	for n := 1; ; n++ {
		path := filepath.Join(dir, name)
		if name == "" {
			path = filepath.Join(dir, fmt.Sprintf("lilypad-%03d.png", n))
			flags = os.O_CREATE | os.O_WRONLY | os.O_EXCL
		}
		f, err := os.OpenFile(path, flags, 0o644)
		if os.IsExist(err) && n < 1000 {
			continue
		}
		if err != nil {
			return "", err
		}
		err = png.Encode(f, picture)
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			os.Remove(path)
		}
		return path, err
	}
}
