// Package rollbacktest finds what breaks a rollback game before players do.
//
// SyncTest plays a game twice at once: one session gets every input late, at
// random depths, with guesses that are wrong on purpose, so that it rolls back
// all the time; the other follows the confirmed inputs and steps each frame
// once. Every confirmed world must be the same in both. In a game's tests:
//
//	func TestSync(t *testing.T) {
//		rollbacktest.SyncTest(t, rollback.Config[World, Pad]{
//			Start: newWorld(1), Step: (*World).Step, Seats: 4,
//		}, rollbacktest.Options[Pad]{Seed: 1})
//	}
//
// It catches state outside the world, dependence on map order, clocks (the two
// sessions have one each) and chance from elsewhere, a Copy that shares or forgets memory, an
// Append and Decode that do not fit, a Clean that panics, allocates or does not leave a
// legal input as it is, a Bot that changes the world, and says which of them is at fault. Its random inputs are any
// values at all, as a stranger's are. It fails
// too if it proves nothing: when no rollback happened, the world stood still, or no
// rollback changed it.
//
// What it cannot see is a difference between machines: SyncTest logs the fields that
// hold floating-point numbers, and package fixed has numbers that are safe. Command
// detvet reads what SyncTest does not come by, such as float products that some
// processors round otherwise, and devices.
//
// Script is for a case that a person writes down: commands such as "tick 5" and
// "confirm 1 3 7", each with what came of it, in a file that is compared and
// can be rewritten.
package rollbacktest
