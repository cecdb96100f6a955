package rollback

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"

	"github.com/visavis-netcode/visavis/rollback/internal/reach"
)

// Fault is a promise that a game's own code has not kept on this machine. Two machines
// whose worlds differ look for one before they blame the rules.
type Fault struct {
	// Part is what is at fault: "Config.Append", "Config.Copy", "Config.Decode", "Step", or
	// "outside Step", where something has written to the world between two ticks.
	Part string
	// Says is the finding, a clause without a full stop.
	Says string
}

const (
	// faultAsks is how often Append is asked for one world at most, as the order of a
	// small map may be the same a few times,
	faultAsks = 32
	// and faultBytes how much it may write for that.
	faultBytes = 1 << 20
	// faultSteps is how often a frame is stepped again: a loop over a small map often goes
	// the same way.
	faultSteps = 32
	// faultShared is how many ways to shared memory are looked at.
	faultShared = 16
)

// FaultAt looks for a fault of Append, Copy, Step or Decode, in this order, in the world
// before frame f, which should be the first that differs from another machine's. field is
// a field that differs there, "" if none is known. It reports false if this machine's copy
// keeps its promises there, or the worlds are no longer kept: then the fault lies in the
// rules, or on another machine. It calls Append and Copy some times, and Step for up to
// SaveEvery frames, on copies: it is for reports, when a match is over.
func (s *Session[S, I]) FaultAt(f Frame, field string) (fault Fault, found bool) {
	world, kept := s.At(f)
	if !kept {
		return Fault{}, false
	}
	defer func() {
		if recover() != nil { // it has not panicked in the match: what this copy is like cannot be said
			fault, found = Fault{}, false
		}
	}()
	written := s.AppendWorld(nil, world)
	for _, look := range []func() string{
		func() string { return s.appendWavers(world, written) },
		func() string { return s.copyDiffers(world, written) },
		func() string { return s.copyShares(f, world, field) },
	} {
		if says := look(); says != "" {
			part, _, _ := strings.Cut(says, " ")
			return Fault{part, says}, true
		}
	}
	if fault, found := s.stepAgain(f, world); found {
		return fault, true
	}
	var read S
	if err := s.DecodeWorld(&read, bytes.Clone(written)); err != nil {
		return Fault{"Config.Decode", fmt.Sprintf("Config.Decode fails on what Append wrote, so that the field cannot be named: %v", err)}, true
	}
	if again := s.AppendWorld(nil, &read); !bytes.Equal(again, written) {
		return Fault{"Config.Decode", "Config.Decode leaves something out, so that the field may be named wrongly: " + byteDiffers(written, again)}, true
	}
	return Fault{}, false
}

// appendWavers says how Append, asked again and again, writes a world otherwise.
func (s *Session[S, I]) appendWavers(world *S, written []byte) string {
	var again []byte
	for n := 0; n == 0 || n < faultAsks && n*len(written) < faultBytes; n++ {
		if again = s.AppendWorld(again[:0], world); !bytes.Equal(again, written) {
			return fmt.Sprintf("Config.Append writes one world in two ways (%s), as if it ranged over a map", byteDiffers(written, again))
		}
	}
	return ""
}

func byteDiffers(a, b []byte) string {
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	return fmt.Sprintf("byte %d is %s and then %s", at, byteText(a, at), byteText(b, at))
}

// copyDiffers says in what a copy of a world is not equal to it.
func (s *Session[S, I]) copyDiffers(world *S, written []byte) string {
	var copied S
	s.snaps.assign(&copied, world)
	if bytes.Equal(s.AppendWorld(nil, &copied), written) {
		return ""
	}
	return "Config.Copy leaves something out: " + s.firstDifference(world, &copied, "%s is %s, and %s in the copy")
}

// copyShares says which memory a copy and its source have in common, if stepping the
// copy changes the source by it, or if the field that differs lies there.
func (s *Session[S, I]) copyShares(f Frame, world *S, field string) string {
	if s.config.Copy == nil {
		return ""
	}
	var copied S
	s.snaps.assign(&copied, world)
	mine, _ := reach.Of("", reflect.ValueOf(&copied).Elem())
	theirs, _ := reach.Of("", reflect.ValueOf(world).Elem())
	shared := reach.Common(mine, theirs, faultShared)
	if len(shared) == 0 {
		return ""
	}
	const says = "Config.Copy does not copy %s: two worlds hold the same memory there"
	for _, way := range shared {
		if field != "" && strings.HasPrefix("."+field, way.A) {
			return fmt.Sprintf(says, strings.TrimPrefix(way.A, "."))
		}
	}
	before, from, ok := s.worldBefore(f)
	if !ok {
		return ""
	}
	written := s.AppendWorld(nil, before)
	s.snaps.assign(&copied, before)
	s.stepCopy(&copied, from, f)
	if bytes.Equal(s.AppendWorld(nil, before), written) {
		return ""
	}
	return fmt.Sprintf(says, strings.TrimPrefix(shared[0].A, "."))
}

// stepAgain steps the world before frame f anew from the one before it, some times.
func (s *Session[S, I]) stepAgain(f Frame, world *S) (Fault, bool) {
	if f == s.core.first {
		d := s.firstDifference(world, &s.config.Start, "%s is %s, and %s in what Start has made")
		return Fault{"outside Step", d + ": something has written to the world, which Config.Guard finds"}, d != ""
	}
	before, from, ok := s.worldBefore(f)
	if !ok {
		return Fault{}, false
	}
	elsewhere := "Step depends on more than the world and the inputs (a package variable, map order, a clock, math/rand)"
	if s.config.Absent == AbsentBot {
		elsewhere = strings.Replace(elsewhere, "Step depends", "Step or Config.Bot depends", 1)
	}
	var once S
	s.snaps.assign(&once, before)
	s.stepCopy(&once, from, f)
	for range faultSteps {
		var again S
		s.snaps.assign(&again, before)
		s.stepCopy(&again, from, f)
		if d := s.firstDifference(&once, &again, "%s is %s and then %s"); d != "" {
			return Fault{"Step", fmt.Sprintf("Step makes two worlds of one in frame %d (%s): %s", f-1, d, elsewhere)}, true
		}
	}
	d := s.firstDifference(world, &once, "%s is %s, and %s when frame "+fmt.Sprint(f-1)+" is stepped again")
	switch {
	case d == "":
		return Fault{}, false
	case s.guard != nil && !s.disturbed:
		return Fault{"Step", d + ": " + elsewhere}, true
	}
	return Fault{"outside Step", d + ": something outside Step has written to the world, which Config.Guard finds, or " + elsewhere}, true
}

// worldBefore returns the newest world kept from before frame f from which f can be
// stepped again, and the frame that it stands before.
func (s *Session[S, I]) worldBefore(f Frame) (*S, Frame, bool) {
	if _, final := s.digest.before(f); !final {
		return nil, NoFrame, false
	}
	for g := f - 1; g >= f-MaxWindowFrames && s.core.keeps(g); g-- {
		if world, ok := s.At(g); ok {
			return world, g, true
		}
	}
	return nil, NoFrame, false
}

// stepCopy steps a copy of the world before frame from up to frame to. What Step emits
// goes nowhere.
func (s *Session[S, I]) stepCopy(world *S, from, to Frame) {
	for f := from; f < to; f++ {
		row := bytes.Clone(s.core.row(s.core.used, f))
		s.stepWith(world, f, row, nil)
	}
}

// firstDifference says in what two worlds differ, "" if they do not; says has a verb each
// for the field and the two values.
func (s *Session[S, I]) firstDifference(a, b *S, says string) string {
	if d := s.Diff(a, b, 1); len(d) > 0 {
		return fmt.Sprintf(says, d[0].Field, d[0].A, d[0].B)
	}
	return ""
}
