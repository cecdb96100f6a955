package screens

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// contest is a round that is being played, over a network or on this machine
// alone. It is all that the match screen knows.
type contest interface {
	// clock is by what the ticks are counted, and how long one of them is.
	clock() (now, tick time.Duration)
	// tick plays one tick with one pad for each local seat.
	tick(pads []rules.Pad)
	// world is the newest one, read only, valid until the next tick.
	world() *rules.World
	appendNotices(dst []rollback.Notice) []rollback.Notice
	// observe shows the newest tick to the netgraph.
	observe(graph *game.Netgraph, slow bool)
	// localSeats are those played on this machine: none for a while if it came late.
	localSeats() []int
	// bench is what a player reads who has no seat.
	bench() string
	// names of the seats, bots included.
	names() []string
	// signals says how well the seats' machines are heard.
	signals() [rules.MaxSeats]scene.Signal
	// waiting says in words for whom the round waits, and for how long by now.
	waiting() (words string, ms int)
	// appendLines appends what just came in: somebody has said something, or left.
	appendLines(dst []netcode.Line) []netcode.Line
	// ended says whether the round is over, and why, in words, if it ended
	// before its time; "" if it was played to its end.
	ended() (over bool, why string)
	// pauses reports whether leaving the screen alone may stop the clock.
	pauses() bool
	// again asks for another round; it returns a word to the player, or "".
	again() string
	// idle runs once per tick after the end and returns the next round when
	// it begins.
	idle() contest
	leave()
	// styles are what the frogs look like, by seat.
	styles() art.Styles
	// wants says which seats want a rematch.
	wants() [rules.MaxSeats]bool
	// leaving says what it means for others if this player leaves.
	leaving() string
	// wayBack is the way back into the round after leaving; its address is "" if there is none.
	wayBack() destination
	// recorded is the recording of the round, nil if there is none.
	recorded() *take
	// votePause asks for the match to stand, or to go on: it stands while most want it.
	votePause(stand bool)
	// away tells the others whether the players here are at the game.
	away(away bool)
	// stands reports whether it does, by vote.
	stands() bool
	// watched is by how many others the round is watched.
	watched() int
	// stops reports whether this player may end the round for everybody: see rules.Stop.
	stops() bool
	// heed takes in, once per tick, whether the host ends it, and ends reports that he does.
	heed(notices []rollback.Notice)
	ends() bool
	// ender is the seat of whoever has ended it.
	ender() int
}

// Choices that Play now and the lobby offer.
var (
	frogChoices   = []string{"2", "3", "4", "5", "6", "7", "8"}
	botChoices    = rules.LevelNames[rules.FirstPond:]
	lengthChoices = []string{"30 s", "60 s", "90 s", "3 min"}
	lengthFrames  = []int32{1800, 3600, 5400, 10800}
)

// setup is the match that the settings describe, for so many human seats.
func (s *Settings) setup(seed uint64, humans int) rules.Setup {
	setup := rules.Setup{Seed: seed, Seats: humans, DurationFrames: lengthFrames[s.Length],
		Pond: uint8(s.Pond), Rounds: 2*s.Rounds + 1, Teams: s.Teams}
	for seat := humans; seat < min(s.Frogs+2, rules.MaxSeats); seat++ {
		setup.Levels[seat] = uint8(s.Bots + 1)
	}
	return setup
}

// frogs are how many there are in a match of so many players with these options.
func frogs(options []byte, humans int) int {
	setup, err := rules.DecodeSetup(0, humans, options)
	if err != nil {
		return humans // and netplay.Start has it so, too
	}
	return setup.Seats
}

// adopt makes the settings describe the match of a host who is gone, by its options.
func (s *Settings) adopt(options []byte, humans int) {
	setup, err := rules.DecodeSetup(0, humans, options)
	if err != nil {
		return // another version's: it could not have been played here
	}
	if length := slices.Index(lengthFrames, setup.DurationFrames); length >= 0 {
		s.Length = length
	}
	s.Pond, s.Rounds, s.Teams, s.Frogs = int(setup.Pond), setup.Rounds/2, setup.Teams, max(0, setup.Seats-2)
	if level := setup.Levels[setup.Seats-1]; level > 0 {
		s.Bots = int(level) - 1
	}
}

// newSeed returns the seed of the next round: a random one, or those that the
// command line fixed.
func (a *App) newSeed() uint64 {
	if a.config.Seed == 0 {
		return rand.Uint64()
	}
	a.config.Seed++
	return a.config.Seed
}

// newShowSeed returns the seed of the round behind the title; with a fixed seed for
// the rounds it is always the same, and takes none of theirs.
func (a *App) newShowSeed() uint64 {
	if a.config.Seed == 0 {
		return rand.Uint64()
	}
	return a.config.Seed
}

// botNames are given to seats that bots play, by seat.
var botNames = [rules.MaxSeats]string{"Bill", "Dot", "Puddle", "Moss", "Reed", "Fern", "Ripple", "Newt"}
