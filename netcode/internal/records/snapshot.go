package records

import (
	"bytes"

	"github.com/visavis-netcode/visavis/rollback"
)

// Snapshot is what a newcomer needs to go on with a set where another machine has
// confirmed a frame.
type Snapshot struct {
	Through rollback.Frame
	Streams []StreamSnapshot
}

// StreamSnapshot is one stream's part of it: its newest records through
// Snapshot.Through, as many as others may lack, since a newcomer may soon be the only
// one who can tell them.
type StreamSnapshot struct {
	ID        StreamID
	From, End rollback.Frame
	First     rollback.Frame // of Records: the stream's first, or the first of a link
	Chain     Digest         // through First-1
	Records   [][]byte
}

// Snapshot takes one at the confirmed frame.
func (s *Set) Snapshot() Snapshot {
	snap := Snapshot{Through: s.confirmed}
	for _, t := range s.streams {
		part := StreamSnapshot{ID: t.id, From: t.from, End: t.end}
		through := min(t.end, s.confirmed)
		part.First, part.Chain = t.linkFrom(through, s.config.TailFrames())
		for f := part.First; f <= through; f++ {
			part.Records = append(part.Records, bytes.Clone(t.ring.record(f)))
		}
		snap.Streams = append(snap.Streams, part)
	}
	return snap
}

// Resume is a set from which this machine goes on, without a stream of its own.
func Resume(config Config, snap Snapshot) *Set {
	s := &Set{config: config, ring: config.RingFrames(), confirmed: snap.Through, limit: Endless}
	for _, part := range snap.Streams {
		t := newStream(part.ID, part.From, config)
		t.end = part.End
		if part.First > t.from {
			t.chain[t.linkPlace(part.First-1)] = link{part.First - 1, part.Chain}
			t.held, t.first = part.First-1, part.First
		}
		for _, record := range part.Records {
			t.append(record)
		}
		s.insert(t)
	}
	return s
}

// Follow takes what another machine has confirmed of the next frame. A stream that has
// no part in it has ended with its own last record before. Follow reports false, and
// changes nothing, if that cannot be what the frame consists of.
func (s *Set) Follow(f rollback.Frame, content []Entry) bool {
	if f != s.confirmed+1 {
		return false
	}
	for i, e := range content {
		t := s.find(e.Stream)
		if t == nil || !t.live(f) || t.held != f-1 || i > 0 && content[i-1].Stream.Compare(e.Stream) >= 0 {
			return false
		}
	}
	for _, e := range content {
		s.find(e.Stream).append(e.Record)
	}
	for _, t := range s.streams {
		if t.live(f) && t.held < f {
			t.end = f - 1
		}
	}
	s.confirmed, s.even = f, false
	s.forget()
	return true
}
