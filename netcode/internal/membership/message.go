package membership

import (
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// Message is what peers say to each other beside Data. The links carry messages
// reliably and in order.
type Message interface{ kind() kind }

type kind uint8

const (
	kindPrepare kind = iota + 1
	kindReport
	kindAccept
	kindAccepted
	kindCommit
	kindBye
	kindViewAsk
	kindJoinReady
)

// Prepare begins a ballot of the instance after Base (P1).
type Prepare struct {
	Base    Ref
	Ballot  Ballot
	Keep    Machines // members of Base who stay; the others' streams are to be closed
	Joins   []Join
	Reasons []Closing
}

// Closing is why a member's stream is to be closed.
type Closing struct {
	Machine uint8
	Reason  Reason
}

// Report answers a Prepare: what its author holds of the streams to be closed, and
// from now on never more (P2).
type Report struct {
	Base     Ref
	Ballot   Ballot
	Author   uint8
	Limit    rollback.Frame // the author confirms no further before the next view
	Streams  []Holding      // in order
	Accepted *Accepted      // with the highest ballot, if any,
	Value    *Value         // and its value
}

// Holding is what somebody holds of a stream.
type Holding struct {
	Stream  records.StreamID
	Held    rollback.Frame
	Digest  records.Digest // through Held
	First   rollback.Frame // of Records
	Records [][]byte       // through Held
}

// Accept proposes the next view (P3).
type Accept struct {
	Base   Ref
	Ballot Ballot
	Value  *Value
}

// Accepted is a vote for a proposal (P4).
type Accepted struct {
	Base   Ref
	Ballot Ballot
	Author uint8
	Digest Digest // of the value
}

// Commit tells a value that is decided (P5).
type Commit struct{ Value *Value }

// Bye says that a member leaves (L1).
type Bye struct {
	Stream records.StreamID
	Base   uint32         // number of its view
	Last   rollback.Frame // of its stream
}

// ViewAsk asks for the views after Number.
type ViewAsk struct{ Number uint32 }

// JoinReady says that a newcomer has followed its donor far enough (J3).
type JoinReady struct{ Join Join }

func (*Prepare) kind() kind   { return kindPrepare }
func (*Report) kind() kind    { return kindReport }
func (*Accept) kind() kind    { return kindAccept }
func (*Accepted) kind() kind  { return kindAccepted }
func (*Commit) kind() kind    { return kindCommit }
func (*Bye) kind() kind       { return kindBye }
func (*ViewAsk) kind() kind   { return kindViewAsk }
func (*JoinReady) kind() kind { return kindJoinReady }

// identity is what a message of an instance is recognised by, however often and from
// whomever it comes.
type identity struct {
	kind   kind
	base   Ref // of a Bye without the digest
	ballot Ballot
	author uint8
}

func identify(m Message) identity {
	switch m := m.(type) {
	case *Prepare:
		return identity{kindPrepare, m.Base, m.Ballot, m.Ballot.Machine}
	case *Report:
		return identity{kindReport, m.Base, m.Ballot, m.Author}
	case *Accept:
		return identity{kindAccept, m.Base, m.Ballot, m.Ballot.Machine}
	case *Accepted:
		return identity{kindAccepted, m.Base, m.Ballot, m.Author}
	case *Bye:
		return identity{kindBye, Ref{Number: m.Base}, Ballot{}, m.Stream.Machine}
	}
	return identity{}
}
