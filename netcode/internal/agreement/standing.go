package agreement

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

// standings are what is thought of all machines. Owner: Jury.
type standings struct {
	this     uint8 // the number of this machine
	standing [wire.MaxMachines]standing
	strayed  membership.Machines // who has another world, and is to be put out for it
}

// standing is what is thought of a machine.
type standing struct {
	stream    records.StreamID
	from      rollback.Frame
	proven    bool          // it has come late, and its world is the others'
	strayedAt time.Duration // it is not, as was seen then; 0: no
	expelled  bool          // for that
}

// me is what is thought of this machine.
func (s *standings) me() *standing { return &s.standing[s.this] }

// Doubtful reports whether a peer may have been fed something else than the match.
func (s *standings) Doubtful(machine uint8) bool {
	who := &s.standing[machine]
	return who.from > 0 && !who.proven
}

// hasStrayed reports whether a machine's world is known to be another one.
func (s *standings) hasStrayed(machine uint8) bool { return s.standing[machine].strayedAt > 0 }

// stray notes that a machine's world is another one.
func (s *standings) stray(machine uint8, now time.Duration) {
	who := &s.standing[machine]
	if who.strayedAt = now; !who.expelled {
		s.strayed |= membership.One(machine)
	}
}

// elders are the members who were in the match before this machine.
func (s *standings) elders(now *State) (all membership.Machines) {
	for m := range (now.Members & now.Linked).All {
		if s.standing[m].stream.Born < s.me().stream.Born {
			all |= membership.One(m)
		}
	}
	return all
}

// counted are the others whose word counts.
func (s *standings) counted(now *State) (all membership.Machines) {
	for m := range now.Members.All {
		if !s.Doubtful(m) && !s.hasStrayed(m) {
			all |= membership.One(m)
		}
	}
	return all
}
