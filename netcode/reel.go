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
	"github.com/visavis-netcode/visavis/netcode/internal/screening"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
)

// The file of what is shown goes from member to member over the feed of their link, which holds
// up nothing else. A guest asks its host for it; a host that has taken over before it had the
// file asks the others, one after the other. What was announced bounds what is taken: so many
// bytes, with that sum.

// MaxReplayBytes is how long a recording may be that a lobby looks at together.
const MaxReplayBytes = wire.MaxReelBytes

const (
	reelTimeout   = 5 * time.Second // without anything new, the file is asked for again
	maxReelTimes  = 2               // that one member is sent the whole of it
	reelHeadBytes = 9               // of a block: feedReel, four bytes of the sum, and the place of what follows
	maxReelPiece  = link.MaxFeedBytes - reelHeadBytes
	feedReel      = 3 // what a block of a feed begins with: see donor.go
)

// ShowReplay has all in the lobby look at a recorded match together: log is its file, which must
// not be written to from then on. Members see it with Screening. Another one takes its place. It
// returns ErrNotHost, or in words why that cannot be shown.
func (a *authority) ShowReplay(log []byte) error {
	if a == nil {
		return ErrNotHost
	}
	if len(log) > MaxReplayBytes {
		return fmt.Errorf("this recording has %d MB, and no more than %d can be sent to the others", (len(log)+1<<20-1)>>20, MaxReplayBytes>>20)
	}
	recorded, err := matchlog.Open(bytes.NewReader(log), int64(len(log)), nil)
	if err != nil {
		return err
	}
	if game := recorded.Header.Game; game != a.room.terms.game {
		return fmt.Errorf("this is a recorded match of %q, and not of %q", cleanText(game, 64), a.room.terms.game)
	}
	s := newScreening(a.room, wire.Reel{Sum: sha256.Sum256(log), Bytes: uint32(len(log)), First: int32(recorded.Starts()[0]), End: int32(recorded.Frames)})
	s.file.log, s.file.whole = log, true
	a.room.screening = s
	s.hosts(screening.Cue{Holder: a.room.me, Frame: s.First(), At: a.room.now(), Speed: screening.RealSpeed})
	s.stepDesk(a.room.now())
	return nil
}

// reelFile is what this machine has of the file. Owner: the screening.
type reelFile struct {
	screening *Screening
	log       []byte // as far as it has come, Reel.Bytes at most
	sum       hash.Hash
	whole     bool
	wanted    bool
	err       error
	from      *mesh.Conn // who is asked,
	name      string     // and what he is called
	tried     int        // the machine that a host without the file has asked last
	shunned   uint16     // machines that sent another file to a host without one
	heardAt   time.Duration
	newsAt    time.Duration // when anything new came last
	began     time.Duration // when this asking began,
	beganWith int           // and with how much
	told      *mesh.Conn    // the host who knows that this machine can play it
}

// Fetch asks for the recording, which comes bit by bit: Progress. A machine that has it already
// gives it with Use.
func (s *Screening) Fetch() {
	if f := &s.file; !f.wanted && !f.whole {
		f.wanted = true
		f.begin(s.room.now())
	}
}

// Sum is the SHA-256 of the recording, and Bytes how long it is: by that a machine knows whether
// it has it.
func (s *Screening) Sum() [32]byte { return s.reel.Sum }
func (s *Screening) Bytes() int    { return int(s.reel.Bytes) }

// Use takes a recording that this machine has, in place of what Fetch would fetch; it must not
// be written to from then on. It reports false if it is another one.
func (s *Screening) Use(log []byte) bool {
	if s.file.whole {
		return true
	}
	if len(log) != s.Bytes() || sha256.Sum256(log) != s.reel.Sum {
		return false
	}
	s.file.done(log)
	return true
}

// Log is the recording; nil as long as it is not all here.
func (s *Screening) Log() []byte {
	if !s.file.whole {
		return nil
	}
	return s.file.log
}

// Err says in a sentence why the recording does not come, nil if it does.
func (s *Screening) Err() error { return s.file.err }

// Got is how many bytes of the recording are here, and Left how long the others take about; 0 if
// that is not known.
func (s *Screening) Got() int { return len(s.file.log) }
func (s *Screening) Left() time.Duration {
	f := &s.file
	since, more := s.room.now()-f.began, len(f.log)-f.beganWith
	if f.whole || more <= 0 {
		return 0
	}
	return time.Duration(float64(since) * float64(s.Bytes()-len(f.log)) / float64(more))
}

// Progress says in words how far the recording has come; "" when it is here, or nobody wants it.
func (s *Screening) Progress() string {
	f, now := &s.file, s.room.now()
	switch {
	case f.whole || !f.wanted:
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
	if len(f.log) == 0 {
		f.sum = sha256.New()
	}
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

// drop forgets what has come.
func (f *reelFile) drop() { f.log, f.sum = nil, sha256.New() }

func (f *reelFile) done(log []byte) {
	f.log, f.whole, f.err, f.from, f.sum = log, true, nil, nil, nil
}

// step asks for what is not here, and says to the host when it is.
func (f *reelFile) step(now time.Duration) {
	r, reel := f.screening.room, &f.screening.reel
	if f.whole {
		if r.guest != nil && r.takesOver && f.told != r.guest.host {
			f.told = r.guest.host
			f.told.Send(&wire.ReelAsk{Sum: reel.Sum, From: reel.Bytes})
		}
		return
	}
	if !f.wanted || f.err != nil || f.from != nil && f.from.Link.State() != link.Closed && now-f.heardAt < reelTimeout {
		return
	}
	if f.from == nil {
		f.newsAt = now
	}
	if f.from = f.lender(); f.from != nil {
		f.name = r.reception.Name(uint8(f.from.Machine()))
		f.from.Send(&wire.ReelAsk{Sum: reel.Sum, From: uint32(len(f.log))})
	}
	f.heardAt = now
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

// fed takes a block of the file. What came before is still under way where it was asked for
// again.
func (f *reelFile) fed(c *mesh.Conn, now time.Duration, b []byte) {
	reel := &f.screening.reel
	if f.whole || !f.wanted || f.err != nil || c != f.from || len(b) <= reelHeadBytes || !bytes.Equal(b[1:5], reel.Sum[:4]) {
		return
	}
	at, piece := int64(binary.BigEndian.Uint32(b[5:])), b[reelHeadBytes:]
	got := int64(len(f.log))
	switch end := at + int64(len(piece)); {
	case end <= got:
		return
	case at != got || end > int64(reel.Bytes):
		f.fault()
		return
	}
	f.heardAt, f.newsAt = now, now
	f.log = append(f.log, piece...)
	f.sum.Write(piece)
	if len(f.log) < int(reel.Bytes) {
		return
	}
	if [32]byte(f.sum.Sum(nil)) != reel.Sum {
		f.fault()
		return
	}
	f.done(f.log)
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

// lending is whom this machine sends the file. Owner: the screening.
type lending struct {
	screening *Screening
	to        [wire.MaxMachines]loan
}

// loan is what one member is sent.
type loan struct {
	visit uint32
	conn  *mesh.Conn // nil: nothing more
	at    int
	bytes int  // in all
	has   bool // it has the file, and can play it
}

// loanTo is what a member is sent, who may have gone and come again.
func (l *lending) loanTo(m *member) *loan {
	to := &l.to[m.Machine]
	if to.visit != m.Visit {
		*to = loan{visit: m.Visit}
	}
	return to
}

// asked: a member wants the file, or has it.
func (l *lending) asked(c *mesh.Conn, m *wire.ReelAsk) {
	s := l.screening
	who := s.room.members[c.Machine()]
	if who == nil || m.Sum != s.reel.Sum {
		return
	}
	to := l.loanTo(who)
	if m.From == s.reel.Bytes {
		to.has, to.conn = true, nil
		return
	}
	to.conn, to.at = c, int(m.From)
}

// Has reports whether a member has the recording, and a Lobby.SetTakeover: it gets a seat in
// Lobby.StartFromReplay. Only the host knows that of others.
func (s *Screening) Has(machine int) bool {
	switch m := s.room.members.at(machine); {
	case m == nil:
		return false
	case m.Machine == s.room.me:
		return s.file.whole && s.room.takesOver
	default:
		return s.lending.loanTo(m).has
	}
}

// step sends what there is room for.
func (l *lending) step() {
	s := l.screening
	for _, m := range s.room.members {
		if m == nil || !s.file.whole {
			continue
		}
		if to := l.loanTo(m); to.conn != nil && !to.step(s) {
			to.conn = nil
		}
	}
}

// step reports false if there is no more to be sent.
func (to *loan) step(s *Screening) bool {
	for to.at < len(s.file.log) {
		n := min(maxReelPiece, len(s.file.log)-to.at)
		switch {
		case to.conn.Link.State() == link.Closed, to.bytes+n > maxReelTimes*len(s.file.log):
			return false
		case to.conn.Link.FeedRoom() < reelHeadBytes+n:
			return true
		}
		block := append(make([]byte, 0, link.MaxFeedBytes), feedReel)
		block = append(block, s.reel.Sum[:4]...)
		block = binary.BigEndian.AppendUint32(block, uint32(to.at))
		if to.conn.Link.SendFeed(append(block, s.file.log[to.at:to.at+n]...)) != nil {
			return true
		}
		to.at, to.bytes = to.at+n, to.bytes+n
	}
	return false
}
