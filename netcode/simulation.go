package netcode

import "github.com/visavis-netcode/visavis/rollback"

// maxDifferences is how many fields a desync report looks for.
const maxDifferences = 8

// typedSimulation is a session as a play wants to see it.
type typedSimulation[S, I any] struct {
	*rollback.Session[S, I]
	over      func(*S) bool
	saveEvery rollback.Frame
}

// saves reports whether the world before a frame will be kept, whatever else is.
func (s typedSimulation[S, I]) saves(f rollback.Frame) bool { return f%s.saveEvery == 0 }

func (s typedSimulation[S, I]) overAt(f rollback.Frame) bool {
	if s.over == nil {
		return false
	}
	world, kept := s.At(f)
	return kept && s.over(world)
}

// settled is the newest frame whose world will not change any more: nothing
// before it is predicted, and no rollback is due.
func (s typedSimulation[S, I]) settled() rollback.Frame {
	_, f := s.ConfirmedWorld()
	return f
}

func (s typedSimulation[S, I]) AppendWorldAt(dst []byte, f rollback.Frame) ([]byte, bool) {
	world, kept := s.At(f)
	if !kept {
		return dst, false
	}
	return s.AppendWorld(dst, world), true
}

// DiffAt names the fields in which a peer's world differs from this side's.
// theirs is a stranger's bytes: if they are no world there is nothing to name.
func (s typedSimulation[S, I]) DiffAt(f rollback.Frame, theirs []byte) []rollback.Difference {
	mine, kept := s.At(f)
	var other S
	if !kept || s.DecodeWorld(&other, theirs) != nil {
		return nil
	}
	return s.Diff(mine, &other, maxDifferences)
}
