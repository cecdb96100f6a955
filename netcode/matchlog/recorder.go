package matchlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/zeebo/xxh3"

	"github.com/visavis-netcode/visavis/netcode/internal/fields"
	"github.com/visavis-netcode/visavis/rollback"
)

const (
	// queuedBatches is how many batches may wait for the disk: about six seconds of a match.
	// With none free the recording ends: a match waits for no disk.
	queuedBatches = 8
	// batchTime is how much of a match a batch holds. It is what a process that is killed
	// loses of its recording at most, with what is not confirmed yet.
	batchTime = 900 * time.Millisecond
	// snapshotTime is how far apart snapshots are.
	snapshotTime = 5 * time.Second
)

// ErrSlowDisk: what the match is recorded to takes too long.
var ErrSlowDisk = errors.New("the recording has ended: the disk is too slow")

// Recorder writes the log of a match that goes on. The game's goroutine tells it what is
// confirmed, which copies some bytes into memory that is there; a goroutine of its own
// packs and writes them. Nothing here waits for that.
type Recorder struct {
	batchFrames    int
	snapshotFrames rollback.Frame

	// The game's goroutine's:
	now       *batch // nil when the recording is over
	snapshots rollback.Frame
	frames    rollback.Frame // the next one

	free  chan *batch
	queue chan *batch
	world chan []byte // memory for a world, while no snapshot is being written
	sum   Checksum    // memory for the newest,
	marks Marks       // and for those of this batch
	err   atomic.Pointer[error]
	bytes atomic.Int64
	done  chan struct{}
}

// batch is what is handed over at once: at most one snapshot and what follows it.
type batch struct {
	snapshot Snapshot
	world    []byte // nil: there is no snapshot
	said     []byte // frames and blocks, see sayFrame and sayBlock
	frames   int
}

// NewRecorder begins to record a match that header describes, and closes to at the end.
func NewRecorder(to io.WriteCloser, header *Header) *Recorder {
	r := newRecorder(header)
	go r.write(to, header)
	return r
}

func newRecorder(header *Header) *Recorder {
	tick := time.Second / time.Duration(max(1, header.TickRate))
	r := &Recorder{
		batchFrames:    max(1, int(batchTime/tick)),
		snapshotFrames: rollback.Frame(max(1, snapshotTime/tick)),
		frames:         header.Start,
		snapshots:      header.Start,
		free:           make(chan *batch, queuedBatches),
		queue:          make(chan *batch, queuedBatches),
		world:          make(chan []byte, 1),
		done:           make(chan struct{}),
	}
	for range queuedBatches {
		r.free <- &batch{said: make([]byte, 0, 4096)}
	}
	r.world <- make([]byte, 0, 4096)
	r.now = <-r.free
	return r
}

// Recording reports whether anything is still taken.
func (r *Recorder) Recording() bool { return r.now != nil }

// Err says why the recording has ended before its time, nil if it has not.
func (r *Recorder) Err() error {
	if err := r.err.Load(); err != nil {
		return *err
	}
	return nil
}

// Done is closed when all is written, or never will be, and the file is closed.
func (r *Recorder) Done() <-chan struct{} { return r.done }

// Bytes is how much is written.
func (r *Recorder) Bytes() int64 { return r.bytes.Load() }

// Pending is how many batches wait for the disk, or are being written.
func (r *Recorder) Pending() int {
	n := queuedBatches - len(r.free)
	if r.now != nil {
		n--
	}
	return n
}

// Next is the next frame that Frame wants.
func (r *Recorder) Next() rollback.Frame { return r.frames }

// WantsSnapshot reports whether the world before the next frame should be told.
func (r *Recorder) WantsSnapshot() bool {
	return r.now != nil && r.frames >= r.snapshots && len(r.world) > 0
}

// Snapshot tells the world before the next frame. world appends its canonical bytes. What
// is in s is copied; its hash is found here.
func (r *Recorder) Snapshot(s *Snapshot, world func(dst []byte) []byte) {
	if !r.WantsSnapshot() {
		return
	}
	if r.now.frames > 0 || len(r.now.said) > 0 {
		r.handOver()
		if r.now == nil {
			return
		}
	}
	inputs := append(r.now.snapshot.Inputs[:0], s.Inputs...)
	r.now.snapshot = *s
	r.now.snapshot.Inputs, r.now.snapshot.Sections = inputs, SectionWorld
	r.now.world = world((<-r.world)[:0])
	if len(r.now.world) > MaxSnapshotBytes {
		r.Fail(fmt.Errorf("the recording has ended: a world of %d bytes is larger than the %d that a log takes", len(r.now.world), MaxSnapshotBytes))
		return
	}
	r.snapshots = r.frames + r.snapshotFrames
}

// Frame tells the next confirmed frame: see Packer.Add.
func (r *Recorder) Frame(l rollback.Lineup, content []Record) {
	if r.now == nil {
		return
	}
	r.now.said = sayFrame(r.now.said, r.frames, l, content)
	r.frames++
	if r.now.frames++; r.now.frames >= r.batchFrames {
		r.handOver()
	}
}

// Mark tells the hash of the world before the next frame. Where all have been told it is
// plain later on which was the first to differ.
func (r *Recorder) Mark(world uint64) {
	m := &r.marks
	if m.First+rollback.Frame(len(m.Bytes)) != r.frames {
		r.sayMarks()
		m.First = r.frames
	}
	m.Bytes = append(m.Bytes, byte(world))
}

// sayMarks tells the marks of this batch.
func (r *Recorder) sayMarks() {
	if len(r.marks.Bytes) > 0 {
		r.Block(&r.marks)
		r.marks.First, r.marks.Bytes = r.frames, r.marks.Bytes[:0]
	}
}

// Block tells another block than frames or a snapshot.
func (r *Recorder) Block(b Block) {
	if r.now != nil {
		r.now.said = sayBlock(r.now.said, b)
	}
}

// Checksum is Block for one of those, and does not allocate.
func (r *Recorder) Checksum(sum rollback.Checksum) {
	r.sum = Checksum(sum)
	r.Block(&r.sum)
}

// Finish tells how the match has ended, and closes.
func (r *Recorder) Finish(result *Result) {
	if r.now != nil {
		r.sayMarks()
		r.Block(result)
		r.Close()
	}
}

// Close ends the recording. What was told is still written: see Done.
func (r *Recorder) Close() {
	if r.now == nil {
		return
	}
	r.sayMarks()
	r.queue <- r.now // there is room for all
	r.now = nil
	close(r.queue)
}

// handOver gives the batch to the writing goroutine and takes the next one.
func (r *Recorder) handOver() {
	if r.Err() != nil { // nothing can be written any more
		r.Close()
		return
	}
	r.sayMarks()
	select {
	case next := <-r.free:
		r.queue <- r.now // there is room for all
		r.now = next
	default:
		r.Fail(ErrSlowDisk)
	}
}

// Fail ends the recording before its time, for the first reason.
func (r *Recorder) Fail(err error) {
	r.err.CompareAndSwap(nil, &err)
	if r.now != nil {
		r.now = nil
		close(r.queue)
	}
}

// write is the writing goroutine.
func (r *Recorder) write(to io.WriteCloser, header *Header) {
	defer close(r.done)
	w, err := NewWriter(counted{to, &r.bytes}, header)
	for b := range r.queue {
		if err == nil {
			err = w.batch(b)
		}
		r.broken(err)
		r.giveBack(b)
	}
	if closed := to.Close(); err == nil {
		r.broken(closed)
	}
}

// giveBack lets the game's goroutine fill a batch again.
func (r *Recorder) giveBack(b *batch) {
	if b.world != nil {
		r.world <- b.world
	}
	b.world, b.said, b.frames = nil, b.said[:0], 0
	r.free <- b
}

// broken notes what has gone wrong with the file.
func (r *Recorder) broken(err error) {
	if err != nil {
		err = fmt.Errorf("the recording has ended: it cannot be written: %w", err)
		r.err.CompareAndSwap(nil, &err)
	}
}

// counted counts what is written.
type counted struct {
	to    io.Writer
	bytes *atomic.Int64
}

func (c counted) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.bytes.Add(int64(n))
	return n, err
}

// What a batch says is a row of these.
const (
	saidFrame = iota // frame, lineup, count; for each record stream, seats, length, bytes
	saidBlock        // length, bytes
)

func sayFrame(dst []byte, f rollback.Frame, l rollback.Lineup, content []Record) []byte {
	dst = appendLineup(appendFrame(append(dst, saidFrame), f), l)
	dst = append(dst, byte(len(content)))
	for _, r := range content {
		dst = appendNumber(appendStream(dst, r.Stream), uint64(r.Seats))
		dst = appendBytes(dst, r.Bytes)
	}
	return dst
}

func sayBlock(dst []byte, b Block) []byte {
	at := len(dst)
	dst = Append(append(dst, saidBlock, 0, 0), b)
	binary.BigEndian.PutUint16(dst[at+1:], uint16(len(dst)-at-3))
	return dst
}

// batch writes what a batch says.
func (w *Writer) batch(b *batch) error {
	if b.world != nil {
		b.snapshot.World = xxh3.Hash(b.world)
		w.Snapshot(&b.snapshot, b.world)
	}
	var content []Record
	for p := (parser{fields.Read(b.said)}); len(p.Rest) > 0; {
		if p.Byte() == saidBlock {
			n := int(p.Byte())<<8 | int(p.Byte())
			w.Encoded(p.Take(n))
			continue
		}
		f, l := p.Frame(), p.lineup()
		content = content[:0]
		for range p.Byte() {
			content = append(content, Record{p.stream(), uint16(p.Number(1<<MaxSeats - 1)), p.Take(int(p.Number(MaxRecordBytes)))})
		}
		if p.Bad {
			return fmt.Errorf("in frame %d there is more than the %d bytes that a log takes of one machine", f, MaxRecordBytes)
		}
		w.Frame(f, l, content)
	}
	return w.Flush()
}
