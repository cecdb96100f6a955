package netcode

import (
	"fmt"
	"strings"

	"github.com/visavis-netcode/visavis/rollback"
)

// StepPanic is what Match.Tick, and Room.Poll on the way into a match that runs, panic with after a
// panic in the game's Step or Clean: where in the match that was. The others have been told by then
// that this game has crashed, and the node's links are closed. The stack below the panic is Step's.
type StepPanic struct {
	By    string         // "Step" or "Clean"
	Frame rollback.Frame // that was being stepped, or whose input was made legal
	Seats int            // players in the match
	// New are the seats, ascending, whose input in that frame was not the one of the frame
	// before, or whose input Clean was given: what was new when it happened.
	New   []int
	Value any // what Step or Clean panicked with
}

func (e *StepPanic) Error() string {
	return fmt.Sprintf("netcode: %s panicked in frame %d of a match with %d seats%s: %v", e.By, e.Frame, e.Seats, e.news(), e.Value)
}

// news says whose input was new.
func (e *StepPanic) news() string {
	switch len(e.New) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf(", with a new input of seat %d", e.New[0])
	}
	return fmt.Sprintf(", with new inputs of seats %s", strings.Trim(fmt.Sprint(e.New), "[]"))
}

// Unwrap returns what Step panicked with, if that is an error.
func (e *StepPanic) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// crashError is why this machine's lobby is over after another panic in Tick or Poll.
type crashError struct {
	call  string
	value any
}

func (e *crashError) Error() string {
	return fmt.Sprintf("netcode: a panic in %s: %v", e.call, e.value)
}

// tellPanic tells the others of a panic in a call, which then goes on. It is deferred.
func tellPanic(r *Room, call string) {
	value := recover()
	if value == nil {
		return
	}
	p := r.play
	if r.late != nil && r.late.play != nil {
		p = r.late.play
	}
	var err error = &crashError{call, value}
	if step := stepPanic(p, value); step != nil {
		value, err = step, step
	}
	r.end(err)
	r.node.endpoint.CloseLinks() // returns when the goodbyes have left: the process may be over at once
	if p != nil {
		p.recording.settle()
	}
	panic(value)
}

// stepPanic says where in the game's own code a panic was, nil if it was elsewhere.
func stepPanic(p *play, value any) *StepPanic {
	if step, told := value.(*StepPanic); told {
		return step // in Poll, which Tick has called
	}
	if p == nil || p.sim.untyped == nil {
		return nil
	}
	e := &StepPanic{Seats: p.deal.seats, Value: value}
	if f, seat := p.sim.Cleaning(); f != rollback.NoFrame {
		e.By, e.Frame = "Clean", f
		if seat >= 0 {
			e.New = []int{seat}
		}
		return e
	}
	if f := p.sim.Stepping(); f != rollback.NoFrame {
		e.By, e.Frame = "Step", f
		for seat := range e.Seats {
			if p.sim.NewInputs(f)>>seat&1 != 0 {
				e.New = append(e.New, seat)
			}
		}
		return e
	}
	return nil
}

// A crashed machine says in its goodbye where its game has crashed. That is its own word
// of itself, and shown as such: whose input was new in a frame says nothing against him.
const (
	crashedWords   = "crashed"
	crashedInFrame = "crashed in frame %d, new inputs %x"
)

// goodbye is what the others are told of the frame and the seats.
func (e *StepPanic) goodbye() string {
	seats := uint16(0)
	for _, seat := range e.New {
		seats |= 1 << seat
	}
	return fmt.Sprintf(crashedInFrame, e.Frame, seats)
}

// crashOf is what players read of somebody whose game has crashed, and has said so in a
// goodbye. players are those of all seats, by name.
func crashOf(q *peer, goodbye string, players []string) *CrashedError {
	e := &CrashedError{Name: q.name, Frame: q.stream.Held(), In: rollback.NoFrame}
	var frame int32
	var seats uint16
	if n, err := fmt.Sscanf(goodbye, crashedInFrame, &frame, &seats); err != nil || n != 2 || frame < 0 || frame > int32(q.stream.Held())+rollback.MaxWindowFrames+rollback.MaxDelayFrames {
		return e // it does not say, or what cannot be
	}
	e.In = rollback.Frame(frame)
	for seat, name := range players {
		if seats>>seat&1 != 0 {
			e.New = append(e.New, name)
		}
	}
	return e
}
