package matchlog

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// disk is a file in memory. While it is held nothing is written; then comes its error.
type disk struct {
	mu     sync.Mutex
	b      []byte
	err    error
	closed bool
}

func (d *disk) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return 0, d.err
	}
	d.b = append(d.b, b...)
	return len(b), nil
}

func (d *disk) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	return nil
}

func (d *disk) open(t *testing.T) *Log {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	b := bytes.Clone(d.b)
	l, err := Open(bytes.NewReader(b), int64(len(b)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// tellFrame tells a recorder the next frame of writeLog's match.
func tellFrame(r *Recorder, worldBytes int) {
	if r.WantsSnapshot() {
		r.Snapshot(&Snapshot{Frame: r.Next()}, func(dst []byte) []byte { return append(dst, testWorld(r.Next(), worldBytes)...) })
	}
	r.Frame(rollback.Lineup{}, testContent(r.Next()))
}

// allWritten waits until everything that was handed over is written.
func allWritten(r *Recorder) {
	for r.Recording() && r.Pending() > 0 {
		runtime.Gosched()
	}
}

// TestRecorder: what is told is written, and the file is closed.
func TestRecorder(t *testing.T) {
	d := &disk{}
	r := NewRecorder(d, &testHeader)
	for r.Next() < 1000 {
		tellFrame(r, 300)
		if r.Next()%60 == 0 {
			r.Checksum(rollback.Checksum{Frame: r.Next(), World: 1, Inputs: 2})
		}
		if r.Next()%40 == 0 { // the disk is quick enough
			allWritten(r)
		}
	}
	r.Mark(5)
	r.Finish(&Result{Frame: 1000, World: 77})
	r.Close()
	r.Frame(rollback.Lineup{}, testContent(1000))
	<-r.Done()
	l := d.open(t)
	if l.Cut != nil || r.Err() != nil || r.Recording() || !d.closed || l.Frames != 1000 || l.Result == nil || r.Bytes() != l.Bytes() {
		t.Errorf("%+v, %v", l, r.Err())
	}
	checkFrames(t, l)
}

// TestRecorderKilled: of a recording that is never closed at most a second is missing.
func TestRecorderKilled(t *testing.T) {
	d := &disk{}
	r := NewRecorder(d, &testHeader)
	for r.Next() < 700 {
		tellFrame(r, 300)
		allWritten(r)
		if r.Next() < 60 {
			continue
		}
		if l := d.open(t); r.Next()-l.Frames > 60 {
			t.Fatalf("%d frames of %d are there", l.Frames, r.Next())
		}
	}
	r.Close()
	<-r.Done()
}

// TestRecorderSlowDisk: whoever records waits for no disk; the recording ends with a
// sentence, and what was written can be read.
func TestRecorderSlowDisk(t *testing.T) {
	d := &disk{}
	r := NewRecorder(d, &testHeader)
	for r.Next() < 400 {
		tellFrame(r, 300)
		allWritten(r)
	}
	d.mu.Lock()
	told := 0
	for ; r.Recording() && told < 10_000; told++ {
		tellFrame(r, 300)
	}
	if !errors.Is(r.Err(), ErrSlowDisk) || told > 400 || told < 200 {
		t.Errorf("%d frames told, %v", told, r.Err())
	}
	d.mu.Unlock()
	<-r.Done()
	l := d.open(t)
	if l.Frames < 600 || l.Result != nil {
		t.Errorf("%d frames", l.Frames)
	}
	checkFrames(t, l)
}

// TestRecorderFullDisk: so it does when nothing can be written.
func TestRecorderFullDisk(t *testing.T) {
	for name, d := range map[string]*disk{"at once": {err: errors.New("no space left")}, "later": {}} {
		r := NewRecorder(d, &testHeader)
		for n := 0; r.Recording(); n++ {
			tellFrame(r, 300)
			if n == 400 {
				d.mu.Lock()
				d.err = errors.New("no space left")
				d.mu.Unlock()
			}
			allWritten(r)
		}
		<-r.Done()
		if err := r.Err(); err == nil || !strings.Contains(err.Error(), "cannot be written: no space left") || !d.closed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRecorderHugeWorld: a world that no log takes ends the recording in words.
func TestRecorderHugeWorld(t *testing.T) {
	r := NewRecorder(&disk{}, &testHeader)
	r.Snapshot(&Snapshot{}, func(dst []byte) []byte { return append(dst, make([]byte, MaxSnapshotBytes+1)...) })
	if err := r.Err(); err == nil || !strings.Contains(err.Error(), "larger than") || r.Recording() {
		t.Error(err)
	}
	<-r.Done()
}

// TestRecorderLongRecord: a record that no log takes ends the recording in words, and is not left out
// in silence.
func TestRecorderLongRecord(t *testing.T) {
	d := &disk{}
	r := NewRecorder(d, &testHeader)
	tellFrame(r, 100)
	r.Frame(rollback.Lineup{}, []Record{{Seats: 1, Bytes: make([]byte, MaxRecordBytes+1)}})
	tellFrame(r, 100)
	r.Close()
	<-r.Done()
	if err := r.Err(); err == nil || !strings.Contains(err.Error(), "in frame 1 there is more than the 768 bytes") {
		t.Errorf("%v", err)
	}
}
