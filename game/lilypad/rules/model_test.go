package rules

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

var writeTable = flag.Bool("table", false, "play all seeds with the model players and write TABLE.md")

// model is a player as people are: it sees the pond late, acts every now and
// then, and goes wrong in a share of what it does.
type model struct {
	name      string
	lateMs    int
	everyMs   int
	wrong     int32 // percent
	level     uint8 // of its opponents
	low, high int   // percent of rounds that it should win
}

// models are the players that the levels are made for.
var models = []model{
	{"first minute", 350, 800, 30, FirstPond, 40, 60},
	{"after some rounds", 250, 400, 12, Calm, 35, 55},
	{"practised", 200, 200, 5, Keen, 35, 55},
	{"practised", 200, 200, 5, Fierce, 10, 25},
}

// modelRounds are the rounds of the table; a test plays fewer.
const modelRounds = 200

// hand is a model that plays seat 0.
type hand struct {
	model
	rand rollback.Rand
	past [64]World // by Tick
	plan []Pad     // what it presses in the frames to come, the next one first
	rest int32     // frames until it acts again
}

// frames converts a time.
func frames(ms int) int32 { return int32(ms * 60 / 1000) }

// pad returns what the player holds in the next frame.
func (h *hand) pad(w *World) Pad {
	h.past[w.Tick%int32(len(h.past))] = *w
	if h.rest > 0 {
		h.rest--
	}
	if len(h.plan) > 0 {
		pad := h.plan[0]
		h.plan = h.plan[1:]
		return pad
	}
	f := &w.Frogs[0]
	late := frames(h.lateMs)
	if h.rest > 0 || w.Phase == Ready || w.Tick < late || f.State != Sit || f.Stun > 0 {
		return 0
	}
	h.rest = frames(h.everyMs)
	if f.Tongue == TongueTug {
		h.plan = []Pad{0, 0, 0, 0, 0}
		h.rest = 0
		return Tongue
	}
	h.act(&h.past[(w.Tick-late)%int32(len(h.past))], f)
	if len(h.plan) == 0 {
		return 0
	}
	pad := h.plan[0]
	h.plan = h.plan[1:]
	return pad
}

// act plans what to do with one's own frog, which one feels as it is, on a pond
// as it was: leave a lily that sinks, snap at a fly in reach, or hop towards
// the nearest one.
func (h *hand) act(seen *World, f *Frog) {
	x, y, found := nearestFly(seen, f)
	lily := seen.lilyAt(f.X, f.Y, 0)
	leave := lily >= 0 && !seen.Lilies[lily].tireless() &&
		(seen.Lilies[lily].State != LilyUp || seen.Lilies[lily].Frames > SinkAfterFrames*7/10)
	if found && !leave && near(f.X, f.Y, x, y, (TonguePx-6)*Px) {
		to := h.steer(padToward[facingToward(x-f.X, y-f.Y)])
		h.plan = []Pad{to, to | Tongue, to | Tongue, 0}
		return
	}
	best, facing := int64(1<<60), uint8(noFacing)
	for d := range uint8(8) {
		lx, ly, at := seen.landing(f.X, f.Y, d)
		if at < 0 || at == lily || seen.Lilies[at].State != LilyUp {
			continue
		}
		if distance := square(x-lx, y-ly); distance < best {
			best, facing = distance, d
		}
	}
	if facing == noFacing || !leave && best >= square(x-f.X, y-f.Y) {
		return
	}
	to := h.steer(padToward[facing])
	h.plan = []Pad{to, to | Hop, to | Hop, 0}
}

// steer returns the direction, or by mistake another one.
func (h *hand) steer(pad Pad) Pad {
	if h.rand.Below(100) < h.wrong {
		return padToward[h.rand.Below(8)]
	}
	return pad
}

func nearestFly(w *World, f *Frog) (x, y int32, found bool) {
	best := int64(1 << 60)
	x, y = w.middle()
	for i := range w.Flies {
		fly := &w.Flies[i]
		if fly.Kind == FlyNone || fly.Holder >= 0 {
			continue
		}
		distance := square(fly.X-f.X, fly.Y-f.Y)
		if fly.Kind == FlyGold {
			distance /= 4
		}
		if distance < best {
			best, x, y, found = distance, fly.X, fly.Y, true
		}
	}
	return x, y, found
}

// outcome is how a model fared in some rounds.
type outcome struct {
	rounds, wins, flies, bestBot, splashes int
}

// playModel plays rounds of 90 s against three bots.
func playModel(m model, rounds int) (o outcome) {
	for round := range rounds {
		seed := uint64(round * modelRounds / rounds) // fewer are spread over all
		w := New(Setup{Seed: seed + 1, Seats: 4, Levels: [MaxSeats]uint8{1: m.level, m.level, m.level}})
		h := &hand{model: m, rand: rollback.NewRand(seed + 1)}
		for !w.Over() {
			w.Step(rollback.InputsOf(h.pad(&w)))
		}
		o.rounds++
		if w.Winner() == 0 {
			o.wins++
		}
		o.flies += int(w.Frogs[0].Score)
		o.splashes += int(w.Frogs[0].Splashes)
		o.bestBot += int(max(w.Frogs[1].Score, w.Frogs[2].Score, w.Frogs[3].Score))
	}
	return o
}

// TestModelPlayers: every level can be won by those it is made for, and not
// always. The table TABLE.md has all rounds.
func TestModelPlayers(t *testing.T) {
	rounds := 40
	if *writeTable {
		rounds = modelRounds
	}
	outcomes := make([]outcome, len(models))
	var wait sync.WaitGroup
	for i, m := range models {
		wait.Go(func() { outcomes[i] = playModel(m, rounds) })
	}
	wait.Wait()
	var table strings.Builder
	for i, m := range models {
		o := outcomes[i]
		percent := o.wins * 100 / o.rounds
		per := func(n int) float64 { return float64(n) / float64(o.rounds) }
		t.Logf("%s against level %d: wins %d %%, flies %.1f, best bot %.1f, splashes %.1f", m.name, m.level, percent, per(o.flies), per(o.bestBot), per(o.splashes))
		if percent < m.low || percent > m.high {
			t.Errorf("%s (%d ms) against level %d wins %d %% of %d rounds, want %d to %d", m.name, m.lateMs, m.level, percent, rounds, m.low, m.high)
		}
		fmt.Fprintf(&table, "| %s | %d ms | %.1f s | %d %% | %s | %d %% | %d-%d %% | %.1f | %.1f | %.1f |\n", m.name, m.lateMs, float64(m.everyMs)/1000,
			m.wrong, LevelNames[m.level], percent, m.low, m.high, per(o.flies), per(o.bestBot), per(o.splashes))
	}
	if *writeTable {
		if err := os.WriteFile("TABLE.md", []byte(tableHead+table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

const tableHead = `# The levels, measured with model players

Written by ` + "`go test ./game/lilypad/rules -run TestModelPlayers -table`" + `: 200 rounds of 90 s each, one model player against three bots
of a level, on both ponds for four. A model sees the pond late, acts every so often, and goes wrong in a share of what it
does: see model_test.go.

| player | late | acts every | wrong | bots | wins | aim | flies | best bot's | splashes |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
`
