package netcode

import (
	"fmt"

	"github.com/visavis-netcode/visavis/rollback"
)

// StepPanic is what Match.Tick panics with after a panic in the game's Step: where in
// the match that was. The others have been told by then that this game has crashed, and
// the node's links are closed. The stack below the panic is Step's.
type StepPanic struct {
	Frame rollback.Frame // that was being stepped
	Seats int            // players in the match
	Value any            // what Step panicked with
}

func (e *StepPanic) Error() string {
	return fmt.Sprintf("netcode: Step panicked in frame %d of a match with %d seats: %v", e.Frame, e.Seats, e.Value)
}

// Unwrap returns what Step panicked with, if that is an error.
func (e *StepPanic) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// crashError is why this machine's match is over after another panic in Tick.
type crashError struct{ value any }

func (e *crashError) Error() string { return fmt.Sprintf("netcode: a panic in Tick: %v", e.value) }

// catch tells the others of a panic in Tick, which then goes on.
func (m *Match[S, I]) catch() {
	value := recover()
	if value == nil {
		return
	}
	var err error = &crashError{value}
	if f := m.session.Stepping(); f != rollback.NoFrame {
		step := &StepPanic{Frame: f, Seats: m.setup.Seats, Value: value}
		value, err = step, step
	}
	r := m.play.room
	r.end(err)
	if links, ok := r.node.endpoint.(interface{ CloseLinks() }); ok {
		links.CloseLinks() // returns when the goodbyes have left: the process may be over at once
	}
	panic(value)
}
