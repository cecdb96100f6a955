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

// AppendMessage appends a message's bytes.
func AppendMessage(dst []byte, m Message) []byte {
	dst = append(dst, byte(m.kind()))
	switch m := m.(type) {
	case *Prepare:
		dst = appendBallot(appendRef(dst, m.Base), m.Ballot)
		dst = appendJoins(appendNumber(dst, uint64(m.Keep)), m.Joins)
		dst = appendNumber(dst, uint64(len(m.Reasons)))
		for _, c := range m.Reasons {
			dst = append(dst, c.Machine, byte(c.Reason))
		}
	case *Report:
		dst = appendReport(dst, m)
	case *Accept:
		dst = appendValue(appendBallot(appendRef(dst, m.Base), m.Ballot), m.Value)
	case *Accepted:
		dst = appendAccepted(dst, m)
	case *Commit:
		dst = appendValue(dst, m.Value)
	case *Bye:
		dst = appendFrame(appendNumber(appendStream(dst, m.Stream), uint64(m.Base)), m.Last)
	case *ViewAsk:
		dst = appendNumber(dst, uint64(m.Number))
	case *JoinReady:
		dst = appendJoin(dst, m.Join)
	}
	return dst
}

func appendReport(dst []byte, m *Report) []byte {
	dst = append(appendBallot(appendRef(dst, m.Base), m.Ballot), m.Author)
	dst = appendNumber(appendFrame(dst, m.Limit), uint64(len(m.Streams)))
	for _, h := range m.Streams {
		dst = appendFrame(appendStream(dst, h.Stream), h.Held)
		dst = appendRecords(append(dst, h.Digest[:]...), h.First, h.Records)
	}
	if m.Accepted == nil {
		return append(dst, 0)
	}
	return appendValue(appendAccepted(append(dst, 1), m.Accepted), m.Value)
}

func appendAccepted(dst []byte, m *Accepted) []byte {
	dst = append(appendBallot(appendRef(dst, m.Base), m.Ballot), m.Author)
	return append(dst, m.Digest[:]...)
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
