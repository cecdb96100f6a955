package matchlog

import (
	"math"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// View is a piece of what was decided of who is in the match: a Commit of package
// membership, which says who the members are, where streams were cut and where new ones
// begin.
type View struct {
	Number uint32
	Piece
}

func (b *View) append(dst []byte) []byte {
	return b.Piece.append(appendNumber(dst, uint64(b.Number)))
}

func (b *View) parse(p *parser) {
	b.Number = uint32(p.Number(math.MaxUint32))
	b.Piece.parse(p, MaxSaidBytes)
}

// Checksum is what the author found the world and the inputs before a frame to be.
type Checksum rollback.Checksum

func (b *Checksum) append(dst []byte) []byte {
	return appendSum(appendSum(appendFrame(dst, b.Frame), b.World), b.Inputs)
}

func (b *Checksum) parse(p *parser) {
	b.Frame, b.World, b.Inputs = p.Frame(), p.Uint64(), p.Uint64()
	p.Bad = p.Bad || b.Frame < 0
}

// Signed is a piece of what a member has signed: a Seal (the digest of its own records)
// or a Proof of package membership.
type Signed struct{ Piece }

func (b *Signed) append(dst []byte) []byte { return b.Piece.append(dst) }

func (b *Signed) parse(p *parser) { b.Piece.parse(p, MaxSaidBytes) }

// Marks are a byte of each of the worlds before some frames in a row: the lowest of its
// hash. They tell in which frame a world is another one for the first time, where checksums
// tell the second.
type Marks struct {
	First rollback.Frame
	Bytes []byte
}

func (b *Marks) append(dst []byte) []byte { return appendBytes(appendFrame(dst, b.First), b.Bytes) }

func (b *Marks) parse(p *parser) {
	b.First, b.Bytes = p.Frame(), p.bytes(MaxFrames)
	p.Bad = p.Bad || b.First < 0
}

// Result is how the match ended for the author: netcode.Result.
type Result struct {
	Frame       rollback.Frame // the world before it is the result
	World       uint64         // its hash, 0 if that is not known
	Agreed      bool
	ConfirmedBy []uint8 // machines
	Reason      string  // in words, if the game did not want it; else ""
}

func (b *Result) append(dst []byte) []byte {
	dst = appendTruth(appendSum(appendFrame(dst, b.Frame), b.World), b.Agreed)
	return appendBytes(appendBytes(dst, b.ConfirmedBy), b.Reason)
}

func (b *Result) parse(p *parser) {
	b.Frame, b.World, b.Agreed = p.Frame(), p.Uint64(), p.Truth()
	b.ConfirmedBy, b.Reason = p.bytes(records.MaxMachines), p.text(MaxTextBytes)
	for _, m := range b.ConfirmedBy {
		p.Bad = p.Bad || m >= records.MaxMachines
	}
}
