package matchlog

import (
	"math"

	"github.com/visavis-netcode/visavis/rollback"
)

// Snapshot begins one: what there is to know of the frames before Frame, and which
// sections follow in Parts. A session goes on from there.
type Snapshot struct {
	Frame    rollback.Frame  // the world of the snapshot is the one before it
	View     uint32          // number of the newest view
	Lineup   rollback.Lineup // of the frame before
	Inputs   []byte          // of all seats in the frame before, seat 0 first; nil: blank
	Digest   uint64          // of all inputs before: rollback.Checksum.Inputs
	World    uint64          // hash of the world
	Sections Section         // those that follow, together
}

// Section is a part of what a snapshot holds; each follows in Parts of its own. They are
// bits.
type Section uint8

const (
	SectionWorld   Section = 1 << iota // the world's canonical bytes
	SectionRecords                     // the newest records of all streams, for who goes on with them
	SectionSeats                       // who holds which seat: seating.Table
	SectionGame                        // what else the one who feeds it wants to say

	allSections = SectionWorld | SectionRecords | SectionSeats | SectionGame
)

// Origin is where a session begins by this snapshot.
func (s *Snapshot) Origin() rollback.Origin {
	return rollback.Origin{Frame: s.Frame, Lineup: s.Lineup, Inputs: s.Inputs, Digest: s.Digest}
}

func (s *Snapshot) append(dst []byte) []byte {
	dst = appendNumber(appendFrame(dst, s.Frame), uint64(s.View))
	dst = appendBytes(appendLineup(dst, s.Lineup), s.Inputs)
	return append(appendSum(appendSum(dst, s.Digest), s.World), byte(s.Sections))
}

func (s *Snapshot) parse(p *parser) {
	s.Frame, s.View = p.Frame(), uint32(p.Number(math.MaxUint32))
	s.Lineup, s.Inputs = p.lineup(), p.bytes(MaxInputsBytes)
	s.Digest, s.World, s.Sections = p.Uint64(), p.Uint64(), Section(p.Byte())
	p.Bad = p.Bad || s.Frame < 0 || s.Sections&^allSections != 0
}

// Piece is some of a longer row of bytes.
type Piece struct {
	Offset, Total int
	Bytes         []byte
}

// Pieces calls yield with all pieces of b, in their order: at least one.
func Pieces(b []byte) func(yield func(Piece) bool) {
	return func(yield func(Piece) bool) {
		for at := 0; ; {
			n := min(len(b)-at, MaxPieceBytes)
			if !yield(Piece{at, len(b), b[at : at+n]}) || at+n == len(b) {
				return
			}
			at += n
		}
	}
}

// Join appends the piece to those before it, and reports whether they are whole now. It
// returns ErrMalformed if it does not follow them. What is kept is never more than has come.
func (c *Piece) Join(before []byte) (joined []byte, whole bool, err error) {
	if c.Offset != len(before) {
		return before, false, ErrMalformed
	}
	joined = append(before, c.Bytes...)
	return joined, len(joined) == c.Total, nil
}

func (c *Piece) append(dst []byte) []byte {
	return appendBytes(appendNumber(appendNumber(dst, uint64(c.Offset)), uint64(c.Total)), c.Bytes)
}

func (c *Piece) parse(p *parser, most int) {
	c.Offset, c.Total = int(p.Number(uint64(most))), int(p.Number(uint64(most)))
	c.Bytes = p.bytes(MaxPieceBytes)
	p.Bad = p.Bad || c.Offset+len(c.Bytes) > c.Total || len(c.Bytes) == 0 && c.Total > 0
}

// Part is a piece of a section of the snapshot of a frame.
type Part struct {
	Frame   rollback.Frame
	Section Section
	Piece
}

func (b *Part) append(dst []byte) []byte {
	return b.Piece.append(append(appendFrame(dst, b.Frame), byte(b.Section)))
}

func (b *Part) parse(p *parser) {
	b.Frame, b.Section = p.Frame(), Section(p.Byte())
	b.Piece.parse(p, MaxSnapshotBytes)
	p.Bad = p.Bad || b.Frame < 0 || b.Section&^allSections != 0 || b.Section == 0 || b.Section&(b.Section-1) != 0
}

// Assembly puts a snapshot together from its parts. Sections come one after the other, the
// lowest bit first.
type Assembly struct {
	Snapshot
	sections [4][]byte
	missing  Section
}

// Assemble begins with a snapshot.
func Assemble(s *Snapshot) *Assembly { return &Assembly{Snapshot: *s, missing: s.Sections} }

// Take takes the next part: ErrMalformed if that is another one.
func (a *Assembly) Take(b *Part) error {
	next := a.missing & -a.missing
	if next == 0 || b.Section != next || b.Frame != a.Frame {
		return ErrMalformed
	}
	at := sectionIndex(b.Section)
	joined, whole, err := b.Join(a.sections[at])
	a.sections[at] = joined
	if whole {
		a.missing &^= next
	}
	return err
}

// Whole reports whether all parts are here.
func (a *Assembly) Whole() bool { return a.missing == 0 }

// Section returns the bytes of a section, nil if it is none of this snapshot's.
func (a *Assembly) Section(s Section) []byte { return a.sections[sectionIndex(s)] }

func sectionIndex(s Section) (i int) {
	for s > 1 {
		s >>= 1
		i++
	}
	return i & 3
}
