// Command synctest shows how to find out, before any player does, whether a
// game can be rolled back. It needs no window.
//
// rollbacktest plays a game twice at once: one session gets every input late
// and guesses wrong on purpose, so that it rolls back all the time; the other
// steps each frame once. Every confirmed world must be the same in both. A game
// has this as a test of three lines, see examples/dots; here it runs as a
// program, first with a sound game, then with one whose Step keeps a number
// outside the World, which is the classic mistake: a rollback does not rewind
// it.
package main

import (
	"fmt"
	"os"

	"github.com/visavis-netcode/visavis/examples/dots"
	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/rollback"
	"github.com/visavis-netcode/visavis/rollback/rollbacktest"
)

type (
	world  = dots.World
	inputs = rollback.Inputs[game.Buttons]
)

// outside is what Step must not have: memory that is not in the World.
var outside int32

func brokenStep(w *world, in inputs) {
	(*world).Step(w, in)
	outside++                  //detvet:ok it is here to be found by SyncTest
	w.Dots[0].X += outside % 3 //detvet:ok as above
}

func play(step func(*world, inputs)) (rollbacktest.Report, error) {
	config := rollback.Config[world, game.Buttons]{Start: dots.Start(), Step: step, Seats: dots.Seats}
	return rollbacktest.Run(config, rollbacktest.Options[game.Buttons]{Seed: 1})
}

func main() {
	report, err := play((*world).Step)
	if err != nil {
		fmt.Fprintln(os.Stderr, "synctest: the sound game failed:", err)
		os.Exit(1)
	}
	fmt.Println("A sound game:")
	fmt.Println("  " + report.String())

	_, err = play(brokenStep)
	if err == nil {
		fmt.Fprintln(os.Stderr, "synctest: the broken game passed, which must not happen")
		os.Exit(1)
	}
	fmt.Println("\nA game whose Step counts in a variable outside the World:")
	fmt.Println("  " + err.Error())
}
