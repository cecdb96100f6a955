// Package rules is the simulation of Lilypad Scrum: frogs with silly hats on a
// pond of lily pads. Snap flies with your tongue, spit bubbles, and knock the
// others into the water. Two to eight frogs, 90 seconds, most flies wins: a round,
// or the best of 3 or 5, everybody for himself or in teams of two.
//
// It is a World and a Step, and knows nothing of windows, sounds or networks:
//
//	w := rules.New(rules.Setup{Seed: 7, Seats: 2, Levels: [rules.MaxSeats]uint8{1: rules.Calm}})
//	for !w.Over() {
//		w.Step(rollback.InputsOf(readPad(), 0)) // seat 1 is a bot
//	}
//	fmt.Println("seat", w.Winner(), "wins")
//
// # Rules
//
// The arrows walk, on one's lily only. Hop leaps 72 px that way, or on the
// spot: 14 frames, in the first 8 of which nothing touches the frog. A near
// miss of a lily is bent onto it. Landing beside another frog knocks it away.
//
// Tongue shoots the tongue 72 px far at whatever is in front, and it sticks to
// the first thing it touches: 4 frames out, 4 hold, 6 back. A fly is eaten. A
// frog is thrown over one's head, into the water if that is at one's back. A
// bubble is caught and kept in the mouth, where it lasts for three seconds:
// the next press of Tongue throws it back. If it is caught not earlier than 4
// frames before it would have struck, both frogs freeze for 6 frames, and it
// goes back at double speed. When two tongues meet, who presses Tongue more
// often within 30 frames pulls the other.
//
// Tongue held on swells the cheeks as soon as the tongue is back; after 16
// more frames, half a second in all, letting go spits a bubble at the nearest
// frog in front. A bubble knocks a frog away, and that one whoever it slides
// into. A fast slide skims the water, a slow one ends in it.
//
// A frog in the water loses 3 flies (none in the first 10 seconds), which are free again, and is back after
// 60 frames on the lily farthest from all others, blinking and untouchable for
// 60 more. A lily sinks when it was stood on for 180 frames, and grows back.
// About every 12 seconds there is a golden fly, worth 5. Croak croaks; flies
// near by flee.
//
// There are three ponds: the puddle, for two to four frogs, seen from twice as
// near; the mill pond, with lilies nearly everywhere; and one with a great lily
// in its middle, which never sinks. Nobody starts in the top row.
//
// Bots have four levels, each of a character: see FirstPond to Fierce, and
// TABLE.md for who wins against them. Where one of the first level plays, the
// first 10 seconds are gentle: no lily tires, and nobody is pulled or landed on.
//
// In the last 15 seconds half of the lilies sink for good. A tie is sudden
// death: the leaders alone, on one big lily that shrinks until there is no room
// for two; who falls is out, the last one wins. It ends after 15 seconds, and
// then (as when the last ones fall together) the one with fewer splashes in the
// whole round wins, and of those the lower seat.
//
// # Matches
//
// A match is one round, or the best of 3 or 5 with 3.5 seconds between. It ends
// when most of them are won by one, or after the last; then rounds won decide,
// and then the flies of all rounds. Splashes and knocks are counted on. Most of
// its players can end it for everybody at any time (Stop); nobody has won then.
//
// A bot plays its seat to the end, or, where the seat waits for who comes late (Waits),
// until somebody does.
//
// In teams of two, seats 0 and 1 are mates, 2 and 3, and so on; bots fill up. The
// flies of both count. Bubbles, tongues and landings do nothing to a mate. In
// sudden death a team is in as long as one of the two is.
//
// # Determinism
//
// Everything is an integer; positions are in subpixels of 1/256 px. Chance is
// World.Rand. Bots are a function of the world and run inside of Step, so they
// cost no traffic. What is seen and heard is emitted as events, see EventCroak
// and those after it.
package rules
