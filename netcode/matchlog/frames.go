package matchlog

import (
	"bytes"
	"fmt"
	"math/bits"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// Frames are confirmed frames in a row.
type Frames struct {
	First rollback.Frame
	Spans []Span
}

// Span is frames with the same streams, seats and lineup.
type Span struct {
	Count  int
	Lineup rollback.Lineup
	Runs   []Run // by ascending machine
}

// Run is what one stream says of them.
type Run struct {
	Stream  records.StreamID
	Seats   uint16   // bit k: seat k's inputs are in each record
	Records [][]byte // Span.Count of them; equal ones may share memory
}

// Session is what takes confirmed frames: a rollback.Session.
type Session interface {
	ConfirmPacked(seat int, f rollback.Frame, input []byte) error
	ConfirmLineup(f rollback.Frame, l rollback.Lineup, commands ...rollback.Command) error
	Held(seat int) rollback.Frame
}

// blank is an input of zeros.
var blank [MaxInputsBytes / MaxSeats]byte

// Confirm tells a session one of the span's frames, the at-th, which is frame f of a match
// with this header, and the commands that are of that frame. An error says what of it makes
// no sense.
func (s *Span) Confirm(to Session, h *Header, f rollback.Frame, at int, commands []rollback.Command) error {
	n := h.InputBytes
	for _, run := range s.Runs {
		record := run.Records[at]
		whole := len(record) >= n*bits.OnesCount16(run.Seats)
		for next, seats := 0, run.Seats; seats != 0; seats &= seats - 1 {
			input := blank[:n]
			if whole {
				input = record[next : next+n]
				next += n
			}
			seat := bits.TrailingZeros16(seats)
			if seat >= len(h.Players) || to.Held(seat) >= f {
				continue
			}
			if err := to.ConfirmPacked(seat, f, input); err != nil {
				return fmt.Errorf("frame %d of the log makes no sense: %w", f, err)
			}
		}
	}
	if err := to.ConfirmLineup(f, s.Lineup, commands...); err != nil {
		return fmt.Errorf("frame %d of the log makes no sense: %w", f, err)
	}
	return nil
}

// At returns the span that holds a frame, and the frame's place in that.
func (b *Frames) At(f rollback.Frame) (span *Span, at int, ok bool) {
	at = int(f - b.First)
	for i := range b.Spans {
		if span = &b.Spans[i]; at >= 0 && at < span.Count {
			return span, at, true
		}
		at -= span.Count
	}
	return nil, 0, false
}

// Count is how many frames there are.
func (b *Frames) Count() (n int) {
	for i := range b.Spans {
		n += b.Spans[i].Count
	}
	return n
}

func (b *Frames) append(dst []byte) []byte {
	dst = appendNumber(appendFrame(dst, b.First), uint64(len(b.Spans)))
	for i := range b.Spans {
		s := &b.Spans[i]
		dst = append(appendLineup(appendNumber(dst, uint64(s.Count)), s.Lineup), byte(len(s.Runs)))
		for _, r := range s.Runs {
			dst = appendNumber(appendStream(dst, r.Stream), uint64(r.Seats))
			dst = appendRecords(dst, r.Records)
		}
	}
	return dst
}

func appendRecords(dst []byte, list [][]byte) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, (len(list)+7)/8)...)
	var before []byte
	for i, record := range list {
		if bytes.Equal(record, before) {
			continue
		}
		dst[at+i/8] |= 128 >> (i % 8)
		dst = appendRecord(dst, record, before)
		before = record
	}
	return dst
}

// appendRecord appends a record that is not the one before.
func appendRecord(dst, record, before []byte) []byte {
	if recordBytes(record, before) >= len(record) {
		return append(appendNumber(dst, uint64(len(record)+1)), record...)
	}
	dst = append(dst, 0)
	at := len(dst)
	dst = append(dst, make([]byte, (len(record)+7)/8)...)
	for i, b := range record {
		if b != before[i] {
			dst[at+i/8] |= 128 >> (i % 8)
			dst = append(dst, b)
		}
	}
	return dst
}

// recordBytes is how many bytes a record takes behind its head: with a mask if that makes
// fewer than the record has.
func recordBytes(record, before []byte) int {
	if len(record) != len(before) {
		return len(record)
	}
	n := (len(record) + 7) / 8
	for i, b := range record {
		if b != before[i] {
			n++
		}
	}
	return min(n, len(record))
}

func (b *Frames) parse(p *parser) {
	b.First = p.Frame()
	spans, total := int(p.Number(MaxFrames)), 0
	for range spans {
		s := Span{Count: int(p.Number(MaxFrames)), Lineup: p.lineup()}
		total += s.Count
		if p.Bad || s.Count == 0 || total > MaxFrames {
			p.Fail()
			return
		}
		s.parseRuns(p)
		b.Spans = append(b.Spans, s)
	}
	p.Bad = p.Bad || b.First < 0 || len(b.Spans) == 0
}

func (s *Span) parseRuns(p *parser) {
	taken := uint16(0)
	for range p.Byte() {
		r := Run{Stream: p.stream(), Seats: uint16(p.Number(1<<MaxSeats - 1))}
		follows := len(s.Runs) == 0 || s.Runs[len(s.Runs)-1].Stream.Machine < r.Stream.Machine
		if p.Bad || !follows || r.Seats&taken != 0 {
			p.Fail()
			return
		}
		taken |= r.Seats
		r.Records = p.records(s.Count)
		s.Runs = append(s.Runs, r)
	}
}

func (p *parser) records(count int) [][]byte {
	changed := p.Take((count + 7) / 8)
	if changed == nil || count%8 > 0 && changed[count/8]<<(count%8) != 0 {
		p.Fail()
		return nil
	}
	list := make([][]byte, count)
	var before []byte
	for i := range list {
		if changed[i/8]<<(i%8)&128 != 0 {
			before = p.record(before)
		}
		list[i] = before
	}
	return list
}

// record reads a record that is not the one before.
func (p *parser) record(before []byte) (record []byte) {
	n := int(p.Number(MaxRecordBytes + 1))
	if n == 0 {
		record = append([]byte{}, before...)
		mask := p.Take((len(before) + 7) / 8)
		for i := range 8 * len(mask) {
			if mask[i/8]<<(i%8)&128 == 0 {
				continue
			}
			b := p.Byte()
			if i >= len(record) || record[i] == b {
				p.Fail()
				return nil
			}
			record[i] = b
		}
	} else {
		record = append([]byte{}, p.Take(n-1)...)
	}
	if masked := recordBytes(record, before) < len(record); masked != (n == 0) || bytes.Equal(record, before) {
		p.Fail()
		return nil
	}
	return record
}
