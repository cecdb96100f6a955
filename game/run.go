package game

import (
	"errors"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/hajimehoshi/ebiten/v2"
)

// Run is ebiten.RunGame with errors that a player can act on. It keeps the
// game running without focus: a peer that stops ticking is a peer that is
// lost. Ctrl-C in the terminal ends it as a closed window does: Run returns nil, and
// what the program does then, such as Node.Close, tells the others. Like RunGame it can
// be called once per process.
func Run(g ebiten.Game) error {
	ebiten.SetRunnableOnUnfocused(true)
	shareMemory()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	return Explain(ebiten.RunGame(&interruptible{Game: g, signals: signals}))
}

// interruptible ends a game by a signal. It passes on what Ebitengine asks a game for.
type interruptible struct {
	ebiten.Game
	signals <-chan os.Signal
}

func (i *interruptible) Update() error {
	select {
	case <-i.signals:
		return ebiten.Termination
	default:
		return i.Game.Update()
	}
}

func (i *interruptible) LayoutF(outsideWidth, outsideHeight float64) (width, height float64) {
	if g, ok := i.Game.(ebiten.LayoutFer); ok {
		return g.LayoutF(outsideWidth, outsideHeight)
	}
	// As Ebitengine does it: a window that is less than a pixel wide has one.
	w, h := i.Layout(int(max(outsideWidth, 1)), int(max(outsideHeight, 1)))
	return float64(w), float64(h)
}

func (i *interruptible) DrawFinalScreen(screen ebiten.FinalScreen, offscreen *ebiten.Image, geoM ebiten.GeoM) {
	if g, ok := i.Game.(ebiten.FinalScreenDrawer); ok {
		g.DrawFinalScreen(screen, offscreen, geoM)
		return
	}
	ebiten.DefaultDrawFinalScreen(screen, offscreen, geoM)
}

// Trouble is an error of the window, explained. Its text is one plain
// sentence and, where there is one, the command that mends it.
type Trouble struct {
	Says  string // what is missing and what to do
	Cause error  // what Ebitengine said
}

func (t *Trouble) Error() string { return t.Says }

// Unwrap returns what Ebitengine said.
func (t *Trouble) Unwrap() error { return t.Cause }

// windowPackages is what a bare Debian or Ubuntu needs, drawing and window
// features together.
const windowPackages = "sudo apt-get install libx11-6 libgl1 libxcursor1 libxi6 libxrandr2 libxinerama1"

// Explain turns an error of ebiten.RunGame into a *Trouble where it knows what
// the error means. Other errors, and nil, come back unchanged.
func Explain(err error) error {
	if err == nil || errors.Is(err, ebiten.Termination) {
		return nil
	}
	text := err.Error()
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	says := ""
	switch {
	case has("libX11", "libXcursor", "libXi.", "libXrandr", "libXinerama"):
		says = "This machine lacks the library that opens windows (libX11). " + install()
	case has("libGL", "libGLES", "libEGL"):
		says = "This machine lacks the library that draws (OpenGL). " + install()
	case has("no window system", "DISPLAY", "/dev/fb", "failed to open display"):
		says = "There is no display to open a window on: start this from a graphical desktop, or set DISPLAY."
	case has("webgl2", "WebGL"):
		says = "This browser has WebGL 2 turned off or does not know it: turn on hardware acceleration in its settings, or try another browser."
	case has("GLX", "context", "gl: "):
		says = "The graphics driver gave no OpenGL: update it, or set LIBGL_ALWAYS_SOFTWARE=1 to draw without it."
	case has("audio", "oto"):
		says = "The sound device failed: check that another program can play sound, or start with -mute."
	default:
		return err
	}
	return &Trouble{Says: says, Cause: err}
}

func install() string {
	if runtime.GOOS == "linux" {
		return "On Debian or Ubuntu: " + windowPackages
	}
	return "Install it with your system's package manager."
}
