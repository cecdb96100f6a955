package matchlog

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

func appendNumber(dst []byte, n uint64) []byte { return binary.AppendUvarint(dst, n) }

func appendSum(dst []byte, n uint64) []byte { return binary.BigEndian.AppendUint64(dst, n) }

func appendFrame(dst []byte, f rollback.Frame) []byte { return appendNumber(dst, uint64(f+1)) }

func appendBytes[T string | []byte](dst []byte, b T) []byte {
	return append(appendNumber(dst, uint64(len(b))), b...)
}

func appendTruth(dst []byte, b bool) []byte {
	if b {
		return append(dst, 1)
	}
	return append(dst, 0)
}

const pausedBit = 1 << 16

func appendLineup(dst []byte, l rollback.Lineup) []byte {
	n := uint64(l.Absent)
	if l.Paused {
		n |= pausedBit
	}
	return appendNumber(dst, n)
}

func appendStream(dst []byte, id records.StreamID) []byte {
	return appendNumber(append(dst, id.Machine), uint64(id.Born))
}

// parser takes fields off the front of b; after a fault all it gives is zero.
type parser struct {
	b   []byte
	bad bool
}

func (p *parser) fail() { p.b, p.bad = nil, true }

func (p *parser) take(n int) []byte {
	if n > len(p.b) {
		p.fail()
		return nil
	}
	b := p.b[:n:n]
	p.b = p.b[n:]
	return b
}

func (p *parser) byte() byte {
	if b := p.take(1); b != nil {
		return b[0]
	}
	return 0
}

// number reads a uvarint that is as short as it can be, and at most so large.
func (p *parser) number(most uint64) uint64 {
	n, size := binary.Uvarint(p.b)
	if size <= 0 || n > most || size > 1 && p.b[size-1] == 0 {
		p.fail()
		return 0
	}
	p.b = p.b[size:]
	return n
}

// frame is at most so large that what is added to one stays a frame.
func (p *parser) frame() rollback.Frame { return rollback.Frame(p.number(math.MaxInt32/2)) - 1 }

func (p *parser) sum() uint64 {
	if b := p.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (p *parser) key() (key [32]byte) {
	copy(key[:], p.take(len(key)))
	return key
}

// bytes returns a copy, nil if there are none.
func (p *parser) bytes(most int) []byte {
	return append([]byte(nil), p.take(int(p.number(uint64(most))))...)
}

func (p *parser) text(most int) string {
	s := string(p.take(int(p.number(uint64(most)))))
	if !utf8.ValidString(s) {
		p.fail()
		return ""
	}
	return s
}

func (p *parser) truth() bool {
	b := p.byte()
	p.bad = p.bad || b > 1
	return b == 1
}

func (p *parser) machine() uint8 {
	m := p.byte()
	p.bad = p.bad || m >= records.MaxMachines
	return m
}

func (p *parser) stream() records.StreamID {
	return records.StreamID{Machine: p.machine(), Born: uint32(p.number(math.MaxUint32))}
}

func (p *parser) lineup() rollback.Lineup {
	n := p.number(2*pausedBit - 1)
	return rollback.Lineup{Absent: uint16(n), Paused: n&pausedBit != 0}
}
