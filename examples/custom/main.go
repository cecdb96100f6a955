// Command custom shows a game whose world is no plain value: snakes of any
// length in slices, apples in a map, names as strings. It needs no window.
//
// Nothing has to be written for that: the engine compiles a copy from the type.
// What it costs is allocations in every frame, so a small game can live with it,
// and a big one gives Config.Copy, Append and Decode, or becomes a plain value.
// The rules stay the same: all of the game is in the World, no two ways lead to
// one piece of it, and Step never ranges over a map where the order counts.
package main

import (
	"fmt"
	"os"

	"github.com/visavis-netcode/visavis/rollback"
	"github.com/visavis-netcode/visavis/rollback/rollbacktest"
)

const side = 12 // of the garden

type place struct{ X, Y int8 }

type snake struct {
	Name string
	Body []place // the head first
}

type garden struct {
	Snakes []*snake
	Apples map[place]uint8 // how much each makes a snake grow
	Rand   rollback.Rand
}

type turn uint8 // 0 to 3: right, down, left, up

func newGarden(names ...string) garden {
	g := garden{Apples: map[place]uint8{}, Rand: rollback.NewRand(7)}
	for i, name := range names {
		g.Snakes = append(g.Snakes, &snake{Name: name, Body: []place{{int8(i), int8(i)}}})
	}
	return g
}

// Step moves each snake by one place, and lets an apple fall now and then.
func (g *garden) Step(in rollback.Inputs[turn]) {
	for seat, to := range in.All() {
		s := g.Snakes[seat]
		head := s.Body[0].next(to)
		grown := int(g.Apples[head])
		delete(g.Apples, head)
		s.Body = append([]place{head}, s.Body[:min(len(s.Body), len(s.Body)-1+grown)]...)
	}
	if g.Rand.OneIn(4) {
		g.Apples[place{int8(g.Rand.Below(side)), int8(g.Rand.Below(side))}] = 1
	}
}

func (p place) next(to turn) place {
	switch to & 3 { // inputs are a stranger's bytes: any turn is one of four
	case 0:
		p.X++
	case 1:
		p.Y++
	case 2:
		p.X--
	default:
		p.Y--
	}
	return place{(p.X + side) % side, (p.Y + side) % side}
}

func config() rollback.Config[garden, turn] {
	return rollback.Config[garden, turn]{Start: newGarden("Ana", "Ben"), Step: (*garden).Step, Seats: 2}
}

func run() error {
	fmt.Println("Why this world costs allocations:")
	fmt.Println(" ", rollback.Plain[garden]())

	report, err := rollbacktest.Run(config(), rollbacktest.Options[turn]{Seed: 1})
	if err != nil {
		return err
	}
	fmt.Println("\nRolled back all the time, it plays as if it never were:")
	fmt.Println(" ", report)

	played := config()
	played.Local = []int{0, 1}
	session, err := rollback.New(played)
	if err != nil {
		return err
	}
	for f := range 240 {
		session.Tick(turn(f/5), turn(f/3+1))
	}
	before, _ := session.At(session.Current() - 1)
	fmt.Println("\nReports name fields, as with plain worlds. The last frame changed")
	for _, d := range session.Diff(before, session.World(), 3) {
		fmt.Printf("  %s: %s became %s\n", d.Field, d.A, d.B)
	}
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "custom:", err)
		os.Exit(1)
	}
}
