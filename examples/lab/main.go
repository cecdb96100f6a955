// Command lab opens the Lab: two to four complete machines of the bundled game
// in one window, with sliders for delay, jitter and loss. Play the left frog
// and watch what the others see; then switch from rollback to delay-based and
// feel the difference.
//
// It is the quickest way to see what rollback does: no second machine, no
// address, no flags. The Lab itself is package game/lilypad/lab; this program
// only starts it.
package main

import (
	"fmt"
	"os"

	"github.com/visavis-netcode/visavis/game/lilypad/lab"
)

func main() {
	if err := lab.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(1)
	}
}
