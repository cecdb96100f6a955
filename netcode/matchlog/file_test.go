//go:build !race

package matchlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/zeebo/xxh3"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// writeLog writes a match of so many frames, with a snapshot in every 300th.
func writeLog(t testing.TB, frames rollback.Frame, worldBytes int) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := NewWriter(&file, &testHeader)
	if err != nil {
		t.Fatal(err)
	}
	for f := range frames {
		if f%300 == 0 {
			world := testWorld(f, worldBytes)
			w.Snapshot(&Snapshot{Frame: f, Sections: SectionWorld, World: xxh3.Hash(world)}, world)
		}
		w.Frame(f, rollback.Lineup{}, testContent(f))
		if f%60 == 0 {
			w.Block(&Checksum{Frame: f, World: uint64(f), Inputs: 9})
		}
		if f%40 == 39 {
			w.Flush()
		}
	}
	w.Block(&Result{Frame: frames, World: 77, Agreed: true, ConfirmedBy: []uint8{1}})
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func open(b []byte) (*Log, error) { return Open(bytes.NewReader(b), int64(len(b)), nil) }

// TestFile: what is written is read.
func TestFile(t *testing.T) {
	for _, worldBytes := range []int{100, 60_000, 700_000} {
		file := writeLog(t, 1000, worldBytes)
		l, err := open(file)
		if err != nil || l.Cut != nil || l.Frames != 1000 || l.Result == nil || l.Result.World != 77 || !slices.Equal(l.Starts(), []rollback.Frame{0, 300, 600, 900}) {
			t.Fatalf("%+v, %v", l, err)
		}
		checkFrames(t, l)
		if far := l.starts[3].groupNumber > 1; far != (worldBytes > 500_000) {
			t.Errorf("worlds of %d bytes: the last snapshot is in the group of chunk %d", worldBytes, l.starts[3].groupNumber)
		}
		if i := l.StretchOf(599); i != 1 {
			t.Errorf("frame 599 is in stretch %d", i)
		}
		sums := 0
		for b, err := range l.Blocks() {
			if _, ok := b.(*Checksum); ok {
				sums++
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if sums != 17 {
			t.Errorf("%d checksums", sums)
		}
	}
}

// TestCut: cut off at any byte, a file plays to its last whole block and says so.
func TestCut(t *testing.T) {
	file := writeLog(t, 390, 100)
	whole := rollback.Frame(-1)
	for n := range file {
		l, err := open(file[:n])
		var cut *CutError
		switch {
		case n < startBytes && !errors.Is(err, ErrNoLog):
			t.Fatalf("%d bytes: %v", n, err)
		case err != nil && n >= startBytes && !errors.As(err, &cut):
			t.Fatalf("%d bytes: %v", n, err)
		case err != nil:
			continue
		}
		if l.Frames < whole || l.Result != nil {
			t.Fatalf("%d bytes: %d frames, fewer than with a byte less, or a result", n, l.Frames)
		}
		if l.Cut == nil && l.Frames == whole {
			t.Fatalf("%d bytes: nothing is said of what is missing", n)
		}
		whole = l.Frames
		checkFrames(t, l)
	}
	if whole != 360 { // the rest was written with the last byte
		t.Errorf("%d frames", whole)
	}
}

// TestDamage: with any byte changed a file still gives nothing but what was written.
func TestDamage(t *testing.T) {
	file := writeLog(t, 390, 100)
	for at := range file {
		b := bytes.Clone(file)
		b[at] ^= 0x55
		l, err := open(b)
		if err == nil && l.Cut == nil {
			t.Fatalf("byte %d: nothing is said", at)
		}
		if err == nil {
			checkFrames(t, l)
		}
	}
}

// chunksOf takes a file apart.
func chunksOf(t *testing.T, file []byte) (list [][]byte) {
	for at := int64(startBytes); at < int64(len(file)); {
		c, err := readChunk(bytes.NewReader(file), at, int64(len(file)), uint32(len(list)))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, file[at:at+c.fileBytes()])
		at += c.fileBytes()
	}
	return list
}

// TestBlocksMoved: blocks that are missing, doubled or swapped are missed.
func TestBlocksMoved(t *testing.T) {
	file := writeLog(t, 700, 300)
	list := chunksOf(t, file)
	for name, change := range map[string]func(list [][]byte) [][]byte{
		"lacks block 5":                     func(list [][]byte) [][]byte { return slices.Delete(list, 5, 6) },
		"block 5 again in place of block 6": func(list [][]byte) [][]byte { return slices.Insert(list, 6, list[5]) },
		"lacks block 7": func(list [][]byte) [][]byte {
			list[7], list[8] = list[8], list[7]
			return list
		},
	} {
		b := bytes.Join(append([][]byte{file[:startBytes]}, change(slices.Clone(list))...), nil)
		l, err := open(b)
		if err != nil || l.Cut == nil || !strings.Contains(l.Cut.Error(), name) || l.Frames == 0 {
			t.Errorf("%s: %+v, %v", name, l, err)
			continue
		}
		checkFrames(t, l)
	}
}

// TestSnapshotsOutOfOrder: a file is read as long as its snapshots follow each other.
func TestSnapshotsOutOfOrder(t *testing.T) {
	world := testWorld(0, 100)
	var file bytes.Buffer
	w, err := NewWriter(&file, &testHeader)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []rollback.Frame{5, 5, 4} {
		w.Snapshot(&Snapshot{Frame: f, Sections: SectionWorld}, world)
	}
	w.Flush()
	if l, err := open(file.Bytes()); err != nil || l.Cut == nil || len(l.Starts()) != 1 {
		t.Errorf("%+v, %v", l, err)
	}
}

// TestDesyncInOrder: a desync is told once, its worlds after it, whole or not at all.
func TestDesyncInOrder(t *testing.T) {
	desync := &Desync{Frame: 1, Peer: 1}
	piece := func(machine uint8, f rollback.Frame, offset, total int) Block {
		return &DesyncWorld{machine, f, Piece{offset, total, []byte{7, 8}}}
	}
	for name, test := range map[string]struct {
		blocks []Block
		whole  bool
		worlds int
	}{
		"both":          {[]Block{desync, piece(0, 1, 0, 4), piece(0, 1, 2, 4), piece(1, 1, 0, 2)}, true, 2},
		"half a world":  {[]Block{desync, piece(0, 1, 0, 4)}, true, 0},
		"no desync":     {[]Block{piece(0, 1, 0, 2)}, false, 0},
		"two":           {[]Block{desync, desync}, false, 0},
		"another frame": {[]Block{desync, piece(0, 2, 0, 2)}, false, 0},
		"a gap":         {[]Block{desync, piece(0, 1, 0, 8), piece(0, 1, 4, 8)}, false, 0},
		"twice":         {[]Block{desync, piece(0, 1, 0, 2), piece(0, 1, 0, 2)}, false, 1},
		"a third world": {[]Block{desync, piece(0, 1, 0, 2), piece(1, 1, 0, 2), piece(2, 1, 0, 2)}, false, 2},
		"a mixture":     {[]Block{desync, piece(0, 1, 0, 4), piece(1, 1, 2, 4)}, false, 0},
	} {
		var file bytes.Buffer
		w, err := NewWriter(&file, &testHeader)
		if err != nil {
			t.Fatal(err)
		}
		w.Snapshot(&Snapshot{Frame: 0, Sections: SectionWorld}, testWorld(0, 100))
		for _, b := range test.blocks {
			w.Block(b)
		}
		w.Flush()
		l, err := open(file.Bytes())
		if err != nil || (l.Cut == nil) != test.whole {
			t.Errorf("%s: %v, %v", name, err, l.Cut)
			continue
		}
		if s, _ := l.Stretch(0); len(s.Worlds) != test.worlds || test.whole && (l.Desync == nil || len(l.Worlds) != test.worlds) {
			t.Errorf("%s: %d worlds", name, len(s.Worlds))
		}
	}
}

// rawFile is a file whose chunks, from the second on, hold these bytes.
func rawFile(t *testing.T, chunks ...[]byte) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := NewWriter(&file, &testHeader)
	if err != nil {
		t.Fatal(err)
	}
	for i, raw := range chunks {
		w.next.begins, w.next.frame = beginsSnapshot, rollback.Frame(i)
		if i == 0 {
			w.next.begins |= beginsGroup
		}
		w.raw = append(w.raw, raw...)
		w.write(w.chunk())
	}
	return file.Bytes()
}

func lengthened(blocks ...[]byte) (b []byte) {
	for _, block := range blocks {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(block))), block...)
	}
	return b
}

// TestBadFiles: what no writer writes is refused in words, and costs little.
func TestBadFiles(t *testing.T) {
	good := writeLog(t, 400, 300)
	snapshot := lengthened(
		Append(nil, &Snapshot{Sections: SectionWorld}),
		Append(nil, &Part{Section: SectionWorld, Piece: Piece{Total: 1, Bytes: []byte{1}}}))
	huge := bytes.Clone(good)
	binary.BigEndian.PutUint32(huge[startBytes+13:], 1<<32-1)
	zip, _ := zstd.NewWriter(nil, zstd.WithWindowSize(windowBytes))
	bomb := append(magic[:], fileVersion)
	bomb = appendChunk(bomb, &chunk{begins: beginsGroup, frame: -1, raw: maxRawBytes, packed: zip.EncodeAll(make([]byte, 512<<20), nil)})
	bomb = appendChunk(bomb, &chunk{number: 1, begins: beginsSnapshot, raw: maxRawBytes})
	wide, _ := zstd.NewWriter(nil, zstd.WithWindowSize(64<<20))
	window := append(magic[:], fileVersion)
	window = appendChunk(window, &chunk{begins: beginsGroup, frame: -1, raw: 5 << 10, packed: wide.EncodeAll(make([]byte, 65<<20), nil)})
	window = appendChunk(window, &chunk{number: 1, begins: beginsSnapshot, raw: 1})
	newer := bytes.Clone(good)
	newer[startBytes-1] = fileVersion + 1
	noise := make([]byte, 1<<20)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	for name, test := range map[string]struct {
		file []byte
		want string
	}{
		"nothing":         {nil, "no recorded match"},
		"zeros":           {make([]byte, 1<<20), "no recorded match"},
		"noise":           {noise, "no recorded match"},
		"noise behind":    {append(good[:startBytes:startBytes], noise...), "damaged"},
		"zeros behind":    {append(good[:startBytes:startBytes], make([]byte, 1<<20)...), "damaged"},
		"4 GiB":           {huge, "damaged"},
		"an empty chunk":  {appendChunk(bytes.Clone(good[:startBytes]), &chunk{begins: beginsGroup, frame: -1}), "damaged"},
		"bomb":            {bomb, "cannot be unpacked"},
		"window":          {window, "cannot be unpacked"},
		"newer":           {newer, "in format 2; this one reads formats up to 1"},
		"a newer block":   {rawFile(t, append(bytes.Clone(snapshot), lengthened([]byte{100, 1})...)), "blocks of kind 100"},
		"no snapshot":     {rawFile(t), "before the first frame"},
		"no first frame":  {rawFile(t, lengthened(Append(nil, &Checksum{}))), "out of order"},
		"half a snapshot": {rawFile(t, snapshot[:len(snapshot)/2]), "damaged"},
		"no part":         {rawFile(t, lengthened(Append(nil, &Snapshot{Sections: SectionWorld}))), "not whole"},
		"an empty block":  {rawFile(t, lengthened(nil)), "damaged"},
		"no block":        {rawFile(t, lengthened([]byte{byte(kindFrames)})), "makes no sense"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		l, err := open(test.file)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %+v, %v", name, l, err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 {
			t.Errorf("%s: %d bytes of memory", name, took)
		}
	}
	// What is of no great use is passed by.
	l, err := open(rawFile(t, append(bytes.Clone(snapshot), lengthened([]byte{200, 1})...)))
	if err != nil || l.Cut != nil {
		t.Errorf("an optional block: %+v, %v", l, err)
	}
	// And so is what is out of order behind whole frames.
	l, err = open(rawFile(t, append(bytes.Clone(snapshot), lengthened(Append(nil, &Frames{First: 5, Spans: []Span{{Count: 1}}}))...)))
	if err != nil || l.Cut == nil || l.Frames != 0 {
		t.Errorf("frames that do not follow: %+v, %v", l, err)
	}
}

// TestMuchBetweenSnapshots: blocks of which there may be any number are read to a bound between two
// snapshots, however well they are packed: who is named again and again, and what nobody knows.
func TestMuchBetweenSnapshots(t *testing.T) {
	who := Newcomer{Stream: records.StreamID{Machine: 3, Born: 1}}
	for range MaxSeats {
		who.Players = append(who.Players, Newcome{Name: strings.Repeat("n", 900)})
	}
	for name, block := range map[string][]byte{"newcomers": Append(nil, &who), "of a kind to come": append([]byte{200}, make([]byte, 15_000)...)} {
		var file bytes.Buffer
		w, err := NewWriter(&file, &testHeader)
		if err != nil {
			t.Fatal(err)
		}
		w.Snapshot(&Snapshot{Sections: SectionWorld}, []byte{1})
		for range maxBesideBytes/len(block) + 1 {
			w.Encoded(block)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		l, err := open(file.Bytes())
		if err != nil || l.Cut == nil || !strings.Contains(l.Cut.Error(), "more between two snapshots") {
			t.Errorf("%s, %d bytes of a file: %v, %+v", name, file.Len(), err, l)
		}
		last := error(nil)
		for _, err := range l.Blocks() {
			last = err
		}
		if last == nil {
			t.Errorf("%s: all blocks are read one after the other", name)
		}
	}
}

// TestGoldenFiles reads the files of all versions of the format, which stay for ever.
func TestGoldenFiles(t *testing.T) {
	const name = "testdata/v1.vvlog"
	if *update {
		os.WriteFile(name, writeLog(t, 1000, 500), 0o644)
	}
	for _, name := range []string{name} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		l, err := open(b)
		if err != nil || l.Cut != nil || l.Frames != 1000 || fmt.Sprint(*l.Header) != fmt.Sprint(testHeader) || l.Result == nil || l.Result.World != 77 {
			t.Fatalf("%s: %+v, %v", name, l, err)
		}
		checkFrames(t, l)
	}
}

// FuzzFile: any bytes are read to an end.
func FuzzFile(f *testing.F) {
	file := writeLog(f, 130, 100)
	f.Add(file)
	f.Add(file[:len(file)-9])
	f.Add(append(bytes.Clone(file[:startBytes]), 0, 0, 0, 0))
	f.Add(bombFile(f, 9, 0, true))
	f.Add(bombFile(f, 12, 4, true))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = bytes.Clone(b)
		mend(b)
		l, err := open(b)
		if err != nil {
			return
		}
		r := l.Reader()
		for i := range l.Starts() {
			s, err := l.Stretch(i)
			if again, other := r.Stretch(i); fmt.Sprint(err) != fmt.Sprint(other) || (s == nil) != (again == nil) || s != nil && s.End() != again.End() {
				t.Fatalf("stretch %d is read one after the other as %+v, %v, and alone as %+v, %v", i, again, other, s, err)
			}
		}
		for _, err := range l.Blocks() {
			if err == io.EOF {
				t.Error("the end is told as an error")
			}
		}
	})
}

// mend makes the checks of all chunks right, so that a fuzzer comes behind them.
func mend(b []byte) {
	for at := startBytes; at+headBytes+tailBytes <= len(b); {
		n := int(binary.BigEndian.Uint32(b[at+13:]))
		if n > len(b)-at-headBytes-tailBytes {
			return
		}
		end := at + headBytes + n
		c := chunk{packed: b[at+headBytes : end]}
		c.number, c.frame = binary.BigEndian.Uint32(b[at:]), rollback.Frame(binary.BigEndian.Uint32(b[at+4:]))-1
		c.begins, c.raw = b[at+8], int(binary.BigEndian.Uint32(b[at+9:]))
		copy(b[at:], appendChunk(nil, &c))
		at = end + tailBytes
	}
}
