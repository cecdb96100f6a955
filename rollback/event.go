package rollback

// Event is something that Step told the outside with Inputs.Emit. Frame, Kind
// and Key are its identity; Value is the game's own.
type Event struct {
	Frame Frame
	Kind  uint16
	Key   uint32
	Value int64
}

// Phase says how sure an event is.
type Phase uint8

const (
	// Predicted: the event happened in a frame some of whose inputs are
	// guesses. Exactly one Confirmed or Cancelled follows.
	Predicted Phase = iota + 1
	// Confirmed: the event happened and will stay. If its frame was stepped
	// with confirmed inputs at once, no Predicted came before.
	Confirmed
	// Cancelled: the guess was wrong, the event never happened.
	Cancelled
)

// Notice is an event with its phase, as the embedder sees it.
type Notice struct {
	Event
	Phase Phase
}
