package rollback

import "iter"

// Inputs is what Step gets for one frame: one input for every seat, some of
// them possibly predicted. It is valid during the call of Step only.
//
// Step cannot ask which inputs are predicted: a world that depended on it
// would differ between machines. Of other seats it gets whatever bytes their machines
// send, honest or not, made legal by Config.Clean if there is one.
type Inputs[I any] struct {
	seats  []I
	frame  Frame
	absent uint16
	events *eventLog // nil outside a session: Emit then does nothing

	commands []Command
}

// InputsOf returns the inputs of one frame, seat 0 first, so that a test can
// call Step directly.
func InputsOf[I any](seats ...I) Inputs[I] { return Inputs[I]{seats: seats} }

// Without returns the inputs as they are while nobody plays these seats, so that a test
// can call Step directly.
func (in Inputs[I]) Without(seats ...int) Inputs[I] {
	for _, seat := range seats {
		in.absent |= 1 << seat
	}
	return in
}

// Present reports whether somebody plays a seat in this frame. It is always so in a
// session without Config.Lineups. The input of an absent seat is what Config.Absent says.
func (in Inputs[I]) Present(seat int) bool { return in.absent>>seat&1 == 0 }

// Frame returns the number of the frame that is being stepped.
func (in Inputs[I]) Frame() Frame { return in.frame }

// Len returns the number of seats.
func (in Inputs[I]) Len() int { return len(in.seats) }

// At returns the input of a seat, 0 to Len()-1.
func (in Inputs[I]) At(seat int) I { return in.seats[seat] }

// All yields every seat with its input, in the order of the seats.
func (in Inputs[I]) All() iter.Seq2[int, I] {
	return func(yield func(int, I) bool) {
		for seat, input := range in.seats {
			if !yield(seat, input) {
				return
			}
		}
	}
}

// Emit tells the world outside that something happened in this frame: a
// sound to play, a line to show. kind says what, key tells several of a kind
// in one frame apart (a seat, an index in a pool), value is free. An event is
// known by (frame, kind, key); the embedder learns of it once as predicted and
// once more as confirmed or cancelled, however often the frame is stepped.
// More than MaxEventsPerFrame in one frame are dropped.
func (in Inputs[I]) Emit(kind uint16, key uint32, value int64) {
	if in.events != nil {
		in.events.emit(Event{Frame: in.frame, Kind: kind, Key: key, Value: value})
	}
}
