//go:build !race

package seating

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
)

var (
	ana = records.StreamID{Machine: 0}
	ben = records.StreamID{Machine: 1}
	cem = records.StreamID{Machine: 2, Born: 300}
)

// everyEntry is one of each kind, with something in every field.
func everyEntry() []Entry {
	return []Entry{
		{Kind: Seat, Seat: 3, Holder: cem, From: 1030},
		{Kind: Seat, Seat: 3, Holder: Nobody, From: 1030, Asked: Asked{ben, 7}},
		{Kind: Pause, On: true, From: 1001},
		{Kind: Pause, From: 1200, Asked: Asked{cem, 200}},
		{Kind: Answer, Asked: Asked{cem, 1}},
		{Kind: Vote, On: true},
		{Kind: Vote},
		{Kind: Request, Seat: 2, Holder: ben, Asked: Asked{Number: 9}},
		{Kind: Request, Seat: 2, Holder: Nobody, Asked: Asked{Number: 10}},
		{Kind: Piece, Bytes: []byte("half")},
		{Kind: Piece, On: true, Bytes: []byte{}},
	}
}

// readAll returns all entries that can be read, and whether nothing is left.
func readAll(b []byte) (list []Entry, whole bool) {
	r := ReadEntries(1000, b)
	for e, ok := r.Next(); ok; e, ok = r.Next() {
		list = append(list, e)
	}
	return list, !r.in.Bad && len(r.in.Rest) == 0
}

// TestEntries: what is written is read as it was, and what is cut off is not read.
func TestEntries(t *testing.T) {
	for _, e := range everyEntry() {
		b := AppendEntry(nil, 1000, &e)
		if got, whole := readAll(b); !whole || len(got) != 1 || !reflect.DeepEqual(got[0], e) {
			t.Errorf("%+v is read as %+v", e, got)
		}
		for n := 1; n < len(b); n++ {
			if got, whole := readAll(b[:n]); whole || len(got) > 0 {
				t.Errorf("%+v: %d of %d bytes are read", e, n, len(b))
			}
		}
	}
	long := AppendEntry(nil, 1000, &Entry{Kind: Piece, Bytes: make([]byte, PieceBytes)})
	if got, _ := readAll(append(long, long...)); len(got) != 0 {
		t.Error("more bytes than a record may have are read")
	}
}

// TestSplit: a record that is too short has nothing.
func TestSplit(t *testing.T) {
	in, rest := Split([]byte("abcd"), 3)
	if string(in) != "abc" || string(rest) != "d" {
		t.Errorf("%q %q", in, rest)
	}
	if in, rest = Split([]byte("ab"), 3); in != nil || rest != nil {
		t.Errorf("%q %q", in, rest)
	}
}

// FuzzEntries: any bytes are read to an end, and what is read is written as it was.
func FuzzEntries(f *testing.F) {
	for _, e := range everyEntry() {
		f.Add(AppendEntry(nil, 1000, &e))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		list, whole := readAll(b)
		var again []byte
		for i := range list {
			again = AppendEntry(again, 1000, &list[i])
		}
		if !bytes.HasPrefix(b, again) || whole && len(b) <= MaxEntryBytes && len(again) != len(b) {
			t.Errorf("%x is written as %x", b, again)
		}
	})
}
