package replay

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// VerifyConfig says what of a log is to be verified, and how.
type VerifyConfig struct {
	From, To rollback.Frame // To 0: to the end. From goes down to the snapshot before it
	Workers  int            // stretches at once; 0: as many as there are processors
	Progress Progress       // frames; may be nil. It is called by one goroutine at a time
}

// Verified is what a verification has found.
type Verified struct {
	Frames   int         // that were simulated
	Compared int         // worlds that were compared
	First    *Difference // nil: this copy of the game makes the same worlds
	Signed   []Signed    // what the players have signed of the whole recording,
	// Forged says what of it is not what they have signed; nil: it is, as far as they have.
	Forged *matchlog.ForgedError
}

// Difference is the first world that is another one here than in the recording.
type Difference struct {
	Frame rollback.Frame // of the first world that is known to differ,
	Alike rollback.Frame // and of the last before it that is known not to
	// Where the recording has a whole world, at FieldFrame, a field is named, with its value
	// in the recording and here. It is "" where there is none, or no field differs there.
	FieldFrame rollback.Frame
	Field      string
	Recorded   string
	Here       string
	Inputs     bool // not the worlds differ, but the sum of the inputs: the log is not in itself true
}

// String is a sentence.
func (d *Difference) String() string {
	switch {
	case d.Inputs:
		return fmt.Sprintf("before frame %d the recording's inputs are not those that its checksum is of", d.Frame)
	case d.Field == "":
		return fmt.Sprintf("the world before frame %d is not the recorded one (that before frame %d still is)", d.Frame, d.Alike)
	}
	return fmt.Sprintf("the world before frame %d is not the recorded one (that before frame %d still is); before frame %d %s is %s in the recording and %s here",
		d.Frame, d.Alike, d.FieldFrame, d.Field, d.Recorded, d.Here)
}

// Verify simulates a log and compares every world that it says something of, in parallel
// from all of its snapshots. An error says what cannot be played, or that ctx is over.
func Verify[S, I any](ctx context.Context, config netcode.Config[S, I], log *matchlog.Log, v VerifyConfig) (Verified, error) {
	if err := config.Replays(log.Header); err != nil {
		return Verified{}, err
	}
	to := v.To
	if to <= 0 || to > log.Frames {
		to = log.Frames
	}
	c := &check[S, I]{config: config, log: log, to: to, progress: v.Progress}
	first, last := log.StretchOf(v.From), log.StretchOf(max(0, to-1))
	c.next.Store(int32(first))
	c.worst.Store(int32(last) + 1)
	c.total = int64(max(0, to-log.StartOf(first)))
	workers := v.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var wg sync.WaitGroup
	for range max(1, min(workers, last-first+1)) {
		wg.Go(func() { c.work(ctx, last) })
	}
	var signed []Signed
	var forged error
	wg.Go(func() { signed, forged = SignedBy(log) })
	wg.Wait()
	c.found.Signed = signed
	c.found.Forged, _ = errors.AsType[*matchlog.ForgedError](forged) // that it cannot be read is said of the worlds
	if c.found.err == nil && ctx.Err() != nil {
		return c.found.Verified, ctx.Err()
	}
	return c.found.Verified, c.found.err
}

// check is a verification that is going on.
type check[S, I any] struct {
	config   netcode.Config[S, I]
	log      *matchlog.Log
	to       rollback.Frame
	progress Progress
	total    int64
	next     atomic.Int32 // stretch that nobody has begun
	worst    atomic.Int32 // stretches from here on need not be looked at: there is a fault before

	mu    sync.Mutex
	done  int64
	found struct {
		Verified
		err error
		at  int // the stretch of First or err
	}
}

// work verifies stretches until there are no more.
func (c *check[S, I]) work(ctx context.Context, last int) {
	reader := c.log.Reader()
	for ctx.Err() == nil {
		i := int(c.next.Add(1)) - 1
		if i > last || int32(i) >= c.worst.Load() {
			return
		}
		one := stretchCheck[S, I]{check: c, reader: reader}
		err := one.run(ctx, i)
		c.take(i, one.Verified, err)
	}
}

// take counts what was found in a stretch: the earliest difference or error stays.
func (c *check[S, I]) take(i int, v Verified, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := &c.found
	f.Frames += v.Frames
	f.Compared += v.Compared
	if none := f.First == nil && f.err == nil; (v.First != nil || err != nil) && (none || i < f.at) {
		f.First, f.err, f.at = v.First, err, i
		c.worst.Store(int32(i))
	}
}

// passed tells how far it is, now and then.
func (c *check[S, I]) passed(frames int) {
	if c.progress == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done += int64(frames)
	c.progress(c.done, c.total)
}

// stretchCheck verifies one stretch.
type stretchCheck[S, I any] struct {
	*check[S, I]
	Verified
	reader *matchlog.Reader // the worker's
	sim    *simulation[S, I]
	alike  rollback.Frame
	wrong  rollback.Frame // first world that differs; NoFrame: none
}

// progressFrames is how often progress is told.
const progressFrames = 256

func (c *stretchCheck[S, I]) run(ctx context.Context, i int) error {
	s, damaged := c.reader.Stretch(i)
	if s == nil {
		return damaged
	}
	var err error
	if c.sim, err = begin(c.config, c.log.Header, s); err != nil {
		return err
	}
	c.alike, c.wrong = s.Snapshot.Frame, rollback.NoFrame
	if s.Snapshot.Frame == 0 && c.start(s) {
		return nil
	}
	sums := sumsOf(s)
	end := min(s.End(), c.to)
	for f := s.Snapshot.Frame; f < end && c.First == nil; f++ {
		c.compare(f, &sums)
		if (f+1)%progressFrames == 0 {
			if c.passed(progressFrames); ctx.Err() != nil {
				return nil
			}
		}
		if err := c.sim.step(s); err != nil {
			return err
		}
		c.Frames++
	}
	if c.First != nil {
		return nil
	}
	if err := c.finish(i, s, end, &sums); err != nil {
		return err
	}
	if damaged != nil && c.First == nil && i+1 < c.log.Stretches() {
		return damaged
	}
	return nil
}

// start compares the world that this copy of the game begins with. It reports whether it is
// another one.
func (c *stretchCheck[S, I]) start(s *matchlog.Stretch) bool {
	world := c.config.Start(netcode.SetupOf(c.log.Header))
	c.Compared++
	session := c.sim.session
	if session.Hash(&world) == s.Snapshot.World {
		return false
	}
	c.First = &Difference{Alike: rollback.NoFrame}
	c.name(&world, session.World(), 0)
	return true
}

// name names a field in which this copy's world differs from the recorded one.
func (c *stretchCheck[S, I]) name(here, recorded *S, f rollback.Frame) {
	if fields := c.sim.session.Diff(recorded, here, 1); len(fields) > 0 {
		c.First.FieldFrame, c.First.Field, c.First.Recorded, c.First.Here = f, fields[0].Field, fields[0].A, fields[0].B
	}
}

// compare compares the world before a frame with what the recording says of it.
func (c *stretchCheck[S, I]) compare(f rollback.Frame, sums *sums) {
	mark, marked := sums.mark(f)
	sum, summed := sums.sum(f)
	if !marked && !summed {
		return
	}
	session := c.sim.session
	if mine, ok := session.ChecksumAt(f); summed && ok && mine.Inputs != sum.Inputs {
		c.First = &Difference{Frame: f, Alike: c.alike, Inputs: true}
		return
	}
	if c.wrong != rollback.NoFrame {
		return
	}
	c.Compared++
	hash := session.Hash(session.World())
	if marked && byte(hash) != mark || summed && hash != sum.World {
		c.wrong = f
		return
	}
	c.alike = f
}

// finish compares with the world that the next stretch begins with, or that the match has
// ended with, and names the field if something was different before.
func (c *stretchCheck[S, I]) finish(i int, s *matchlog.Stretch, end rollback.Frame, sums *sums) error {
	session := c.sim.session
	if c.compare(end, sums); c.First != nil {
		return nil
	}
	var recorded *S
	if i+1 < c.log.Stretches() && end == s.End() {
		next, err := c.reader.Stretch(i + 1)
		if next == nil {
			return err
		}
		if next.Snapshot.Frame != end {
			return fmt.Errorf("the log lacks frames %d through %d", end, next.Snapshot.Frame-1)
		}
		c.Compared++
		if c.wrong == rollback.NoFrame && session.Hash(session.World()) != next.Snapshot.World {
			c.wrong = end
		}
		if c.wrong != rollback.NoFrame {
			other, err := begin(c.config, c.log.Header, next)
			if err != nil {
				return err
			}
			recorded = other.session.World()
		}
	} else if r := s.Result; r != nil && r.World != 0 && r.Frame == end && c.wrong == rollback.NoFrame {
		c.Compared++
		if session.Hash(session.World()) != r.World {
			c.wrong = end
		}
	}
	if c.wrong != rollback.NoFrame && c.First == nil {
		c.First = &Difference{Frame: c.wrong, Alike: c.alike}
		if recorded != nil {
			c.name(session.World(), recorded, end)
		}
	}
	return nil
}

// sums is what a stretch says of worlds by the way.
type sums struct {
	marks  map[rollback.Frame]byte
	checks map[rollback.Frame]matchlog.Checksum
}

func sumsOf(s *matchlog.Stretch) sums {
	all := sums{map[rollback.Frame]byte{}, map[rollback.Frame]matchlog.Checksum{}}
	for _, m := range s.Marks {
		for k, b := range m.Bytes {
			all.marks[m.First+rollback.Frame(k)] = b
		}
	}
	for _, c := range s.Checksums {
		all.checks[c.Frame] = c
	}
	return all
}

// snapshot counts the world in that a stretch begins with.
func (s *sums) snapshot(of *matchlog.Stretch) {
	f := of.Snapshot.Frame
	s.checks[f] = matchlog.Checksum{Frame: f, World: of.Snapshot.World, Inputs: of.Snapshot.Digest}
	if r := of.Result; r != nil && r.World != 0 {
		if _, summed := s.checks[r.Frame]; !summed {
			s.checks[r.Frame] = matchlog.Checksum{Frame: r.Frame, World: r.World}
		}
	}
}

// is compares a hash with what is said of the world before a frame, if anything is.
func (s *sums) is(f rollback.Frame, hash uint64) (alike, known bool) {
	if sum, ok := s.sum(f); ok {
		return sum.World == hash, true
	}
	mark, ok := s.mark(f)
	return mark == byte(hash), ok
}

func (s *sums) mark(f rollback.Frame) (byte, bool) {
	b, ok := s.marks[f]
	return b, ok
}

func (s *sums) sum(f rollback.Frame) (matchlog.Checksum, bool) {
	c, ok := s.checks[f]
	return c, ok
}
