package matchlog

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/visavis-netcode/visavis/netcode/internal/fields"
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

// parser reads the fields of a log.
type parser struct{ fields.Reader }

func (p *parser) key() (key [32]byte) {
	copy(key[:], p.Take(len(key)))
	return key
}

// bytes returns a copy, nil if there are none.
func (p *parser) bytes(most int) []byte {
	return append([]byte(nil), p.Take(int(p.Number(uint64(most))))...)
}

func (p *parser) text(most int) string {
	s := string(p.Take(int(p.Number(uint64(most)))))
	if !utf8.ValidString(s) {
		p.Fail()
		return ""
	}
	return s
}

func (p *parser) machine() uint8 {
	m := p.Byte()
	p.Bad = p.Bad || m >= records.MaxMachines
	return m
}

func (p *parser) stream() records.StreamID {
	return records.StreamID{Machine: p.machine(), Born: uint32(p.Number(math.MaxUint32))}
}

func (p *parser) lineup() rollback.Lineup {
	n := p.Number(2*pausedBit - 1)
	return rollback.Lineup{Absent: uint16(n), Paused: n&pausedBit != 0}
}
