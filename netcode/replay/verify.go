package replay

import (
	"bytes"
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
	// Begins is the first frame that was simulated. If it is not 0 the world before it is the
	// recording's word: how the match has come to it is not proven.
	Begins rollback.Frame
	// Result reports whether the world that the recording's Result is of was compared.
	Result bool
	// Unproven says in a sentence what the recording says of worlds to which it does not go, so
	// that nobody can verify it; "" for nothing. No recorder writes that.
	Unproven string
	Signed   []Signed // what the players have signed of the whole recording,
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

// RangeError is that a recording has none of the frames that are to be verified.
type RangeError struct {
	From, To   rollback.Frame // as VerifyConfig has them
	First, End rollback.Frame // of the recording: the first frame, and the first that is not in it
}

func (e *RangeError) Error() string {
	has := fmt.Sprintf("the recording has frames %d to %d", e.First, e.End-1)
	if e.To != 0 {
		return fmt.Sprintf("none of the frames from %d to before %d is there to be verified: %s", e.From, e.To, has)
	}
	return fmt.Sprintf("no frame from %d on is there to be verified: %s", e.From, has)
}

// inRange is why nothing of a log is to be verified, nil if something is.
func (v *VerifyConfig) inRange(log *matchlog.Log) error {
	e := &RangeError{v.From, v.To, log.Starts()[0], log.Frames}
	if v.From < 0 || v.To < 0 || v.To != 0 && v.To <= max(v.From, e.First) || v.From >= e.End && v.From > e.First {
		return e
	}
	return nil
}

// Verify simulates a log and compares every world that it says something of, in parallel
// from all of its snapshots. An error says what cannot be played, that ctx is over, or with a
// *RangeError that there is none of what is asked for.
func Verify[S, I any](ctx context.Context, config netcode.Config[S, I], log *matchlog.Log, v VerifyConfig) (Verified, error) {
	if err := config.Replays(log.Header); err != nil {
		return Verified{}, err
	}
	if err := v.inRange(log); err != nil {
		return Verified{}, err
	}
	to := v.To
	if to <= 0 || to > log.Frames {
		to = log.Frames
	}
	c := &check[S, I]{config: config, log: log, to: to, progress: v.Progress}
	first, last := log.StretchOf(v.From), log.StretchOf(max(0, to-1))
	if to == log.Frames {
		last = log.Stretches() - 1 // which may have no frame any more, and what is said of the last world
	}
	c.found.Begins, c.found.Unproven = log.StartOf(first), resultBeyond(log)
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
	f.Result = f.Result || v.Result
	if f.Unproven == "" {
		f.Unproven = v.Unproven
	}
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
	sums.result(c.log.Result, s)
	c.Unproven = sums.beyond(s)
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
		return c.origin(s.Snapshot)
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
	if !marked && !summed && f != sums.resultAt {
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
	c.Result = c.Result || f == sums.resultAt && hash == sums.resultWorld
	if marked && byte(hash) != mark || summed && hash != sum.World || sums.twice[f] || f == sums.resultAt && hash != sums.resultWorld {
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
		if err := follows(next, end); err != nil {
			return err
		}
		c.Compared++
		if c.wrong == rollback.NoFrame && session.Hash(session.World()) != next.Snapshot.World {
			c.wrong = end
		}
		if c.wrong == rollback.NoFrame && c.origin(next.Snapshot) {
			return nil
		}
		if c.wrong != rollback.NoFrame {
			other, err := begin(c.config, c.log.Header, next)
			if err != nil {
				return err
			}
			recorded = other.session.World()
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

// origin compares what a snapshot says of the frames before it, beside the world, with what was
// played. It reports whether that is something else.
func (c *stretchCheck[S, I]) origin(said *matchlog.Snapshot) bool {
	var played rollback.Origin
	if said.Frame > 0 && !c.sim.session.ReadOrigin(&played, said.Frame) {
		return false // nothing was played before it
	}
	if said.Digest == played.Digest && sameInputs(said.Inputs, played.Inputs) && (said.Frame == 0 || said.Lineup == played.Lineup) {
		return false
	}
	c.First = &Difference{Frame: said.Frame, Alike: c.alike, Inputs: true}
	return true
}

// sameInputs compares what all seats have pressed, where nothing stands for blank inputs.
func sameInputs(a, b []byte) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	return bytes.HasPrefix(a, b) && len(bytes.Trim(a[len(b):], "\x00")) == 0
}

// follows says in an error that a stretch does not begin where the one before it ends.
func follows(s *matchlog.Stretch, end rollback.Frame) error {
	switch begins := s.Snapshot.Frame; {
	case begins > end:
		return fmt.Errorf("the log lacks frames %d through %d", end, begins-1)
	case begins < end:
		return fmt.Errorf("the log is damaged: it has frames %d through %d twice", begins, end-1)
	}
	return nil
}
