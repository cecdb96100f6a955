// Package agreement judges whether the machines of a match have the same world: while it
// runs, by the checksums that all tell each other, and when it is over, by the last ones.
//
//	jury := agreement.New(agreement.Config{Me: me})
//	jury.Enter(own, from)                  // this machine's stream, and the others':
//	jury.Meet(stream, from)                // again for each who comes in later
//	for each checksum of this machine's {
//		jury.Note(sum)
//	}
//	for each that comes {
//		jury.Take(&state, machine, m)  // or jury.TakeLast(machine, m), of a last world
//	}
//	each tick {
//		if !jury.Idle() { jury.Step(&state) }
//		for v, more := jury.Next(); more; v, more = jury.Next() { ... }
//	}
//	at the end {
//		jury.Close(sum)                // of the last world, as it is here
//		missing := jury.CompareLast(&state, frame)
//		by, agreed := jury.Confirmed(&state, frame, world)
//	}
//
// Between two machines it is simple: another world is a desync (Differs). Among three and
// more nobody goes by what a single one says. All show each other by what seals they go
// (ShowSeals) and what records they hold (TakeHolding), and wait until everybody has said what
// he has of the first frame that is known to differ (package membership, H13), and who has told
// him of another world than his own: what a single one was told ends nothing. Whoever has
// sealed two contents is put out with the proof, and the match goes on. Who holds other records
// of somebody than the most of the others was told something else by him: he goes (Deceived),
// nobody is named for it, and his world counts no more. What its author has sealed of that which
// this machine holds stands, whatever the others say (Config.Sealed, holdings.go). Nor is anybody
// named who says himself that he was fed other inputs. Among the rest another world ends the match; or,
// with Config.Outvotes, it goes on if more than half of its machines have the same world: the
// others are Strayed, and who is one of them finds that he is Outvoted. Where there is no such
// majority it ends in any case (dispute.go). Where only two are left, since a third was told
// something else, they bear with each other until he has had the time to come in again.
//
// A newcomer has its donor's word only for the world that it comes in with (package
// membership, H16). Until that has been seen to be the others' as well it is doubtful: a
// difference is no desync and nobody's fault. The newcomer goes (Astray), and is put out if
// it does not (Expel); the match goes on without it (doubt.go).
//
// A jury is pure. How the match stands it is told each time (State); what is to be done it
// says (Next), and does nothing itself. All that others say is a stranger's: what is
// kept of it is bounded.
package agreement
