package replay

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// Explain compares two recordings of one match as Compare does, and has this copy of the
// game simulate it from the last world before the difference on which both agree: that tells
// whose worlds follow from the inputs, and names all fields that differ. An error says what
// cannot be played.
func Explain[S, I any](config netcode.Config[S, I], a, b *matchlog.Log) (*Comparison, error) {
	c, err := Compare(a, b)
	if err != nil || c.World == rollback.NoFrame || c.fedOtherwise() {
		return c, err
	}
	logs := [2]*matchlog.Log{a, b}
	for i, log := range logs {
		if refused := config.Replays(log.Header); refused != nil {
			return c, fmt.Errorf("%s's recording: %w", c.Names[i], refused)
		}
	}
	for i, log := range logs {
		if c.Like < 0 {
			if c.Like, err = rerun(config, c, log, i); err != nil {
				return c, err
			}
		}
	}
	c.Rerun = true
	return c, compareWorlds(config, c, a, b)
}

// rerun simulates one author's log from the last world on which both agree to the first on
// which they do not, and returns whose world that gives, -1 if it is neither's.
func rerun[S, I any](config netcode.Config[S, I], c *Comparison, log *matchlog.Log, own int) (like int, err error) {
	read := newCursor(log)
	if err := read.seek(max(log.StartOf(0), min(c.Alike, c.World-1))); err != nil {
		return -1, err
	}
	m, err := begin(config, log.Header, read.stretch)
	if err != nil {
		return -1, err
	}
	for f := m.session.Current(); f < c.World; f++ {
		if err := read.seek(f); err != nil {
			return -1, err
		}
		if err := m.step(read.stretch); err != nil {
			return -1, err
		}
	}
	if err := read.seek(c.World); err != nil {
		return -1, err
	}
	if alike, known := read.sums.is(c.World, m.session.Hash(m.session.World())); known && alike {
		return own, nil
	}
	return -1, nil
}

// compareWorlds names the fields in which the two worlds differ that the authors have kept.
func compareWorlds[S, I any](config netcode.Config[S, I], c *Comparison, a, b *matchlog.Log) error {
	x, y, f := keptWorlds(a, b, c.World)
	if x == nil {
		return nil
	}
	s, err := a.Stretch(0)
	if s == nil {
		return err
	}
	m, err := begin(config, a.Header, s)
	if err != nil {
		return err
	}
	start := config.Start(netcode.SetupOf(a.Header))
	other := config.Start(netcode.SetupOf(b.Header))
	for _, world := range []struct {
		of *S
		b  []byte
	}{{&start, x}, {&other, y}} {
		if err := m.session.DecodeWorld(world.of, world.b); err != nil {
			return fmt.Errorf("the world of frame %d cannot be read: %w", f, err)
		}
	}
	if fields := m.session.Diff(&start, &other, maxFields); len(fields) > 0 {
		c.Fields, c.FieldFrame = fields, f
	}
	return nil
}

// keptWorlds returns the two worlds of the earliest frame, from one on, of which both logs
// have one: those that the authors kept when they found that they differ, or a snapshot.
func keptWorlds(a, b *matchlog.Log, from rollback.Frame) (x, y []byte, f rollback.Frame) {
	if a.Desync != nil && b.Desync != nil && a.Desync.Frame == b.Desync.Frame && a.Desync.Frame >= from {
		x, y = a.Worlds[a.Header.Author], b.Worlds[b.Header.Author]
		if x != nil && y != nil {
			return x, y, a.Desync.Frame
		}
	}
	ofA, ofB := a.Reader(), b.Reader()
	for i := a.StretchOf(from); i < a.Stretches(); i++ {
		if f = a.StartOf(i); f < from {
			continue
		}
		k := b.StretchOf(f)
		if b.StartOf(k) != f {
			continue
		}
		s, _ := ofA.Stretch(i)
		t, _ := ofB.Stretch(k)
		if s != nil && t != nil {
			return s.World, t.World, f
		}
	}
	return nil, nil, rollback.NoFrame
}

// String is the comparison in sentences, one a line.
func (c *Comparison) String() string {
	lines := []string{fmt.Sprintf("Recordings of one match by %s and %s: frames %d through %d are in both.", c.Names[0], c.Names[1], c.From, c.To)}
	lines = append(lines, c.Builds...)
	if c.Inputs != rollback.NoFrame {
		lines = append(lines, fmt.Sprintf("The two were fed different inputs in frame %d: %s.", c.Inputs, c.InputsSay))
	}
	if c.World == rollback.NoFrame {
		lines = append(lines, fmt.Sprintf("The worlds are the same as far as both go: the last that was compared is the one before frame %d.", c.Alike))
		return strings.Join(lines, "\n")
	}
	lines = append(lines, fmt.Sprintf("The worlds differ from frame %d on: those before frame %d are still the same.", c.World, c.Alike))
	for i, d := range c.Fields {
		if i == manyFields {
			lines = append(lines, fmt.Sprintf("  and %d more", len(c.Fields)-i))
			break
		}
		lines = append(lines, fmt.Sprintf("  before frame %d %s is %s at %s's and %s at %s's", c.FieldFrame, d.Field, d.A, c.Names[0], d.B, c.Names[1]))
	}
	switch {
	case c.Like >= 0:
		lines = append(lines, fmt.Sprintf("This copy of the game makes %s's world of the inputs, so it is %s's that went astray.", c.Names[c.Like], c.Names[1-c.Like]))
	case c.Rerun:
		lines = append(lines, "This copy of the game makes a third world of the inputs: the rules give another answer each time, or this is another build.")
	}
	return strings.Join(append(lines, c.Verdict()), "\n")
}

// Verdict says what kind of mistake the difference looks like, as far as can be guessed.
func (c *Comparison) Verdict() string {
	switch {
	case c.World == rollback.NoFrame:
		return "Nothing differs."
	case c.fedOtherwise():
		return "It looks like different inputs: the simulation is not to blame."
	case c.drifts():
		return "It looks like floating-point numbers that drift: the values lie close together. Package rollback/fixed has numbers that agree everywhere."
	case c.strayed():
		return "It looks like state outside the world, or a field that Config.Copy does not carry: it happened in a frame that was stepped again after a rollback."
	case len(c.Fields) >= manyFields:
		return fmt.Sprintf("It looks like something that is not saved with the world, or like chance from outside it: %d fields or more differ at once.", len(c.Fields))
	case len(c.Builds) > 0:
		return "It looks like two builds whose rules are not the same."
	case len(c.Fields) > 0:
		return "It looks like one place in the rules that gives two answers: look where " + c.Fields[0].Field + " is written."
	}
	return "What kind of mistake it is cannot be told: neither recording has a world from there on."
}

// fedOtherwise reports whether different inputs came before different worlds.
func (c *Comparison) fedOtherwise() bool {
	return c.Inputs != rollback.NoFrame && c.Inputs < c.World
}

// strayed reports whether it happened at a rollback: to the one whose world does not follow
// from the inputs if that is known, else to one of the two and not to the other.
func (c *Comparison) strayed() bool {
	if c.Like >= 0 {
		return c.Again[1-c.Like]
	}
	return c.Again[0] != c.Again[1]
}

// drifting is how far apart numbers may be, as a part of them, that have only been rounded
// in different ways.
const drifting = 1e-3

// drifts reports whether all fields that differ are fractions that lie close together.
func (c *Comparison) drifts() bool {
	for _, d := range c.Fields {
		x, isX := fraction(d.A)
		y, isY := fraction(d.B)
		if !isX && !isY || math.Abs(x-y) > drifting*max(math.Abs(x), math.Abs(y)) {
			return false
		}
	}
	return len(c.Fields) > 0
}

// fraction reads a value as a report has it: a floating-point number, perhaps with its bits
// in brackets behind it.
func fraction(value string) (n float64, ok bool) {
	number, bits, _ := strings.Cut(value, " ")
	n, err := strconv.ParseFloat(number, 64)
	return n, err == nil && (bits != "" || strings.ContainsAny(number, ".e"))
}
