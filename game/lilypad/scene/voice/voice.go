package voice

import (
	"math"
	"sync"
	"sync/atomic"

	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/sound"
	"github.com/visavis-netcode/visavis/game/sound/once"
	"github.com/visavis-netcode/visavis/rollback"
)

// Sign is a sound of the menus.
type Sign uint8

// The sounds of the menus.
const (
	Move   Sign = iota // the focus went on
	Select             // a button was pressed
	Back               // a screen was left
)

// player is what a Voice needs of a sound.Speaker.
type player interface {
	Play(sound.Sample, sound.Playing) sound.ID
	Stop(sound.ID)
	SetMusic(sound.Sample)
}

// Voice turns what happens into sound. It belongs to one goroutine.
type Voice struct {
	speaker player
	board   *once.Board
	playing [heard]struct {
		cue uint64
		id  sound.ID
	}
	next    int
	widthPx int  // of the pond
	resting bool // the music of the menus is wanted, and is not there yet
}

// heard is how many sounds can still be stopped. When more were started the
// oldest is forgotten: it plays to its end.
const heard = 32

// samples are made once per process.
var samples = sync.OnceValue(func() *[effects]sound.Sample { s := render(); return &s })

// music and menuMusic are made once per process, when they are first wanted.
var (
	music     = sync.OnceValue(tune)
	menuMusic = sync.OnceValue(func() sound.Sample {
		defer menuMusicMade.Store(true)
		return menuTune()
	})
	menuMusicMade atomic.Bool
)

// New returns a voice that speaks through a speaker. The first one synthesises
// the effects, which takes some milliseconds.
func New(speaker *sound.Speaker) *Voice { return newVoice(speaker) }

func newVoice(p player) *Voice {
	samples()
	return &Voice{speaker: p, board: once.New(certain), widthPx: rules.ArenaWidth}
}

// certain names the events that are heard only when they are confirmed.
func certain(kind uint16) bool {
	switch kind {
	case rules.EventSplash, rules.EventLoss, rules.EventEat, rules.EventGold, rules.EventFinal, rules.EventSudden, rules.EventRound, rules.EventOver:
		return true
	}
	return false
}

// Begin starts the music of a round and forgets what was heard before. The
// first one synthesises the music. widthPx is the width of the pond, see
// rules.World.Size: what happens left is heard left.
func (v *Voice) Begin(widthPx int) {
	v.widthPx = max(widthPx, 1)
	v.board.Reset()
	v.resting = false
	v.speaker.SetMusic(music())
}

// End ends the music.
func (v *Voice) End() {
	v.resting = false
	v.speaker.SetMusic(nil)
}

// Rest plays the music of the menus, which is made beside the game the first time and
// begins in the Tick after that.
func (v *Voice) Rest() {
	v.End()
	v.resting = true
	go menuMusic()
}

// Menu plays a sound of the menus.
func (v *Voice) Menu(s Sign) {
	v.speaker.Play(samples()[min(menuMove+effect(s), menuBack)], sound.Playing{Quieter: 0.3})
}

// Hear takes the notices of a tick.
func (v *Voice) Hear(notices []rollback.Notice) {
	for _, n := range notices {
		if cue, begins := v.board.Feed(n); begins {
			v.play(cue)
		}
	}
}

// Tick ends the notices of a tick: sounds of guesses that came to nothing stop.
func (v *Voice) Tick() {
	if v.resting && menuMusicMade.Load() {
		v.resting = false
		v.speaker.SetMusic(menuMusic())
	}
	for _, cue := range v.board.Tick() {
		for _, p := range v.playing {
			if p.cue == cue.ID {
				v.speaker.Stop(p.id)
			}
		}
	}
}

// ofKind says which effect an event has. Kinds that are not here are silent.
var ofKind = map[uint16]effect{
	rules.EventCroak: croak, rules.EventHop: hop, rules.EventLand: land, rules.EventSlam: slam,
	rules.EventTongue: tongue, rules.EventStick: stick, rules.EventCatch: catch, rules.EventPerfect: perfect,
	rules.EventEat: eat, rules.EventGold: gold, rules.EventGoldHatch: goldHatch, rules.EventPull: pull,
	rules.EventTug: tug, rules.EventTugEnd: tugEnd, rules.EventSpit: spit, rules.EventHit: hit,
	rules.EventPop: pop, rules.EventBump: bump, rules.EventSplash: splash, rules.EventLoss: stick, rules.EventRespawn: respawn,
	rules.EventSink: sink, rules.EventCount: count, rules.EventFinal: final, rules.EventClock: clock,
	rules.EventSudden: sudden, rules.EventRound: over, rules.EventOver: over,
}

// quieter lowers the effects that are heard all the time.
var quieter = [effects]float64{hop: 0.35, land: 0.4, tongue: 0.3, pop: 0.35, bump: 0.3, sink: 0.3, spit: 0.2}

// seatPitches are the pitches of the seats' croaks: a scale of five tones.
var seatPitches = [rules.MaxSeats]float64{1, 1.125, 1.25, 1.5, 1.667, 0.75, 0.833, 2}

// play starts the sound of an event, where it happened.
func (v *Voice) play(cue once.Cue) {
	e, ok := ofKind[cue.Kind]
	if !ok {
		return
	}
	p := sound.Playing{Quieter: quieter[e]}
	if rules.Placed(cue.Kind) {
		place := rules.PlaceOf(cue.Value)
		p.Pan = 0.7 * (2*float64(place.X)/float64(v.widthPx) - 1)
	}
	switch e {
	case croak:
		p.Pitch = seatPitches[cue.Key%rules.MaxSeats]
	case eat: // each further fly a little higher
		score := float64(rules.PlaceOf(cue.Value).Extra)
		p.Pitch = math.Pow(2, math.Mod(math.Max(score, 0), 12)/24)
	case spit:
		if rules.PlaceOf(cue.Value).Extra == 1 {
			p.Pitch = 1.5
		}
	case count:
		if cue.Value == 0 {
			e = start
		}
	}
	v.playing[v.next].cue, v.playing[v.next].id = cue.ID, v.speaker.Play(samples()[e], p)
	v.next = (v.next + 1) % heard
}
