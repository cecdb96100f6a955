package membership

import (
	"cmp"
	"crypto/sha256"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// Digest is the SHA-256 of a value: of what was decided.
type Digest [sha256.Size]byte

// Ref names a view, and with it the instance of the agreement that decides the next
// one.
type Ref struct {
	Number uint32
	Digest Digest
}

// View is who is in the match. Members are their open streams, at most one for each
// machine, in order.
type View struct {
	Ref
	Members  []records.StreamID
	machines Machines       // whose they are
	from     rollback.Frame // the first of streams that are new in it
}

// viewOf returns the view that a value makes.
func viewOf(v *Value) View {
	view := View{Ref: v.Ref(), Members: v.Members, from: v.From}
	for _, m := range v.Members {
		view.machines |= One(m.Machine)
	}
	return view
}

// Machines returns the set of those who are in it.
func (v *View) Machines() Machines { return v.machines }

// Stream returns the stream of a machine in this view.
func (v *View) Stream(machine uint8) (records.StreamID, bool) {
	if !v.machines.Has(machine) {
		return records.StreamID{}, false
	}
	return v.Members[v.machines.Below(machine).Len()], true
}

// Ballot is one attempt to decide the next view. The zero Ballot is none.
type Ballot struct {
	Round   uint32 // from 1
	Machine uint8  // that leads it
}

func (b Ballot) compare(c Ballot) int {
	return cmp.Or(cmp.Compare(b.Round, c.Round), cmp.Compare(b.Machine, c.Machine))
}

func (b Ballot) less(c Ballot) bool { return b.compare(c) < 0 }

// Reason is why a stream is closed, or why a peer's part in a match is over.
type Reason uint8

const (
	NoReason   Reason = iota
	ByLeaving         // it said so
	BySilence         // nothing was heard of it, by any path
	ByStalling        // it was heard, and held everybody up
	ByClosing         // its process closed its connections, or has come back as another one, or it plays another match than the others
	ByKick            // the host has asked it to go
	NoMajority        // of a peer itself: too many of the others are out of reach
	ByConflict        // of a peer itself: what was decided contradicts what it holds
	ByLying           // it has signed what no honest member signs
	lastReason = ByLying
)

// Value is a view as it is decided: the next one, and what becomes of streams.
type Value struct {
	Number  uint32
	Base    Digest // of the view before
	Origin  Ballot // the ballot it was made in; no part of its digest
	Members []records.StreamID
	Cuts    []Cut
	Joins   []Join
	From    rollback.Frame // the first frame of new streams
}

// Cut is where a stream is closed.
type Cut struct {
	Stream  records.StreamID
	Reason  Reason
	Last    rollback.Frame
	First   rollback.Frame // of Records; Last+1 if there are none
	Records [][]byte       // through Last: what some may lack
	Digest  records.Digest // of the stream through Last
}

// Join lets a machine in.
type Join struct {
	Attempt uint64 // of the machine, drawn anew for each
	Machine uint8
	Donor   records.StreamID
	Through rollback.Frame // that it has confirmed by what the donor feeds it
}

// Ref names the view that the value makes.
func (v *Value) Ref() Ref { return Ref{v.Number, v.digest()} }

// base names the view that the value follows.
func (v *Value) base() Ref { return Ref{v.Number - 1, v.Base} }

// digest covers all but the ballot of origin.
func (v *Value) digest() Digest {
	plain := *v
	plain.Origin = Ballot{}
	return sha256.Sum256(appendValue(nil, &plain))
}

// joined returns the join of a machine.
func (v *Value) joined(machine uint8) (Join, bool) {
	for _, j := range v.Joins {
		if j.Machine == machine {
			return j, true
		}
	}
	return Join{}, false
}

// cut returns the cut of a stream.
func (v *Value) cut(id records.StreamID) (Cut, bool) {
	for _, c := range v.Cuts {
		if c.Stream == id {
			return c, true
		}
	}
	return Cut{}, false
}

// Founding returns the value of view 0, whose members begin at frame 0. match tells
// one match from another.
func Founding(match [32]byte, machines Machines) *Value {
	v := &Value{Base: match}
	for m := range machines.All {
		v.Members = append(v.Members, records.StreamID{Machine: m})
	}
	return v
}
