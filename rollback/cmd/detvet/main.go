// Command detvet finds, before two machines do, what makes a game's worlds differ:
//
//	go build -o /tmp/detvet github.com/visavis-netcode/visavis/rollback/cmd/detvet
//	go vet -vettool=/tmp/detvet ./...
//
// It reads whatever a game passes as Step, Bot, Clean, Predict, Append, Copy, Decode, Over or Start
// in a Config of package rollback or netcode, every function that takes rollback.Inputs,
// and all that these call within the game's own module, and says where they
//
//   - range over a map, or ask package maps for its keys and values,
//   - read the clock, the machine's time zone, the operating system or a device,
//   - draw chance from elsewhere than a rollback.Rand,
//   - start goroutines, use channels or select,
//   - write package variables, call methods of what one points to, or read one that other code
//     writes or that was not given the same value on all machines when the program began,
//   - add a float product that a processor may fuse into one rounding, or call a function
//     of package math whose last bit differs between processors, or turn a float into an integer
//     without a min and a max around it: what does not fit becomes another one on another processor,
//   - use package unsafe, or print pointers;
//
// and which fields of a World or Input are of a type that rollback.New refuses, such as
// int. With -detvet.plain it also names those that keep a World from being a plain value:
// slices, maps, strings and pointers.
//
// A map may be ranged over to collect its keys or values, if the next thing that is done with them is
// to sort them by all that there is in one; to delete from it; or to add up integers none of which
// another depends on. What is right for a reason that detvet cannot see, such as that no two units
// have the ID by which they are sorted, is marked, on its line or the one before: //detvet:ok REASON.
//
// Calls are followed through interfaces to the types of the same package, and through
// variables, fields and tables whose functions stand where they are given theirs; not through other
// function values, nor into other modules. Tests are not looked at.
package main

import (
	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/visavis-netcode/visavis/rollback/cmd/detvet/internal/determinism"
)

func main() { unitchecker.Main(determinism.Analyzer) }
