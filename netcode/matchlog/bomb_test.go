//go:build !race

package matchlog

import (
	"bytes"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// counting counts what is read of a file.
type counting struct {
	*bytes.Reader
	bytes int
}

func count(b []byte) *counting { return &counting{bytes.NewReader(b), 0} }

func (c *counting) ReadAt(b []byte, at int64) (int, error) {
	n, err := c.Reader.ReadAt(b, at)
	c.bytes += n
	return n, err
}

// bombFile is a file of so many chunks that unpack to as many bytes as they may, and of whose
// snapshots none is one. Every so many of them begin a group, 0: only the first does. The first
// stretch is whole if it is to be.
func bombFile(t testing.TB, chunks, group int, whole bool) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := NewWriter(&file, &testHeader)
	if err != nil {
		t.Fatal(err)
	}
	for i := range chunks {
		w.next.begins, w.next.frame = beginsSnapshot, rollback.Frame(i)
		if i == 0 || group > 0 && i%group == 0 {
			w.next.begins |= beginsGroup
		}
		w.raw = w.raw[:0]
		if i == 0 && whole {
			w.raw = append(w.raw, lengthened(
				Append(nil, &Snapshot{Sections: SectionWorld}),
				Append(nil, &Part{Section: SectionWorld, Piece: Piece{Total: 1, Bytes: []byte{1}}}))...)
		} else {
			w.raw = append(w.raw, make([]byte, maxRawBytes)...)
		}
		w.write(w.chunk())
	}
	if err := w.Err(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// TestBomb: looking for the end of a file costs no more than reading it some times over, and what
// is unpacked for that is bounded, however little of it is a match.
func TestBomb(t *testing.T) {
	for _, group := range []int{0, 1, 4} {
		for _, whole := range []bool{false, true} {
			file := bombFile(t, 900, group, whole)
			from := count(file)
			l, err := Open(from, int64(len(file)), nil)
			if whole && group == 0 && (err != nil || l.Cut == nil || len(l.Starts()) != 1) {
				t.Errorf("a snapshot before too much in one group: %+v, %v", l, err)
			}
			if err == nil && l.Cut == nil {
				t.Errorf("in groups of %d: nothing is said", group)
			}
			if from.bytes > 4*len(file) {
				t.Errorf("in groups of %d: %d bytes were read of a file of %d", group, from.bytes, len(file))
			}
		}
	}
}

// TestBombUnpacked: so many bytes are unpacked at most to find where a file ends.
func TestBombUnpacked(t *testing.T) {
	file := bombFile(t, 4*maxSoughtBytes/maxRawBytes, 4, true)
	l, err := Open(bytes.NewReader(file), int64(len(file)), nil)
	if err == nil {
		t.Errorf("a whole snapshot %d MB before the end is found: %v", 4*maxSoughtBytes>>20, l.Cut)
	}
}

// TestGrowOnce: a file that grows is read once, whatever is in it, and so is one whose stretches are
// read one after the other.
func TestGrowOnce(t *testing.T) {
	for name, file := range map[string][]byte{
		"small worlds": writeLog(t, 3000, 100), "large ones": writeLog(t, 3000, 60_000),
		"a bomb": bombFile(t, 300, 4, true), "a bomb in one group": bombFile(t, 300, 0, true),
	} {
		var l *Log
		var r *Reader
		read := 0
		for _, end := range ends(t, file) {
			from := count(file[:end])
			if l == nil {
				l, _ = Open(from, end, nil)
			} else if err := l.Grow(from, end); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if l == nil {
				continue
			}
			if r == nil {
				r = l.Reader()
			}
			if _, err := r.Stretch(len(l.Starts()) - 1); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			read += from.bytes
		}
		if read > 5*len(file) {
			t.Errorf("%s: %d bytes were read of a file of %d", name, read, len(file))
		}
		from := count(file)
		l.from = from
		r = l.Reader()
		for i := range l.Starts() {
			r.Stretch(i)
			r.Stretch(min(i+1, len(l.Starts())-1))
		}
		if from.bytes > 2*len(file) {
			t.Errorf("%s: %d bytes were read of a file of %d for all of its stretches", name, from.bytes, len(file))
		}
	}
}

// ends are where the chunks of a file end.
func ends(t *testing.T, file []byte) (list []int64) {
	at := int64(startBytes)
	for _, c := range chunksOf(t, file) {
		at += int64(len(c))
		list = append(list, at)
	}
	return list
}

// TestManyMarks: a stretch has no more marks than it may have worlds.
func TestManyMarks(t *testing.T) {
	marks := Append(nil, &Marks{Bytes: make([]byte, MaxFrames)})
	var file bytes.Buffer
	w, err := NewWriter(&file, &testHeader)
	if err != nil {
		t.Fatal(err)
	}
	w.Snapshot(&Snapshot{Sections: SectionWorld}, []byte{1})
	for range 2 * MaxStretchFrames / MaxFrames {
		w.Encoded(marks)
	}
	w.Flush()
	l, err := open(file.Bytes())
	if err != nil || l.Cut == nil {
		t.Errorf("%v, %+v", err, l)
	}
}

// TestPartsWithoutEnd: of a snapshot that is read by its blocks no more comes than a snapshot has.
func TestPartsWithoutEnd(t *testing.T) {
	part := Append(nil, &Part{Section: SectionWorld, Piece: Piece{Total: MaxSnapshotBytes, Bytes: make([]byte, MaxPieceBytes)}})
	var file bytes.Buffer
	w, err := NewWriter(&file, &testHeader)
	if err != nil {
		t.Fatal(err)
	}
	w.Snapshot(&Snapshot{Sections: SectionWorld}, []byte{1})
	for range maxPartsBytes/len(part) + 1 {
		w.Encoded(part)
	}
	w.Flush()
	l, err := open(file.Bytes())
	if err != nil || l.Cut == nil {
		t.Fatalf("%v, %+v", err, l)
	}
	last := error(nil)
	for _, err := range l.Blocks() {
		last = err
	}
	if last == nil {
		t.Error("all parts are read")
	}
}
