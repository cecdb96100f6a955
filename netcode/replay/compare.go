package replay

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"
	"unicode"

	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// ErrOtherMatch: two logs are of different matches, so there is nothing to compare.
var ErrOtherMatch = errors.New("these are recordings of two different matches")

// Comparison is what two recordings of one match say beside each other. Compare fills what
// can be known without the game, Explain the rest.
type Comparison struct {
	Names [2]string `json:"names"` // of the authors

	// From through To are the frames that both have.
	From rollback.Frame `json:"from"`
	To   rollback.Frame `json:"to"`
	// Builds are sentences on what of the two programs and machines is not the same.
	Builds []string `json:"builds,omitempty"`

	// Inputs is the first frame for which the two were fed different inputs, NoFrame if
	// there is none, and InputsSay what they were.
	Inputs    rollback.Frame `json:"inputs"`
	InputsSay string         `json:"inputsSay,omitempty"`

	// World is the first frame before which the two worlds differ, NoFrame if there is
	// none, Alike the last before it of which both say the same.
	World rollback.Frame `json:"world"`
	Alike rollback.Frame `json:"alike"`
	// Again is which of the two had stepped the frame before World again, after a rollback,
	// as far as they tell.
	Again [2]bool `json:"again"`

	// Fields are those in which the two worlds differ before frame FieldFrame, at most
	// maxFields, with the value of each. Of what was recorded without the game it is the one
	// that the authors found.
	FieldFrame rollback.Frame        `json:"fieldFrame"`
	Fields     []rollback.Difference `json:"fields,omitempty"`
	// Like is whose worlds this copy of the game makes of the inputs, 0 or 1; -1 if that is
	// not known, or neither's.
	Like int `json:"like"`
	// Rerun reports whether this copy of the game has simulated the match.
	Rerun bool `json:"rerun"`
}

// maxFields is how many fields that differ are named, and manyFields from how many on it is
// no single one that went astray.
const (
	maxFields  = 32
	manyFields = 8
)

// Compare lays two recordings of one match side by side, without the game that was played.
// It returns ErrOtherMatch, or what of them cannot be read.
func Compare(a, b *matchlog.Log) (*Comparison, error) {
	if a.Header.Match != b.Header.Match {
		return nil, ErrOtherMatch
	}
	c := &Comparison{
		Names: [2]string{author(a), author(b)}, Builds: builds(a, b),
		From: max(a.StartOf(0), b.StartOf(0)), To: min(a.Frames, b.Frames) - 1,
		Inputs: rollback.NoFrame, World: rollback.NoFrame, Alike: rollback.NoFrame, FieldFrame: rollback.NoFrame, Like: -1,
	}
	if err := c.walk(newCursor(a), newCursor(b)); err != nil {
		return nil, err
	}
	c.Again = [2]bool{steppedAgain(a, c.World), steppedAgain(b, c.World)}
	for i, log := range []*matchlog.Log{a, b} {
		if d := log.Desync; d != nil && d.Field != "" && len(c.Fields) == 0 {
			found := rollback.Difference{Field: printable(d.Field), A: printable(d.Here), B: printable(d.There)}
			if i == 1 {
				found.A, found.B = found.B, found.A
			}
			c.Fields, c.FieldFrame = []rollback.Difference{found}, d.Frame
		}
	}
	return c, nil
}

func author(l *matchlog.Log) string {
	for _, p := range l.Header.Players {
		if p.Machine == l.Header.Author && p.Name != "" {
			return printable(p.Name)
		}
	}
	return fmt.Sprintf("machine %d", l.Header.Author)
}

// builds says what of the programs is not the same.
func builds(a, b *matchlog.Log) (differences []string) {
	x, y := a.Header, b.Header
	system, program := [2]string{}, [2]string{}
	for i, log := range []*matchlog.Log{a, b} {
		if d := log.Desync; d != nil {
			system[i], program[i] = d.System, d.Program
		}
	}
	for _, row := range []struct{ what, a, b string }{
		{"The versions of the engine are not the same", x.Engine, y.Engine},
		{"The rules are not the same", fmt.Sprint(x.Rules), fmt.Sprint(y.Rules)},
		{"The fields of the world or the inputs are not the same", fmt.Sprintf("%x", x.Layout), fmt.Sprintf("%x", y.Layout)},
		{"Floating-point numbers are rounded in different ways", x.Arithmetic, y.Arithmetic},
		{"The machines are not of one kind", system[0], system[1]},
		{"The programs are not of one build", program[0], program[1]},
	} {
		if row.a != row.b {
			differences = append(differences, fmt.Sprintf("%s: %s, and %s.", row.what, said(row.a), said(row.b)))
		}
	}
	return differences
}

func said(s string) string {
	if s == "" {
		return "not said"
	}
	return printable(s)
}

// printable returns a stranger's text as a terminal may show it.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, s)
}

// steppedAgain reports whether the frame that made the world before f was stepped again.
func steppedAgain(l *matchlog.Log, f rollback.Frame) bool {
	if l.Desync == nil || f == rollback.NoFrame {
		return false
	}
	for _, r := range l.Desync.Rollbacks {
		if r.From <= f-1 && f-1 < r.From+rollback.Frame(r.Frames) {
			return true
		}
	}
	return false
}

// walk goes through the frames that both have, to the first difference of either kind.
func (c *Comparison) walk(a, b *cursor) error {
	for f := c.From; f <= c.To+1 && c.World == rollback.NoFrame; f++ {
		from := f
		for _, cursor := range []*cursor{a, b} {
			told, err := cursor.told(f)
			if err != nil {
				return fmt.Errorf("%s's recording: %w", author(cursor.log), err)
			}
			from = max(from, told)
		}
		if from > f { // between them one has a gap
			f = from - 1
			continue
		}
		switch alike, known := sameWorld(a, b, f); {
		case known && !alike:
			c.World = f
		case known:
			c.Alike = f
		}
		if f <= c.To && c.Inputs == rollback.NoFrame {
			if says := inputsDiffer(a, b, f); says != "" {
				c.Inputs, c.InputsSay = f, says
			}
		}
	}
	return nil
}

// cursor reads a log's stretches one after the other.
type cursor struct {
	log     *matchlog.Log
	reader  *matchlog.Reader
	index   int
	stretch *matchlog.Stretch
	sums    sums
}

func newCursor(l *matchlog.Log) *cursor { return &cursor{log: l, reader: l.Reader()} }

// seek goes to the stretch that a frame is in.
func (c *cursor) seek(f rollback.Frame) error {
	i := c.log.StretchOf(f)
	if c.stretch != nil && i == c.index {
		return nil
	}
	s, err := c.reader.Stretch(i)
	if s == nil {
		return err
	}
	c.index, c.stretch, c.sums = i, s, sumsOf(s)
	c.sums.snapshot(s)
	return nil
}

// told is the first frame from another one on that the log has, or that it ends before.
func (c *cursor) told(f rollback.Frame) (rollback.Frame, error) {
	if err := c.seek(f); err != nil || f <= c.stretch.End() {
		return f, err
	}
	if next := c.index + 1; next < c.log.Stretches() {
		return c.log.StartOf(next), nil
	}
	return math.MaxInt32, nil
}

// sameWorld compares what two logs say of the world before a frame, if both do.
func sameWorld(a, b *cursor, f rollback.Frame) (alike, known bool) {
	if x, summed := a.sums.sum(f); summed {
		return b.sums.is(f, x.World)
	}
	if y, summed := b.sums.sum(f); summed {
		return a.sums.is(f, y.World)
	}
	m, hasM := a.sums.mark(f)
	n, hasN := b.sums.mark(f)
	return m == n, hasM && hasN
}

// inputsDiffer says how what two logs were fed for a frame differs, "" if it does not.
func inputsDiffer(a, b *cursor, f rollback.Frame) string {
	x, i, hasX := a.stretch.At(f)
	y, k, hasY := b.stretch.At(f)
	switch {
	case !hasX || !hasY:
		return ""
	case x.Lineup != y.Lineup:
		return fmt.Sprintf("seats %s were absent and paused is %v, and seats %s and %v",
			seatList(x.Lineup.Absent), x.Lineup.Paused, seatList(y.Lineup.Absent), y.Lineup.Paused)
	case len(x.Runs) != len(y.Runs):
		return fmt.Sprintf("%d machines played, and %d", len(x.Runs), len(y.Runs))
	}
	for n := range x.Runs {
		p, q := &x.Runs[n], &y.Runs[n]
		if p.Stream != q.Stream || p.Seats != q.Seats {
			return fmt.Sprintf("seats %s were machine %d's, and seats %s machine %d's", seatList(p.Seats), p.Stream.Machine, seatList(q.Seats), q.Stream.Machine)
		}
		if r, s := p.Records[i], q.Records[k]; !bytes.Equal(r, s) {
			return fmt.Sprintf("machine %d, with seats %s, had pressed %x, and %x", p.Stream.Machine, seatList(p.Seats), r, s)
		}
	}
	return ""
}

func seatList(seats uint16) string {
	var names []string
	for ; seats != 0; seats &= seats - 1 {
		names = append(names, fmt.Sprint(bits.TrailingZeros16(seats)))
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, ", ")
}
