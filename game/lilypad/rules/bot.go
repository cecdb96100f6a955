package rules

// The levels of bots. Each is an opponent of its own.
const (
	FirstPond uint8 = iota + 1 // dreams, snaps beside the fly, and leaps after it into the water
	Calm                       // hoards the lilies of one corner, and throws out who comes near
	Keen                       // hunts flies and spits bubbles, not always straight
	Fierce                     // goes for the other frogs, and catches their bubbles

	MaxLevel = int(Fierce)
)

// LevelNames are what people call the levels; 0 is nobody.
var LevelNames = [MaxLevel + 1]string{FirstPond: "first pond", Calm: "calm", Keen: "keen", Fierce: "fierce"}

// skill is what makes the levels differ: how late they are, how often they
// dream or miss, and what they like to do.
type skill struct {
	delay int32 // frames from seeing to knowing
	think int32 // once in so many frames it may decide to leap somewhere
	mash  int32 // it presses every so many frames in a tug-of-war
	leave int16 // it leaves a lily that was stood on for so many frames

	// Percent.
	dream int32 // of the time in which it does nothing at all
	eager int32 // of the time in which it snaps at what is in reach
	miss  int32 // of the snaps and shots that go beside
	dodge int32 // of the bubbles that it answers
	blind int32 // of the leaps after a fly that it takes without looking
	shoot int32 // of the time in which it wants to spit at somebody
	pull  int32 // of the time in which it pulls others over its head
	slam  int32 // of the time in which it likes to land on others
	hunt  int32 // of the time in which it goes for frogs, not for flies

	hoard bool // it stays near one place, and shoots only at who comes near
}

var skills = [MaxLevel + 1]skill{
	FirstPond: {delay: 20, think: 40, mash: 12, leave: 150, dream: 49, eager: 26, miss: 55, blind: 30},
	Calm:      {delay: 18, think: 24, mash: 9, leave: 140, dream: 22, eager: 65, miss: 31, dodge: 40, shoot: 30, pull: 80, hoard: true},
	Keen:      {delay: 12, think: 20, mash: 8, leave: 130, dream: 12, eager: 56, miss: 20, dodge: 60, blind: 3, shoot: 32, pull: 15, slam: 4},
	Fierce:    {delay: 6, think: 10, mash: 6, leave: 110, dream: 4, eager: 70, miss: 10, dodge: 95, shoot: 25, pull: 40, slam: 60, hunt: 45},
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
	botFar      = 1 << 20  // as far as nearestFrog says if it sees none
	botGarden   = 130 * Px // so far around its home are the flies of who hoards
	botNear     = 90 * Px  // who hoards minds a frog that is so near

	botDream = 40 // frames that it dreams at a time, or does not
	botSnap  = 15 // frames for which it is eager, or is not
	botHunt  = 200
)

// Salts of percent: each question has its own.
const (
	saltPull uint32 = iota + 1
	saltShoot
	saltBlind
	saltSlam
	saltThink
	saltDream
	saltEager
	saltMiss
	saltHunt
	saltHome
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
	if seat < 0 || seat >= int(w.Seats) || level < 1 || w.Phase >= Rest {
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
	if b.percent(botDream, saltDream) < b.dream {
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

// beside turns a direction to snap or to shoot in, at times, into one that misses.
func (b *bot) beside(pad Pad) Pad {
	facing := pad.steering()
	if facing == noFacing || b.percent(botSnap, saltMiss) >= b.miss {
		return pad
	}
	if b.w.Tick/botSnap%2 == 0 {
		return padToward[(facing+1)%8]
	}
	return padToward[(facing+7)%8]
}

// tap presses a button anew: it lets go first if it is held.
func (b *bot) tap(button Pad) Pad { return button &^ b.f.Held }

// toward steers to a point.
func (b *bot) toward(x, y int32) Pad {
	return padToward[facingToward(x-b.f.X, y-b.f.Y)]
}
