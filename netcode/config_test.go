package netcode

import (
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

func TestConfigNamesWhatIsWrong(t *testing.T) {
	for want, change := range map[string]func(*Config[ledger, uint32]){
		"Config.Game is 0 bytes":                            func(c *Config[ledger, uint32]) { c.Game = "" },
		"Config.Game is 65 bytes":                           func(c *Config[ledger, uint32]) { c.Game = strings.Repeat("g", 65) },
		"Config.Start is missing":                           func(c *Config[ledger, uint32]) { c.Start = nil },
		"Config.Step is missing":                            func(c *Config[ledger, uint32]) { c.Step = nil },
		"Config.MaxSeats is 17":                             func(c *Config[ledger, uint32]) { c.MaxSeats = 17 },
		"Config.MinSeats is 3; allowed is 1 to MaxSeats, 2": func(c *Config[ledger, uint32]) { c.MinSeats, c.MaxSeats = 3, 2 },
		"Config.MinSeats is -1":                             func(c *Config[ledger, uint32]) { c.MinSeats = -1 },
		"Config.MinSeats is 17":                             func(c *Config[ledger, uint32]) { c.MinSeats, c.MaxSeats = 17, 16 },
		"Config.MaxSeats is -1":                             func(c *Config[ledger, uint32]) { c.MaxSeats = -1 },
		"Config.PeerTimeoutMs is 499":                       func(c *Config[ledger, uint32]) { c.PeerTimeoutMs = 499 },
		"Config.PeerTimeoutMs is 3600001":                   func(c *Config[ledger, uint32]) { c.PeerTimeoutMs = 3_600_001 },
		"Config.ChecksumFrames is 65536":                    func(c *Config[ledger, uint32]) { c.ChecksumFrames = 65536 },
		"Config.TickRate is 9":                              func(c *Config[ledger, uint32]) { c.TickRate = 9 },
		"Config.WindowFrames is 33":                         func(c *Config[ledger, uint32]) { c.WindowFrames = 33 },
		"Config.WindowFrames must be 0":                     func(c *Config[ledger, uint32]) { c.WindowFrames, c.Lockstep = 8, true },
		"Config.Predict is set with Lockstep": func(c *Config[ledger, uint32]) {
			c.Predict, c.Lockstep = func(last uint32) uint32 { return last }, true
		},
		"Config.Copy needs Append": func(c *Config[ledger, uint32]) { c.Copy = func(_, _ *ledger) {} },
	} {
		node := NewMemoryNetwork(1).NewNode("a")
		game := ledgerGame()
		change(&game)
		_, err := OpenLobby(node, game, LobbyConfig{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
		if _, err := JoinLobby(node, game, "10.0.0.1:1", LobbyConfig{}); err == nil {
			t.Errorf("%s: joining is allowed", want)
		}
	}
}

// TestNothingIsIgnored: a field that is wrong, or would count for nothing where it
// is set, is refused by its name.
func TestNothingIsIgnored(t *testing.T) {
	type wide [64]byte
	wideGame := Config[ledger, wide]{Game: "wide", MaxSeats: 16, Start: func(Setup) ledger { return ledger{} }, Step: func(*ledger, rollback.Inputs[wide]) {}}
	const nobody, code = "10.0.0.1:1", "K7QF-3MX9-TD4W"
	open := func(lobby LobbyConfig) error {
		_, err := OpenLobby(NewMemoryNetwork(1).NewNode("a"), ledgerGame(), lobby)
		return err
	}
	joinAt := func(address string, lobby LobbyConfig) error {
		_, err := JoinLobby(NewMemoryNetwork(1).NewNode("a"), ledgerGame(), address, lobby)
		return err
	}
	join := func(lobby LobbyConfig) error { return joinAt(nobody, lobby) }
	listen := func(node NodeConfig) error {
		node.Addr = "127.0.0.1:0"
		n, err := Listen(node)
		if err == nil {
			n.Close()
		}
		return err
	}
	hostFor := func(seats, least, most int) error {
		game := ledgerGame()
		game.MinSeats, game.MaxSeats = least, most
		_, err := Host(t.Context(), seats, game, MeetConfig{Node: quicConfig(1)})
		return err
	}
	host := func(meet MeetConfig) error { _, err := Host(t.Context(), 2, ledgerGame(), meet); return err }
	meet := func(address string, meet MeetConfig) error {
		_, err := Join(t.Context(), address, ledgerGame(), meet)
		return err
	}
	for _, c := range []struct {
		want string
		err  error
	}{
		{"LobbyConfig.LocalSeats is 9", open(LobbyConfig{LocalSeats: 9})},
		{"LobbyConfig.LocalSeats is 17", open(LobbyConfig{LocalSeats: 17})},
		{"LobbyConfig.LocalSeats is 17", join(LobbyConfig{LocalSeats: 17})},
		{"LobbyConfig.LocalSeats is -1", open(LobbyConfig{LocalSeats: -1})},
		{"LobbyConfig.LocalSeats is -1", join(LobbyConfig{LocalSeats: -1})},
		{"LobbyConfig.LocalSeats is too many: 9 players on one machine with 64 bytes", func() error {
			_, err := OpenLobby(NewMemoryNetwork(1).NewNode("a"), wideGame, LobbyConfig{LocalSeats: 9})
			return err
		}()},
		{"LobbyConfig.Options are 257 bytes", open(LobbyConfig{Options: make([]byte, 257)})},
		{"LobbyConfig.DelayFrames is 17", open(LobbyConfig{ManualDelay: true, DelayFrames: 17})},
		{"LobbyConfig.DelayFrames is -1", join(LobbyConfig{ManualDelay: true, DelayFrames: -1})},
		{"LobbyConfig.DelayFrames is 3", join(LobbyConfig{DelayFrames: 3})},
		{"LobbyConfig.Title is set without LAN", open(LobbyConfig{Title: "pond"})},
		{"LobbyConfig.LAN is set", join(LobbyConfig{LAN: true})},
		{"LobbyConfig.Code is set", join(LobbyConfig{Code: true})},
		{"LobbyConfig.Invite is set", join(LobbyConfig{Invite: true})},
		{"LobbyConfig.Title is set", join(LobbyConfig{Title: "pond"})},
		{"LobbyConfig.Options is set", join(LobbyConfig{Options: []byte{1}})},
		{"LobbyConfig.Secret", joinAt(code, LobbyConfig{Secret: "frog"})},
		{"NodeConfig.Identity", listen(NodeConfig{Key: quicKey(1), Identity: "somewhere"})},
		{"NodeConfig.TURN", listen(NodeConfig{Key: quicKey(1), TURN: []string{"turn:u:p@127.0.0.1:9"}, Relay: RelayNever})},
		{"NodeConfig.PortMap", host(MeetConfig{Node: NodeConfig{Key: quicKey(1), PortMap: true}})},
		{"NodeConfig.PortMap", meet(nobody, MeetConfig{Node: NodeConfig{Key: quicKey(1), PortMap: true}})},
		{"Host for 3 players, but Config.MaxSeats is 2", hostFor(3, 0, 2)},
		{"Host for 2 players, but Config.MinSeats is 3", hostFor(2, 3, 4)},
		{"Host for 1 player, but Config.MinSeats is 2", hostFor(1, 2, 4)},
		{"Host for 0 players", hostFor(0, 0, 0)},
		{"Host for 17 players", hostFor(17, 0, 0)},
		{"LobbyConfig.LocalSeats is 3; the lobby takes 2", host(MeetConfig{Node: quicConfig(1), Lobby: LobbyConfig{LocalSeats: 3}})},
		{"MeetConfig.Progress is missing", host(MeetConfig{Lobby: LobbyConfig{Invite: true}})},
		{"MeetConfig.Progress is missing", host(MeetConfig{Lobby: LobbyConfig{Code: true}})},
		{"LobbyConfig.Code is set", meet(nobody, MeetConfig{Node: quicConfig(1), Lobby: LobbyConfig{Code: true}})},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("want %q: %v", c.want, c.err)
		}
	}
}

// TestDefaults are what the comments of Config say.
func TestDefaults(t *testing.T) {
	game := ledgerGame()
	game.MinSeats = 0
	terms, err := game.terms()
	if err != nil {
		t.Fatal(err)
	}
	if terms.tickRate != 60 || terms.windowFrames != 8 || terms.minSeats != 2 || terms.maxSeats != 8 || terms.checksums != 60 || terms.peerTimeoutMs != 10_000 || terms.inputBytes != 4 {
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
