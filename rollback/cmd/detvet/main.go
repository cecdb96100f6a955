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
//   - read the clock, the operating system or a device,
//   - draw chance from elsewhere than a rollback.Rand,
//   - start goroutines, use channels or select,
//   - write package variables, or read one that other code writes,
//   - add a float product that a processor may fuse into one rounding, or call a function
//     of package math whose last bit differs between processors,
//   - use package unsafe, or print pointers;
//
// and which fields of a World or Input are of a type that rollback.New refuses, such as
// int. With -detvet.plain it also names those that keep a World from being a plain value:
// slices, maps, strings and pointers.
//
// A map may be ranged over to collect its keys, if they are sorted afterwards, to
// delete from it, or to add up integers. What is right for a reason that detvet cannot see
// is marked, on its line or the one before: //detvet:ok REASON.
//
// Calls are followed through interfaces to the types of the same package, and through
// variables and tables whose functions stand in their declaration; not through other
// function values, nor into other modules. Tests are not looked at.
package main

import (
	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/visavis-netcode/visavis/rollback/cmd/detvet/internal/determinism"
)

func main() { unitchecker.Main(determinism.Analyzer) }
