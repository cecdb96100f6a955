package netcode

import (
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

func TestConfigNamesWhatIsWrong(t *testing.T) {
	for want, change := range map[string]func(*Config[ledger, uint32]){
		"Config.Game is 0 bytes":           func(c *Config[ledger, uint32]) { c.Game = "" },
		"Config.Game is 65 bytes":          func(c *Config[ledger, uint32]) { c.Game = strings.Repeat("g", 65) },
		"Config.Start is missing":          func(c *Config[ledger, uint32]) { c.Start = nil },
		"Config.Step is missing":           func(c *Config[ledger, uint32]) { c.Step = nil },
		"Config.MaxSeats is 17":            func(c *Config[ledger, uint32]) { c.MaxSeats = 17 },
		"Config.MaxSeats is -1":            func(c *Config[ledger, uint32]) { c.MaxSeats = -1 },
		"Config.PeerTimeoutMs is 499":      func(c *Config[ledger, uint32]) { c.PeerTimeoutMs = 499 },
		"Config.PeerTimeoutMs is 3600001":  func(c *Config[ledger, uint32]) { c.PeerTimeoutMs = 3_600_001 },
		"Config.ChecksumFrames is 65536":   func(c *Config[ledger, uint32]) { c.ChecksumFrames = 65536 },
		"Config.TickRate is 9":             func(c *Config[ledger, uint32]) { c.TickRate = 9 },
		"Config.WindowFrames is 33":        func(c *Config[ledger, uint32]) { c.WindowFrames = 33 },
		"Config.WindowFrames must be 0":    func(c *Config[ledger, uint32]) { c.WindowFrames, c.Lockstep = 8, true },
		"Config.Copy needs Append":         func(c *Config[ledger, uint32]) { c.Copy = func(_, _ *ledger) {} },
		"9 local seats do not fit":         nil,
		"options are 257 bytes":            nil,
		"17 players on one machine":        nil,
		"13 players on one machine with 6": nil,
	} {
		node := NewMemoryNetwork(1).NewNode("a")
		game, lobby := ledgerGame(), LobbyConfig{}
		var err error
		switch {
		case change != nil:
			change(&game)
			_, err = OpenLobby(node, game, lobby)
			if _, joinErr := JoinLobby(node, game, "10.0.0.1:1", lobby); joinErr == nil {
				t.Errorf("%s: joining is allowed", want)
			}
		case strings.HasPrefix(want, "9 "):
			_, err = OpenLobby(node, game, LobbyConfig{LocalSeats: 9})
		case strings.HasPrefix(want, "17 "):
			_, err = OpenLobby(node, game, LobbyConfig{LocalSeats: 17})
		case strings.HasPrefix(want, "13 "):
			type wide [64]byte
			_, err = OpenLobby(node, Config[ledger, wide]{
				Game: "wide", MaxSeats: 16, Start: func(Setup) ledger { return ledger{} }, Step: func(*ledger, rollback.Inputs[wide]) {},
			}, LobbyConfig{LocalSeats: 13})
		default:
			_, err = OpenLobby(node, game, LobbyConfig{Options: make([]byte, 257)})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

// TestDefaults are what the comments of Config say.
func TestDefaults(t *testing.T) {
	terms, err := ledgerGame().terms()
	if err != nil {
		t.Fatal(err)
	}
	if terms.tickRate != 60 || terms.windowFrames != 8 || terms.maxSeats != 8 || terms.checksums != 60 || terms.peerTimeoutMs != 10_000 || terms.inputBytes != 4 {
		t.Fatalf("%+v", terms)
	}
}

// TestMatchShowsItself: what a game reads of a running match.
func TestMatchShowsItself(t *testing.T) {
	game := ledgerGame()
	step := game.Step
	game.Step = func(w *ledger, in rollback.Inputs[uint32]) {
		if w.Frame%10 == 0 {
			in.Emit(7, 0, int64(w.Frame))
		}
		step(w, in)
	}
	tb := newTable(t, 1, 2, game, LobbyConfig{ManualDelay: true, DelayFrames: 3}, Conditions{DelayMs: 100})
	tb.start(1, 0)
	tb.frame(0, 100)
	m := tb.lobbies[0].Match()
	if w, c := m.World(), m.ConfirmedWorld(); w.Frame != int32(m.session.Current()) || c.Frame >= w.Frame || c.Frame < w.Frame-9 {
		t.Fatalf("world %d, confirmed %d", w.Frame, c.Frame)
	}
	notices := map[rollback.Phase]int{}
	for _, n := range m.AppendNotices(nil) {
		notices[n.Phase]++
	}
	if notices[rollback.Predicted] < 9 || notices[rollback.Confirmed] < 8 {
		t.Fatalf("%v", notices)
	}
	if st := m.Stats(); st.AutoDelay || st.DelayFrames != 3 || st.Rollbacks == 0 || st.MeanDepth == 0 {
		t.Fatalf("%+v", st)
	}
	if _, ok := m.FinalWorld(); ok {
		t.Fatal("a final world before the end")
	}
	m.SetDelay(0)
	m.SetAutoDelay()
	tb.seconds(2)
	if st := m.Stats(); !st.AutoDelay || st.DelayFrames == 0 {
		t.Fatalf("the delay does not follow a ping of 200 ms: %+v", st)
	}
	m.Leave()
	if r, over := m.Result(); !over || !left("P0")(r.Err) || r.Agreed {
		t.Fatalf("%+v, over %v", r, over)
	}
}
