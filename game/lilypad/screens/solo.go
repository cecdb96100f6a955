package screens

import (
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/replays"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/game/lilypad/scene"
	"github.com/visavis-netcode/visavis/game/lilypad/scene/art"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/replay"
	"github.com/visavis-netcode/visavis/rollback"
)

// solo is a round on this machine alone: the same engine, with nobody to wait
// for. All seats of its session are local; bots have those that nobody plays.
type solo struct {
	app     *App
	session *rollback.Session[rules.World, rules.Pad]
	seats   []int // that are played by hand
	called  []string
	looks   art.Styles
	pads    []rules.Pad // of the session's seats
	status  rollback.Status
	log     *replay.Recorder[rules.World, rules.Pad] // nil: the match is not recorded
	take    *take
	updates time.Duration         // how many there were: see clock
	over    bool                  // the recording has its end
	anew    func() (*solo, error) // the next one
	next    *solo
}

// newSolo is a match as the settings describe it.
func newSolo(a *App) (*solo, error) {
	s := &a.settings
	humans := s.PlayersHere + 1
	c := &solo{app: a, anew: func() (*solo, error) { return newSolo(a) }}
	seed := a.newSeed()
	setup := netcode.Setup{Seed: seed, Seats: humans, Options: s.setup(seed, humans).AppendOptions(nil)}
	for seat := range humans {
		name := s.Name
		if seat > 0 {
			name += " 2"
		}
		c.seats = append(c.seats, seat)
		setup.Roster = append(setup.Roster, netcode.Seated{Player: netcode.Player{Name: name, Own: wish{look: s.look(seat)}.bytes()}})
	}
	return c, c.begin(setup, netplay.Start(setup), 0)
}

// newTakeOver is a match that goes on from where a replay is, with one of its seats played
// here.
func newTakeOver(a *App, r *replays.Replay, seat int) (*solo, error) {
	world, first, setup := r.TakeOver().Start(r.Setup()), r.Frame(), r.Setup()
	about := replays.Tell(r)
	for i := range setup.Roster {
		if i < len(about.Players) {
			setup.Roster[i].Machine, setup.Roster[i].Name = 1, about.Players[i].Name // not this one
		}
	}
	setup.Roster[seat].Machine, setup.Roster[seat].Name = 0, a.settings.Name
	var anew func() (*solo, error)
	anew = func() (*solo, error) {
		c := &solo{app: a, seats: []int{seat}, anew: anew}
		return c, c.begin(setup, world, first)
	}
	return anew()
}

// begin begins with a world before a frame, and its recording.
func (c *solo) begin(setup netcode.Setup, world rules.World, first rollback.Frame) error {
	config := netplay.Config()
	all := make([]int, len(setup.Roster))
	var own [][]byte
	for seat, player := range setup.Roster {
		all[seat] = seat
		own = append(own, player.Own)
		if player.Machine != netcode.NoMachine {
			c.called = append(c.called, player.Name)
		}
	}
	for seat := len(c.called); seat < int(world.Seats); seat++ {
		c.called = append(c.called, botNames[seat])
	}
	c.looks, c.pads = stylesOf(own), make([]rules.Pad, len(all))
	var err error
	c.session, err = rollback.New(rollback.Config[rules.World, rules.Pad]{
		Start: world, Step: config.Step, Seats: len(all), Local: all, Origin: rollback.Origin{Frame: first},
		Lineups: true, Absent: rollback.AbsentBot, Bot: config.Bot,
	})
	if err != nil {
		return err
	}
	return c.record(config, setup)
}

// record begins to record the match, if replays are kept.
func (c *solo) record(config netcode.Config[rules.World, rules.Pad], setup netcode.Setup) error {
	saving := &c.app.saving
	draft := saving.begin()
	if draft == nil {
		return nil
	}
	var err error
	if c.log, err = replay.NewRecorder(config, setup, c.session, now().UnixMilli(), draft); err != nil {
		return err
	}
	c.take = saving.add(&take{draft: draft, log: c.log, stop: c.leave})
	return nil
}

// clock goes on by a tick with each update: nobody else's has to be kept, and the loop is
// Ebitengine's.
func (c *solo) clock() (now, tick time.Duration) {
	c.updates++
	return c.updates * soloTick, soloTick
}

const soloTick = time.Second / rollback.DefaultTickRate

func (c *solo) tick(pads []rules.Pad) {
	for seat := range c.pads {
		c.pads[seat] = rules.Auto
	}
	for i, seat := range c.seats {
		c.pads[seat] = pads[i]
	}
	if err := c.session.ConfirmLineup(c.session.Current(), rollback.Lineup{}); err != nil {
		panic("screens: a match alone cannot go on: " + err.Error()) // it is the next frame's, always
	}
	c.status = c.session.Tick(c.pads...)
	if c.log == nil || c.over {
		return
	}
	c.log.Tick()
	if c.world().Over() {
		c.endRecording("")
	}
}

// endRecording says how the match has ended.
func (c *solo) endRecording(reason string) {
	if c.log == nil || c.over {
		return
	}
	c.over = true
	if c.world().Phase == rules.Ready && c.world().Round == 1 {
		c.take.draft.Drop() // nothing has happened
	}
	c.log.Finish(reason)
}

func (c *solo) leave() { c.endRecording(leftReason) }

// leftReason is why a match ended that its player has left.
const leftReason = "The match was left."

func (c *solo) recorded() *take     { return c.take }
func (c *solo) world() *rules.World { return c.session.World() }
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
func (c *solo) leaving() string                             { return "" }
func (c *solo) wayBack() destination                        { return destination{} }
func (c *solo) stops() bool                                 { return false }
func (c *solo) heed([]rollback.Notice)                      {}
func (c *solo) ends() bool                                  { return false }
func (c *solo) ender() int                                  { return 0 }
func (c *solo) votePause(bool)                              {}
func (c *solo) away(bool)                                   {}
func (c *solo) stands() bool                                { return false }
func (c *solo) watched() int                                { return 0 }
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
	next, err := c.anew()
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
