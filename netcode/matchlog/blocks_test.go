//go:build !race

package matchlog

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

var update = flag.Bool("update", false, "write the golden bytes anew")

// everyBlock is one of each kind, with something in every field.
func everyBlock() []Block {
	ana, ben := records.StreamID{}, records.StreamID{Machine: 1, Born: 300}
	return []Block{
		&Header{
			Engine: "v1.2.3", Game: "frogs", Rules: 7, Layout: 0x0102030405060708, Arithmetic: "amd64",
			TickRate: 60, InputBytes: 2, ChecksumFrames: 60, LeadFrames: 24, Absent: 2,
			Match: [32]byte{1, 2, 3}, Ordinal: 4, Seed: 1 << 63, Options: []byte{9, 8}, Length: 5400,
			Author: 1, Began: 1_795_000_000_000, Start: 12,
			Players: []Player{{Name: "Ana", Key: [32]byte{5}}, {Machine: 1, Name: "Bén", Own: []byte("hat")}},
		},
		&Snapshot{
			Frame: 300, View: 2, Lineup: rollback.Lineup{Absent: 2, Paused: true}, Inputs: []byte{1, 2, 3, 4},
			Digest: 11, World: 12, Sections: SectionWorld | SectionSeats,
		},
		&Part{Frame: 300, Section: SectionWorld, Piece: Piece{Offset: 16, Total: 20, Bytes: []byte("pond")}},
		&View{Number: 3, Piece: Piece{Total: 4, Bytes: []byte("view")}},
		&Frames{First: 300, Spans: []Span{
			{Count: 2, Runs: []Run{
				{Stream: ana, Seats: 1, Records: [][]byte{{1, 0, 0, 0}, {1, 0, 9, 0}}},
				{Stream: ben, Seats: 6, Records: [][]byte{[]byte("12345678"), []byte("ABCDEFGH")}},
			}},
			{Count: 3, Lineup: rollback.Lineup{Absent: 6}, Runs: []Run{
				{Stream: ana, Seats: 1, Records: [][]byte{nil, {}, {7}}},
			}},
			{Count: 1, Lineup: rollback.Lineup{Absent: 7}},
		}},
		&Checksum{Frame: 300, World: 1<<64 - 1, Inputs: 2},
		&Signed{Piece{Total: 4, Bytes: []byte("seal")}},
		&Result{Frame: 301, World: 5, Agreed: true, ConfirmedBy: []uint8{0, 2}, Reason: "Ben left"},
		&Command{Frame: 303, Command: rollback.Command{Seat: 2, Bytes: "croak"}},
		&Marks{First: 300, Bytes: []byte{1, 2, 3}},
		&Desync{
			Frame: 290, Agreed: 240, View: 2, Peer: 1, Inputs: true, Field: "Frogs[2].X", Here: "1", There: "2", Text: "They differ.",
			System: "linux/amd64, go1.26.8", Program: "v1.0.0", Rollbacks: []Rollback{{From: 280, Frames: 7}, {From: 281, Frames: 6}},
		},
		&DesyncWorld{Machine: 1, Frame: 290, Piece: Piece{Offset: 16, Total: 20, Bytes: []byte("pond")}},
		&Newcomer{Stream: ben, Key: [32]byte{6}, Players: []Newcome{{Name: "Zoë", Own: []byte("hat")}, {Name: "Bo"}}},
		&Links{Machine: 3, Stalls: 300, To: []Link{{0, 34, 2, 0}, {15, 65_535, 300, 1000}}},
	}
}

// TestBlocks: what is written is read as it was; what is cut off, or goes on, is malformed.
func TestBlocks(t *testing.T) {
	for _, b := range everyBlock() {
		wrote := Append(nil, b)
		got, err := Parse(wrote)
		if again := Append(nil, got); err != nil || !bytes.Equal(again, wrote) {
			t.Errorf("%T is read as %+v, %v", b, got, err)
		}
		if _, frames := b.(*Frames); !frames && !reflect.DeepEqual(got, b) { // whose empty records may be nil
			t.Errorf("%+v is read as %+v", b, got)
		}
		for n := range wrote {
			if got, err := Parse(wrote[:n]); !errors.Is(err, ErrMalformed) {
				t.Errorf("%T: %d of %d bytes are read as %+v", b, n, len(wrote), got)
			}
		}
		if _, err := Parse(append(wrote, 0)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%T with a byte behind it is read", b)
		}
	}
}

// TestGoldenBlocks: the bytes of every kind, which stay for as long as there are logs.
func TestGoldenBlocks(t *testing.T) {
	const file = "testdata/blocks.txt"
	var b strings.Builder
	for _, block := range everyBlock() {
		b.WriteString(hex.EncodeToString(Append(nil, block)) + "\n")
	}
	if *update {
		os.WriteFile(file, []byte(b.String()), 0o644)
	}
	want, err := os.ReadFile(file)
	if err != nil || b.String() != string(want) {
		t.Errorf("%v: the blocks are written as\n%s", err, b.String())
	}
}

// TestMalformed: what no block may say.
func TestMalformed(t *testing.T) {
	header := everyBlock()[0].(*Header)
	whole := &Frames{First: 1, Spans: []Span{{Count: 1, Runs: []Run{{Seats: 1, Records: [][]byte{{1}}}}}}}
	span := func(change func(*Span)) *Frames {
		s := Span{Count: 1, Runs: []Run{{Seats: 1, Records: [][]byte{{1}}}}}
		change(&s)
		return &Frames{First: 1, Spans: []Span{s}}
	}
	change := func(h Header, change func(*Header)) *Header { change(&h); return &h }
	for name, b := range map[string]Block{
		"no tick rate":        change(*header, func(h *Header) { h.TickRate = 0 }),
		"no input":            change(*header, func(h *Header) { h.InputBytes = 0 }),
		"a long input":        change(*header, func(h *Header) { h.InputBytes = 65 }),
		"a broken name":       change(*header, func(h *Header) { h.Players = []Player{{Name: "\xff"}} }),
		"too many players":    change(*header, func(h *Header) { h.Players = make([]Player, 17) }),
		"machine 16":          change(*header, func(h *Header) { h.Author = 16 }),
		"a snapshot before 0": &Snapshot{Frame: -1},
		"an unknown section":  &Snapshot{Sections: 16},
		"two sections":        &Part{Section: 3},
		"no section":          &Part{},
		"a piece beyond":      &Part{Section: 1, Piece: Piece{Offset: 1, Total: 3, Bytes: []byte("abc")}},
		"an empty piece":      &Part{Section: 1, Piece: Piece{Total: 3}},
		"a huge snapshot":     &Part{Section: 1, Piece: Piece{Total: MaxSnapshotBytes + 1, Bytes: []byte{1}}},
		"a huge view":         &View{Piece: Piece{Total: MaxSaidBytes + 1, Bytes: []byte{1}}},
		"no span":             &Frames{First: 1},
		"an empty span":       &Frames{First: 1, Spans: []Span{{}}},
		"frames before 0":     &Frames{First: -1, Spans: whole.Spans},
		"machines upside down": span(func(s *Span) {
			s.Runs = append([]Run{{Stream: records.StreamID{Machine: 1}, Records: [][]byte{{1}}}}, s.Runs...)
		}),
		"a seat twice": span(func(s *Span) {
			s.Runs = append(s.Runs, Run{Stream: records.StreamID{Machine: 1}, Seats: 3, Records: [][]byte{{1}}})
		}),
		"a long record": span(func(s *Span) { s.Runs[0].Records[0] = make([]byte, MaxRecordBytes+1) }),
		"many frames": &Frames{First: 1, Spans: []Span{
			{Count: MaxFrames, Runs: []Run{{Records: make([][]byte, MaxFrames)}}}, {Count: 1},
		}},
		"marks before 0":              &Marks{First: -1},
		"many marks":                  &Marks{Bytes: make([]byte, MaxFrames+1)},
		"confirmed by 16":             &Result{ConfirmedBy: []uint8{16}},
		"newcomer 16":                 &Newcomer{Stream: records.StreamID{Machine: 16, Born: 1}},
		"links of machine 16":         &Links{Machine: 16},
		"a link to machine 16":        &Links{To: []Link{{Machine: 16}}},
		"two links to one machine":    &Links{To: []Link{{Machine: 2}, {Machine: 2}}},
		"1001 lost of a thousand":     &Links{To: []Link{{Lost: 1001}}},
		"17 newcomers":                &Newcomer{Players: make([]Newcome, 17)},
		"a broken name of a newcomer": &Newcomer{Players: []Newcome{{Name: "\xff"}}},
	} {
		if got, err := Parse(Append(nil, b)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s is read as %+v, %v", name, got, err)
		}
	}
	for name, b := range map[string][]byte{
		"a long number":      {byte(kindSigned), 0x80, 0, 0, 0},
		"bits of no record":  {byte(kindFrames), 2, 1, 1, 0, 1, 0, 0, 1, 0xc0, 2, 9},
		"a record again":     {byte(kindFrames), 2, 1, 2, 0, 1, 0, 0, 1, 0xc0, 2, 9, 2, 9},
		"a mask for nothing": {byte(kindFrames), 2, 1, 1, 0, 1, 0, 0, 1, 0x80, 0},
	} {
		if got, err := Parse(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s is read as %+v, %v", name, got, err)
		}
	}
	if _, err := Parse(make([]byte, MaxBlockBytes+1)); !errors.Is(err, ErrMalformed) {
		t.Error("a block that is too long is read")
	}
}

// TestUnknown: a block of a newer version says so, and whether it may be passed by.
func TestUnknown(t *testing.T) {
	for kind, optional := range map[byte]bool{0: false, 10: false, 127: false, 200: true, 255: true} {
		var unknown *KindError
		if _, err := Parse([]byte{kind, 1, 2}); !errors.As(err, &unknown) || unknown.Kind != kind || unknown.Optional() != optional {
			t.Errorf("kind %d: %v", kind, err)
		}
	}
}

// TestAssembly: a world that is longer than a block comes in parts, in order.
func TestAssembly(t *testing.T) {
	world := bytes.Repeat([]byte("pond"), 3*MaxBlockBytes/4+100)
	s := &Snapshot{Frame: 6, Sections: SectionWorld | SectionGame}
	var parts []*Part
	for section, all := range map[Section][]byte{SectionWorld: world, SectionGame: nil} {
		for piece := range Pieces(all) {
			parts = append(parts, &Part{6, section, piece})
		}
	}
	if parts[0].Section != SectionWorld {
		parts = append(parts[1:], parts[0])
	}
	a := Assemble(s)
	for i, part := range parts {
		b := Append(nil, part)
		if len(b) > MaxBlockBytes {
			t.Fatalf("a part of %d bytes", len(b))
		}
		got, err := Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		for j, other := range parts { // no other one is taken
			if was := *a; i != j && a.Take(other) == nil {
				t.Errorf("part %d is taken for part %d", j, i)
				*a = was
			}
		}
		if a.Whole() {
			t.Errorf("whole with %d of %d parts", i, len(parts))
		}
		if err := a.Take(got.(*Part)); err != nil {
			t.Errorf("part %d: %v", i, err)
		}
	}
	if !a.Whole() || !bytes.Equal(a.Section(SectionWorld), world) || len(a.Section(SectionGame)) != 0 {
		t.Error("the parts make another world")
	}
	other := *parts[0]
	if other.Frame = 7; Assemble(s).Take(&other) == nil {
		t.Error("a part of another frame's snapshot is taken")
	}
}

// FuzzBlock: any bytes are a block or none, and what is read is written as it was.
func FuzzBlock(f *testing.F) {
	for _, b := range everyBlock() {
		f.Add(Append(nil, b))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		block, err := Parse(b)
		if err != nil {
			return
		}
		if again := Append(nil, block); !bytes.Equal(again, b) {
			t.Errorf("%x is read as %+v and written as %x", b, block, again)
		}
	})
}
