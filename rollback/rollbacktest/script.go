package rollbacktest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// Script plays a session from text: a case that a person writes down and can
// read. A line that begins with ">" is a command, the lines below it are what
// came of it, lines with "#" and empty ones are for the reader:
//
//	> new seats=2 local=0 window=3
//	> tick 5 x2
//	step 0: 5 0
//	step 1: 5 0
//	at 2, confirmed -1
//	> confirm 1 0 7
//	> tick 6
//	again 0: 5 7
//	again 1: 5 7
//	step 2: 6 7
//	at 3, confirmed 0, rolled back 2
//
// The inputs of absent seats stand in parentheses. The commands:
//
//	new [seats=N] [local=A,B] [window=N] [delay=N] [save=N] [checksums=N] [lockstep]
//	    [lineups] [absent=idle|frozen|bot] [origin=FRAME]
//	tick INPUT... [xN]         N ticks with one input for each local seat
//	confirm SEAT FRAME INPUT...  inputs of a remote seat from a frame on
//	lineup FRAME WORD...       lineups from a frame on: all, -1,-2 without these seats, paused, -1,paused
//	delay N                    sets the local input delay
//	sent SEAT FRAME            a seat's known inputs from a frame on
//	kept                       frames whose world is kept
//	checksums                  frames of the checksums since the last time
//	notices                    events since the last time
//	world, confirmed           the newest world, the newest confirmed one
//	stats                      counts since the start
type Script[S, I any] struct {
	// Config is the game; new changes the fields that it names.
	Config rollback.Config[S, I]
	// Parse reads an input as it stands in a script.
	Parse func(string) (I, error)
	// Show prints a world in one line; nil prints it with %+v.
	Show func(*S) string
}

// RunFiles runs every file that matches glob as a subtest and compares it with
// what it says itself. With update it writes the files anew instead.
func (s Script[S, I]) RunFiles(t *testing.T, glob string, update bool) {
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatalf("rollbacktest: no scripts at %s (%v)", glob, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(string(text), "\r\n", "\n")
			got, err := s.Run(want)
			switch {
			case err != nil:
				t.Fatalf("%s: %v", file, err)
			case got == want:
			case update:
				if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			default:
				t.Errorf("%s: %s", file, firstDifference(want, got))
			}
		})
	}
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d is %q now, the file says %q", i+1, b[i], a[i])
		}
	}
	return fmt.Sprintf("%d lines now, the file has %d", len(b), len(a))
}

// Run plays a script and returns it with the output under each command brought
// up to date. The error names a line that is no command.
func (s Script[S, I]) Run(script string) (string, error) {
	p := &player[S, I]{Script: s}
	for i, line := range strings.Split(strings.TrimSuffix(script, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, ">"):
			p.print("%s", line)
			if err := p.command(strings.Fields(line[1:])); err != nil {
				return "", fmt.Errorf("line %d, %q: %w", i+1, line, err)
			}
		case line == "" || strings.HasPrefix(line, "#"):
			p.print("%s", line)
		}
	}
	return p.out.String(), nil
}

type player[S, I any] struct {
	Script[S, I]
	session *rollback.Session[S, I]
	locals  int
	out     strings.Builder
	before  rollback.Frame // frames below this are stepped again
}

func (p *player[S, I]) print(format string, args ...any) { fmt.Fprintf(&p.out, format+"\n", args...) }

func (p *player[S, I]) command(words []string) error {
	if len(words) == 0 {
		return fmt.Errorf("no command")
	}
	verb, args := words[0], words[1:]
	if verb == "new" {
		return p.open(args)
	}
	if p.session == nil {
		return fmt.Errorf("the first command is new")
	}
	commands := map[string]struct {
		least int
		run   func([]string) error
	}{
		"tick": {0, p.tick}, "confirm": {3, p.confirm}, "lineup": {2, p.lineup},
		"delay": {1, p.delay}, "sent": {2, p.sent},
		"kept": {0, p.kept}, "checksums": {0, p.checksums}, "notices": {0, p.notices},
		"world": {0, p.world}, "confirmed": {0, p.confirmed}, "stats": {0, p.stats},
	}
	c, ok := commands[verb]
	if !ok {
		return fmt.Errorf("no such command")
	}
	if len(args) < c.least {
		return fmt.Errorf("%s wants at least %d words behind it", verb, c.least)
	}
	return c.run(args)
}

// open makes the session; what New refuses is output, not a fault.
func (p *player[S, I]) open(args []string) error {
	c := p.Config
	for _, arg := range args {
		if err := set(&c, arg); err != nil {
			return err
		}
	}
	step := c.Step
	c.Step = func(world *S, in rollback.Inputs[I]) {
		p.printStep(in)
		step(world, in)
	}
	session, err := rollback.New(c)
	if err != nil {
		p.print("%v", err)
		return nil
	}
	p.session, p.locals = session, len(c.Local)
	return nil
}

// set changes the field of a Config that a word names.
func set[S, I any](c *rollback.Config[S, I], arg string) error {
	name, value, _ := strings.Cut(arg, "=")
	if absence, known := map[string]rollback.Absence{
		"idle": rollback.AbsentIdle, "frozen": rollback.AbsentFrozen, "bot": rollback.AbsentBot,
	}[value]; known && name == "absent" {
		c.Absent = absence
		return nil
	}
	numbers, err := integers(value)
	if err != nil {
		return err
	}
	n := numbers[0]
	switch name {
	case "seats":
		c.Seats = n
	case "local":
		c.Local = numbers
	case "window":
		c.WindowFrames = n
	case "delay":
		c.DelayFrames = n
	case "save":
		c.SaveEvery = n
	case "checksums":
		c.ChecksumFrames = n
	case "lockstep":
		c.Lockstep = true
	case "lineups":
		c.Lineups = true
	case "origin":
		c.Origin.Frame = rollback.Frame(n)
	default:
		return fmt.Errorf("new knows no %q", name)
	}
	return nil
}

func (p *player[S, I]) printStep(in rollback.Inputs[I]) {
	verb := "step"
	if in.Frame() < p.before {
		verb = "again"
	}
	fmt.Fprintf(&p.out, "%s %d:", verb, in.Frame())
	for seat, input := range in.All() {
		if in.Present(seat) {
			fmt.Fprintf(&p.out, " %v", input)
		} else {
			fmt.Fprintf(&p.out, " (%v)", input)
		}
	}
	p.print("")
}

// integers reads numbers separated by commas; an empty list is a zero, for
// words that have no value.
func integers(list string) (numbers []int, err error) {
	if list == "" {
		return []int{0}, nil
	}
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(word)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

func (p *player[S, I]) parse(words []string) (inputs []I, err error) {
	for _, word := range words {
		input, err := p.Parse(word)
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, input)
	}
	return inputs, nil
}

func (p *player[S, I]) tick(args []string) error {
	times := 1
	if last := len(args) - 1; last >= 0 && strings.HasPrefix(args[last], "x") {
		n, err := strconv.Atoi(args[last][1:])
		if err != nil {
			return err
		}
		times, args = n, args[:last]
	}
	inputs, err := p.parse(args)
	if err != nil {
		return err
	}
	if len(inputs) != p.locals {
		return fmt.Errorf("%d inputs for %d local seats", len(inputs), p.locals)
	}
	for range times {
		p.before = p.session.Current()
		p.printStatus(p.session.Tick(inputs...))
	}
	return nil
}

func (p *player[S, I]) printStatus(st rollback.Status) {
	var line strings.Builder
	line.WriteString(fmt.Sprintf("at %d, confirmed %d", st.Current, st.Confirmed))
	if st.RolledBack > 0 {
		line.WriteString(fmt.Sprintf(", rolled back %d", st.RolledBack))
	}
	if p.session.Lineup().Paused {
		line.WriteString(", paused")
	}
	if !st.Advanced {
		line.WriteString(", waiting for")
		for seat := range rollback.MaxSeats {
			if st.Waiting>>seat&1 == 1 {
				line.WriteString(fmt.Sprintf(" %d", seat))
			}
		}
		if st.Waiting == 0 {
			line.WriteString(" a lineup")
		}
	}
	p.print("%s", line.String())
}

func (p *player[S, I]) confirm(args []string) error {
	seat, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	frame, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	inputs, err := p.parse(args[2:])
	if err != nil {
		return err
	}
	for i, input := range inputs {
		f := rollback.Frame(frame + i)
		if err := p.session.Confirm(seat, f, input); err != nil {
			p.print("frame %d: %v", f, err)
		}
	}
	return nil
}

func (p *player[S, I]) lineup(args []string) error {
	frame, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	for i, word := range args[1:] {
		var l rollback.Lineup
		for part := range strings.SplitSeq(word, ",") {
			seat, err := strconv.Atoi(strings.TrimPrefix(part, "-"))
			switch {
			case part == "all":
			case part == "paused":
				l.Paused = true
			case err == nil && seat < rollback.MaxSeats && strings.HasPrefix(part, "-"):
				l.Absent |= 1 << seat
			default:
				return fmt.Errorf("%q is no lineup", word)
			}
		}
		if err := p.session.ConfirmLineup(rollback.Frame(frame+i), l); err != nil {
			p.print("frame %d: %v", frame+i, err)
		}
	}
	return nil
}

func (p *player[S, I]) delay(args []string) error {
	n, err := strconv.Atoi(args[0])
	p.session.SetDelay(n)
	return err
}

func (p *player[S, I]) sent(args []string) error {
	numbers, err := integers(strings.Join(args, ","))
	if err != nil {
		return err
	}
	for f := rollback.Frame(numbers[1]); ; f++ {
		b, ok := p.session.AppendInput(nil, numbers[0], f)
		if !ok {
			return nil
		}
		p.print("frame %d: % x", f, b)
	}
}

func (p *player[S, I]) kept([]string) error {
	frames := []rollback.Frame{}
	for f := range p.session.Current() + 1 {
		if _, ok := p.session.At(f); ok {
			frames = append(frames, f)
		}
	}
	p.print("%v", frames)
	return nil
}

func (p *player[S, I]) checksums([]string) error {
	for _, sum := range p.session.AppendChecksums(nil) {
		p.print("frame %d: world %016x, inputs %016x", sum.Frame, sum.World, sum.Inputs)
	}
	return nil
}

func (p *player[S, I]) notices([]string) error {
	phases := []string{"", "predicted", "confirmed", "cancelled"}
	for _, n := range p.session.AppendNotices(nil) {
		p.print("frame %d: %s kind %d key %d value %d", n.Frame, phases[n.Phase], n.Kind, n.Key, n.Value)
	}
	return nil
}

func (p *player[S, I]) world([]string) error {
	p.show(p.session.World(), p.session.Current())
	return nil
}

func (p *player[S, I]) confirmed([]string) error {
	p.show(p.session.ConfirmedWorld())
	return nil
}

func (p *player[S, I]) show(world *S, f rollback.Frame) {
	if p.Show != nil {
		p.print("world %d: %s", f, p.Show(world))
	} else {
		p.print("world %d: %+v", f, *world)
	}
}

func (p *player[S, I]) stats([]string) error {
	st := p.session.Stats()
	p.print("%d ticks, %d stalls, %d rollbacks, %d resteps, deepest %d", st.Ticks, st.Stalls, st.Rollbacks, st.Resteps, st.MaxDepth)
	return nil
}
