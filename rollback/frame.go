package rollback

// Frame is the number of a tick, counted from 0. The world "at frame f" is
// the world before frame f is stepped, so the start world is at frame 0.
// At 60 ticks a second an int32 lasts for 414 days.
type Frame int32

// NoFrame stands for "none yet": the confirmed frame before anything is
// confirmed, or a load that is not wanted.
const NoFrame Frame = -1

// Limits of the engine. They bound memory and the size of a datagram.
const (
	MaxSeats          = 16  // seats in one match
	MaxInputBytes     = 64  // canonical size of one player's input of one frame
	MaxWindowFrames   = 32  // prediction window
	MaxDelayFrames    = 16  // input delay
	MinTickRate       = 10  // ticks per second
	MaxTickRate       = 240 // ticks per second
	MaxEventsPerFrame = 64  // what Step may Emit in one frame; more are dropped
)
