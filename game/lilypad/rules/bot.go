package rules

// skill is what makes the levels differ.
type skill struct {
	delay int32 // frames from seeing to knowing
	think int32 // once in so many frames it may decide to leap somewhere
	mash  int32 // it presses every so many frames in a tug-of-war
	leave int16 // it leaves a lily that was stood on for so many frames

	// Percent.
	dodge int32 // of the bubbles that it answers
	blind int32 // of the leaps that it takes without looking
	shoot int32 // of the time in which it wants to spit at somebody
	pull  int32 // of the time in which it pulls others over its head
	slam  int32 // of the time in which it likes to land on others
}

var skills = [MaxLevel + 1]skill{
	1: {delay: 18, think: 24, mash: 9, leave: 150, dodge: 25, blind: 8, shoot: 12, pull: 8, slam: 0},
	2: {delay: 10, think: 18, mash: 7, leave: 125, dodge: 60, blind: 2, shoot: 20, pull: 16, slam: 20},
	3: {delay: 5, think: 8, mash: 5, leave: 100, dodge: 95, blind: 0, shoot: 28, pull: 30, slam: 40},
}

// Distances that bots judge by, in subpixels.
const (
	botReach    = (TonguePx - 4) * Px // it snaps at what is so near
	botStroll   = 120 * Px            // it walks towards a fly that is so near
	botShotMin  = 40 * Px
	botShotMax  = 210 * Px
	botWorth    = 12 * Px // a leap must bring it nearer by so much
	botSlam     = 18 * Px // a landing so near to another frog is meant
	botTired    = 90      // it does not leap onto lilies stood on for longer, in frames
	botWakeUp   = 9       // it leaps over a bubble that is so many frames away
	botCatch    = 7       // ... and catches one that is so many frames away
	botRim      = 9 * Px  // it keeps so far inside the rim if nothing is near
	botDeadZone = 4 * Px
)

// bot is one decision.
type bot struct {
	skill
	w    *World
	f    *Frog
	seat int
	seen *Sighting
}

// Bot returns what a bot of a level (1 to MaxLevel) does with a seat in the
// frame that comes next. It is a function of the world alone and changes
// nothing, so that Step can ask it on every machine, and a player's machine
// can use it in place of a keyboard.
//
// It knows its own frog and the lilies as they are. Flies and other frogs it
// sees as late as its reaction is slow, in World.Past. Bubbles fly straight: it
// ignores one that is younger than its reaction, and knows where an older one
// is by now.
func Bot(w *World, seat, level int) Pad {
	if seat < 0 || seat >= int(w.Seats) || level < 1 || w.Phase == Over {
		return 0
	}
	s := skills[min(level, MaxLevel)]
	b := bot{skill: s, w: w, f: &w.Frogs[seat], seat: seat, seen: w.seen(s.delay)}
	switch {
	case w.Phase == Ready:
		if w.PhaseFrames%ReadyFrames == int32(20+8*seat) {
			return Croak
		}
		return 0
	case b.f.Tongue == TongueTug:
		if w.Tick%s.mash == 0 {
			return Tongue
		}
		return 0
	case b.f.State == Leap && b.f.Tongue == TongueIn && b.f.Mouth == MouthEmpty:
		pad, _ := b.snap()
		return pad
	case b.f.State != Sit || b.f.Stun > 0 || b.f.HitStop > 0:
		return 0
	}
	return b.decide()
}

// decide returns the first thing that wants to be done, most urgent first.
func (b *bot) decide() Pad {
	if pad, ok := b.answer(); ok {
		return pad
	}
	if pad, ok := b.flee(); ok {
		return pad
	}
	if pad, ok := b.spit(); ok {
		return pad
	}
	if pad, ok := b.snap(); ok {
		return pad
	}
	if pad, ok := b.pullOver(); ok {
		return pad
	}
	if pad, ok := b.charge(); ok {
		return pad
	}
	return b.travel()
}

// percent returns a number from 0 to 99 that stays the same for period frames
// and differs between seats and salts.
func (b *bot) percent(period int32, salt uint32) int32 {
	h := b.w.Mood ^ uint32(b.w.Tick/period)*0x9E3779B1 ^ uint32(b.seat+1)*0x85EBCA77 ^ salt*0xC2B2AE3D
	h ^= h >> 15
	h *= 0x2C1B3C6D
	h ^= h >> 13
	return int32(h % 100)
}

// tap presses a button anew: it lets go first if it is held.
func (b *bot) tap(button Pad) Pad { return button &^ b.f.Held }

// toward steers to a point.
func (b *bot) toward(x, y int32) Pad {
	return padToward[facingToward(x-b.f.X, y-b.f.Y)]
}
