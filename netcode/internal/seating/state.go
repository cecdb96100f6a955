package seating

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/visavis-netcode/visavis/netcode/internal/fields"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// ErrMalformed: these bytes are no table that an honest member sends.
var ErrMalformed = errors.New("seating: malformed table")

// Append appends a table's bytes, for who comes late: with it goes on where the table
// is, at the folded frame.
func (t *Table) Append(dst []byte) []byte {
	dst = appendFrame(dst, t.folded)
	for k := range t.config.Seats {
		dst = append(dst, byte(len(t.seats[k])))
		for _, x := range t.seats[k] {
			dst = appendStream(appendFrame(dst, x.from), x.holder)
		}
	}
	dst = append(dst, byte(len(t.pauses)))
	for _, p := range t.pauses {
		dst = append(appendFrame(dst, p.from), truth(p.on))
	}
	dst = append(dst, byte(len(t.members)))
	for i := range t.members {
		m := &t.members[i]
		dst = append(appendStream(dst, m.id), truth(m.vote), truth(m.away), truth(m.spoiled))
		dst = binary.AppendUvarint(dst, uint64(m.answered))
		dst = binary.AppendUvarint(dst, uint64(m.request.Asked.Number))
		if m.request.Asked.Number > 0 {
			dst = appendStream(append(dst, m.request.Seat), m.request.Holder)
		}
		dst = append(binary.AppendUvarint(dst, uint64(len(m.command))), m.command...)
		dst = append(dst, byte(len(m.said)))
		for _, c := range m.said {
			dst = append(binary.AppendUvarint(append(dst, byte(c.Seat)), uint64(len(c.Bytes))), c.Bytes...)
		}
	}
	return dst
}

func appendFrame(dst []byte, f rollback.Frame) []byte {
	return binary.AppendUvarint(dst, uint64(f+1))
}

func truth(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// Parse reads a table. Any bytes give a table or ErrMalformed.
func Parse(config Config, b []byte) (*Table, error) {
	r := Reader{in: fields.Read(b)}
	t := newTable(config, tenures{config: config}, r.in.Frame())
	for k := range config.Seats {
		for i := range r.length(1, maxChanges) {
			x := tenure{r.in.Frame(), r.holder()}
			r.in.Bad = r.in.Bad || i > 0 && x.from <= t.seats[k][i-1].from
			t.seats[k] = append(t.seats[k], x)
		}
	}
	for i := range r.length(1, maxChanges) {
		p := pause{r.in.Frame(), r.in.Truth()}
		r.in.Bad = r.in.Bad || i > 0 && p.from <= t.pauses[i-1].from
		t.pauses = append(t.pauses, p)
	}
	for i := range r.length(0, records.MaxMachines) {
		m := member{id: r.stream(), vote: r.in.Truth(), away: r.in.Truth(), spoiled: r.in.Truth(), answered: uint32(r.in.Number(math.MaxUint32))}
		r.in.Bad = r.in.Bad || i > 0 && t.members[i-1].id.Compare(m.id) >= 0
		if n := uint32(r.in.Number(math.MaxUint32)); n > 0 {
			m.request = Entry{Kind: Request, Seat: r.in.Byte(), Holder: r.holder(), Asked: Asked{Number: n}}
		}
		m.command = append(m.command, r.in.Take(int(r.in.Number(1+MaxCommandBytes)))...)
		for range r.length(0, math.MaxUint8) {
			c := rollback.Command{Seat: int(r.in.Byte()), Bytes: string(r.in.Take(int(r.in.Number(MaxCommandBytes))))}
			m.said = append(m.said, c)
			r.in.Bad = r.in.Bad || c.Seat >= config.Seats
		}
		r.in.Bad = r.in.Bad || config.tooMuch(m.said)
		t.members = append(t.members, m)
	}
	if r.in.Bad || len(r.in.Rest) > 0 || t.overloaded() {
		return nil, ErrMalformed
	}
	t.stirred = t.anyWish() || t.pauses.last().on
	return t, nil
}

// holder reads a stream, or Nobody.
func (r *Reader) holder() records.StreamID {
	if len(r.in.Rest) > 0 && r.in.Rest[0] == Nobody.Machine {
		r.in.Byte()
		r.in.Bad = r.in.Bad || r.in.Number(0) != 0
		return Nobody
	}
	return r.stream()
}

// length reads how many elements a list has; after a fault, none.
func (r *Reader) length(least, most byte) int {
	n := r.in.Byte()
	r.in.Bad = r.in.Bad || n < least || n > most
	if r.in.Bad {
		return 0
	}
	return int(n)
}
