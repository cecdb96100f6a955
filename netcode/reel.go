package netcode

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// The file of what is shown goes from member to member over the feed of their link, which holds
// up nothing else (lending.go). A guest asks its host for it; a host that has taken over before it had the
// file asks the others, one after the other. What was announced bounds what is taken: so many
// bytes, with that sum. Of a match that goes on more is announced about every second (live.go), and
// asked for then: nothing of it is used before the sum of all up to there was found.

const (
	reelTimeout   = 5 * time.Second // without anything new, the file is asked for again
	maxReelMarks  = 64              // that are announced and not here yet: the nearest, and the newest
	havesEvery    = 500 * time.Millisecond
	reelHeadBytes = 9 // of a block: feedReel, four bytes of the name, and the place of what follows
	maxReelPiece  = link.MaxFeedBytes - reelHeadBytes
	feedReel      = 3 // what a block of a feed begins with: see donor.go
)

// reelFile is what this machine has of the file. Owner: the screening.
type reelFile struct {
	screening *Screening
	log       []byte // as far as it has come
	checked   int    // of that is what was announced,
	reached   reelMark
	marks     []reelMark // that are not reached yet, the next first
	sum       hash.Hash  // of log,
	summed    int        // so far
	wanted    bool
	err       error
	from      *mesh.Conn // who is asked,
	name      string     // and what he is called,
	asked     int        // for how much
	tried     int        // the machine that a host without the file has asked last
	shunned   uint16     // machines that sent another file to a host without one
	heardAt   time.Duration
	newsAt    time.Duration // when anything new came last
	began     time.Duration // when this asking began,
	beganWith int           // and with how much
	told      *mesh.Conn    // the host who knows how much is here,
	said      wire.ReelHave // which is this,
	notYet    time.Duration // and the next word of it is not said before
}

// reelMark is how far the file was announced to go.
type reelMark struct {
	bytes int
	sum   [32]byte
	end   int32 // the first frame that is not in it
}

func markOf(reel *wire.Reel) reelMark { return reelMark{int(reel.Bytes), reel.Sum, reel.End} }

// whole reports whether all is here that there ever will be.
func (f *reelFile) whole() bool { return !f.screening.reel.Grows && f.current() }

// current reports whether all is here that was announced.
func (f *reelFile) current() bool { return f.checked > 0 && f.checked >= int(f.screening.reel.Bytes) }

// Fetch asks for the recording, which comes bit by bit: Progress. A machine that has it already
// gives it with Use.
func (s *Screening) Fetch() {
	if f := &s.file; !f.wanted && !f.whole() {
		f.wanted = true
		f.begin(s.room.now())
	}
}

// Sum is the SHA-256 of the recording as far as it goes by now: by that a machine knows whether it
// has it.
func (s *Screening) Sum() [32]byte { return s.reel.Sum }

// Bytes is how long the recording is, as far as it goes by now: at most MaxReplayBytes.
func (s *Screening) Bytes() int { return int(s.reel.Bytes) }

// Use takes a recording that this machine has, in place of what Fetch would fetch; it must not
// be written to from then on. It reports false if it is another one, or grows still.
func (s *Screening) Use(log []byte) bool {
	switch {
	case s.file.whole():
		return true
	case s.reel.Grows || len(log) != s.Bytes() || sha256.Sum256(log) != s.reel.Sum:
		return false
	}
	s.file.have(log, markOf(&s.reel))
	return true
}

// Log is the recording; nil as long as it is not all here. Of a match that goes on it is what has
// come: what is returned later begins with it.
func (s *Screening) Log() []byte {
	f := &s.file
	if f.checked == 0 {
		return nil
	}
	return f.log[:f.checked:f.checked]
}

// Err says in a sentence why the recording does not come, nil if it does.
func (s *Screening) Err() error { return s.file.err }

// Got is how many bytes of the recording are here.
func (s *Screening) Got() int { return len(s.file.log) }

// Left is about how long it takes until the rest is here too; 0 if that is not known.
func (s *Screening) Left() time.Duration {
	f := &s.file
	since, more := s.room.now()-f.began, len(f.log)-f.beganWith
	if f.current() || more <= 0 {
		return 0
	}
	return time.Duration(float64(since) * float64(s.Bytes()-len(f.log)) / float64(more))
}

// Progress says in words how far the recording has come; "" when it is here, or nobody wants it.
func (s *Screening) Progress() string {
	f, now := &s.file, s.room.now()
	switch {
	case f.current() || !f.wanted:
		return ""
	case f.err != nil:
		return f.err.Error()
	case f.from == nil:
		return "nobody here has the whole recording: it comes as soon as somebody has"
	}
	words := fmt.Sprintf("the recording comes from %s: %s", f.name, kilobytes(len(f.log), s.Bytes()))
	if silent := now - f.newsAt; silent >= reelTimeout {
		return fmt.Sprintf("%s; nothing has come for %d seconds: %s is asked again", words, int(silent/time.Second), f.name)
	}
	if left := s.Left(); left >= time.Second {
		words += fmt.Sprintf(", %d s left", int(left/time.Second))
	}
	return words
}

func kilobytes(done, all int) string {
	return fmt.Sprintf("%d of %d kB", done/1000, (all+999)/1000)
}

// begin begins to ask.
func (f *reelFile) begin(now time.Duration) {
	f.from, f.newsAt, f.began, f.beganWith = nil, now, now, len(f.log)
}

// rest lets time pass in which nothing is sent.
func (f *reelFile) rest(now time.Duration) {
	gone := now - f.heardAt
	f.heardAt, f.newsAt, f.began = now, f.newsAt+gone, f.began+gone
}

// newHost asks another one from now on, for what is not here yet.
func (f *reelFile) newHost() {
	f.from, f.told = nil, nil
	if f.err != nil {
		f.drop()
		f.err = nil
	}
}

// drop forgets what has come and is not known to be what was announced.
func (f *reelFile) drop() {
	f.log, f.summed, f.sum = f.log[:f.checked], f.checked, sha256.New()
	f.sum.Write(f.log)
}

// have takes what is known to be the file, up to a mark. Nothing of it is summed until there is more.
func (f *reelFile) have(log []byte, reached reelMark) {
	f.summed, f.sum = 0, sha256.New()
	f.extended(log, reached)
}

// extended takes what is known to be the file, which begins as it did.
func (f *reelFile) extended(log []byte, reached reelMark) {
	log = log[:len(log):len(log)] // it is the game's: what grows is a copy
	f.log, f.checked, f.reached, f.marks, f.err = log, len(log), reached, nil, nil
}

// announced: the file goes as far as that.
func (f *reelFile) announced(now time.Duration, m reelMark) {
	if f.current() {
		f.begin(now)
	}
	for len(f.marks) > 0 && (f.marks[len(f.marks)-1].bytes >= m.bytes || len(f.marks) == maxReelMarks) {
		f.marks = f.marks[:len(f.marks)-1]
	}
	if m.bytes > f.checked {
		f.marks = append(f.marks, m)
	}
	if len(f.log) > max(m.bytes, f.checked) { // a host has less of it than the one before
		f.drop()
	}
}

// step asks for what is not here, and says to the host what is.
func (f *reelFile) step(now time.Duration) {
	f.tell(now)
	r, reel := f.screening.room, &f.screening.reel
	if f.current() || !f.wanted || f.err != nil {
		return
	}
	fresh := f.from == nil || f.from.Link.State() == link.Closed || now-f.heardAt >= reelTimeout
	if !fresh && f.asked == int(reel.Bytes) {
		return
	}
	if f.from == nil {
		f.newsAt = now
	}
	from := f.asked // what was asked for before is on its way
	if fresh {
		from, f.from = len(f.log), f.lender()
	}
	if f.asked, f.heardAt = int(reel.Bytes), now; f.from != nil {
		f.name = r.reception.Name(uint8(f.from.Machine()))
		f.from.Send(&wire.ReelAsk{Name: reel.Name, From: uint32(min(from, f.asked)), Through: reel.Bytes})
	}
}

// tell tells the host how much is here: now and then, and at once that it is all.
func (f *reelFile) tell(now time.Duration) {
	r := f.screening.room
	have := wire.ReelHave{Name: f.screening.reel.Name, Bytes: uint32(len(f.log)), Plays: f.whole() && r.takesOver}
	if r.guest == nil || have == f.said && f.told == r.guest.host || now < f.notYet && !f.current() {
		return
	}
	f.said, f.told, f.notYet = have, r.guest.host, now+havesEvery
	f.told.Send(&have)
}

// lender is who is asked next: the host, or at a host another member.
func (f *reelFile) lender() *mesh.Conn {
	r := f.screening.room
	if r.guest != nil {
		return r.guest.host
	}
	for range len(r.members) {
		f.tried = (f.tried + 1) % len(r.members)
		if c := r.mesh.To(uint8(f.tried)); r.members[f.tried] != nil && c != nil && f.shunned>>f.tried&1 == 0 {
			return c
		}
	}
	return nil
}

// fed takes a block of the file. What came before may still be under way where it was asked for
// again.
func (f *reelFile) fed(c *mesh.Conn, now time.Duration, b []byte) {
	reel := &f.screening.reel
	if f.current() || !f.wanted || f.err != nil || c != f.from || len(b) <= reelHeadBytes || !bytes.Equal(b[1:5], reel.Name[:4]) {
		return
	}
	at, piece := int64(binary.BigEndian.Uint32(b[5:])), b[reelHeadBytes:]
	got := int64(len(f.log))
	switch end := at + int64(len(piece)); {
	case end > int64(f.asked):
		f.fault()
		return
	case end <= got || at > got:
		return
	}
	f.heardAt, f.newsAt = now, now
	f.log = append(f.log, piece[got-at:]...)
	if !f.check() {
		f.fault()
	}
}

// check looks whether what has come is what was announced, as far as that goes.
func (f *reelFile) check() bool {
	for len(f.marks) > 0 {
		m := f.marks[0]
		through := min(len(f.log), m.bytes)
		f.sum.Write(f.log[f.summed:through])
		if f.summed = through; through < m.bytes {
			return true
		}
		if [32]byte(f.sum.Sum(nil)) != m.sum {
			return false
		}
		f.checked, f.reached, f.marks = m.bytes, m, f.marks[1:]
	}
	return true
}

// fault: what comes is not what was announced.
func (f *reelFile) fault() {
	r := f.screening.room
	f.drop()
	if r.Hosting() {
		f.shunned |= 1 << f.from.Machine()
		f.from = nil
		return
	}
	f.err = errors.New("what " + f.name + " has sent is not the recording that was announced: come in again")
}
