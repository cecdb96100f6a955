package netcode

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/screening"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// A match that goes on is looked at as a recorded one is, by its log, which grows. The host announces
// every second how far it goes by now, with the sum of all of it; the others fetch what is new. What
// is shown goes as far as all have it who have kept up so far, and those who have not are waited for
// for shareTime at most: after that the others go on without them.

// MaxReplayBytes is how long a recording may be that a lobby looks at together.
const MaxReplayBytes = wire.MaxReelBytes

const (
	growEvery = time.Second     // at most, what has come is announced
	growCost  = growEvery / 2   // of what a guest takes of that,
	growBurst = 8 * growCost    // and so much at once
	shareTime = 5 * time.Second // for which those are waited for who have all but the newest
)

// LiveLog is the log of a match that goes on, in memory: what Watcher.Record, Match.Record or a
// matchlog.Recorder writes to, and Room.ShowLive shows. It takes MaxReplayBytes, and then ends. It
// may be written to by another goroutine.
type LiveLog struct {
	lock   sync.Mutex
	log    []byte
	closed bool
}

// NewLiveLog returns an empty one.
func NewLiveLog() *LiveLog { return &LiveLog{} }

// Write appends to the log. It returns an error in words when that would be longer than MaxReplayBytes,
// with which the log ends, and after that or Close.
func (l *LiveLog) Write(b []byte) (int, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.closed {
		return 0, errors.New("this log of a match that is looked at together has ended")
	}
	if len(l.log)+len(b) > MaxReplayBytes {
		l.closed = true
		return 0, fmt.Errorf("a match that is looked at together has no more than %d MB", MaxReplayBytes>>20)
	}
	l.log = append(l.log, b...)
	return len(b), nil
}

// Close says that the match is over: nothing more is written. It returns nil.
func (l *LiveLog) Close() error {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.closed = true
	return nil
}

// read returns what has been written, which nobody changes any more, and whether that is all.
func (l *LiveLog) read() (log []byte, over bool) {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.log[:len(l.log):len(l.log)], l.closed
}

// ErrNothingRecorded: there is nothing in a log yet that could be shown. A recorder writes about every
// second.
var ErrNothingRecorded = errors.New("nothing of the match is recorded yet: it takes a second or two")

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
	return a.show(log, nil)
}

// ShowLive is ShowReplay for a match that goes on, as far as it is recorded: at first all stand near
// its end (Screening.Live). What is shown is this host's word; who has signed it can be found by
// replay.SignedBy. With the host it ends where it is. It returns ErrNothingRecorded while there is
// nothing to be shown yet, ErrNotHost, or in words why that cannot be shown.
func (a *authority) ShowLive(live *LiveLog) error {
	if a == nil {
		return ErrNotHost
	}
	if live == nil {
		return errors.New("netcode: ShowLive(nil): it takes the LiveLog that the match is recorded to")
	}
	if s := a.room.screening; s != nil && s.broadcast.live == live {
		return nil
	}
	log, _ := live.read()
	err := a.show(log, live)
	if cut := new(matchlog.CutError); errors.As(err, &cut) || len(log) == 0 {
		return ErrNothingRecorded
	}
	return err
}

// show shows a file, which is that of a match that goes on if live is not nil.
func (a *authority) show(log []byte, live *LiveLog) error {
	recorded, err := matchlog.Open(bytes.NewReader(log), int64(len(log)), nil)
	if err != nil {
		return err
	}
	if game := recorded.Header.Game; game != a.room.terms.game {
		return fmt.Errorf("this is a recorded match of %q, and not of %q", cleanText(game, 64), a.room.terms.game)
	}
	reel := wire.Reel{Bytes: uint32(len(log)), Sum: sha256.Sum256(log), First: int32(recorded.Starts()[0]), End: int32(recorded.Frames), Grows: live != nil}
	reel.Name = reel.Sum
	s := newScreening(a.room, reel)
	s.file.have(log, markOf(&reel))
	begin := screening.Cue{Holder: a.room.me, Frame: s.First(), At: a.room.now(), Speed: screening.RealSpeed}
	if live != nil {
		s.broadcast = broadcast{screening: s, live: live, recorded: recorded, shared: markOf(&reel)}
		begin.Frame, begin.Playing = s.follower.Reel().Live(), true
	}
	a.room.screening = s
	a.unsure.decides(a.room.now())
	s.hosts(begin)
	s.stepDesk(a.room.now())
	return nil
}

// broadcast is a match that goes on, at the host of the room. Owner: the screening.
type broadcast struct {
	screening *Screening
	live      *LiveLog // nil: there is none, or it is over
	recorded  *matchlog.Log
	notBefore time.Duration // more of it is announced
	growths   []growth
	shared    reelMark // the newest that all have who keep up
}

// growth is what was announced of it, and not all who keep up have yet.
type growth struct {
	reelMark
	at time.Duration
}

// step announces what is new, and finds how far what was announced is with the others.
func (b *broadcast) step(now time.Duration) {
	if b.live != nil && now >= b.notBefore {
		b.grow(now)
	}
	b.share(now)
}

// grow announces what is new.
func (b *broadcast) grow(now time.Duration) {
	s := b.screening
	log, over := b.live.read()
	f := &s.file
	if len(log) == f.checked && !over {
		return
	}
	if b.recorded.Grow(bytes.NewReader(log), int64(len(log))) != nil || over {
		over, b.live = true, nil
	}
	b.notBefore = now + growEvery
	f.sum.Write(log[f.summed:])
	f.summed = len(log)
	s.reel.Bytes, s.reel.End, s.reel.Grows = uint32(len(log)), int32(b.recorded.Frames), !over
	f.sum.Sum(s.reel.Sum[:0])
	f.extended(log, markOf(&s.reel))
	b.growths = append(b.growths, growth{f.reached, now})
	for _, m := range s.room.members {
		if m != nil && s.shownTo[m.Machine] == m.Visit && m.Machine != s.room.me {
			s.room.mesh.To(m.Machine).Send(&s.reel)
		}
	}
}

// share finds how far what was announced is with all who keep up, and may be shown.
func (b *broadcast) share(now time.Duration) {
	s := b.screening
	for len(b.growths) > 0 {
		next := &b.growths[0]
		if now-next.at < shareTime && !s.lending.keepUp(next.bytes, b.shared.bytes) {
			return
		}
		b.shared, b.growths = next.reelMark, b.growths[1:]
		s.extend(b.shared.end, s.reel.Grows || len(b.growths) > 0)
		s.nextCue = 0
	}
}

// extend: what is shown goes up to a frame by now.
func (s *Screening) extend(end int32, grows bool) {
	s.follower.Extend(rollback.Frame(end), grows)
	if s.desk != nil {
		s.desk.Extend(rollback.Frame(end), grows)
	}
}

// reelGrew takes what the host says of how far the match goes by now that is shown.
func (g *guest) reelGrew(s *Screening, reel *wire.Reel) {
	now, ends := g.room.now(), s.reel.Grows && !reel.Grows // which is said but once
	if *reel == s.reel || !s.grows.Take(now, growCost, growBurst) && !ends {
		return
	}
	s.reel = *reel
	s.file.announced(now, markOf(reel))
}

// inherit makes the file this machine's own, which hosts from now on. Of a match that goes on there is
// no more than it has, or than was announced last if it has nothing of it.
func (f *reelFile) inherit() {
	reel := &f.screening.reel
	if !reel.Grows {
		return
	}
	reel.Grows = false
	if f.marks = nil; f.checked == 0 {
		f.marks = []reelMark{markOf(reel)}
		return
	}
	f.drop()
	reel.Bytes, reel.Sum, reel.End = uint32(f.reached.bytes), f.reached.sum, f.reached.end
}

// Grows reports whether the match that is shown goes on, as far as is known.
func (s *Screening) Grows() bool { return s.follower.Reel().Grows }

// Live goes to what is newest of a match that goes on, some two seconds behind it so that it does not
// run out; of one that is over to its end.
func (s *Screening) Live() error {
	return s.wish(func(c *screening.Cue) {
		c.Frame, c.Playing, c.Speed = s.follower.Reel().Live(), true, screening.RealSpeed
	})
}
