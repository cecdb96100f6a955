package membership

import (
	"bytes"

	"github.com/visavis-netcode/visavis/rollback"
)

// contradicts reports what in a decided value cannot be, as this peer knows: it is
// said, and never mended in silence (V1.5). admitted: the value lets this peer in.
func (s *standing) contradicts(v *Value, admitted bool) (Conflict, bool) {
	if s.status != Member && s.status != Left && !admitted {
		return Conflict{}, false
	}
	if _, in := v.cut(s.own); in && s.status != Joining {
		return Conflict{}, false // what it holds counts for nothing any more
	}
	for _, c := range v.Cuts {
		_, held, end := s.set.Bounds(c.Stream)
		switch {
		case held > c.Last:
			return Conflict{What: "a cut below what is held", Stream: c.Stream, Frame: c.Last}, true
		case c.Last < min(s.set.Confirmed(), end):
			return Conflict{What: "a cut below what is confirmed", Stream: c.Stream, Frame: c.Last}, true
		case end < c.Last && end < s.set.Confirmed():
			return Conflict{What: "a cut beyond an end that is confirmed", Stream: c.Stream, Frame: c.Last}, true
		case held < c.Last && held+1 < c.First:
			return Conflict{What: "a gap before the records of a cut", Stream: c.Stream, Frame: held + 1}, true
		}
		if f, same := s.sameRecords(c); !same {
			return Conflict{What: "other records than those that are held", Stream: c.Stream, Frame: f}, true
		}
	}
	if v.From <= s.set.Confirmed() {
		return Conflict{What: "newcomers begin below what is confirmed", Frame: v.From}, true
	}
	return Conflict{}, false
}

// sameRecords reports whether the records of a cut are those that are held, and what
// comes before them as well; otherwise the first frame at which they are not.
func (s *standing) sameRecords(c Cut) (rollback.Frame, bool) {
	for i, record := range c.Records {
		f := c.First + rollback.Frame(i)
		if own := s.set.Record(c.Stream, f); own != nil && !bytes.Equal(own, record) {
			return f, false
		}
	}
	if d, ok := s.set.DigestThrough(c.Stream, c.Last); ok && d != c.Digest {
		return c.Last, false
	}
	return 0, true
}
