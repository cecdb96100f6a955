package rollback

import (
	"bytes"
	"fmt"
)

// TrespassError says that the world was written to outside Step: while it was drawn,
// say. Config.Guard finds it.
type TrespassError struct {
	Frame      Frame // the world before this frame is stepped
	Difference       // the field: A is what Step left there, B what stands there now
}

func (e *TrespassError) Error() string {
	return fmt.Sprintf("rollback: %s was written to outside Step, in the world at frame %d: it was %s and is %s; World, PreviousWorld and ConfirmedWorld are for reading", e.Field, e.Frame, e.A, e.B)
}

// guard keeps the bytes of the worlds that are shown between two ticks: the newest,
// the one before it and the confirmed one. Owner: the session.
type guard struct{ shown [3]kept }

type kept struct {
	frame Frame
	bytes []byte
}

// keepShown notes what the worlds that are shown look like; see Config.Guard.
func (s *Session[S, I]) keepShown() {
	if s.guard == nil {
		return
	}
	_, confirmed := s.ConfirmedWorld()
	for i, f := range [...]Frame{s.core.current, s.core.current - 1, confirmed} {
		k := &s.guard.shown[i]
		k.frame = NoFrame
		if world, ok := s.At(f); ok {
			k.frame, k.bytes = f, s.AppendWorld(k.bytes[:0], world)
		}
	}
}

// checkShown panics if one of them has changed since.
func (s *Session[S, I]) checkShown() {
	if s.guard == nil {
		return
	}
	for i := range s.guard.shown {
		k := &s.guard.shown[i]
		world, ok := s.At(k.frame)
		if !ok {
			continue
		}
		s.scratch = s.AppendWorld(s.scratch[:0], world)
		if bytes.Equal(s.scratch, k.bytes) {
			continue
		}
		var was S
		err := &TrespassError{Frame: k.frame, Difference: Difference{"the world", "other bytes", "these"}}
		if s.DecodeWorld(&was, k.bytes) == nil {
			if fields := s.Diff(&was, world, 1); len(fields) > 0 {
				err.Difference = fields[0]
			}
		}
		panic(err)
	}
}
