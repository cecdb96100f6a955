package game_test

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// Dot is a world of one number.
type Dot struct{ X int32 }

func (d *Dot) Step(in rollback.Inputs[game.Buttons]) {
	for _, held := range in.All() {
		if held.Has(game.Right) {
			d.X++
		}
	}
}

// keys are held on a keyboard that nobody has.
type keys []ebiten.Key

func (k keys) KeyDown(key ebiten.Key) bool {
	return slices.Contains(k, key)
}
func (keys) AppendGamepads(dst []game.Buttons) []game.Buttons { return dst }
func (keys) AppendTouches(dst []game.Touch) []game.Touch      { return dst }

// A test of a whole window without one: two Runners on a network of memory. A program
// gives the Runner to Run in place of the loop.
func ExampleRunner() {
	config := netcode.Config[Dot, game.Buttons]{
		Game: "dot", Start: func(netcode.Setup) Dot { return Dot{} }, Step: (*Dot).Step, MinSeats: 2, MaxSeats: 2,
	}
	network := netcode.NewMemoryNetwork(1)
	ana, ben := network.NewNode("Ana"), network.NewNode("Ben")
	window := func(lobby *netcode.Lobby[Dot, game.Buttons], err error) *game.Runner[Dot, game.Buttons] {
		if err != nil {
			panic(err)
		}
		return &game.Runner[Dot, game.Buttons]{
			Canvas:  game.Canvas{Width: 320, Height: 180},
			Lobby:   lobby,
			Devices: keys{ebiten.KeyD},
			Read:    func(held game.Buttons, _ int, _ *Dot) game.Buttons { return held },
			Paint:   func(dst *ebiten.Image, d *Dot) {},
			Idle: func(l *netcode.Lobby[Dot, game.Buttons]) {
				l.SetReady(true)
				if l.Hosting() && l.Blocker() == "" {
					if err := l.Start(1, 100); err != nil {
						fmt.Println(err)
					}
				}
			},
		}
	}
	host := window(netcode.OpenLobby(ana, config, netcode.LobbyConfig{}))
	guest := window(netcode.JoinLobby(ben, config, ana.Addr().String(), netcode.LobbyConfig{}))
	for range 200 {
		for _, window := range []ebiten.Game{host, guest} {
			if err := window.Update(); err != nil {
				fmt.Println(err)
			}
		}
		network.Advance(time.Second / 60)
	}
	result, _ := guest.Lobby.Match().Result()
	final, _ := guest.Lobby.Match().FinalWorld()
	fmt.Println(result.Frame, result.Agreed, final.X)
	// Output: 100 true 200
}

// A loop of 144 turns a second, and a game of 60 ticks.
func ExampleMetronome() {
	var metronome game.Metronome
	ticks := 0
	for turn := range 1440 {
		now := time.Duration(turn) * time.Second / 144
		for range metronome.Due(now, time.Second/60) {
			ticks++
		}
		if turn == 100 {
			fmt.Printf("the picture lies %.1f of the way to the next tick\n", metronome.Fraction(now))
		}
	}
	fmt.Println(ticks/10, "ticks a second")
	// Output:
	// the picture lies 0.2 of the way to the next tick
	// 60 ticks a second
}

// Two players share a keyboard.
func ExampleSampler() {
	sampler := game.Sampler{Devices: keys{ebiten.KeyW, ebiten.KeySpace, ebiten.KeyArrowLeft, ebiten.KeyArrowRight}}
	var held [2]game.Buttons
	sampler.Sample(held[:])
	fmt.Println(held[0] == game.Up|game.ButtonA, held[1] == 0) // left and right cancel
	// Output: true true
}

func ExampleNetgraph() {
	graph := game.Netgraph{Mode: game.GraphSmall}
	graph.Observe(game.GraphSample{
		Frame: 300, Confirmed: 296, RolledBack: 3, AgreedFrame: 240, DelayFrames: 1,
		Peers: []game.GraphPeer{{Name: "Ben", PingMs: 48, LossPercent: 2}},
	})
	fmt.Println(graph.Line())
	// Output: ping 48 ms  loss 2%  in sync ✓ frame 240  rollback 3.0  delay 1
}

func ExampleWrap() {
	for _, line := range game.Wrap(game.DebugFont{}, "Ben left the match, and the next one waits for somebody.", 180) {
		fmt.Println(line)
	}
	// Output:
	// Ben left the match, and the
	// next one waits for somebody.
}

// Errors of the window say what to do.
func ExampleExplain() {
	err := game.Explain(errors.New("ui: no window system is available: fbdev: failed to open /dev/fb0"))
	fmt.Println(err)
	// Output: There is no display to open a window on: start this from a graphical desktop, or set DISPLAY.
}
