package rollbacktest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// DefaultFrames is how many frames Run plays if Options does not say.
const DefaultFrames = 600

// Options say how a sync test is played. The zero value is a good test.
type Options[I any] struct {
	// Frames is how many confirmed frames are compared; 0 means
	// DefaultFrames. It must reach the part of the game where inputs matter.
	Frames int
	// Seed decides the depths, the guesses and the random inputs. The same
	// seed plays the same test.
	Seed uint64
	// Input returns what a seat does in a frame; it is called once for each,
	// in order. nil means random values, each held for two frames on average.
	Input func(frame rollback.Frame, seat int) I
	// Lineup returns the lineup of a frame; it is called once for each, in order. nil means
	// that seats come and go, and pauses are made, at random, in a Config with Lineups,
	// Absent or Bot.
	Lineup func(frame rollback.Frame) rollback.Lineup
	// Commands returns the commands of a frame; it is called once for each, in order, and
	// what it returns for a paused one is left out. nil means that there are none.
	Commands func(frame rollback.Frame) []rollback.Command
}

// Report says what a sync test has shown.
type Report struct {
	Frames    int     // confirmed frames compared
	Rollbacks uint64  // how often the late session rolled back
	Resteps   uint64  // frames that it stepped again
	MeanDepth float64 // of the rollbacks, in frames
	MaxDepth  int
	Changed   int // frames that changed the world
	Corrected int // frames that were shown wrong first and came right by a rollback
	Absent    int // frames that were stepped with a seat absent,
	Paused    int // frames that were paused,
	Commanded int // and frames with commands
}

func (r Report) String() string {
	return fmt.Sprintf("%d frames agree after %d rollbacks (depth %.1f on average, %d at most); %d frames were stepped again, %d of them had looked different before",
		r.Frames, r.Rollbacks, r.MeanDepth, r.MaxDepth, r.Resteps, r.Corrected)
}

// Mismatch is a frame that came out differently when it was stepped again.
type Mismatch struct {
	// Frame is the first one that did: its inputs and the world before it
	// were the same, the world after it was not. Where Config.SaveEvery skips
	// frames it is one of the SaveEvery frames that end here.
	Frame rollback.Frame
	// Fields differ in the world after it, the first eight of them. A is the
	// value of stepping once, B the value after rollbacks.
	Fields []rollback.Difference
	// Shared is a way to memory that Config.Copy does not copy, such as
	// "World.Lines", and that one of Fields lies in; "" if there is none.
	Shared string
}

func (m *Mismatch) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "rollbacktest: frame %d came out differently when it was stepped again after a rollback:", m.Frame)
	for _, d := range m.Fields {
		fmt.Fprintf(&b, "\n\t%s is %s when stepped once, %s after rollbacks", d.Field, d.A, d.B)
	}
	if m.Shared != "" {
		b.WriteString(sharedWords(m.Shared))
		return b.String()
	}
	b.WriteString("\nStep must change the world only, and depend on nothing but the world and its inputs (Config.Bot: on the world and the seat): look for package variables, map order, clocks, devices and math/rand")
	return b.String()
}

// What Run returns when it could prove nothing.
var (
	// ErrNoRollback: no guess was ever wrong, so nothing was stepped again.
	ErrNoRollback = errors.New("rollbacktest: nothing was rolled back: play more frames")
	// ErrStill: Step never changed the world.
	ErrStill = errors.New("rollbacktest: the world never changed, so nothing was tested: does Step work on its argument?")
	// ErrDeaf: the world changes, but no input does anything to it.
	ErrDeaf = errors.New("rollbacktest: the game rolled back but no other input ever changed the world, so nothing was tested: start it where inputs matter, or play more frames")
)

// SyncTest is Run as a test: it fails t with what Run finds. Given a *testing.T it
// plays the two sessions by two clocks, the computer's and one that goes by leaps
// (package testing/synctest), so that a Step which reads the clock is found, be it in
// nanoseconds or in hours: then no goroutine that Step or Copy start may be left behind.
func SyncTest[S, I any](t testing.TB, config rollback.Config[S, I], options Options[I]) (report Report) {
	t.Helper()
	var err error
	if whole, ok := t.(*testing.T); ok && !isFastClock() {
		twoClocks(whole, options.Seed, func(c clocks) { report, err = play(config, options, c) })
	} else {
		report, err = Run(config, options)
	}
	if err != nil {
		t.Fatal(err)
	}
	if floats := rollback.ShapeOf[S, I]().Floats; len(floats) > 0 {
		t.Logf("rollbacktest: %s: floating-point numbers, which this test cannot see differ between machines; package fixed has numbers that do not", strings.Join(floats, ", "))
	}
	return report
}

// Run plays the sync test of a game, by the computer's one clock: a Step that reads the time
// in seconds may find it the same all through a run, and is found by SyncTest only. It uses the config's game (Start, Step,
// Seats, Clean, Copy, Append, Decode), its window (the default one for Lockstep),
// SaveEvery and Origin; all seats are remote. With Lineups, or an Absent, a Bot or
// Options.Commands that only they make use of, seats come and go, and a Bot plays those that nobody does. The error is a *Mismatch, a *CopyError, a *CleanError,
// a *BotError, one of ErrNoRollback, ErrStill and ErrDeaf, or what rollback.New says.
func Run[S, I any](config rollback.Config[S, I], options Options[I]) (Report, error) {
	return play(config, options, oneClock)
}

// play is Run by two clocks.
func play[S, I any](config rollback.Config[S, I], options Options[I], by clocks) (Report, error) {
	r, err := newRun(config, options)
	if err != nil {
		return Report{}, err
	}
	r.clocks = by
	for r.report.Frames < r.frames && err == nil {
		err = r.guarded()
		by.pause()
	}
	stats := r.late.Stats()
	r.report.Rollbacks, r.report.Resteps, r.report.MaxDepth = stats.Rollbacks, stats.Resteps, stats.MaxDepth
	if mean := stats.MeanDepth(); mean.Den > 0 {
		r.report.MeanDepth = float64(mean.Num) / float64(mean.Den)
	}
	switch {
	case err != nil:
	case r.report.Changed == 0:
		err = ErrStill
	case r.report.Rollbacks == 0:
		err = ErrNoRollback
	case r.report.Corrected == 0:
		err = ErrDeaf
	}
	return r.report, err
}

// ring is how many frames of inputs and hashes a run remembers: more than a
// window, so that nothing that is still open is overwritten.
const ring = 2 * rollback.MaxWindowFrames

type run[S, I any] struct {
	late, truth *rollback.Session[S, I]
	bot         *botWatch[S, I] // nil if no bot plays
	poison      *poison[S]
	clocks      clocks
	chance      rollback.Rand
	input       func(rollback.Frame, int) I
	lineup      func(rollback.Frame) rollback.Lineup    // nil without lineups
	command     func(rollback.Frame) []rollback.Command // nil without commands
	frames      int
	seats       int
	window      int32

	inputs  [ring][rollback.MaxSeats]I
	lineups [ring]rollback.Lineup
	said    [ring][]rollback.Command
	made    rollback.Frame           // inputs and lineups of the frames before this are made
	depth   [rollback.MaxSeats]int32 // how late the seat's next inputs will be,
	calls   int32                    // and the next lineups
	shown   [ring]uint64             // hash of the world as first shown
	last    uint64                   // hash of the newest confirmed world
	held    [rollback.MaxSeats]I     // of random inputs
	called  rollback.Lineup          // of random lineups
	report  Report
}

func newRun[S, I any](config rollback.Config[S, I], options Options[I]) (*run[S, I], error) {
	config.Local, config.DelayFrames, config.ChecksumFrames = nil, 0, -1
	if config.Lockstep {
		config.Lockstep, config.WindowFrames = false, 0
	}
	if config.Bot != nil && config.Absent == rollback.AbsentIdle {
		config.Absent = rollback.AbsentBot
	}
	changing := config.Lineups || config.Absent != rollback.AbsentIdle || options.Lineup != nil
	config.Lineups = changing || options.Commands != nil
	if config.TickRate == 0 {
		config.TickRate = rollback.DefaultTickRate
	}
	if config.WindowFrames == 0 {
		config.WindowFrames = rollback.DefaultWindow(config.TickRate)
	}
	r := &run[S, I]{
		chance: rollback.NewRand(options.Seed), input: options.Input,
		frames: options.Frames, seats: config.Seats, window: int32(config.WindowFrames),
		made: config.Origin.Frame, called: config.Origin.Lineup,
	}
	if r.frames <= 0 {
		r.frames = DefaultFrames
	}
	if r.input == nil {
		r.input = r.randomInput
	}
	switch r.lineup = options.Lineup; {
	case r.lineup != nil || !config.Lineups:
	case changing:
		r.lineup = r.randomLineup
	default:
		r.lineup = func(rollback.Frame) rollback.Lineup { return rollback.Lineup{} }
	}
	r.command = options.Commands
	err := config.Check()
	if err == nil && config.Copy != nil {
		err = firstLook(config)
	}
	if err == nil && config.Clean != nil {
		err = tryClean(config.Clean, options.Seed)
	}
	if err != nil {
		return nil, err
	}
	if r.truth, err = rollback.New(config); err != nil {
		return nil, err
	}
	r.last = r.truth.Hash(r.truth.World())
	r.shown[r.made%ring] = r.last
	for seat := range r.seats {
		r.depth[seat] = r.chance.Between(1, r.window)
	}
	r.poison = newPoison(config, r.truth, options.Seed)
	config.Copy, config.Append, config.Decode = r.poison.copy, r.truth.AppendWorld, r.truth.DecodeWorld
	config.Predict = r.wrongGuess
	if config.Lineups {
		r.calls = r.chance.Between(1, r.window)
	}
	if config.Absent == rollback.AbsentBot {
		r.bot = &botWatch[S, I]{bot: config.Bot, encode: r.truth.AppendWorld, decode: r.truth.DecodeWorld, diff: r.truth.Diff}
		config.Bot = r.bot.ask
	}
	r.late, err = rollback.New(config)
	return r, err
}

// randomInput holds each value for two frames on average.
func (r *run[S, I]) randomInput(_ rollback.Frame, seat int) I {
	if r.chance.OneIn(2) {
		scramble(&r.held[seat], &r.chance, true)
	}
	return r.held[seat]
}

// wrongGuess is any input at all, and now and then the last one, which may be
// right: rollbacks should begin at every frame of the window.
func (r *run[S, I]) wrongGuess(last I) I {
	if !r.chance.OneIn(4) {
		scramble(&last, &r.chance, true)
	}
	return last
}

// randomLineup changes the last one now and then. Pauses are short.
func (r *run[S, I]) randomLineup(rollback.Frame) rollback.Lineup {
	if r.chance.OneIn(20) {
		r.called.Absent ^= 1 << r.chance.Below(int32(r.seats))
	}
	if r.called.Paused && r.chance.OneIn(6) || r.chance.OneIn(60) {
		r.called.Paused = !r.called.Paused
	}
	return r.called
}

// commandsOf is the commands of a frame whose lineup is made. In a pause nobody says anything.
func (r *run[S, I]) commandsOf(f rollback.Frame) []rollback.Command {
	if r.command == nil {
		return nil
	}
	commands := r.command(f)
	if r.lineups[f%ring].Paused {
		return nil
	}
	return commands
}

// guarded is tick, and says so if a panic in it is Copy's fault and not Step's.
func (r *run[S, I]) guarded() (err error) {
	defer func() {
		switch problem := recover(); {
		case problem == nil:
		case r.poison.err != nil:
			err = r.poison.err
		case len(r.poison.shared) > 0:
			err = &CopyError{By: "Step", Shared: r.poison.suspects(), Err: fmt.Errorf("panic: %v", problem)}
		default:
			panic(problem)
		}
	}()
	return r.tick()
}

// tick delivers what is due, ticks the late session and compares what has
// become final.
func (r *run[S, I]) tick() error {
	current := r.late.Current()
	if r.made == current {
		for seat := range r.seats {
			r.inputs[current%ring][seat] = r.input(current, seat)
		}
		if r.lineup != nil {
			r.lineups[current%ring] = r.lineup(current)
			r.said[current%ring] = r.commandsOf(current)
		}
		r.made++
	}
	if err := r.deliverAll(current); err != nil {
		return err
	}
	if st := r.late.Tick(); st.Advanced {
		r.shown[st.Current%ring] = r.late.Hash(r.late.World())
	}
	switch {
	case r.poison.err != nil:
		return r.poison.err
	case r.bot != nil && r.bot.err != nil:
		return r.bot.err
	}
	return r.compare()
}

// deliverAll confirms what is due: of all seats, and of the lineups.
func (r *run[S, I]) deliverAll(current rollback.Frame) error {
	for seat := range r.seats {
		if err := r.deliver(seat, current); err != nil {
			return err
		}
	}
	late := int32(current - 1 - r.late.LineupsThrough())
	if r.lineup == nil || late < r.calls {
		return nil
	}
	for range r.chance.Between(1, late) {
		f := r.late.LineupsThrough() + 1
		if err := r.late.ConfirmLineup(f, r.lineups[f%ring], r.said[f%ring]...); err != nil {
			return err
		}
	}
	r.calls = r.chance.Between(1, r.window)
	return nil
}

// deliver confirms some of a seat's inputs once the oldest unknown one is as
// late as was drawn for it, which is the depth of the rollback it causes.
func (r *run[S, I]) deliver(seat int, current rollback.Frame) error {
	late := int32(current - 1 - r.late.Held(seat))
	if late < r.depth[seat] {
		return nil
	}
	for range r.chance.Between(1, late) {
		f := r.late.Held(seat) + 1
		if f >= current {
			break // it was absent for a while, so that less was lacking than it seemed
		}
		if err := r.late.Confirm(seat, f, r.inputs[f%ring][seat]); err != nil {
			return err
		}
	}
	r.depth[seat] = r.chance.Between(1, r.window)
	return nil
}

// compare steps the truth through the frames that are final in the late
// session and compares the worlds after them.
func (r *run[S, I]) compare() error {
	final := min(r.late.Confirmed()+1, r.late.Current())
	for r.truth.Current() < final && r.report.Frames < r.frames {
		f := r.truth.Current()
		if err := r.confirmTruth(f); err != nil {
			return err
		}
		r.clocks.aside(func() { r.truth.Follow(1) })
		hash := r.truth.Hash(r.truth.World())
		if hash != r.last {
			r.report.Changed++
		}
		if hash != r.shown[(f+1)%ring] {
			r.report.Corrected++
		}
		r.last = hash
		if world, ok := r.late.At(f + 1); ok && r.truth.Hash(world) != hash {
			fields := r.truth.Diff(r.truth.World(), world, 8)
			return &Mismatch{Frame: f, Fields: fields, Shared: r.poison.culprit(fields)}
		}
		r.report.Frames++
	}
	return nil
}

func (r *run[S, I]) confirmTruth(f rollback.Frame) error {
	if r.lineup != nil {
		l := r.lineups[f%ring]
		if err := r.truth.ConfirmLineup(f, l, r.said[f%ring]...); err != nil {
			return err
		}
		if len(r.said[f%ring]) > 0 {
			r.report.Commanded++
		}
		switch {
		case l.Paused:
			r.report.Paused++
		case l.Absent != 0:
			r.report.Absent++
		}
	}
	for seat := range r.seats {
		if r.lineup != nil && !r.lineups[f%ring].Present(seat) {
			continue
		}
		if err := r.truth.Confirm(seat, f, r.inputs[f%ring][seat]); err != nil {
			return err
		}
	}
	return nil
}
