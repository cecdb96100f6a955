// Command chat is a lobby of its own making: who is there, what they say, who is
// ready, a match of five seconds, and the rematch, as often as both like. It starts a
// second copy of itself. Type and press Enter to say something; F2 gets you ready, and
// the match begins when both are.
//
// The lobby outlives the match: when one is over, its state is Gathering again, with
// the same members and links, and Start begins the next. The match itself is a
// game.Runner's; a game with screens of its own calls it as one of them.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/ebitenutil"
	"github.com/hajimehoshi/ebiten/v2/inpututil"

	"github.com/visavis-netcode/visavis/examples/dots"
	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/netcode"
)

const (
	matchFrames = 300
	shownLines  = 12
)

type app struct {
	game.Canvas
	lobby *dots.Lobby
	match *dots.Runner
	lines []netcode.Line
	typed []rune
	both  int // updates with both players here
}

// Playing reports whether a match runs.
func (a *app) Playing() bool { return a.lobby.State() == netcode.Playing }

// Update plays the match that runs, or the lobby.
func (a *app) Update() error {
	if a.Playing() {
		return a.match.Update()
	}
	a.lobby.Poll()
	if a.lobby.State() == netcode.Ended {
		return a.lobby.Err()
	}
	if len(a.lobby.AppendMembers(nil)) == dots.Seats {
		a.both++
	}
	if a.lines = a.lobby.AppendLines(a.lines); len(a.lines) > shownLines {
		a.lines = a.lines[len(a.lines)-shownLines:]
	}
	a.typed = ebiten.AppendInputChars(a.typed)
	said, ready := inpututil.IsKeyJustPressed(ebiten.KeyEnter), inpututil.IsKeyJustPressed(ebiten.KeyF2)
	if !dots.Display() { // a rehearsal: nobody can type
		said, ready = a.both == 60, a.both > 120
		a.typed = []rune("good luck")
	}
	if n := len(a.typed); n > 0 && inpututil.IsKeyJustPressed(ebiten.KeyBackspace) {
		a.typed = a.typed[:n-1]
	}
	if said && a.done(a.lobby.Say(string(a.typed))) {
		a.typed = nil
	}
	if ready {
		a.lobby.SetReady(true) // until the match begins
	}
	// When the last of the two has said so, the host starts: its Blocker says in words what
	// stands in the way.
	if a.lobby.Ready() && a.lobby.Hosting() && a.lobby.Blocker() == "" {
		a.done(a.lobby.Start(netcode.RandomSeed(), matchFrames))
	}
	return nil
}

// done shows why something could not be done.
func (a *app) done(err error) bool {
	if err != nil {
		a.lines = append(a.lines, netcode.Line{Text: err.Error()})
	}
	return err == nil
}

// Draw is the match, or the lobby in words.
func (a *app) Draw(screen *ebiten.Image) {
	if a.Playing() {
		a.match.Draw(screen)
		return
	}
	screen.Fill(dots.Ground)
	var b strings.Builder
	for _, m := range a.lobby.AppendMembers(nil) {
		fmt.Fprintf(&b, "%-16s ready: %-5v  %3d ms\n", m.Name, m.Ready, m.PingMs)
	}
	fmt.Fprintf(&b, "\nF2: I am ready\n%s\n\n", a.lobby.Blocker())
	for _, line := range a.lines {
		b.WriteString(strings.TrimPrefix(line.From+": "+line.Text, ": ") + "\n")
	}
	ebitenutil.DebugPrintAt(screen, b.String()+"\n> "+string(a.typed)+"_", 20, 20)
}

func run(address string) error {
	name, x := "Ana", 20
	if address != "" {
		name, x = "Ben", 40+dots.Width
	}
	node, err := dots.Listen(name, netcode.NodeConfig{})
	if err != nil {
		return err
	}
	a := &app{Canvas: game.Canvas{Width: dots.Width, Height: dots.Height}}
	wait := func() {}
	if address != "" {
		a.lobby, err = netcode.JoinLobby(node, dots.Config(), address, netcode.LobbyConfig{})
	} else if a.lobby, err = netcode.OpenLobby(node, dots.Config(), netcode.LobbyConfig{}); err == nil {
		wait, err = dots.SecondCopy("-join", fmt.Sprintf("127.0.0.1:%d#%s", node.Addr().Port(), node.Fingerprint()))
	}
	if err != nil {
		return err
	}
	defer wait()
	defer node.Close()
	a.match = dots.Play(a.lobby, nil)
	err = dots.Show(a, "chat: "+name, x, 80)
	for _, line := range a.lines {
		fmt.Printf("%s read %q from %q\n", name, line.Text, line.From)
	}
	return err
}

func main() {
	join := flag.String("join", "", "used by the second copy: the host's `address`")
	flag.Parse()
	err := run(*join)
	if _, left := errors.AsType[*netcode.LeftError](err); err != nil && !left {
		fmt.Fprintln(os.Stderr, "chat:", err)
		os.Exit(1)
	}
}
