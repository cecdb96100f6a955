// Command lab is two whole machines in one window, and the line between them in your
// hand: each half is what one of the players sees. WASD moves in the left one, the arrows
// in the right one, 1 to 4 choose the line, and F1 shows what it costs.
//
// A netcode.MemoryNetwork carries what otherwise a socket does, in time that the program
// lets pass: so whole lobbies and matches fit into one window, as here, or into a test of
// some milliseconds. Your own game goes in where dots does. The Lab of Lilypad Scrum has
// sliders, up to four machines, and other ways than rollback to compare with.
package main

import (
	"fmt"
	"image/color"
	"os"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/inpututil"

	"github.com/visavis-netcode/visavis/examples/dots"
	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/netcode"
)

// lines are what there is to choose from.
var lines = []struct {
	netcode.Conditions // each way
	name               string
}{
	{netcode.Conditions{}, "one room"},
	{netcode.Conditions{DelayMs: 25, JitterMs: 3}, "one country"},
	{netcode.Conditions{DelayMs: 70, JitterMs: 10, LossPercent: 2}, "across an ocean"},
	{netcode.Conditions{DelayMs: 120, JitterMs: 40, LossPercent: 15}, "a train in the hills"},
}

var names = [dots.Seats]string{"Ana", "Ben"}

// lab is the window.
type lab struct {
	game.Canvas
	network  *netcode.MemoryNetwork
	line     int // chosen of lines
	sampler  game.Sampler
	held     [dots.Seats]game.Buttons
	machines [dots.Seats]*dots.Runner
	half     *ebiten.Image // what one of them shows
}

func newLab() (*lab, error) {
	l := &lab{
		Canvas:  game.Canvas{Width: 2 * dots.Width, Height: dots.Height},
		network: netcode.NewMemoryNetwork(1),
		half:    ebiten.NewImage(dots.Width, dots.Height),
	}
	l.sampler = game.Sampler{Devices: &game.Live{Canvas: &l.Canvas}, Width: l.Width, Height: l.Height}
	l.choose(2)
	var host *netcode.Node
	for i := range l.machines {
		node := l.network.NewNode(names[i])
		lobby, err := netcode.OpenLobby(node, dots.Config(), netcode.LobbyConfig{})
		if host == nil {
			host = node
		} else {
			lobby, err = netcode.JoinLobby(node, dots.Config(), host.Addr().String(), netcode.LobbyConfig{})
		}
		if err != nil {
			return nil, err
		}
		l.machines[i] = dots.Play(lobby, dots.StartWhenFull)
		l.machines[i].Paint = dots.Paint
		l.machines[i].Read = func(game.Buttons, int, *dots.World) game.Buttons { return l.held[i] }
	}
	return l, nil
}

// choose takes another line, also in the middle of a match.
func (l *lab) choose(line int) {
	l.line = line
	l.network.SetConditions(lines[line].Conditions)
}

// Playing reports whether the match has begun.
func (l *lab) Playing() bool { return l.machines[0].Playing() }

// Update lets a tick of time pass, on the network and on both machines.
func (l *lab) Update() error {
	for i := range lines {
		if inpututil.IsKeyJustPressed(ebiten.KeyDigit1 + ebiten.Key(i)) {
			l.choose(i)
		}
	}
	l.sampler.Sample(l.held[:])
	l.network.Advance(time.Second / 60)
	for _, machine := range l.machines {
		if err := machine.Update(); err != nil {
			return err
		}
	}
	return nil
}

// Draw shows what each of the machines shows, side by side.
func (l *lab) Draw(screen *ebiten.Image) {
	for i, machine := range l.machines {
		l.half.Clear()
		machine.Draw(l.half)
		var at ebiten.DrawImageOptions
		at.GeoM.Translate(float64(i*dots.Width), 0)
		screen.DrawImage(l.half, &at)
	}
	chosen := lines[l.line]
	text := fmt.Sprintf("WASD and the arrows: move    F1: the network    1 to 4: the line. %d is %s: %d ms each way, %d more or less, %d %% lost",
		l.line+1, chosen.name, chosen.DelayMs, chosen.JitterMs, chosen.LossPercent)
	game.DebugFont{}.DrawText(screen, text, 8, l.Height-20, color.White)
}

func run() error {
	l, err := newLab()
	if err != nil {
		return err
	}
	if err := dots.Show(l, "lab: two machines", 20, 80); err != nil {
		return err
	}
	for i, machine := range l.machines {
		if match := machine.Lobby.Match(); match != nil {
			stats := match.Stats()
			fmt.Printf("%s played %d frames, the last %d on a guess\n", names[i], stats.Frame, stats.Frame-1-stats.Confirmed)
		}
	}
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(1)
	}
}
