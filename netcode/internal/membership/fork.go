package membership

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/visavis-netcode/visavis/rollback"
)

// Offer is what one who has stopped for want of a majority says to those with whom it
// would finish apart (X4).
type Offer struct {
	Key       [32]byte // identity of the machine
	Machine   uint8
	View      Ref
	Confirmed rollback.Frame
}

// Offer returns this peer's. There is none unless it has stopped for want of a majority:
// who is put out has confirmed what may not have happened.
func (s *standing) Offer(key [32]byte) (Offer, bool) {
	if s.status != Stopped || s.reason != NoMajority {
		return Offer{}, false
	}
	return Offer{key, s.me, s.view.Ref, s.set.Confirmed()}, true
}

// Fork is how some finish a match apart: as founders of a new one.
type Fork struct {
	Match    [32]byte // of the new one
	View     uint32   // the last that all of them have known
	Frame    rollback.Frame
	Donor    uint8 // a machine that has confirmed Frame: all begin with the world after it
	Machines Machines
}

// ErrApart: those who offer to finish together know different views, or are the same
// machine. Once they have told each other all views (ViewAsk, Commit) they are in the
// same one, or out.
var ErrApart = errors.New("membership: those who would finish together are of different views")

// FinishApart is the new match of those who made the offers, in whatever order they come.
// What they have confirmed agrees, as no view has closed one of them; the new match
// begins where the first of them is. It has another name for every set of founders, view
// and frame, so it never becomes one with the old match, nor with what others make of it.
func FinishApart(match [32]byte, offers []Offer) (Fork, error) {
	offers = slices.Clone(offers)
	slices.SortFunc(offers, func(a, b Offer) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	f := Fork{Frame: rollback.NoFrame - 1}
	for i, o := range offers {
		if o.View != offers[0].View || f.Machines.Has(o.Machine) || i > 0 && o.Key == offers[i-1].Key || o.Machine >= MaxMachines {
			return Fork{}, ErrApart
		}
		f.Machines |= One(o.Machine)
		if o.Confirmed > f.Frame || o.Confirmed == f.Frame && o.Machine < f.Donor {
			f.Frame, f.Donor = o.Confirmed, o.Machine
		}
	}
	if len(offers) == 0 {
		return Fork{}, ErrApart
	}
	f.View = offers[0].View.Number
	b := append([]byte("visavis finished apart"), match[:]...)
	b = binary.BigEndian.AppendUint32(b, f.View)
	b = binary.BigEndian.AppendUint32(b, uint32(f.Frame))
	for _, o := range offers {
		b = append(b, o.Key[:]...)
	}
	f.Match = sha256.Sum256(b)
	return f, nil
}
