package rollback

import (
	"reflect"
	"unsafe"
)

// Session keeps one world in step with the others'. It is fed with inputs and
// ticked; it has no clock, no goroutine and no network. It is not safe for
// concurrent use.
type Session[S, I any] struct {
	config Config[S, I]
	world  *layout // nil with Config.Copy
	input  *layout

	core   *core
	intake Intake
	snaps  *snapshots[S]
	marked []mark[S] // the newest two; none where the ring reaches back far enough
	events *eventLog
	pads   []I // the inputs of the frame being stepped, where they are not read as they stand in the core

	delay     Frame
	localLast Frame // newest frame that local inputs are known for

	digest    digester
	checked   Frame // newest frame with a checksum
	checksums []Checksum
	scratch   []byte
	guard     *guard // nil without Config.Guard
	disturbed bool   // Disturb was called
	cleaning  cleaning
	stats     Stats
}

// Status is what a tick did.
type Status struct {
	Advanced   bool   // a new frame was stepped
	Current    Frame  // next frame to step
	Confirmed  Frame  // all inputs through this frame are known
	RolledBack int    // frames stepped again, 0 if there was no rollback
	Taken      Frame  // the frame that this tick's local inputs are for, NoFrame if they were not taken
	Waiting    uint16 // seats (bit 0: seat 0) whose inputs are awaited, if not Advanced; a lineup may be, too
}

// Stats count since the start.
type Stats struct {
	Ticks     uint64 // calls of Tick
	Stalls    uint64 // ticks that stepped no new frame
	Rollbacks uint64
	Resteps   uint64 // frames stepped again
	// Depth counts rollbacks by how many frames lay between the first wrong
	// frame and the current one; deeper ones stand in the last place.
	Depth    [MaxWindowFrames + 1]uint32
	MaxDepth int
	// NoticesMissed is how many notices went because nobody has read them in time.
	NoticesMissed uint64
}

// MeanDepth is the mean of the rollbacks' depths in frames, 0 if there were none.
func (s Stats) MeanDepth() Ratio {
	sum := uint64(0)
	for d, n := range s.Depth {
		sum += uint64(d) * uint64(n)
	}
	return Ratio{sum, s.Rollbacks}
}

// Ratio is a quotient of two counts, kept exact: the core has no floats.
type Ratio struct{ Num, Den uint64 }

// New returns a session at frame 0, or at Config.Origin, or a *ConfigError, *LayoutError or
// *SharedError that names what is wrong. The world is copied from config.Start.
func New[S, I any](config Config[S, I]) (*Session[S, I], error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	config = config.filled()
	shapes, err := config.shapes()
	if err != nil {
		return nil, err
	}
	if shapes.deep != nil {
		config.useDeep(shapes.deep)
	}
	s := &Session[S, I]{
		config: config, world: shapes.world, input: shapes.input,
		core:      newCore(config.Seats, shapes.input.size, config.WindowFrames, config.Origin.Frame),
		events:    newEventLog(config.WindowFrames + config.SaveEvery + 2),
		pads:      make([]I, config.Seats),
		delay:     Frame(config.DelayFrames),
		localLast: config.Origin.Frame - 1,
		digest:    newDigester(config.Origin),
		checked:   NoFrame,
	}
	s.core.saveEvery = Frame(config.SaveEvery)
	s.core.saveChecks = max(0, Frame(config.ChecksumFrames))
	for _, seat := range config.Local {
		s.core.local[seat] = true
	}
	if config.Predict != nil {
		s.core.predict = func(dst, last []byte) {
			var in I
			s.input.decode(unsafe.Pointer(&in), last)
			in = config.Predict(in)
			s.input.encode(dst, unsafe.Pointer(&in))
			s.clean(dst, noSeat, s.core.current)
		}
	}
	s.intake = Intake{core: s.core, input: s.input}
	if config.Clean != nil {
		s.intake.legal = s.makeLegal
	}
	s.clean(s.core.blank, noSeat, NoFrame)
	s.core.beginWith(s.before(config.Origin), config.Origin.Lineup)
	if config.Lineups {
		config.Origin.Lineup.Absent &= s.core.everybody()
		s.core.takeLineups(config.Origin.Lineup, config.Absent)
	}
	if config.Origin.World != nil {
		if err := s.DecodeWorld(&config.Start, config.Origin.World); err != nil {
			return nil, &ConfigError{"Origin", "has a world that cannot be read: " + err.Error()}
		}
	}
	s.snaps = newSnapshots(s.places(), config.Origin.Frame, &config.Start, config.Copy)
	if every := config.ChecksumFrames; every > 0 && len(s.snaps.frames) < every+2*config.WindowFrames+2 {
		s.marked = []mark[S]{{frame: NoFrame}, {frame: NoFrame}}
	}
	if config.Guard {
		s.guard = &guard{}
		s.keepShown()
	}
	return s, nil
}

// places is how many worlds the ring holds: enough for the deepest rollback,
// and more for reports while memory is cheap.
func (s *Session[S, I]) places() int {
	need := s.config.WindowFrames + 2 + s.config.SaveEvery
	size := int(reflect.TypeFor[S]().Size())
	if s.config.Append != nil { // what it holds lies elsewhere
		size += len(s.config.Append(nil, &s.config.Start))
	}
	size = max(1, size)
	return max(need, min(historyFrames, historyBytes/size))
}

// mark is a world at a checksum frame, kept beside the ring where that is too short
// for it: when another machine's checksum tells that the two differ, the world is still
// there to be compared.
type mark[S any] struct {
	frame Frame
	world S
}

// Tick runs one tick: the rollback that is due, if any, and then one new frame,
// if the window allows. local is one input for each local seat, in the order of
// Config.Local; it is used for the frame that lies the input delay ahead, and
// not taken if no new frame is stepped (with Lockstep: if it is known already). Of a
// seat that is absent then, as far as the lineups tell, it does nothing.
// It never blocks and does not allocate. It panics if local has the wrong
// length: that is a mistake in the program.
func (s *Session[S, I]) Tick(local ...I) Status {
	if len(local) != len(s.config.Local) {
		panic("rollback: Tick needs one input for each local seat")
	}
	if s.guard != nil {
		s.checkShown()
	}
	s.stats.Ticks++
	taken := NoFrame
	if len(local) > 0 {
		taken = s.sample(local)
	}
	p := s.core.plan()
	rolled := s.carryOut(p)
	s.settle()
	if s.guard != nil {
		s.keepShown()
	}
	st := Status{Advanced: p.fresh, Current: s.core.current, Confirmed: s.core.confirmed, RolledBack: rolled, Taken: taken}
	if !p.fresh {
		s.stats.Stalls++
		st.Waiting = s.waiting()
	}
	return st
}

// sample takes the local inputs for frame current+delay. A raised delay leaves
// a gap, which repeats the last input; a lowered one means that the frame is
// known already, and the sample is dropped. Known frames never change. It returns
// the frame that the sample is for, NoFrame if it was dropped.
func (s *Session[S, I]) sample(local []I) (taken Frame) {
	target := s.core.current + s.delay
	if !s.core.mayStep() && !s.config.Lockstep || target > s.newestAllowed() {
		return NoFrame
	}
	taken = NoFrame
	for i, seat := range s.config.Local {
		through := target
		if s.core.cast != nil {
			through = s.core.owes(seat, target)
		}
		for f := s.core.held[seat] + 1; f <= through; f = s.core.held[seat] + 1 {
			cell := s.core.cell(s.core.log, f, seat)
			if f == target {
				s.input.encode(cell, unsafe.Pointer(&local[i]))
				s.clean(cell, seat, f)
				taken = f
			} else { // of a seat that has just come the one before is blank
				copy(cell, s.core.cell(s.core.log, f-1, seat))
			}
			s.core.know(seat, f)
		}
	}
	s.localLast = max(s.localLast, taken)
	return taken
}

// noSeat is whose input it is that Clean is given of nobody.
const noSeat = -1

// cleaning is whose input of which frame Clean is working on. Owner: the session.
type cleaning struct {
	now   bool
	seat  int
	frame Frame
}

// clean makes an input's canonical bytes those of a legal one: see Config.Clean.
func (s *Session[S, I]) clean(input []byte, seat int, f Frame) {
	if s.config.Clean != nil {
		s.makeLegal(input, seat, f)
	}
}

func (s *Session[S, I]) makeLegal(input []byte, seat int, f Frame) {
	var in I
	s.input.decode(unsafe.Pointer(&in), input)
	s.cleaning = cleaning{now: true, seat: seat, frame: f}
	in = s.config.Clean(in)
	s.cleaning.now = false
	s.input.encode(input, unsafe.Pointer(&in))
}

// newestAllowed is the newest frame that a local input may be produced for:
// the others can then count on a bound for how far a stream runs ahead.
func (s *Session[S, I]) newestAllowed() Frame {
	return s.core.confirmed + max(s.core.window, 1) + MaxDelayFrames
}

// carryOut does what a plan says and returns the number of frames stepped again.
func (s *Session[S, I]) carryOut(p plan) (again int) {
	if p.load != NoFrame {
		depth := int(s.core.current - s.core.firstWrong)
		again = int(s.core.current - p.load)
		s.stats.Rollbacks++
		s.stats.Resteps += uint64(again)
		s.stats.Depth[min(depth, MaxWindowFrames)]++
		s.stats.MaxDepth = max(s.stats.MaxDepth, depth)
		if !s.snaps.load(p.load) {
			panic("rollback: a world that the window needs is not in the ring")
		}
	}
	for f := p.from; f <= p.through; f++ {
		s.step(f)
	}
	s.core.done(p)
	return again
}

func (s *Session[S, I]) step(f Frame) {
	if s.core.cast != nil && !s.core.castFor(f) {
		s.stepCast(f)
		return
	}
	inputs := Inputs[I]{seats: s.inputs(s.core.feed(f)), frame: f, events: s.events}
	world := s.snaps.advance(f, s.core.saves(f))
	s.events.begin(f, f <= s.core.confirmed)
	s.config.Step(world, inputs)
	s.events.end()
}

// inputs returns a row of the core as Step reads it: as it stands where memory is
// canonical. The row then lies as well as an input must, because rings lie at
// multiples of eight bytes and an input's size is a multiple of its alignment.
func (s *Session[S, I]) inputs(row []byte) []I {
	if s.input.flat {
		return unsafe.Slice((*I)(unsafe.Pointer(unsafe.SliceData(row))), s.config.Seats)
	}
	return s.decoded(row)
}

func (s *Session[S, I]) decoded(row []byte) []I {
	for seat := range s.pads {
		s.input.decode(unsafe.Pointer(&s.pads[seat]), row[seat*s.input.size:])
	}
	return s.pads
}

// settle does what is due for frames that have become final: their events are
// confirmed, their inputs digested, the worlds at checksum frames hashed.
func (s *Session[S, I]) settle() {
	last := min(s.core.confirmed, s.core.current-1)
	s.events.finalize(last)
	every := Frame(s.config.ChecksumFrames)
	for s.digest.next <= last+1 {
		f := s.digest.next
		if every > 0 && f%every == 0 {
			s.checksum(f)
		}
		if f > last {
			break
		}
		if s.core.cast != nil {
			s.digest.addLineup(s.core.lineup(f))
			for _, c := range s.core.cast.commands.at(f) {
				s.digest.addCommand(c)
			}
		}
		s.digest.add(s.core.row(s.core.log, f))
	}
}

// checksum hashes the world before frame f, once; f may be looked at twice
// while it is the newest final frame.
func (s *Session[S, I]) checksum(f Frame) {
	if f <= s.checked {
		return
	}
	s.checked = f
	world, ok := s.At(f)
	if !ok {
		return
	}
	if len(s.checksums) == checksumQueue {
		s.checksums = s.checksums[:copy(s.checksums, s.checksums[checksumQueue/2:])]
	}
	s.checksums = append(s.checksums, Checksum{Frame: f, World: s.Hash(world), Inputs: s.digest.sum})
	if len(s.marked) > 0 {
		mark := &s.marked[int(f)/s.config.ChecksumFrames%len(s.marked)]
		mark.frame = f
		s.snaps.assign(&mark.world, world)
	}
}

// waiting returns the seats that hold the window, or keep the end from being
// final.
func (s *Session[S, I]) waiting() (seats uint16) {
	if s.core.current == s.core.end && s.core.confirmed >= s.core.end-1 {
		return 0
	}
	for seat := range s.config.Seats {
		if !s.core.local[seat] && s.core.held[seat] == s.core.confirmed {
			seats |= 1 << seat
		}
	}
	if s.core.cast != nil {
		seats &^= s.core.lineup(s.core.confirmed + 1).Absent
	}
	return seats
}
