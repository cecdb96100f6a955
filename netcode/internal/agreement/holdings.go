package agreement

import (
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// keptHoldings is how many of a machine's newest words about what it holds are kept: disputes
// of as many frames.
const keptHoldings = 4

// Holding is what a machine holds of everybody's records before a frame, by their digests.
type Holding struct {
	Frame   rollback.Frame
	Digests map[records.StreamID]records.Digest
	Differ  membership.Machines // who has told it of another world than its own
}

// holdings are what all have said that they hold. Owner: Jury.
type holdings [membership.MaxMachines][]Holding

// TakeHolding takes what a machine holds, this one or a peer.
func (h *holdings) TakeHolding(machine uint8, said Holding) {
	list := &h[machine]
	if len(*list) == keptHoldings {
		*list = (*list)[:copy(*list, (*list)[1:])]
	}
	*list = append(*list, said)
}

// of returns the newest that a machine has said of a frame, nil if it has said nothing.
func (h *holdings) of(machine uint8, f rollback.Frame) map[records.StreamID]records.Digest {
	for i := len(h[machine]) - 1; i >= 0; i-- {
		if h[machine][i].Frame == f {
			return h[machine][i].Digests
		}
	}
	return nil
}

// allSaid reports whether all of some have said what they hold before a frame.
func (h *holdings) allSaid(f rollback.Frame, some membership.Machines) bool {
	for m := range some.All {
		if h.of(m, f) == nil {
			return false
		}
	}
	return true
}

// deceived returns who holds other records of somebody before a frame than most of the
// others to whom he has sent them. He has computed nothing wrong: their author has told him
// something else, or he says so. among are those whose word counts; an
// author's word of his own records does not, as he may say to each what he has sent him.
// Where they are divided equally, what the lowest of them holds is to stand, if nothing else
// tells which. What sealed says of is what this machine me stands by, whatever others say that
// they hold: one who has sealed two things is found out while they are divided.
func (h *holdings) deceived(f rollback.Frame, among membership.Machines, me uint8, sealed func(records.StreamID, rollback.Frame) bool) (who membership.Machines, divided bool) {
	for id := range h.streams(f, among) {
		held := h.by(id, f, among&^membership.One(id.Machine))
		most, equal := mostHold(held)
		if mine, said := held[me]; said && sealed != nil && sealed(id, f) {
			equal = equal || mine != most
			most = mine
		}
		divided = divided || equal
		for m, digest := range held {
			if digest != most {
				who |= membership.One(m)
			}
		}
	}
	return who, divided
}

// anySaid reports whether one of some has said what he holds before a frame.
func (h *holdings) anySaid(f rollback.Frame, some membership.Machines) bool {
	for m := range some.All {
		if h.of(m, f) != nil {
			return true
		}
	}
	return false
}

// alike reports whether two machines have said that they hold the same before a frame, of all of
// which both have spoken.
func (h *holdings) alike(a, b uint8, f rollback.Frame) bool {
	both := 0
	for id, digest := range h.of(a, f) {
		other, said := h.of(b, f)[id]
		if said && other != digest {
			return false
		}
		if said {
			both++
		}
	}
	return both > 0
}

// differs reports whether one of some says that another machine has told it of another world
// than its own.
func (h *holdings) differs(machine uint8, some membership.Machines) bool {
	for m := range some.All {
		for i := range h[m] {
			if h[m][i].Differ.Has(machine) {
				return true
			}
		}
	}
	return false
}

// streams are the streams that anybody has spoken of.
func (h *holdings) streams(f rollback.Frame, among membership.Machines) map[records.StreamID]bool {
	all := map[records.StreamID]bool{}
	for m := range among.All {
		for id := range h.of(m, f) {
			all[id] = true
		}
	}
	return all
}

// by is what each holds of a stream, as far as he has said.
func (h *holdings) by(id records.StreamID, f rollback.Frame, among membership.Machines) map[uint8]records.Digest {
	held := map[uint8]records.Digest{}
	for m := range among.All {
		if digest, said := h.of(m, f)[id]; said {
			held[m] = digest
		}
	}
	return held
}

// mostHold returns what the most hold, and whether as many hold something else: then it is
// what the lowest of all these holds.
func mostHold(held map[uint8]records.Digest) (most records.Digest, divided bool) {
	count, best := map[records.Digest]int{}, 0
	for _, digest := range held {
		count[digest]++
	}
	for m := range uint8(membership.MaxMachines) {
		digest, said := held[m]
		switch n := count[digest]; {
		case !said:
		case n > best:
			most, best, divided = digest, n, false
		case n == best && digest != most:
			divided = true
		}
	}
	return most, divided
}
