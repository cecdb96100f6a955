package seals

import (
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// keptLinks is how many of the newest links of a stream's digest wait for a seal: as many as a
// peer keeps seals of.
const keptLinks = 8

// stream is what is known of one machine's records. Owner: the check.
type stream struct {
	id      records.StreamID
	config  records.Config // of the match
	first   rollback.Frame // that is here
	held    rollback.Frame // the newest
	records [][]byte       // of the link that is not whole yet
	links   []chained      // the newest, ascending
	born    bool           // the stream begins with first
	rooted  bool           // its digest is known,
	root    rollback.Frame // from the one after this frame
	through rollback.Frame // what follows root is signed as far as that; root or less: nothing is
}

// chained is a link of the digest's chain.
type chained struct {
	through rollback.Frame
	records [][]byte // nil once the digest is known, or if some are not here
	digest  records.Digest
	known   bool
	signed  bool // a seal of it was looked at: one more of the same digest says nothing new
}

// newStream begins with a frame. born: it is the stream's first.
func newStream(id records.StreamID, config records.Config, f rollback.Frame, born bool) *stream {
	return &stream{id: id, config: config, first: f, held: f - 1, born: born, rooted: born, root: f - 1, through: f - 1}
}

// from is the first frame that could be signed.
func (s *stream) from() rollback.Frame { return s.root + 1 }

// add takes the next record.
func (s *stream) add(record []byte) {
	s.held++
	if s.records = append(s.records, record); (s.held+1)%records.LinkFrames != 0 {
		return
	}
	l := chained{through: s.held, records: s.records}
	s.records = nil
	if len(s.links) == 0 && !s.born && len(l.records) < records.LinkFrames {
		l.records = nil // how it begins is not here
	}
	if len(s.links) == keptLinks {
		s.links = append(s.links[:0], s.links[1:]...)
	}
	s.links = append(s.links, l)
	s.chain(len(s.links) - 1)
}

// chain finds the digest of the i-th link, if that of the one before is known.
func (s *stream) chain(i int) {
	l := &s.links[i]
	before, known := records.Digest{}, s.born && s.first > l.through-records.LinkFrames
	if i > 0 {
		before, known = s.links[i-1].digest, s.links[i-1].known
	}
	if known && !l.known && l.records != nil {
		from := l.through + 1 - rollback.Frame(len(l.records))
		l.digest, l.known, l.records = s.config.DigestAfter(before, from, l.records), true, nil
	}
}

// link is the one that ends with a frame, nil if it is not here.
func (s *stream) link(through rollback.Frame) *chained {
	for i := range s.links {
		if s.links[i].through == through {
			return &s.links[i]
		}
	}
	return nil
}

// unsigned is the first frame of those that a link ends of which it is not known that they are
// signed.
func (s *stream) unsigned(l *chained) rollback.Frame {
	return max(s.first, min(s.through+1, l.through-records.LinkFrames+1))
}

// sealed notes that a link's digest is signed.
func (s *stream) sealed(l *chained, digest records.Digest) {
	switch {
	case l.known:
		s.through = max(s.through, l.through)
		return
	case s.rooted && l.through <= s.root:
		return // a later one has come first
	}
	l.digest, l.known, l.records = digest, true, nil
	s.rooted, s.root, s.through = true, l.through, l.through
	for i := range s.links {
		s.chain(i)
	}
}
