package replay

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// bundles plays a match of two whose worlds differ at some time, and returns what each has
// recorded of it. disturb, if not nil, writes to the second one's world.
func bundles[S any](t *testing.T, games [2]netcode.Config[S, uint16], disturb func(*S)) (logs [2]*matchlog.Log) {
	t.Helper()
	network := netcode.NewMemoryNetwork(9)
	network.SetConditions(netcode.Conditions{DelayMs: 70, JitterMs: 10, LossPercent: 2})
	ana := network.NewNode("Ana")
	host, err := netcode.OpenLobby(ana, games[0], netcode.LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	guest, err := netcode.JoinLobby(network.NewNode("Ben"), games[1], ana.Addr().String(), netcode.LobbyConfig{Ready: true})
	if err != nil {
		t.Fatal(err)
	}
	lobbies := [2]*netcode.Lobby[S, uint16]{host, guest}
	var files [2]*memory
	var recordings [2]*netcode.Recording
	for ticks := range 60 * 60 {
		over := true
		for i, l := range lobbies {
			network.Advance(time.Second / 120)
			m := l.Match()
			if m == nil {
				over = false
				if l.SetReady(true); i == 0 && l.Blocker() == "" && len(l.AppendMembers(nil)) == 2 {
					l.Start(11, 1200)
				}
				l.Poll()
				continue
			}
			if recordings[i] == nil {
				files[i] = &memory{}
				if recordings[i], err = m.Record(files[i]); err != nil {
					t.Fatal(err)
				}
			}
			rng := rollback.NewRand(uint64(ticks/9*8 + i))
			status := m.Tick(uint16(rng.Uint32()))
			if i == 1 && disturb != nil && status.Frame > 500 {
				m.Disturb(disturb)
				disturb = nil
			}
			for recordings[i].Pending() > 0 {
				runtime.Gosched()
			}
			over = over && status.Over
		}
		if over {
			break
		}
	}
	for i, r := range recordings {
		<-r.Done()
		log, err := matchlog.Open(bytes.NewReader(files[i].b), int64(len(files[i].b)), nil)
		if err != nil || r.Err() != nil || log.Desync == nil {
			t.Fatal(err, r.Err(), log)
		}
		logs[i] = log
	}
	return logs
}

// both is a game that is the same on both machines.
func both[S any](game netcode.Config[S, uint16]) [2]netcode.Config[S, uint16] {
	return [2]netcode.Config[S, uint16]{game, game}
}

// TestExplainField: one field is changed from outside. Laid side by side the two recordings
// name the frame, the field, both values and whose world it is that went astray.
func TestExplainField(t *testing.T) {
	game := pondGame()
	logs := bundles(t, both(game), func(w *pond) { w.Frogs[1].Jumps += 100 })
	for swap := range 2 {
		a, b := logs[swap], logs[1-swap]
		c, err := Explain(game, a, b)
		if err != nil {
			t.Fatal(err)
		}
		if c.Inputs != rollback.NoFrame || c.World < 480 || c.World > 503 || c.Alike != c.World-1 || c.World != a.Desync.Frame || c.Like != swap || !c.Rerun || len(c.Builds) > 0 {
			t.Errorf("%+v", c)
		}
		if len(c.Fields) != 1 || c.Fields[0].Field != "Frogs[1].Jumps" || c.FieldFrame != c.World {
			t.Errorf("%+v", c.Fields)
		}
		if s := c.String(); !strings.Contains(s, "makes Ana's world of the inputs, so it is Ben's that went astray") || !strings.Contains(s, "Frogs[1].Jumps is "+c.Fields[0].A) {
			t.Error(s)
		}
	}
	// Without the game the frame is found all the same, and the field that the two had named.
	c, err := Compare(logs[0], logs[1])
	if err != nil || c.World != logs[0].Desync.Frame || c.Rerun || c.Like != -1 || len(c.Fields) != 1 || c.Fields[0].Field != "Frogs[1].Jumps" {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestExplainMany: all is another one at once.
func TestExplainMany(t *testing.T) {
	game := pondGame()
	logs := bundles(t, both(game), func(w *pond) {
		for i := range w.Frogs {
			w.Frogs[i] = frog{1000, 2000, 3000}
		}
	})
	c, err := Explain(game, logs[0], logs[1])
	if err != nil || len(c.Fields) < 8 || c.Like != 0 {
		t.Fatalf("%+v, %v", c, err)
	}
	c.Again = [2]bool{}
	if s := c.String(); !strings.Contains(s, "not saved with the world") || !strings.Contains(s, "and ") {
		t.Error(s)
	}
}

// hopped is what outsideStep keeps where it should not.
var hopped [2]int32

// TestExplainOutside: the rules count in a variable outside the world, which no rollback
// takes back.
func TestExplainOutside(t *testing.T) {
	game := pondGame()
	games := both(game)
	hopped = [2]int32{}
	for i := range games {
		games[i].Step = func(w *pond, in rollback.Inputs[uint16]) {
			w.Step(in)
			if w.Frame > 300 && in.At(1-i)&1 != 0 { // the other one's presses come late
				hopped[i]++
			}
			if w.Frame == 400 {
				w.Frogs[2].Jumps = hopped[i]
			}
		}
	}
	logs := bundles(t, games, nil)
	game.Step = games[0].Step
	c, err := Explain(game, logs[0], logs[1])
	if err != nil || c.World != 400 {
		t.Fatalf("%+v, %v", c, err)
	}
	if s := c.String(); !strings.Contains(s, "state outside the world") {
		t.Error(s)
	}
}

// floatPond has a number that machines may round in different ways.
type floatPond struct {
	pond
	Depth float64
}

// TestExplainDrift: a fraction that is rounded another way looks like that.
func TestExplainDrift(t *testing.T) {
	game := netcode.Config[floatPond, uint16]{
		Game: "deep", Rules: 3, MinSeats: 1, MaxSeats: 4, Absent: netcode.AbsentFrozen,
		Step:  func(w *floatPond, in rollback.Inputs[uint16]) { w.pond.Step(in); w.Depth = w.Depth*0.999 + 0.3 },
		Start: func(s netcode.Setup) floatPond { return floatPond{pond{Rand: rollback.NewRand(s.Seed)}, 0.1} },
	}
	logs := bundles(t, both(game), func(w *floatPond) { w.Depth *= 1 + 1e-15 })
	c, err := Explain(game, logs[0], logs[1])
	if err != nil || len(c.Fields) != 1 || !strings.Contains(c.Verdict(), "drift") {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestCompareInputs: that the two were fed different inputs is told first.
func TestCompareInputs(t *testing.T) {
	log := openBytes(t, pondGame(), golden(t)).Log()
	other := openBytes(t, pondGame(), altered(t, golden(t), 100)).Log()
	c, err := Explain(pondGame(), log, other)
	if err != nil || c.Inputs != 100 || c.World != rollback.NoFrame {
		t.Errorf("%+v, %v", c, err)
	}
	if s := c.String(); !strings.Contains(s, "different inputs in frame 100: machine 0, with seats 0, had pressed") {
		t.Error(s)
	}
}

// TestCompareOthers: recordings of two matches are not compared, and equal ones are equal.
func TestCompareOthers(t *testing.T) {
	log := openBytes(t, pondGame(), golden(t)).Log()
	if c, err := Explain(pondGame(), log, log); err != nil || c.World != rollback.NoFrame || c.Inputs != rollback.NoFrame || c.Alike < c.To || !strings.Contains(c.String(), "the same as far as both go") {
		t.Errorf("%+v, %v", c, err)
	}
	other := openBytes(t, pondGame(), golden(t)).Log()
	other.Header.Match[0]++
	if _, err := Compare(log, other); !errors.Is(err, ErrOtherMatch) {
		t.Error(err)
	}
	other.Header.Match[0]--
	other.Header.Engine = "v9\x1b[2J"
	if c, err := Compare(log, other); err != nil || len(c.Builds) != 1 || strings.Contains(c.Builds[0], "\x1b") {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestCompareGap: what neither of two recordings has is passed over, however many frames that are,
// and so is what only one has.
func TestCompareGap(t *testing.T) {
	var logs [2]*matchlog.Log
	for i, starts := range [][]rollback.Frame{{0, 100, 1 << 29}, {0, 1 << 29}} {
		file := &bytes.Buffer{}
		w, err := matchlog.NewWriter(file, &matchlog.Header{TickRate: 60, InputBytes: 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range starts {
			w.Snapshot(&matchlog.Snapshot{Frame: f, World: 1 + uint64(i)*uint64(f), Sections: matchlog.SectionWorld}, []byte{1})
			w.Frame(f, rollback.Lineup{}, nil)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if logs[i], err = matchlog.Open(bytes.NewReader(file.Bytes()), int64(file.Len()), nil); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Compare(logs[0], logs[1])
	if err != nil || c.World != 1<<29 || c.Alike != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}
