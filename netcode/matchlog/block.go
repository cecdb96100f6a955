package matchlog

import (
	"errors"
	"fmt"

	"github.com/visavis-netcode/visavis/netcode/internal/fields"
)

// Bounds of a block, whatever its author says.
const (
	MaxBlockBytes    = 16 << 10 // so that each fits a link's message
	MaxPieceBytes    = MaxBlockBytes - 64
	MaxSnapshotBytes = 16 << 20 // of one section of a snapshot
	MaxSaidBytes     = 1 << 20  // of a View or a Signed, put together
	MaxTextBytes     = 1 << 10
	MaxOptionBytes   = 1 << 10
	MaxOwnBytes      = 256
	MaxSeats         = 16
	MaxInputsBytes   = MaxSeats * 64
	MaxFrames        = 512 // in one block, of Frames or Marks
	MaxRecordBytes   = 768 // inputs and entries: 16 of them fit a block
)

// ErrMalformed: these bytes are no block.
var ErrMalformed = errors.New("matchlog: malformed block")

// KindError: these bytes are a block of a kind that this version does not know.
type KindError struct{ Kind byte }

func (e *KindError) Error() string {
	return fmt.Sprintf("matchlog: a block of kind %d, which a newer version has written", e.Kind)
}

// Optional reports whether the rest of the log can be read without the block.
func (e *KindError) Optional() bool { return e.Kind >= firstOptional }

// Block is a *Header, *Snapshot, *Part, *View, *Frames, *Checksum, *Signed, *Result, *Marks,
// *Desync, *DesyncWorld, *Newcomer, *Command or *Links.
type Block interface {
	kind() kind
	append(dst []byte) []byte
	parse(p *parser)
}

type kind byte

const (
	kindHeader kind = iota + 1
	kindSnapshot
	kindPart
	kindView
	kindFrames
	kindChecksum
	kindSigned
	kindResult
	kindCommand

	firstOptional = 128
)

const (
	kindMarks kind = iota + firstOptional
	kindDesync
	kindDesyncWorld
	kindNewcomer
	kindLinks
)

// Append appends a block's bytes. Its fields must keep within the bounds: what Parse would
// refuse it writes all the same.
func Append(dst []byte, b Block) []byte { return b.append(append(dst, byte(b.kind()))) }

// Parse reads a block, which is all there is in b; its slices share no memory with b. It
// returns ErrMalformed or a *KindError for any other bytes.
func Parse(b []byte) (Block, error) {
	if len(b) == 0 || len(b) > MaxBlockBytes {
		return nil, ErrMalformed
	}
	block := empty(kind(b[0]))
	if block == nil {
		return nil, &KindError{b[0]}
	}
	p := parser{fields.Read(b[1:])}
	block.parse(&p)
	if p.Bad || len(p.Rest) > 0 {
		return nil, ErrMalformed
	}
	return block, nil
}

func empty(k kind) Block {
	switch k {
	case kindHeader:
		return &Header{}
	case kindSnapshot:
		return &Snapshot{}
	case kindPart:
		return &Part{}
	case kindView:
		return &View{}
	case kindFrames:
		return &Frames{}
	case kindChecksum:
		return &Checksum{}
	case kindSigned:
		return &Signed{}
	case kindResult:
		return &Result{}
	case kindCommand:
		return &Command{}
	case kindMarks:
		return &Marks{}
	case kindDesync:
		return &Desync{}
	case kindDesyncWorld:
		return &DesyncWorld{}
	case kindNewcomer:
		return &Newcomer{}
	case kindLinks:
		return &Links{}
	}
	return nil
}

func (*Header) kind() kind      { return kindHeader }
func (*Snapshot) kind() kind    { return kindSnapshot }
func (*Part) kind() kind        { return kindPart }
func (*View) kind() kind        { return kindView }
func (*Frames) kind() kind      { return kindFrames }
func (*Checksum) kind() kind    { return kindChecksum }
func (*Signed) kind() kind      { return kindSigned }
func (*Result) kind() kind      { return kindResult }
func (*Command) kind() kind     { return kindCommand }
func (*Marks) kind() kind       { return kindMarks }
func (*Desync) kind() kind      { return kindDesync }
func (*DesyncWorld) kind() kind { return kindDesyncWorld }
func (*Newcomer) kind() kind    { return kindNewcomer }
func (*Links) kind() kind       { return kindLinks }
