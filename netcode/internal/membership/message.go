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
	kindVeto
	kindProof
	kindKick
	kindSeal
)

// Prepare begins a ballot of the instance after Base (P1).
type Prepare struct {
	Base    Ref
	Ballot  Ballot
	Keep    Machines // members of Base who stay; the others' streams are to be closed
	Joins   []Join
	Reasons []Closing
	Byes    []*Bye       // among strangers: why those who leave are not counted (H3),
	Ready   []*JoinReady // that whoever is let in has asked for it,
	Proofs  []*Proof     // and that somebody has lied (H7)
	Signed
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
	Prepare  Digest         // that it answers
	Limit    rollback.Frame // the author confirms no further before the next view
	Streams  []Holding      // in order
	Accepted *Accept        // that it has voted for in the highest ballot, if any
	Grounds  *Grounds       // of that, if the author made it itself (H5)
	Signed
}

// Holding is what somebody holds of a stream.
type Holding struct {
	Stream  records.StreamID
	Held    rollback.Frame
	Ended   bool           // with Held, as its author has said
	Digest  records.Digest // through Held
	First   rollback.Frame // of Records
	Records [][]byte       // through Held
	Seal    *Seal          // among strangers: the newest of its author that is of this, if there is any
}

// Accept proposes the next view (P3).
type Accept struct {
	Base    Ref
	Ballot  Ballot
	Value   *Value
	Prepare Digest   // of its ballot,
	Reports []Digest // and of those that the value follows from, in the order of machines (H4)
	Signed
}

// Accepted is a vote for a proposal (P4).
type Accepted struct {
	Base   Ref
	Ballot Ballot
	Author uint8
	Digest Digest // of the Accept
	Signed
}

// Grounds are what a proposal follows from.
type Grounds struct {
	Prepare *Prepare
	Reports []*Report // in the order of machines
}

// Commit tells a value that is decided (P5).
type Commit struct {
	Value  *Value
	Author uint8        // that has installed it, and says so
	Why    *Certificate // among strangers (H8)
	Signed
}

// Certificate shows that a value was decided: a proposal, what it follows from, and the
// votes of a quorum of those who had not left.
type Certificate struct {
	Accept  *Accept
	Grounds *Grounds
	Votes   []*Accepted
	Byes    []*Bye
}

// Bye says that a member leaves (L1).
type Bye struct {
	Stream records.StreamID
	Base   Ref
	Last   rollback.Frame // of its stream
	Astray bool           // it knows another match than the others, and may come in again
	Signed
}

// ViewAsk asks for the views after Number.
type ViewAsk struct{ Number uint32 }

// JoinReady says that a newcomer has followed its donor far enough (J3).
type JoinReady struct {
	Join Join
	Signed
}

// Veto says that its author hears members whom a ballot would close (H3).
type Veto struct {
	Base   Ref
	Ballot Ballot
	Author uint8
	Hears  Machines
	Signed
}

// Kick says that the host has a member put out (S4).
type Kick struct {
	Base    Ref
	Author  uint8
	Machine uint8
	Signed
}

// Seal says that a stream's author stands by all its records through a frame (H2), and
// that it is alive.
type Seal struct {
	Stream  records.StreamID
	Through rollback.Frame
	Beat    uint32         // grows by one with each seal
	Digest  records.Digest // of the stream through Through; zero: what the receiver has
	Signed                 // over that digest in any case
}

// Proof shows that somebody has lied: by what it has signed itself (H9).
type Proof struct{ Words []Message }

func (*Prepare) kind() kind   { return kindPrepare }
func (*Report) kind() kind    { return kindReport }
func (*Accept) kind() kind    { return kindAccept }
func (*Accepted) kind() kind  { return kindAccepted }
func (*Commit) kind() kind    { return kindCommit }
func (*Bye) kind() kind       { return kindBye }
func (*ViewAsk) kind() kind   { return kindViewAsk }
func (*JoinReady) kind() kind { return kindJoinReady }
func (*Veto) kind() kind      { return kindVeto }
func (*Proof) kind() kind     { return kindProof }
func (*Kick) kind() kind      { return kindKick }
func (*Seal) kind() kind      { return kindSeal }

// identity is what a message of an instance is recognised by, however often and from
// whomever it comes.
type identity struct {
	kind   kind
	base   Ref
	ballot Ballot
	author uint8
}

func identify(m Message) identity {
	switch m := m.(type) {
	case *Prepare:
		return identity{kindPrepare, m.Base, m.Ballot, m.author()}
	case *Report:
		return identity{kindReport, m.Base, m.Ballot, m.Author}
	case *Accept:
		return identity{kindAccept, m.Base, m.Ballot, m.author()}
	case *Accepted:
		return identity{kindAccepted, m.Base, m.Ballot, m.Author}
	case *Veto:
		return identity{kindVeto, m.Base, m.Ballot, m.Author}
	case *Bye:
		return identity{kindBye, m.Base, Ballot{}, m.author()}
	case *Kick:
		return identity{kindKick, m.Base, Ballot{Machine: m.Machine}, m.Author}
	}
	return identity{}
}
