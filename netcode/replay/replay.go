package replay

import (
	"io"
	"math"
	"os"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// Bounds of the speed, in either direction.
const (
	MinSpeed = 0.25
	MaxSpeed = 16
)

// Replay is a recorded match that is being looked at.
type Replay[S, I any] struct {
	log     *matchlog.Log
	reader  *matchlog.Reader // of log
	config  netcode.Config[S, I]
	close   func() error
	sim     *simulation[S, I]
	stretch *matchlog.Stretch // that the next frame of sim is in, or ends
	index   int               // of it
	at      rollback.Frame    // the world that is shown is the one before it
	paused  bool
	speed   float64
	owed    float64 // of a frame, that ticks have not made whole yet
}

// Progress is told how far something is that takes its time.
type Progress func(done, total int64)

// Left is how long something is going to take that has begun some time ago.
func Left(done, total int64, since time.Duration) time.Duration {
	if done <= 0 {
		return 0
	}
	return time.Duration(float64(since) * float64(total-done) / float64(done))
}

// Open opens a log of so many bytes at its first frame, in play at speed 1. It says in words
// why this copy of the game cannot play it.
func Open[S, I any](config netcode.Config[S, I], from io.ReaderAt, size int64, progress Progress) (*Replay[S, I], error) {
	log, err := matchlog.Open(from, size, progress)
	if err != nil {
		return nil, err
	}
	if err := config.Replays(log.Header); err != nil {
		return nil, err
	}
	r := &Replay[S, I]{log: log, reader: log.Reader(), config: config, speed: 1, close: func() error { return nil }}
	return r, r.load(0)
}

// OpenFile opens a file: see Open.
func OpenFile[S, I any](config netcode.Config[S, I], name string, progress Progress) (*Replay[S, I], error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	r, err := Open(config, file, info.Size(), progress)
	if err != nil {
		file.Close()
		return nil, err
	}
	r.close = file.Close
	return r, nil
}

// Grow goes on with a log that has become longer, and begins as it did. An error says why no more
// of it can be played; what could be before still can.
func (r *Replay[S, I]) Grow(from io.ReaderAt, size int64) error {
	if err := r.log.Grow(from, size); err != nil {
		return err
	}
	s, err := r.reader.Stretch(r.index) // the frames that are new may be its
	if s != nil {
		r.stretch = s
	}
	return err
}

// Close closes the file, if it was opened here.
func (r *Replay[S, I]) Close() error { return r.close() }

// Log is what is played.
func (r *Replay[S, I]) Log() *matchlog.Log { return r.log }

// Setup is what the match started from: who has played it.
func (r *Replay[S, I]) Setup() netcode.Setup { return netcode.SetupOf(r.log.Header) }

// First is the frame that the log begins with, End the one that it ends before.
func (r *Replay[S, I]) First() rollback.Frame { return r.log.StartOf(0) }
func (r *Replay[S, I]) End() rollback.Frame   { return r.log.Frames }

// Frame is where the replay is: World is the world before it.
func (r *Replay[S, I]) Frame() rollback.Frame { return r.at }

// World is for reading, and valid until the next call.
func (r *Replay[S, I]) World() *S {
	world, _ := r.sim.session.At(r.at)
	return world
}

// PreviousWorld is the world one frame before World, or World where that is not known: at
// the beginning and right after a leap.
func (r *Replay[S, I]) PreviousWorld() *S {
	if world, kept := r.sim.session.At(r.at - 1); kept {
		return world
	}
	return r.World()
}

// Lineup is who took part in the frame before.
func (r *Replay[S, I]) Lineup() rollback.Lineup {
	l, _ := r.sim.session.LineupAt(r.at - 1)
	return l
}

// AppendCast appends who plays each seat in the frame before, or in the first one of the log,
// seat 0 first: the Setup's Roster, and who has come and gone since. The Machine of a seat that
// nobody plays is netcode.NoMachine; whose name the log does not tell has none. Right after a
// step back it may be a moment ahead.
func (r *Replay[S, I]) AppendCast(dst []netcode.Seated) []netcode.Seated {
	s := r.stretch
	if span, _, ok := s.At(max(r.at-1, s.Snapshot.Frame)); ok {
		return netcode.AppendCast(dst, r.log.Header, &s.Newcomers, span)
	}
	return dst
}

// AppendNotices appends what Step has emitted since the last call. What is played again
// after a leap back is emitted again.
func (r *Replay[S, I]) AppendNotices(dst []rollback.Notice) []rollback.Notice {
	return r.sim.session.AppendNotices(dst)
}

// Seek goes to a frame, or as near to it as the log goes. It steps what lies between that
// and the snapshot before it, at most some seconds of the match. An error says what of the
// log cannot be played; the replay is then where it could go.
func (r *Replay[S, I]) Seek(f rollback.Frame) error { return r.toward(f, func() bool { return false }) }

// toward goes to a frame, or stops on its way there when that is enough.
func (r *Replay[S, I]) toward(f rollback.Frame, enough func() bool) error {
	f = max(r.First(), min(f, r.End()))
	if _, kept := r.sim.session.At(f); kept {
		r.at = f
		return nil
	}
	if i := r.log.StretchOf(f); f < r.sim.session.Current() || i > r.index+1 {
		if err := r.load(i); err != nil {
			return err
		}
	}
	for n := 1; r.sim.session.Current() < f; n++ {
		if n%enoughEvery == 0 && enough() {
			return nil
		}
		if err := r.next(); err != nil {
			return err
		}
	}
	r.at = f
	return nil
}

// enoughEvery is after how many frames it is looked whether these are enough.
const enoughEvery = 8

// Step goes so many frames on, or back if that is negative.
func (r *Replay[S, I]) Step(frames int) error {
	frames = max(-math.MaxInt32/4, min(frames, math.MaxInt32/4))
	return r.Seek(r.at + rollback.Frame(frames))
}

// load begins anew with a stretch.
func (r *Replay[S, I]) load(i int) error {
	s, err := r.reader.Stretch(i)
	if s == nil {
		return err
	}
	sim, err := begin(r.config, r.log.Header, s)
	if err != nil {
		return err
	}
	r.sim, r.stretch, r.index, r.at = sim, s, i, s.Snapshot.Frame
	return nil
}

// next steps the next frame, from whatever stretch holds it.
func (r *Replay[S, I]) next() error {
	if f := r.sim.session.Current(); f >= r.stretch.End() && r.index+1 < r.log.Stretches() {
		s, err := r.reader.Stretch(r.index + 1)
		if s == nil {
			return err
		}
		r.stretch, r.index = s, r.index+1
	}
	err := r.sim.step(r.stretch)
	r.at = r.sim.session.Current()
	return err
}

// Play goes on, Pause stands still.
func (r *Replay[S, I]) Play()  { r.paused = false }
func (r *Replay[S, I]) Pause() { r.paused = true }

// Paused reports whether it stands still, by Pause or at an end.
func (r *Replay[S, I]) Paused() bool {
	return r.paused || r.speed > 0 && r.at == r.End() || r.speed < 0 && r.at == r.First()
}

// SetSpeed sets how many times as fast as the match was it plays, MinSpeed to MaxSpeed; back
// if it is negative. Other numbers count as the nearest of these, and what is none as 1.
func (r *Replay[S, I]) SetSpeed(times float64) {
	if math.IsNaN(times) {
		times = 1
	}
	r.speed = math.Copysign(max(MinSpeed, min(math.Abs(times), MaxSpeed)), times)
	r.owed = 0
}

// Speed is what was set.
func (r *Replay[S, I]) Speed() float64 { return r.speed }

// Tick lets the time of one frame of the match pass. It is called TickRate times a second.
func (r *Replay[S, I]) Tick() error {
	if r.Paused() {
		return nil
	}
	r.owed += r.speed
	whole := math.Trunc(r.owed)
	r.owed -= whole
	if whole == 0 {
		return nil
	}
	return r.Step(int(whole))
}

// TakeOver is the game with a start of its own: the world where the replay is. Whoever
// plays a match by it, against bots or in a lobby of which all have gone to the same frame
// of the same log, goes on from there. It must be for as many players as the match was.
func (r *Replay[S, I]) TakeOver() netcode.Config[S, I] {
	config, session := r.config, r.sim.session
	written := session.AppendWorld(nil, r.World())
	seats, start := len(r.log.Header.Players), config.Start
	config.Rules ^= session.Hash(r.World()) // who starts elsewhere is told so in the lobby
	config.MinSeats, config.MaxSeats = seats, seats
	setup := r.Setup()
	config.Start = func(netcode.Setup) S {
		world := start(setup)
		if err := session.DecodeWorld(&world, written); err != nil {
			panic(err) // it was decoded once already
		}
		return world
	}
	return config
}
