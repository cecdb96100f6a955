package rules

// Times of a round, in frames.
const (
	GentleFrames = 600  // at the start of a round, in which a splash costs no flies
	ReadyFrames  = 90   // countdown
	RoundFrames  = 5400 // playing time if a Setup does not say
	FinalFrames  = 900  // half of the lilies sink when so much is left
	SuddenFrames = 900  // longest sudden death
	RestFrames   = 210  // between two rounds

	MinRoundFrames = 300
	MaxRoundFrames = 36000
)

// A leap.
const (
	HopFrames     = 14 // in the air
	HopSafeFrames = 8  // first frames of a leap, in which nothing touches the frog
	HopPx         = 72 // how far it goes
	HopAssistPx   = 18 // a leap that would miss a lily by less is bent onto it
	LandPx        = 8  // so far inside the rim a bent leap ends
	LandStun      = 4  // frames of getting up after a leap
	SlamPx        = 22 // whoever is so near to a landing is knocked away
)

// A pull.
const (
	ThrowFrames = 12 // in the air
	ThrowPx     = 24 // lands so far behind the one who pulled

	ThrowAssistPx = 18 // a throw that would miss a lily by less is bent onto it
)

// A tongue: out, hold, back. It sticks to the first thing it touches and comes
// back at once.
const (
	TongueOutFrames  = 4
	TongueHoldFrames = 4
	TongueBackFrames = 6
	TonguePx         = 72 // range

	tongueOutPx  = TonguePx / TongueOutFrames  // per frame
	tongueBackPx = TonguePx / TongueBackFrames // per frame
	tongueFlyPx  = FlyRadius + 7               // so near to the tongue a fly sticks
	tongueFrogPx = FrogRadius + 3
	tongueAirPx  = BubbleRadius + 6
	tongueKnotPx = 10 // two tongues so near to each other are knotted
)

// Tug-of-war.
const (
	TugTotalFrames = 30
	tugTieKnock    = 3 * Px
)

// Bubbles.
const (
	ChargeFrames    = 16  // of holding Tongue, with the tongue in, until a bubble is ready
	BubbleFrames    = 110 // a bubble pops when it is so old
	MouthHoldFrames = 180 // a caught bubble pops in the mouth after
	PerfectFrames   = 4   // a catch is perfect if the bubble would have struck within
	HitStopFrames   = 6   // of both frogs after a perfect catch

	bubbleSpeed = 3*Px + Px/4
	fastSpeed   = 2 * bubbleSpeed
	bubbleAimPx = 260 // a bubble is aimed at frogs up to so far away
	bubbleKnock = 5*Px + Px/4
	fastKnock   = 7 * Px
)

// Frogs on lilies and in the water.
const (
	SunkFrames  = 60  // from splash to respawn
	SafeFrames  = 60  // of blinking after it
	SplashFlies = 3   // flies that a splash costs
	StunFrames  = 12  // after a hit
	BumpStun    = 8   // after being bumped by a frog that was hit
	CreditFor   = 120 // frames in which a splash is still the doing of the last hitter
	CroakEvery  = 30  // frames between two croaks of a frog
	CroakPx     = 56  // flies so near to a croak flee
	AutoLevel   = 3   // level of the bot that plays a seat while Auto is held: Keen

	walkSpeed   = Px + Px/2
	skimSpeed   = 2*Px + Px/2 // a faster slide skims the water
	slideStop   = Px / 2      // a slide slower than this has ended
	slideKeep   = 225         // of 256 of its speed a slide keeps per frame
	bumpMin     = Px          // frogs that meet slower than this only push
	bumpPass    = 235         // of 256 of the closing speed goes to the one bumped
	slamKnock   = 2*Px + Px/4
	toePx       = 3 // so far beyond the rim a frog still holds on
	wantFrames  = 6 // frames for which a press is remembered
	secondTicks = 60
)

// Lilies.
const (
	SinkAfterFrames = 180 // of standing
	SinkFrames      = 30  // of sinking
	GrowFrames      = 30
	BigLily         = 2*LilyColumns + 4 // index of the lily of sudden death
	BigRadius       = 96                // px, at first
	BigShrinkEvery  = 10                // frames per px of its radius

	regrowMin     = 240
	regrowMax     = 480
	doomSpread    = 120 // the doomed lilies go within so many frames
	lilyMaxRadius = 31
	greatRadius   = 58 // px, of the great lily
)

// Flies.
const (
	GoldWorth    = 5
	GoldFrames   = 600 // a golden fly leaves after
	goldEveryMin = 660 // frames between two golden flies
	goldEveryMax = 780
	hatchMin     = 240 // frames between two plain flies, times seats plus two
	hatchMax     = 400
	flySlow      = Px / 3
	flyFast      = Px
	goldSpeed    = Px + Px/2
	flyMarginPx  = 24 // flies keep so far from the edges of the pond
)
