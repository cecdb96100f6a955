package screens

import (
	"math/rand/v2"

	"github.com/hajimehoshi/ebiten/v2"

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
	// due says how many ticks are due in this update, and whether some were lost.
	due() (ticks int, slow bool)
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
	// rejoins reports whether there is a way back into the round after leaving.
	rejoins() bool
	// stops reports whether this player may end the round for everybody: see rules.Stop.
	stops() bool
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

// solo is a round on this machine alone: the same engine, with nobody to wait
// for.
type solo struct {
	app     *App
	session *rollback.Session[rules.World, rules.Pad]
	seats   []int
	called  []string
	looks   art.Styles
	status  rollback.Status
	next    *solo
}

func newSolo(a *App) (*solo, error) {
	s := &a.settings
	humans := s.PlayersHere + 1
	c := &solo{app: a}
	var wishes [art.Seats]art.Wish
	for seat := range humans {
		c.seats = append(c.seats, seat)
		wishes[seat] = s.wish(seat, false).look
	}
	c.looks = art.Settle(wishes)
	start := rules.New(s.setup(a.newSeed(), humans))
	for seat := range int(start.Seats) {
		name := botNames[seat]
		if seat < humans {
			name = s.Name
		}
		if seat == 1 && humans == 2 {
			name = s.Name + " 2"
		}
		c.called = append(c.called, name)
	}
	var err error
	c.session, err = rollback.New(rollback.Config[rules.World, rules.Pad]{
		Start: start, Step: (*rules.World).Step, Seats: humans, Local: c.seats,
	})
	return c, err
}

// due is always one: nobody else's clock has to be kept, and the loop is Ebitengine's.
func (c *solo) due() (int, bool) { return 1, false }

func (c *solo) tick(pads []rules.Pad) { c.status = c.session.Tick(pads...) }
func (c *solo) world() *rules.World   { return c.session.World() }
func (c *solo) appendNotices(dst []rollback.Notice) []rollback.Notice {
	return c.session.AppendNotices(dst)
}
func (c *solo) localSeats() []int                           { return c.seats }
func (c *solo) bench() string                               { return "" }
func (c *solo) names() []string                             { return c.called }
func (c *solo) signals() (all [rules.MaxSeats]scene.Signal) { return all }
func (c *solo) waiting() (string, int)                      { return "", 0 }
func (c *solo) ended() (bool, string)                       { return c.world().Over(), "" }
func (c *solo) pauses() bool                                { return true }
func (c *solo) leave()                                      {}
func (c *solo) leaving() string                             { return "" }
func (c *solo) rejoins() bool                               { return false }
func (c *solo) stops() bool                                 { return false }
func (c *solo) appendLines(dst []netcode.Line) []netcode.Line {
	return dst
}
func (c *solo) wants() (none [rules.MaxSeats]bool) { return none }

func (c *solo) styles() art.Styles { return c.looks }

func (c *solo) observe(graph *game.Netgraph, slow bool) {
	graph.Observe(game.GraphSample{
		Frame: int32(c.status.Current), Confirmed: int32(c.status.Confirmed),
		RolledBack: c.status.RolledBack, AgreedFrame: -1,
		TPS: ebiten.ActualTPS(), FPS: ebiten.ActualFPS(), Slow: slow,
	})
}

func (c *solo) again() string {
	next, err := newSolo(c.app)
	if err != nil {
		return err.Error()
	}
	c.next = next
	return ""
}

func (c *solo) idle() contest {
	if c.next == nil {
		return nil
	}
	return c.next
}
