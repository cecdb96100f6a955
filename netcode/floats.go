package netcode

import (
	"fmt"
	"log/slog"
	"runtime"
	"strings"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// anyArithmetic is what a game says of its floating-point numbers that takes them for
// the same everywhere: Config.PortableFloats.
const anyArithmetic = "any processor"

// shape is what two copies of a game compare of the world and the input: the layout,
// and, if there are floating-point numbers, how they are rounded. Of a world with
// functions of its own (Config.Copy) the layout says nothing: memory that it does not
// send may well be another one on another system.
func (c Config[S, I]) shape() (shape rollback.Shape, arithmetic string) {
	shape = rollback.ShapeOf[S, I]()
	if c.Append != nil {
		inputs := rollback.ShapeOf[struct{}, I]()
		shape.Hash, shape.Fields = inputs.Hash, inputs.Fields
	}
	switch {
	case len(shape.Floats) == 0:
	case c.PortableFloats:
		arithmetic = anyArithmetic
	default:
		arithmetic = arithmeticHere()
	}
	return shape, arithmetic
}

// arithmeticHere names how this program rounds floating-point numbers. The language
// lets a compiler fuse a product and a sum, rounded once ("The Go Programming Language
// Specification", Floating-point operators): on amd64 it does so from GOAMD64=v3 on,
// on arm64 and others always. Where, and what package math does in assembly, differs
// between kinds of processors.
func arithmeticHere() string {
	if fuses(1+1.0/(1<<30), -1-2.0/(1<<30)) {
		return runtime.GOARCH + " with fused sums"
	}
	return runtime.GOARCH
}

// fuses reports whether the compiler has made one operation of the product and the
// sum. A conversion keeps it from that.
//
//go:noinline
func fuses(x, y float64) bool { return x*x+y != float64(x*x)+y }

// roundsOtherwise says in words that two copies round otherwise.
func roundsOtherwise(name, theirs, ours string) string {
	return fmt.Sprintf("%s's game rounds floating-point numbers as %s does, yours as %s does, and the two would soon not agree: both need the same kind of computer and of build",
		name, cleanText(theirs, wire.MaxArithmeticBytes), ours)
}

// adviseOfFloats tells a developer once a lobby that the game is not for all machines.
func (n *Node) adviseOfFloats(t *terms) {
	if n.config.Logger != nil && len(t.floats) > 0 && t.arithmetic != anyArithmetic {
		n.config.Logger.Warn("visavis: the world or the input holds floating-point numbers, so only copies of one kind of build can meet (see netcode.Config.PortableFloats)",
			slog.String("player", n.name), slog.String("fields", strings.Join(t.floats, " ")), slog.String("build", t.arithmetic))
	}
}
