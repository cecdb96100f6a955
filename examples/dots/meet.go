package dots

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"image/color"
	"os"
	"os/exec"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/netcode"
)

// Lobby and Runner are the engine's, for this game.
type (
	Lobby  = netcode.Lobby[World, game.Buttons]
	Runner = game.Runner[World, game.Buttons]
)

// Config is the game as two copies must have it in common.
func Config() netcode.Config[World, game.Buttons] {
	return netcode.Config[World, game.Buttons]{
		Game:     "dots",
		Rules:    1, // raise it whenever Step, World or what they are made of changes
		Start:    func(netcode.Setup) World { return Start() },
		Step:     (*World).Step,
		MinSeats: Seats, MaxSeats: Seats,
		Absent: netcode.AbsentEnds, // who leaves ends it for both
	}
}

// Play is the game's window: it plays the lobby's matches, and in between does what
// idle says.
func Play(lobby *Lobby, idle func(*Lobby)) *Runner {
	return &Runner{
		Canvas: game.Canvas{Width: Width, Height: Height},
		Lobby:  lobby,
		Read:   func(held game.Buttons, _ int, _ *World) game.Buttons { return held },
		Paint:  paintWithHelp,
		Idle:   idle,
		Graph:  game.Netgraph{Mode: game.GraphSmall},
	}
}

func paintWithHelp(dst *ebiten.Image, w *World) {
	Paint(dst, w)
	game.DebugFont{}.DrawText(dst, "arrows or WASD: move    Space: run    F1: the network", 8, Height-20, color.White)
}

// StartWhenFull is called while no match runs: everybody is ready at once, and the
// host starts when all seats are taken.
func StartWhenFull(l *Lobby) {
	l.SetReady(true)
	if l.Hosting() && l.Blocker() == "" {
		// It cannot fail after Blocker; if it did, the next tick tries again.
		_ = l.Start(netcode.RandomSeed(), netcode.UntilOver)
	}
}

// Listen binds a free port on this machine alone, with a key of its own: two peers
// are never the same player. A game that is to be reached from elsewhere leaves Addr
// and Key away.
func Listen(name string, config netcode.NodeConfig) (*netcode.Node, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	config.Addr, config.Name, config.Key = "127.0.0.1:0", name, key
	return netcode.Listen(config)
}

// SecondCopy starts this program once more with arguments, and returns a func that
// waits for its end.
func SecondCopy(args ...string) (wait func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	other := exec.Command(self, args...)
	other.Stdout, other.Stderr = os.Stdout, os.Stderr
	if err := other.Start(); err != nil {
		return nil, fmt.Errorf("the second window could not be started: %w", err)
	}
	return func() { _ = other.Wait() }, nil
}
