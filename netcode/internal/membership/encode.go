package membership

import (
	"encoding/binary"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// A message is a byte for its kind and its fields in the order in which they are
// declared: numbers as uvarints, frames from -1 on (frame+1), digests as they are,
// lists with their length before them. There is one way to write a value, so a
// digest of these bytes is a digest of the value.

// AppendMessage appends a message's bytes. Behind them stands its signature, if there is
// one.
func AppendMessage(dst []byte, m Message) []byte {
	dst = appendFields(dst, m, true)
	if s, ok := m.(signed); ok && *s.signature() != (Signature{}) {
		dst = append(dst, s.signature()[:]...)
	}
	return dst
}

// appendBody appends what a signature covers: what is said, and by whom, but no signature
// of what others say in it. So what it is the digest of is known before all is signed.
func appendBody(dst []byte, m Message) []byte { return appendFields(dst, m, false) }

// appendFields appends a message without its own signature; signatures says whether those
// of the messages in it are among its bytes.
func appendFields(dst []byte, m Message, signatures bool) []byte {
	dst = append(dst, byte(m.kind()))
	switch m := m.(type) {
	case *Prepare:
		dst = appendPrepare(dst, m, signatures)
	case *Report:
		dst = appendReport(dst, m, signatures)
	case *Accept:
		dst = appendValue(appendBallot(appendRef(dst, m.Base), m.Ballot), m.Value)
		dst = appendNumber(append(dst, m.Prepare[:]...), uint64(len(m.Reports)))
		for _, d := range m.Reports {
			dst = append(dst, d[:]...)
		}
	case *Accepted:
		dst = append(appendBallot(appendRef(dst, m.Base), m.Ballot), m.Author)
		dst = append(dst, m.Digest[:]...)
	case *Commit:
		dst = appendCommit(dst, m, signatures)
	case *Bye:
		dst = appendTruth(appendFrame(appendRef(appendStream(dst, m.Stream), m.Base), m.Last), m.Astray)
	case *ViewAsk:
		dst = appendNumber(dst, uint64(m.Number))
	case *JoinReady:
		dst = appendJoin(dst, m.Join)
	case *Veto:
		dst = append(appendBallot(appendRef(dst, m.Base), m.Ballot), m.Author)
		dst = appendNumber(dst, uint64(m.Hears))
	case *Kick:
		dst = append(appendRef(dst, m.Base), m.Author, m.Machine)
	case *Seal:
		return appendSeal(dst[:len(dst)-1], m)
	case *Proof:
		dst = appendMessages(dst, m.Words, signatures)
	}
	return dst
}

func appendSeal(dst []byte, m *Seal) []byte {
	dst = appendNumber(appendFrame(appendStream(append(dst, byte(kindSeal)), m.Stream), m.Through), uint64(m.Beat))
	if m.Digest == (records.Digest{}) {
		return append(dst, 0)
	}
	return append(append(dst, 1), m.Digest[:]...)
}

func appendPrepare(dst []byte, m *Prepare, signatures bool) []byte {
	dst = appendBallot(appendRef(dst, m.Base), m.Ballot)
	dst = appendJoins(appendNumber(dst, uint64(m.Keep)), m.Joins)
	dst = appendNumber(dst, uint64(len(m.Reasons)))
	for _, c := range m.Reasons {
		dst = append(dst, c.Machine, byte(c.Reason))
	}
	dst = appendMessages(appendMessages(dst, m.Byes, signatures), m.Ready, signatures)
	return appendMessages(dst, m.Proofs, signatures)
}

func appendTruth(dst []byte, truth bool) []byte {
	if truth {
		return append(dst, 1)
	}
	return append(dst, 0)
}

func appendReport(dst []byte, m *Report, signatures bool) []byte {
	dst = append(appendBallot(appendRef(dst, m.Base), m.Ballot), m.Author)
	dst = appendNumber(appendFrame(append(dst, m.Prepare[:]...), m.Limit), uint64(len(m.Streams)))
	for _, h := range m.Streams {
		dst = appendFrame(appendStream(dst, h.Stream), h.Held)
		dst = appendTruth(dst, h.Ended)
		dst = appendRecords(append(dst, h.Digest[:]...), h.First, h.Records)
		dst = appendOneSeal(dst, h.Seal, signatures)
	}
	if m.Accepted == nil {
		return append(dst, 0)
	}
	return appendGrounds(appendNested(append(dst, 1), m.Accepted, signatures), m.Grounds, signatures)
}

func appendOneSeal(dst []byte, s *Seal, signatures bool) []byte {
	if s == nil {
		return append(dst, 0)
	}
	return appendNested(append(dst, 1), s, signatures)
}

func appendCommit(dst []byte, m *Commit, signatures bool) []byte {
	dst = append(appendValue(dst, m.Value), m.Author)
	if m.Why == nil {
		return append(dst, 0)
	}
	dst = appendGrounds(appendNested(append(dst, 1), m.Why.Accept, signatures), m.Why.Grounds, signatures)
	return appendMessages(appendMessages(dst, m.Why.Votes, signatures), m.Why.Byes, signatures)
}

func appendGrounds(dst []byte, g *Grounds, signatures bool) []byte {
	if g == nil {
		return append(dst, 0)
	}
	return appendMessages(appendNested(append(dst, 1), g.Prepare, signatures), g.Reports, signatures)
}

// appendMessages appends messages that are part of another one.
func appendMessages[M Message](dst []byte, list []M, signatures bool) []byte {
	dst = appendNumber(dst, uint64(len(list)))
	for _, m := range list {
		dst = appendNested(dst, m, signatures)
	}
	return dst
}

// appendNested appends a message with its length before it.
func appendNested(dst []byte, m Message, signatures bool) []byte {
	b := appendFields(nil, m, signatures)
	if s, ok := m.(signed); ok && signatures && *s.signature() != (Signature{}) {
		b = append(b, s.signature()[:]...)
	}
	return append(appendNumber(dst, uint64(len(b))), b...)
}

func appendValue(dst []byte, v *Value) []byte {
	dst = append(appendNumber(dst, uint64(v.Number)), v.Base[:]...)
	dst = appendNumber(appendBallot(dst, v.Origin), uint64(len(v.Members)))
	for _, m := range v.Members {
		dst = appendStream(dst, m)
	}
	dst = appendNumber(dst, uint64(len(v.Cuts)))
	for _, c := range v.Cuts {
		dst = appendFrame(append(appendStream(dst, c.Stream), byte(c.Reason)), c.Last)
		dst = append(appendRecords(dst, c.First, c.Records), c.Digest[:]...)
	}
	return appendFrame(appendJoins(dst, v.Joins), v.From)
}

func appendJoins(dst []byte, joins []Join) []byte {
	dst = appendNumber(dst, uint64(len(joins)))
	for _, j := range joins {
		dst = appendJoin(dst, j)
	}
	return dst
}

func appendJoin(dst []byte, j Join) []byte {
	dst = append(binary.BigEndian.AppendUint64(dst, j.Attempt), j.Machine)
	return appendFrame(appendStream(dst, j.Donor), j.Through)
}

func appendRecords(dst []byte, first rollback.Frame, list [][]byte) []byte {
	dst = appendNumber(appendFrame(dst, first), uint64(len(list)))
	for _, record := range list {
		dst = append(appendNumber(dst, uint64(len(record))), record...)
	}
	return dst
}

func appendRef(dst []byte, r Ref) []byte {
	return append(appendNumber(dst, uint64(r.Number)), r.Digest[:]...)
}

func appendBallot(dst []byte, b Ballot) []byte {
	return append(appendNumber(dst, uint64(b.Round)), b.Machine)
}

func appendStream(dst []byte, id records.StreamID) []byte {
	return appendNumber(append(dst, id.Machine), uint64(id.Born))
}

func appendFrame(dst []byte, f rollback.Frame) []byte { return appendNumber(dst, uint64(f+1)) }

func appendNumber(dst []byte, n uint64) []byte { return binary.AppendUvarint(dst, n) }
