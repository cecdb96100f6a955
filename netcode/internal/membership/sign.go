package membership

import (
	"crypto/sha256"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
)

// Signature is a member's name under what it says.
type Signature [64]byte

// Keys are the keys of a match among strangers. What is signed for one match is not
// valid in another, nor for anything else: whoever implements this sees to it.
type Keys interface {
	// Sign signs in the name of this machine.
	Sign(b []byte) Signature
	// Verify reports whether a machine has signed these bytes.
	Verify(machine uint8, b []byte, s Signature) bool
}

// Signed is the end of every message that its author answers for (H1). Where the match
// has no keys it is zero, and takes no bytes.
type Signed struct{ Signature Signature }

func (s *Signed) signature() *Signature { return &s.Signature }

// signed is a message that its author answers for.
type signed interface {
	Message
	author() uint8
	signature() *Signature
}

// A ballot is only its machine's.
func (m *Prepare) author() uint8   { return m.Ballot.Machine }
func (m *Report) author() uint8    { return m.Author }
func (m *Accept) author() uint8    { return m.Ballot.Machine }
func (m *Accepted) author() uint8  { return m.Author }
func (m *Commit) author() uint8    { return m.Author }
func (m *Bye) author() uint8       { return m.Stream.Machine }
func (m *JoinReady) author() uint8 { return m.Join.Machine }
func (m *Veto) author() uint8      { return m.Author }
func (m *Kick) author() uint8      { return m.Author }
func (m *Seal) author() uint8      { return m.Stream.Machine }

// digestOf is the SHA-256 of a message without its signature.
func digestOf(m Message) Digest { return sha256.Sum256(appendBody(nil, m)) }

// SignedBy signs a message of somebody who is no peer, and returns it. A seal must have its
// digest.
func SignedBy[M signed](keys Keys, m M) M {
	*m.signature() = keys.Sign(appendBody(nil, m))
	return m
}

// IsSigned reports whether a message's author has signed it. A seal must have its digest.
func IsSigned[M signed](keys Keys, m M) bool {
	return keys.Verify(m.author(), appendBody(nil, m), *m.signature())
}

// genuine reports whether all in a message is signed by whom it says that it is from (H1).
func genuine(keys Keys, m Message) bool {
	if s, ok := m.(*Seal); ok && s.Digest == (records.Digest{}) {
		return true // it is looked at when what it covers is here
	}
	if s, ok := m.(signed); ok && !keys.Verify(s.author(), appendBody(nil, s), *s.signature()) {
		return false
	}
	switch m := m.(type) {
	case *Prepare:
		return all(keys, m.Byes) && all(keys, m.Ready) && all(keys, m.Proofs)
	case *Report:
		for i := range m.Streams {
			if s := m.Streams[i].Seal; s != nil && !genuine(keys, s) {
				return false
			}
		}
		return (m.Accepted == nil || genuine(keys, m.Accepted)) && m.Grounds.genuine(keys)
	case *Commit:
		w := m.Why
		return w != nil && genuine(keys, w.Accept) && w.Grounds.genuine(keys) && all(keys, w.Votes) && all(keys, w.Byes)
	case *Proof:
		return all(keys, m.Words)
	}
	return true
}

func (g *Grounds) genuine(keys Keys) bool {
	return g == nil || genuine(keys, g.Prepare) && all(keys, g.Reports)
}

// all reports whether all messages of a list are genuine.
func all[M Message](keys Keys, list []M) bool {
	for _, m := range list {
		if !genuine(keys, m) {
			return false
		}
	}
	return true
}
