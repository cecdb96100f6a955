package rules

import "github.com/visavis-netcode/visavis/rollback"

// Kinds of the events that Step emits. "at" means that the value is a packed
// Place; Extra is what its Extra holds.
const (
	EventCroak     uint16 = iota + 1 // key: seat; at the frog
	EventHop                         // key: seat; at the frog
	EventLand                        // key: seat; at the frog
	EventSlam                        // a landing knocked a frog away. key: seat that landed times MaxSeats plus its seat; at it; Extra: its seat
	EventTongue                      // key: seat; at the frog
	EventStick                       // a tongue caught a fly. key: seat; at the fly
	EventCatch                       // a tongue caught a bubble. key: seat; at the bubble
	EventPerfect                     // ... and it was a perfect catch. key: seat; at the bubble; Extra: seat that spat it
	EventEat                         // key: seat; at the frog; Extra: its new score
	EventGold                        // the same for a golden fly
	EventGoldHatch                   // key: index of the fly; at the fly
	EventPull                        // key: seat that pulls; at the pulled; Extra: seat that is pulled
	EventTug                         // a tug-of-war begins. key: the lower seat; at the middle; Extra: the other seat
	EventTugEnd                      // key: the lower seat; at the middle; Extra: seat of the winner, -1 for a tie
	EventSpit                        // key: seat; at the frog; Extra: 1 if the bubble is fast
	EventHit                         // a bubble hit. key: index of the bubble; at it; Extra: seat that is hit
	EventPop                         // a bubble ended. key: its index; at it
	EventBump                        // a sliding frog hit another. key: seat that slid times MaxSeats plus the other's; at the other; Extra: its seat
	EventSplash                      // key: seat; at the frog; Extra: seat whose doing it is, -1 for its own
	EventLoss                        // a splash cost flies. key: seat; at the frog; Extra: how many
	EventRespawn                     // key: seat; at the frog
	EventSink                        // a lily begins to sink. key: its index; at it
	EventCount                       // countdown. key: 0; value: 3, 2, 1, and 0 for "go"
	EventFinal                       // the last 15 seconds begin. key: 0; value: 0
	EventClock                       // the last seconds. key: 0; value: seconds left, 5 to 1
	EventSudden                      // sudden death begins. key: 0; value: World.Rivals
	EventRound                       // a round is over, another one follows. key: 0; value: seat of its winner
	EventOver                        // the match is over. key: 0; value: seat of the winner
	EventStop                        // a player holds Stop. key: seat; value: 0
)

// Place is where an event happened, and one more small number.
type Place struct {
	X, Y  int16 // px
	Extra int32
}

// Value packs the place into the value of an event.
func (p Place) Value() int64 {
	return int64(uint16(p.X)) | int64(uint16(p.Y))<<16 | int64(p.Extra)<<32
}

// PlaceOf unpacks the value of an event whose kind has a place.
func PlaceOf(value int64) Place {
	return Place{X: int16(value), Y: int16(value >> 16), Extra: int32(value >> 32)}
}

// Placed reports whether events of a kind carry a Place.
func Placed(kind uint16) bool { return kind >= EventCroak && kind <= EventSink }

// emitAt emits an event with a place, given in subpixels.
func emitAt(in rollback.Inputs[Pad], kind uint16, key int, x, y, extra int32) {
	in.Emit(kind, uint32(key), Place{X: int16(x / Px), Y: int16(y / Px), Extra: extra}.Value())
}
