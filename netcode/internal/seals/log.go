package seals

import "github.com/visavis-netcode/visavis/netcode/matchlog"

// OfLog is what of a log is signed, stream by stream, those that are no more first. An error,
// a *matchlog.ForgedError or why the log cannot be read, comes with what is before it.
func OfLog(l *matchlog.Log, verify Verify) ([]Signed, error) {
	c := NewCheck(l.Header, verify)
	for block, err := range l.Blocks() {
		switch b := block.(type) {
		case *matchlog.Newcomer:
			c.Newcomer(b)
		case *matchlog.Frames:
			c.frames(b)
		case *matchlog.Signed:
			err = c.Take(b)
		}
		if err != nil {
			return c.AppendSigned(nil), err
		}
	}
	return c.AppendSigned(nil), nil
}

func (c *Check) frames(b *matchlog.Frames) {
	f := b.First
	for i := range b.Spans {
		span := &b.Spans[i]
		for at := range span.Count {
			c.Frame(f, span, at)
			f++
		}
	}
}
