package dots

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
)

// Display reports whether there is something to open a window on.
func Display() bool {
	return runtime.GOOS != "linux" || os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// How long a game runs without a display: five seconds of play, for which it waits a
// minute at most, all in updates.
const (
	rehearsalTicks  = 300
	rehearsalAtMost = 60 * 60
)

// Show opens a window in which a game runs until it is closed, as large as its picture;
// x and y are where on the screen. Where there is no display, the game plays for five
// seconds without one, and nobody presses a key.
func Show(g ebiten.Game, title string, x, y int) error {
	width, height := g.Layout(Width, Height)
	if Display() {
		ebiten.SetWindowTitle(title)
		ebiten.SetWindowSize(width, height)
		ebiten.SetWindowPosition(x, y)
		return game.Run(g)
	}
	if err := rehearse(g); err != nil {
		return err
	}
	g.Draw(ebiten.NewImage(width, height))
	fmt.Printf("%s: there is no display; five seconds were played without one\n", title)
	return nil
}

// rehearse calls Update as a window would.
func rehearse(g ebiten.Game) error {
	ticker := time.NewTicker(time.Second / 60)
	defer ticker.Stop()
	meets, online := g.(interface{ Playing() bool })
	for played, waited := 0, 0; played < rehearsalTicks && waited < rehearsalAtMost; {
		if online && !meets.Playing() {
			waited++
		} else {
			played++
		}
		if err := g.Update(); errors.Is(err, ebiten.Termination) {
			break
		} else if err != nil {
			return err
		}
		<-ticker.C
	}
	return nil
}
