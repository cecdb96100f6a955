package rules

import "github.com/visavis-netcode/visavis/rollback"

// Version of the rules. Two machines may only play together if it is equal:
// raise it with every change that makes a world go another way.
const Version uint64 = 6

// Sizes of the fixed pools, and the arena.
const (
	MaxSeats   = 8
	MaxBubbles = 32
	MaxFlies   = 24
	MaxLilies  = LilyColumns * LilyRows

	// Lilies grow in a loose grid of cells: the lily of column c and row r
	// has index r*LilyColumns+c and stays near the middle of its cell.
	LilyColumns = 8
	LilyRows    = 5

	// The size of the picture of most ponds, and the part of it at the upper
	// edge that is left to the score row, in px: see World.Size.
	ArenaWidth  = 640
	ArenaHeight = 360
	ScoreRowPx  = 28

	// Px is a pixel in subpixels, the unit of all positions; velocities are
	// in subpixels per frame.
	Px = 256
)

// Radii, in px.
const (
	FrogRadius   = 10
	BubbleRadius = 8
	FlyRadius    = 4
)

// Pad is what one player does in one frame: a set of held buttons.
type Pad uint8

// The buttons. Auto lets the bot of level AutoLevel play the seat as long as
// it is held: for a player who is away.
const (
	Left Pad = 1 << iota
	Right
	Up
	Down
	Tongue
	Hop
	Croak
	Auto
)

// Waits is set in the level of a bot that plays for nobody but whoever comes late: while
// there is somebody, who does not hold Auto, the seat is a player's.
const Waits = 1 << 7

// Stop is the pad, of all buttons at once, with which players end the match for everybody,
// without a winner, as soon as more than half of those who are there hold it. One who holds it
// asks the others (EventStop), whose programs hold it, too, if he hosts: see netplay.Ending.
// From bots it is a pad as any other.
const Stop Pad = 1<<8 - 1

// Phase is a part of the round.
type Phase uint8

// The phases, in their order. Sudden comes only after a tie.
const (
	Ready  Phase = iota // countdown: frogs may turn and croak
	Play                // most of the round
	Final               // the last 15 seconds: half of the lilies sink
	Sudden              // a tie: the leaders on one big lily
	Rest                // a round is over and another one follows: all is still for RestFrames
	Over                // the world is frozen apart from Tick
)

// World is the whole simulation of one match, of one round or several: a plain value, so assigning it
// is a snapshot. Only Step changes it.
//
// The origin is the top left corner, x grows to the right and y grows down.
type World struct {
	Rand rollback.Rand

	Tick         int32 // frames stepped so far
	PhaseFrames  int32 // frames since Phase began
	LeftFrames   int32 // playing time left
	HatchFrames  int32 // frames until the next plain fly may hatch
	GoldenFrames int32 // frames until the next golden fly

	// Every fly is accounted for, a golden one as five: Hatched is what
	// ever hatched, Flown what flew away uneaten. The rest is in the air or
	// in frogs.
	Hatched int32
	Flown   int32

	Phase    Phase
	Seats    uint8           // seats in play, 1 to MaxSeats; the frogs from here on are Out
	Pond     uint8           // Puddle to MaxPond
	Champion int8            // seat of the winner: of the round while Phase is Rest, of the match when it is Over and was played to its end, else -1
	Rivals   uint8           // bit set: the seats that are in sudden death
	Levels   [MaxSeats]uint8 // level of the bot that plays the seat, 0 = a player; and Waits

	// A match is the best of Rounds: see Setup. What follows is the same for all
	// seats of a side.
	Rounds      uint8           // 1, 3 or 5
	Round       uint8           // the number of this one, from 1
	Teams       bool            // seats 0 and 1 play together, 2 and 3, and so on
	Choice      uint8           // pond that each round chooses anew, see Setup.Pond
	RoundFrames int32           // playing time of each round
	Wins        [MaxSeats]uint8 // rounds won
	Earlier     [MaxSeats]int32 // flies eaten and kept in the rounds before this one

	Frogs   [MaxSeats]Frog
	Lilies  [MaxLilies]Lily
	Flies   [MaxFlies]Fly
	Bubbles [MaxBubbles]Bubble

	// Mood makes the bots of one round differ from those of another: they
	// may not draw from Rand.
	Mood uint32

	// Past is what bots are allowed to see: old positions, see Sighting.
	// PastNext is the entry that is written next.
	Past     [PastLen]Sighting
	PastNext uint8
}

// FrogState is what a frog's body does.
type FrogState uint8

const (
	Out    FrogState = iota // not in play
	Sit                     // on a lily: sits, walks or slides
	Leap                    // in the air of its own will, for HopFrames
	Thrown                  // in the air after a pull, for ThrowFrames
	Sunk                    // under water, until SunkFrames have passed
)

// TonguePhase is what a frog's tongue does.
type TonguePhase uint8

const (
	TongueIn   TonguePhase = iota
	TongueOut              // shoots out, TongueOutFrames long
	TongueHold             // at its full length, TongueHoldFrames long
	TongueBack             // comes back, TongueBackFrames long, or less if it caught something near
	TongueTug              // knotted with the tongue of Frog.TugWith
)

// Grab is what sticks to a tongue.
type Grab uint8

const (
	GrabNone   Grab = iota
	GrabFly         // Frog.GrabIndex is an index of World.Flies
	GrabBubble      // the bubble is already in Frog.Mouth
	GrabFrog        // Frog.GrabIndex is a seat
)

// Mouth is what a frog has in its mouth.
type Mouth uint8

const (
	MouthEmpty   Mouth = iota
	MouthBubble        // a caught bubble: Tongue spits it
	MouthPerfect       // a perfect catch: spat at double speed
)

// Frog is the frog of one seat.
type Frog struct {
	X, Y   int32 // subpixels
	VX, VY int32 // subpixels per frame: slide, leap or throw; walking is not in it

	TongueX, TongueY int16 // where the tongue points: a unit vector times 256

	Score    int16  // flies eaten and kept
	Splashes uint16 // times it fell into the water, in the whole match
	Knocks   uint16 // times it sent another into the water, in the whole match

	State       FrogState
	StateFrames uint8 // frames since State began (stays at 255)
	Facing      uint8 // 0 to 7: right, down right, down, ... clockwise; see Direction
	Lily        int8  // index of the lily it sits on, -1 if none

	HitStop  uint8 // frames it stays frozen, everything about it
	Stun     uint8 // frames without control after a hit
	Safe     uint8 // frames of blinking: nothing touches it
	CoolDown uint8 // frames until it may croak again

	Tongue       TonguePhase
	TongueFrames uint8 // frames since Tongue began
	TongueLength uint8 // px from the middle of the frog to the tip
	Grab         Grab
	GrabIndex    int8

	Mouth       Mouth
	MouthFrames uint8 // frames until the bubble in the mouth pops
	Charge      uint8 // 0 to ChargeFrames: how much its cheeks have swollen for a bubble

	TugWith    int8  // the other seat of a tug-of-war, -1 if none
	TugFrames  uint8 // frames until it is decided
	TugPresses uint8 // presses of Tongue so far

	HitBy       int8  // seat that last knocked, pulled or slammed it, -1 if none
	HitByFrames uint8 // frames for which HitBy gets the credit for a splash

	HopWanted    uint8 // frames for which a press of Hop is remembered
	TongueWanted uint8 // frames for which a press of Tongue is remembered
	Held         Pad   // buttons held in the frame before
}

// LilyState is what a lily pad does.
type LilyState uint8

const (
	LilyNone    LilyState = iota // there never was one in this cell
	LilyGone                     // under water, Frames until it grows back, 0 for never
	LilyGrowing                  // coming up, carries nobody yet: Frames until it is up
	LilyUp                       // carries frogs: Frames it was stood on, 0 to SinkAfterFrames
	LilySinking                  // shakes and goes down: Frames until it is gone; still carries
)

// Lily is a lily pad: a disc that does not move.
type Lily struct {
	X, Y   int32 // subpixels
	Frames int16 // meaning depends on State
	Radius uint8 // px
	State  LilyState
	Doomed bool // will not grow back: one half of the lilies in the last 15 seconds
}

// FlyKind is the kind of a fly.
type FlyKind uint8

const (
	FlyNone  FlyKind = iota // the slot is free
	FlyPlain                // worth 1
	FlyGold                 // worth GoldWorth, leaves when Frames is over
)

// Fly is a slot of the pool of flies.
type Fly struct {
	X, Y       int32 // subpixels
	VX, VY     int16 // subpixels per frame
	Frames     int16 // plain: until it turns; golden: until it leaves
	Kind       FlyKind
	Holder     int8  // seat on whose tongue it sticks, -1 if free
	Generation uint8 // counts the flies this slot has had
}

// Bubble is a slot of the pool of bubbles. Bubbles fly straight.
type Bubble struct {
	X, Y       int32 // subpixels
	VX, VY     int32 // subpixels per frame
	Age        uint8 // frames since it was spat
	Owner      int8  // seat that spat it, -1 if the slot is free
	Fast       bool  // thrown back after a perfect catch
	Generation uint8 // counts the bubbles this slot has had
}

// Sighting is one old look at the pond, taken every SightFrames frames. Bots
// know where flies and other frogs are only from a sighting that is as old as
// their reaction is slow.
type Sighting struct {
	Frogs [MaxSeats]Spot
	Flies [MaxFlies]Spot
}

// Spot is a rough position, in units of SpotPx px. X is NoSpot if there was
// nothing to see.
type Spot struct {
	X, Y uint8
}

// How bots see.
const (
	PastLen     = 5   // sightings kept
	SightFrames = 5   // frames between two sightings
	SpotPx      = 3   // px per unit of a Spot
	NoSpot      = 255 // Spot.X of something unseen
)
