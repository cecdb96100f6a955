package audience

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
)

// Bounds of what a feed carries, whatever its sender says.
const (
	PerSecond       = 10 // segments
	MaxSegmentBytes = 256 << 10
	MaxWorldBytes   = 16 << 20
	MaxBlockBytes   = 16 << 10 // of a feed's block: a piece of a segment or of a world
)

// ErrMalformed: these bytes are none of this package's.
var ErrMalformed = errors.New("audience: malformed")

// ErrForged: a segment is not signed by the match's source, or a world is not the one whose
// sum is.
var ErrForged = errors.New("audience: not what the match's source has signed")

// Segment is some frames in a row of a match's log.
type Segment struct {
	Number uint32    // from 0, at the beginning of the match
	World  *WorldSum // of the world before its first frame; nil: not told
	Last   bool      // the match ends with it
	Log    []byte    // blocks of package matchlog, as the source has put them together
}

// WorldSum is what a world is known by.
type WorldSum struct {
	Sum   [sha256.Size]byte
	Bytes int
}

// SumOf is the sum of a world's canonical bytes.
func SumOf(world []byte) *WorldSum { return &WorldSum{sha256.Sum256(world), len(world)} }

// fits reports whether a world is the one that the sum is of.
func (s *WorldSum) fits(world []byte) bool {
	return len(world) == s.Bytes && sha256.Sum256(world) == s.Sum
}

// A segment is its number, flags, the world's sum if it has one, the log, and a signature
// over the match and all of that.
const (
	flagWorld = 1 << iota
	flagLast

	leastSegmentBytes = 4 + 1 + ed25519.SignatureSize
	worldSumBytes     = sha256.Size + 4
)

// Stamp signs a segment of a match, and returns its bytes.
func (s *Segment) Stamp(match [32]byte, key ed25519.PrivateKey) []byte {
	flags := byte(0)
	if s.World != nil {
		flags |= flagWorld
	}
	if s.Last {
		flags |= flagLast
	}
	b := append(binary.BigEndian.AppendUint32(nil, s.Number), flags)
	if s.World != nil {
		b = binary.BigEndian.AppendUint32(append(b, s.World.Sum[:]...), uint32(s.World.Bytes))
	}
	b = append(b, s.Log...)
	return append(b, ed25519.Sign(key, signed(match, b))...)
}

// signed is what a signature is over.
func signed(match [32]byte, b []byte) []byte {
	return append(append([]byte("visavis segment v1 "), match[:]...), b...)
}

// Stamped reports whether the bytes of a segment are signed by the owner of key.
func Stamped(b []byte, match [32]byte, key ed25519.PublicKey) bool {
	if len(b) < leastSegmentBytes {
		return false
	}
	at := len(b) - ed25519.SignatureSize
	return ed25519.Verify(key, signed(match, b[:at]), b[at:])
}

// ParseSegment reads a segment, whoever has signed it. Its Log shares b's memory.
func ParseSegment(b []byte) (Segment, error) {
	if len(b) < leastSegmentBytes || len(b) > MaxSegmentBytes || b[4]&^(flagWorld|flagLast) != 0 {
		return Segment{}, ErrMalformed
	}
	s := Segment{Number: binary.BigEndian.Uint32(b), Last: b[4]&flagLast != 0}
	rest := b[5 : len(b)-ed25519.SignatureSize]
	if b[4]&flagWorld != 0 {
		if len(rest) < worldSumBytes {
			return Segment{}, ErrMalformed
		}
		s.World = &WorldSum{Bytes: int(binary.BigEndian.Uint32(rest[sha256.Size:]))}
		copy(s.World.Sum[:], rest)
		rest = rest[worldSumBytes:]
		if s.World.Bytes > MaxWorldBytes {
			return Segment{}, ErrMalformed
		}
	}
	if s.Number == noSegment {
		return Segment{}, ErrMalformed
	}
	s.Log = rest
	return s, nil
}

// Tag stands for a match in what its viewers say and send to each other: what is still under
// way of the one before is not of this one.
func Tag(match [32]byte) uint32 { return binary.BigEndian.Uint32(match[:]) }

// A feed is pieces: of a segment, or of the world of the segment before it.
const (
	pieceSegment = 1
	pieceWorld   = 2

	pieceHeadBytes = 4 + 1 + 4 + 4 + 4
	maxPieceBytes  = MaxBlockBytes - pieceHeadBytes
)

// piece is some of a segment's bytes, or of its world's.
type piece struct {
	tag           uint32
	kind          byte
	number        uint32
	offset, total int
	bytes         []byte
}

// appendPiece appends the piece of whole that begins at an offset, and returns where the
// next one does.
func appendPiece(dst []byte, tag uint32, kind byte, number uint32, whole []byte, offset int) ([]byte, int) {
	n := min(len(whole)-offset, maxPieceBytes)
	dst = append(binary.BigEndian.AppendUint32(dst, tag), kind)
	dst = binary.BigEndian.AppendUint32(dst, number)
	dst = binary.BigEndian.AppendUint32(dst, uint32(offset))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(whole)))
	return append(dst, whole[offset:offset+n]...), offset + n
}

func parsePiece(b []byte) (piece, error) {
	if len(b) <= pieceHeadBytes || len(b) > MaxBlockBytes {
		return piece{}, ErrMalformed
	}
	p := piece{
		tag: binary.BigEndian.Uint32(b), kind: b[4], number: binary.BigEndian.Uint32(b[5:]), offset: int(binary.BigEndian.Uint32(b[9:])),
		total: int(binary.BigEndian.Uint32(b[13:])), bytes: b[pieceHeadBytes:],
	}
	most := MaxSegmentBytes
	if p.kind == pieceWorld {
		most = MaxWorldBytes
	}
	if p.kind != pieceSegment && p.kind != pieceWorld || p.total > most || p.offset > p.total-len(p.bytes) {
		return piece{}, ErrMalformed
	}
	return p, nil
}
