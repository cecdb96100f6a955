package rollback

import (
	"math/bits"
	"unsafe"
)

// Lineup says who takes part in a frame. It is content like an input: known once and
// for ever, in order, guessed to be the one before for as long as it is not known, and
// a wrong guess rolls back. The zero Lineup is everybody, not paused.
type Lineup struct {
	// Absent are the seats that nobody plays (bit 0: seat 0).
	Absent uint16
	// Paused: Step is not called, and the world stays as it is.
	Paused bool
}

// Present reports whether somebody plays a seat.
func (l Lineup) Present(seat int) bool { return l.Absent>>seat&1 == 0 }

// word is the lineup as the digest of the inputs has it.
func (l Lineup) word() uint64 {
	w := uint64(l.Absent)
	if l.Paused {
		w |= 1 << 16
	}
	return w
}

// Absence is what a seat does while nobody plays it.
type Absence uint8

const (
	AbsentIdle   Absence = iota // the zero input, as Config.Clean makes it
	AbsentFrozen                // its last input while it was played, again and again
	AbsentBot                   // what Config.Bot says
)

// cast is the part of a core that has lineups.
type cast struct {
	varied   bool // some frame was not one of everybody, unpaused, without commands; until then nothing in used is another one
	known    lineupRing
	used     lineupRing // what the frame was stepped with
	absence  Absence
	commands commandLog
}

// lineupRing is the lineups of as many frames as the core's rings have rows.
type lineupRing [logFrames]Lineup

func (r *lineupRing) at(f Frame) *Lineup { return &r[f&(logFrames-1)] }

func (c *core) takeLineups(first Lineup, absence Absence) {
	c.cast = &cast{absence: absence, varied: first != Lineup{}}
	*c.cast.known.at(c.first - 1), *c.cast.used.at(c.first - 1) = first, first
	c.columns = c.seats + 1
	c.held[c.seats] = c.first - 1
	c.updateConfirmed()
}

// lineupsThrough is the newest frame whose lineup is known.
func (c *core) lineupsThrough() Frame { return c.held[c.seats] }

// lineup is that of a frame, as far as it is known or can be guessed.
func (c *core) lineup(f Frame) Lineup {
	return *c.cast.known.at(min(f, c.lineupsThrough()))
}

// stepped is the lineup that a frame was stepped with.
func (c *core) stepped(f Frame) Lineup {
	if c.cast == nil {
		return Lineup{}
	}
	return *c.cast.used.at(f)
}

// knowLineup takes the next lineup, for ever. The caller has checked that f follows,
// is not too far ahead, and that l names no seat that is not there. Seats that are
// absent have nothing to be waited for: what was known of them for this frame is not
// part of the match.
func (c *core) knowLineup(f Frame, l Lineup) {
	c.cast.varied = c.cast.varied || l != Lineup{}
	*c.cast.known.at(f) = l
	for absent := l.Absent; absent != 0; absent &= absent - 1 {
		seat := bits.TrailingZeros16(absent)
		copyInput(c.cell(c.log, f, seat), c.blank)
		if c.held[seat] == f-1 {
			c.held[seat] = f
			c.arrive(f)
		}
	}
	c.held[c.seats] = f
	c.arrive(f)
	if f < c.current && *c.cast.used.at(f) != l {
		c.wrong(f)
	}
}

// knowCommands takes the commands of the frame whose lineup is known next. It was stepped
// without, if it was.
func (c *core) knowCommands(f Frame, commands []Command) {
	c.cast.varied = true
	c.cast.commands.add(f, commands, min(f, c.current)-logFrames)
	if f < c.current {
		c.wrong(f)
	}
}

// passAbsent moves a seat on through the frames in which it is known to be absent.
func (c *core) passAbsent(seat int) {
	for f := c.held[seat] + 1; f <= c.lineupsThrough() && !c.lineup(f).Present(seat); f++ {
		c.held[seat] = f
		c.arrive(f)
	}
}

// owes is the newest frame, not after target, for which a seat of this machine must
// have an input, as far as that is known.
func (c *core) owes(seat int, target Frame) Frame {
	if c.lineup(target).Present(seat) {
		return target
	}
	return min(target, c.lineupsThrough())
}

// castFor notes the lineup that frame f is stepped with now, and reports whether that is a
// frame like one of a core without lineups: all are here, and have been here before, and
// nobody says anything.
func (c *core) castFor(f Frame) (everybody bool) {
	if !c.cast.varied {
		return true
	}
	before := *c.cast.used.at(f - 1)
	l := before
	if f <= c.lineupsThrough() {
		l = c.lineup(f)
	}
	*c.cast.used.at(f) = l
	if l != (Lineup{}) || before.Absent != 0 || c.cast.commands.at(f) != nil {
		return false
	}
	for g := f - 2; c.predict != nil && g >= c.confirmed; g-- { // see knownSinceItCame
		if c.cast.used.at(g).Absent != 0 {
			return false
		}
	}
	return true
}

// feedCast is feed for a frame of which castFor says that it is another one. The cells of
// bots are left blank.
func (c *core) feedCast(f Frame) []byte {
	before, l := *c.cast.used.at(f - 1), *c.cast.used.at(f)
	used, log := c.row(c.used, f), c.row(c.log, f)
	if f <= c.confirmed && (l.Absent == 0 || c.cast.absence != AbsentFrozen) {
		copy(used, log)
		return used
	}
	// As in feed; who is frozen goes on, too. A seat that has just come has done nothing yet.
	copy(used, c.row(c.used, f-1))
	for seat, held := range c.held[:c.seats] {
		at := seat * c.size
		switch {
		case !l.Present(seat):
			if c.cast.absence != AbsentFrozen {
				copyInput(used[at:at+c.size], c.blank)
			}
		case held >= f:
			copyInput(used[at:at+c.size], log[at:at+c.size])
		case !before.Present(seat):
			copyInput(used[at:at+c.size], c.blank)
		case c.predict != nil && c.knownSinceItCame(seat, f):
			c.predict(used[at:at+c.size], c.cell(c.log, held, seat))
		}
	}
	return used
}

// knownSinceItCame reports whether any input of a seat is known since it was absent
// last, as the frames before f were stepped: only such a one says what it does next.
func (c *core) knownSinceItCame(seat int, f Frame) bool {
	held := c.held[seat]
	for g := f - 1; g >= held; g-- {
		if !c.cast.used.at(g).Present(seat) {
			return false
		}
	}
	return held != NoFrame
}

// ConfirmLineup takes the lineup of the frame after LineupsThrough, for ever, and the
// commands of that frame, in a session with Config.Lineups. If another lineup was used, or
// there are commands, and the frame has been stepped, the next Tick rolls back.
// Nothing is confirmed beyond the newest lineup. A seat that it calls absent needs no
// input for that frame, and one that was confirmed already is not used. Bits of seats
// that there are not do nothing.
// It returns ErrLineups, ErrNotNext, ErrTooFar or ErrCommand and then changes nothing.
func (s *Session[S, I]) ConfirmLineup(f Frame, l Lineup, commands ...Command) error {
	return s.intake.ConfirmLineup(f, l, commands...)
}

// LineupsThrough returns the last frame through which lineups are known, in a session
// with Config.Lineups; all seats are there all the time without.
func (s *Session[S, I]) LineupsThrough() Frame { return s.intake.LineupsThrough() }

// Lineup returns the lineup that the newest frame of World was stepped with: that of
// Config.Origin before the first.
func (s *Session[S, I]) Lineup() Lineup { return s.core.stepped(s.core.current - 1) }

// LineupAt returns the lineup that a frame was stepped with last. It reports false if the
// frame was not stepped, or that is no longer kept.
func (s *Session[S, I]) LineupAt(f Frame) (Lineup, bool) {
	if !s.core.keeps(f) {
		return Lineup{}, false
	}
	return s.core.stepped(f), true
}

// stepCast is step for a frame that somebody is absent from, or comes in, or that is
// paused.
func (s *Session[S, I]) stepCast(f Frame) {
	row := s.core.feedCast(f)
	world := s.snaps.advance(f, s.core.saves(f))
	s.events.begin(f, f <= s.core.confirmed)
	s.stepWith(world, f, row, s.events)
	s.events.end()
}

// stepWith steps a world through a frame as its lineup says, with a row of inputs in
// which bots have yet to put theirs.
func (s *Session[S, I]) stepWith(world *S, f Frame, row []byte, events *eventLog) {
	lineup := s.core.stepped(f)
	if lineup.Paused {
		return
	}
	if s.config.Absent == AbsentBot {
		s.playBots(f, lineup.Absent, row, world)
	}
	s.config.Step(world, Inputs[I]{
		seats: s.inputs(row), frame: f, absent: lineup.Absent, events: events, commands: s.core.commandsAt(f),
	})
}

// playBots asks Config.Bot for what the absent seats do in a frame whose world has
// come, and puts it into the frame's row.
func (s *Session[S, I]) playBots(f Frame, absent uint16, row []byte, world *S) {
	for ; absent != 0; absent &= absent - 1 {
		seat := bits.TrailingZeros16(absent)
		s.askBot(row[seat*s.input.size:(seat+1)*s.input.size], f, seat, world)
	}
}

func (s *Session[S, I]) askBot(cell []byte, f Frame, seat int, world *S) {
	input := s.config.Bot(world, seat)
	s.input.encode(cell, unsafe.Pointer(&input))
	s.clean(cell, noSeat, f)
}
