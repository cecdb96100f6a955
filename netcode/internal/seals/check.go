package seals

import (
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// Domain stands before what those who play a match sign of it, by its name: nothing else that an
// identity signs begins so.
func Domain(match [32]byte) string { return "visavis match " + string(match[:]) }

// Verify reports whether the identity with a key has signed b.
type Verify func(key link.Key, b []byte, signature [link.SignatureBytes]byte) bool

// Check is what is known of the seals in one log. Owner: whoever reads it.
type Check struct {
	header    *matchlog.Header
	config    records.Config
	domain    string
	verify    Verify
	newcomers matchlog.Newcomers
	begun     bool
	next      rollback.Frame
	runs      []matchlog.Run               // of the newest frame
	streams   [records.MaxMachines]*stream // each machine's newest,
	ended     []Signed                     // and what was signed of those before them
}

// maxEnded bounds how many streams are told of that others of the same machines have followed.
const maxEnded = 64

// Signed is what of a stream in a log its author has signed.
type Signed struct {
	Stream  records.StreamID
	Key     link.Key       // zero: the log does not say whose it is
	Name    string         // of its machine's first player, as the log calls him; "" if it does not
	First   rollback.Frame // that is in the log
	Last    rollback.Frame
	From    rollback.Frame // the first that is signed,
	Through rollback.Frame // and the last; before From: none is
}

// NewCheck begins with a log that has this header.
func NewCheck(h *matchlog.Header, verify Verify) *Check {
	return &Check{header: h, config: records.ConfigOf(h.TickRate, h.LeadFrames), domain: Domain(h.Match), verify: verify}
}

// Newcomer tells whose a stream is.
func (c *Check) Newcomer(b *matchlog.Newcomer) { c.newcomers.Take(b) }

// Frame takes the next frame, the at-th of a span. Where it does not follow the one before, what
// comes is as if the log began with it.
func (c *Check) Frame(f rollback.Frame, span *matchlog.Span, at int) {
	follows := c.begun && f == c.next
	for i := range span.Runs {
		run := &span.Runs[i]
		s := c.streams[run.Stream.Machine]
		if s == nil || s.id != run.Stream || f != s.held+1 {
			c.end(s)
			s = newStream(run.Stream, c.config, f, follows || f == 0)
			c.streams[run.Stream.Machine] = s
		}
		s.add(run.Records[at])
	}
	c.begun, c.next, c.runs = true, f+1, span.Runs
}

// end notes a stream that is followed by another one.
func (c *Check) end(s *stream) {
	if s != nil && len(c.ended) < maxEnded {
		c.ended = append(c.ended, c.signed(s))
	}
}

// Take takes a seal. It is passed by if there is nothing that it could be compared with: whose
// it is or what it covers is not known, or no more. The error, a *matchlog.ForgedError, is that
// what the log says that somebody has pressed is not what he has signed, or that he has not
// signed what it says that he has.
func (c *Check) Take(b *matchlog.Signed) error {
	seal := sealIn(b)
	if seal == nil {
		return nil
	}
	s := c.streams[seal.Stream.Machine]
	if s == nil || s.id != seal.Stream || c.keyOf(s.id) == (link.Key{}) {
		return nil
	}
	l := s.link(seal.Through)
	if l == nil {
		return nil
	}
	if l.signed && (!l.known || l.digest == seal.Digest) {
		return nil
	}
	if signed := membership.IsSigned(author{c, s.id}, seal); !signed || l.known && l.digest != seal.Digest {
		return c.forged(s, l, !signed)
	}
	l.signed = true
	s.sealed(l, seal.Digest)
	return nil
}

// forged says of whom and of which frames a log does not hold what is signed.
func (c *Check) forged(s *stream, l *chained, signature bool) error {
	return &matchlog.ForgedError{
		Machine: s.id.Machine, Key: c.keyOf(s.id), Name: c.nameOf(s.id),
		From: s.unsigned(l), Through: l.through, Signature: signature,
	}
}

// sealIn is the seal in a block that has a whole one, nil without one.
func sealIn(b *matchlog.Signed) *membership.Seal {
	if b.Offset != 0 || b.Total != len(b.Bytes) {
		return nil
	}
	said, err := membership.ParseMessage(b.Bytes)
	seal, ok := said.(*membership.Seal)
	if err != nil || !ok || seal.Digest == (records.Digest{}) || seal.Stream.Machine >= records.MaxMachines {
		return nil
	}
	return seal
}

// author has the signatures of a stream's author looked at: it is membership.Keys for that.
type author struct {
	check *Check
	id    records.StreamID
}

func (a author) Sign([]byte) (none membership.Signature) { return none }

func (a author) Verify(machine uint8, b []byte, signature membership.Signature) bool {
	return machine == a.id.Machine && a.check.verify(a.check.keyOf(a.id), append([]byte(a.check.domain), b...), signature)
}

// keyOf is the key of a stream's author, zero if the log does not tell it.
func (c *Check) keyOf(id records.StreamID) link.Key {
	if id.Born > 0 {
		if known := c.newcomers.Of(id); known != nil {
			return known.Key
		}
		return link.Key{}
	}
	if p := c.founder(id); p != nil {
		return p.Key
	}
	return link.Key{}
}

// nameOf is what the log calls the first player of a stream's author, "" if it does not tell.
func (c *Check) nameOf(id records.StreamID) string {
	if id.Born > 0 {
		if known := c.newcomers.Of(id); known != nil && len(known.Players) > 0 {
			return known.Players[0].Name
		}
		return ""
	}
	if p := c.founder(id); p != nil {
		return p.Name
	}
	return ""
}

// founder is the first player of a machine that was there from frame 0, nil if the log does not
// tell of it.
func (c *Check) founder(id records.StreamID) *matchlog.Player {
	for i := range c.header.Players {
		if p := &c.header.Players[i]; p.Machine == id.Machine {
			return p
		}
	}
	return nil
}

// Through is the frame through which all who have a seat in the newest frame have signed what they
// have pressed since they are there, or since they are read. It is rollback.NoFrame if nobody has
// a seat, or of somebody who was there before that is not known yet.
func (c *Check) Through() rollback.Frame {
	through, seated := c.next, false
	for i := range c.runs {
		if run := &c.runs[i]; run.Seats != 0 {
			s := c.streams[run.Stream.Machine]
			if !s.born && s.through == s.root {
				return rollback.NoFrame
			}
			through, seated = min(through, s.through), true
		}
	}
	if !seated {
		return rollback.NoFrame
	}
	return through
}

// AppendSigned appends what is signed, stream by stream, those that are no more first.
func (c *Check) AppendSigned(dst []Signed) []Signed {
	dst = append(dst, c.ended...)
	for _, s := range c.streams {
		if s != nil {
			dst = append(dst, c.signed(s))
		}
	}
	return dst
}

func (c *Check) signed(s *stream) Signed {
	return Signed{Stream: s.id, Key: c.keyOf(s.id), Name: c.nameOf(s.id), First: s.first, Last: s.held, From: s.from(), Through: s.through}
}
