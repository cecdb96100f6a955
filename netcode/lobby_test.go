//go:build !race

package netcode

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

func refusal(t *testing.T, l *Lobby[ledger, uint32], parts ...string) {
	t.Helper()
	refused := new(RefusedError)
	if l.State() != Ended || !errors.As(l.Err(), &refused) {
		t.Fatalf("state %d, %v", l.State(), l.Err())
	}
	for _, part := range parts {
		if !strings.Contains(refused.Reason, part) {
			t.Fatalf("%q does not name %q", refused.Reason, part)
		}
	}
}

func TestLobbyMembersAreSeenByAll(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{LocalSeats: 2, Options: []byte("pond 3")}, Conditions{DelayMs: 20})
	ana := tb.enter("Ana", ledgerGame(), LobbyConfig{LocalSeats: 3})
	bo := tb.enter("Bo", ledgerGame(), LobbyConfig{})
	tb.seconds(1)
	host := tb.lobbies[0]
	for i, l := range tb.lobbies {
		if got, want := names(l), "0:P0*2 1:Ana*3 2:Bo*1"; got != want {
			t.Fatalf("peer %d sees %q, want %q", i, got, want)
		}
		if string(l.Options()) != "pond 3" || l.MaxSeats() != 8 || l.Hosting() != (i == 0) || l.Progress() != "6 of 8 seats taken" {
			t.Fatalf("peer %d: %q, %d, %v, %q", i, l.Options(), l.MaxSeats(), l.Hosting(), l.Progress())
		}
		for _, m := range l.AppendMembers(nil) {
			if !m.Ready || !m.Linked || m.You != (m.Machine == i) || m.Host != (m.Machine == 0) || m.Fingerprint != tb.nodes[m.Machine].Fingerprint() || !m.You && m.PingMs != 40 {
				t.Fatalf("peer %d sees %+v", i, m)
			}
		}
	}
	host.SetOptions([]byte("lake"))
	host.SetMaxSeats(7)
	tb.nodes[2].SetName("Bodo")
	tb.seconds(1)
	for i, l := range tb.lobbies {
		if string(l.Options()) != "lake" || l.MaxSeats() != 7 || !strings.Contains(names(l), "2:Bodo*1") {
			t.Fatalf("peer %d: %q, %d, %q", i, l.Options(), l.MaxSeats(), names(l))
		}
	}
	for _, err := range []error{ana.Start(1, 0), ana.SetOptions(nil), ana.SetMaxSeats(3), ana.Kick(2)} {
		if !errors.Is(err, ErrNotHost) {
			t.Fatal(err)
		}
	}
	if host.SetOptions(make([]byte, wire.MaxOptionBytes+1)) == nil {
		t.Fatal("options too long were taken")
	}
	tb.start(7, 60)
	tb.until(5, func() bool { return bo.State() == Playing })
	if s := bo.Match().Setup(); s.Seed != 7 || s.Seats != 6 || string(s.Options) != "lake" {
		t.Fatalf("%+v", s)
	}
	var seats strings.Builder
	for _, s := range bo.Match().Seats() {
		seats.WriteString(fmt.Sprintf("%s@%d ", s.Name, s.Machine))
	}
	if want := "P0@0 P0 2@0 Ana@1 Ana 2@1 Ana 3@1 Bodo@2 "; seats.String() != want {
		t.Fatalf("%q, want %q", seats.String(), want)
	}
}

func TestNobodyStartsUntilAllAreReady(t *testing.T) {
	tb := newTable(t, 1, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 20})
	tb.start(1, 30) // then nobody is ready any more
	tb.playOut(10)
	host := tb.lobbies[0]
	for range 60 { // without anybody saying so
		tb.network.Advance(testTick)
		for _, l := range tb.lobbies {
			l.Poll()
		}
	}
	notReady := new(NotReadyError)
	if err := host.Start(1, 0); !errors.As(err, &notReady) || notReady.Reason != "waiting until ready: P1, P2" {
		t.Fatal(err)
	}
	tb.seconds(1)
	if err := host.Start(1, 0); err != nil {
		t.Fatal(err)
	}
	if err := host.Start(1, 0); !errors.As(err, &notReady) || notReady.Reason != "a match is running" {
		t.Fatal(err)
	}
}

func TestLobbyRefuses(t *testing.T) {
	t.Run("full", func(t *testing.T) {
		game := ledgerGame()
		game.MaxSeats = 3
		tb := newTable(t, 1, 2, game, LobbyConfig{}, Conditions{})
		refusal(t, tb.enter("Ana", game, LobbyConfig{LocalSeats: 2}), "no room for 2", "2 of 3")
		if l := tb.enter("Bo", game, LobbyConfig{}); l.State() != Gathering {
			t.Fatal(l.Err())
		}
		refusal(t, tb.enter("Cy", game, LobbyConfig{}), "full", "3 of 3")
	})
	t.Run("playing", func(t *testing.T) {
		tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{})
		tb.start(1, 120)
		refusal(t, tb.enter("Ana", ledgerGame(), LobbyConfig{}), "already started")
		tb.until(5, func() bool { return tb.lobbies[0].State() == Gathering })
		if l := tb.enter("Ana", ledgerGame(), LobbyConfig{}); l.State() != Gathering {
			t.Fatal(l.Err())
		}
	})
	t.Run("not the host", func(t *testing.T) {
		tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{})
		refusal(t, tb.enterAt("Ana", tb.nodes[1].Addr().String(), ledgerGame(), LobbyConfig{}), "P1 is not hosting: P0 hosts this lobby, ask P0 for the address")
	})
	t.Run("nobody there", func(t *testing.T) {
		tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{})
		l := tb.enterAt("Ana", "10.0.0.9:9", ledgerGame(), LobbyConfig{})
		if failed := new(ConnectError); l.State() != Ended || !errors.As(l.Err(), &failed) || failed.Address != "10.0.0.9:9" || len(failed.Reason) < 20 {
			t.Fatalf("%v", l.Err())
		}
	})
	t.Run("same identity", func(t *testing.T) {
		tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{})
		for i := range 2 {
			node := newMemoryNode(tb.network.network.NewEndpoint(link.Key{1}), fmt.Sprint("twin", i))
			l, err := JoinLobby(node, ledgerGame(), tb.nodes[0].Addr().String(), LobbyConfig{})
			if err != nil {
				t.Fatal(err)
			}
			tb.nodes, tb.lobbies, tb.done = append(tb.nodes, node), append(tb.lobbies, l), append(tb.done, false)
			tb.until(5, func() bool { return l.State() != Connecting })
		}
		refusal(t, tb.lobbies[2], "same identity")
		if tb.lobbies[1].State() != Gathering {
			t.Fatal(tb.lobbies[1].Err())
		}
	})
	t.Run("impossible seats", func(t *testing.T) {
		network := NewMemoryNetwork(1)
		node := network.NewNode("a")
		for _, seats := range []int{17, 256, 300} {
			if _, err := JoinLobby(node, ledgerGame(), "10.0.0.1:1", LobbyConfig{LocalSeats: seats}); err == nil {
				t.Fatalf("%d seats were taken", seats)
			}
		}
		if _, err := OpenLobby(node, ledgerGame(), LobbyConfig{LocalSeats: 9}); err == nil {
			t.Fatal("9 local seats fit a lobby of 8")
		}
	})
}

func TestSecret(t *testing.T) {
	for _, c := range []struct {
		host, joiner string
		refused      []string // nil: let in
	}{
		{"", "", nil},
		{"frog", "frog", nil},
		{"frog", "", []string{"asks for a secret"}},
		{"frog", "toad", []string{"secret"}},
		{"", "frog", []string{"P0", "another secret"}},
	} {
		tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{Secret: c.host}, Conditions{DelayMs: 10})
		l := tb.enter("Ana", ledgerGame(), LobbyConfig{Secret: c.joiner})
		tb.seconds(0.5)
		if c.refused != nil {
			refusal(t, l, c.refused...)
			if names(tb.lobbies[0]) != "0:P0*1" {
				t.Fatal(names(tb.lobbies[0]))
			}
		} else if l.State() != Gathering {
			t.Fatal(l.Err())
		}
	}
}

// TestOnlyTheHostIsGreeted: a host that is not the one meant, by its fingerprint,
// gets no word from the joiner, with a secret or without.
func TestOnlyTheHostIsGreeted(t *testing.T) {
	for _, secret := range []string{"", "frog"} {
		tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{Secret: secret}, Conditions{})
		fake := tb.newFakeHost(ledgerGame())
		lobby := tb.enterAt("Ana", fake.endpoint.Addr().String()+"#"+tb.nodes[0].Fingerprint(), ledgerGame(), LobbyConfig{Secret: secret})
		refusal(t, lobby, "somebody else answers", "fingerprint")
		if len(fake.links) == 1 && last[*wire.Hello](fake.links[0]) != nil {
			t.Fatal("the joiner has greeted somebody else")
		}
	}
}

func TestFingerprint(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
	address := tb.nodes[0].Addr().String() + "#"
	if l := tb.enterAt("Ana", " "+address+strings.ToUpper(tb.nodes[0].Fingerprint())+"\n", ledgerGame(), LobbyConfig{}); l.State() != Gathering {
		t.Fatal(l.Err())
	}
	refusal(t, tb.enterAt("Bo", address+tb.nodes[1].Fingerprint(), ledgerGame(), LobbyConfig{}), "somebody else answers", "10.0.0.1:1")
	for _, bad := range []string{"", "10.0.0.1", "10.0.0.1:0", "10.0.0.1:1#", "10.0.0.1:1#abc", "10.0.0.1:99999"} {
		if _, err := JoinLobby(tb.network.NewNode("x"), ledgerGame(), bad, LobbyConfig{}); err == nil || len(err.Error()) < 20 {
			t.Fatalf("%q: %v", bad, err)
		}
	}
}

func TestHelloDifferences(t *testing.T) {
	for _, c := range []struct {
		name             string
		change           func(*Config[ledger, uint32])
		atHost, atJoiner []string
	}{
		{"game", func(g *Config[ledger, uint32]) { g.Game = "toads" }, []string{`Ana plays "toads"`, `"ledger"`}, []string{`P0 plays "ledger"`, `"toads"`}},
		{"rules", func(g *Config[ledger, uint32]) { g.Rules = 0xbeef }, []string{"Ana has rules version beef", "you have 1"}, []string{"P0 has rules version 1", "you have beef"}},
		{"tick rate", func(g *Config[ledger, uint32]) { g.TickRate = 50 }, []string{"Ana runs at 50", "you at 60"}, []string{"P0 runs at 60", "you at 50"}},
		{"window", func(g *Config[ledger, uint32]) { g.WindowFrames = 3 }, []string{"Ana's prediction window is 3", "yours 8"}, []string{"P0's prediction window is 8", "yours 3"}},
		{"time-out", func(g *Config[ledger, uint32]) { g.PeerTimeoutMs = 60_500 }, []string{"after 60.5 seconds, yours after 10.0"}, []string{"after 10.0 seconds, yours after 60.5"}},
		{"end", func(g *Config[ledger, uint32]) { g.Over = func(*ledger) bool { return false } }, []string{"Ana's game ends by its rules, yours does not"}, []string{"your game ends by its rules, P0's does not"}},
		{"clean", func(g *Config[ledger, uint32]) { g.Clean = func(in uint32) uint32 { return in } }, []string{"of your game and Ana's only one makes inputs legal"}, []string{"of your game and P0's only one makes inputs legal"}},
		{"lockstep", func(g *Config[ledger, uint32]) { g.Lockstep = true }, []string{"Ana's prediction window is 0"}, []string{"yours 0"}},
		{"checksums", func(g *Config[ledger, uint32]) { g.ChecksumFrames = 30 }, []string{"Ana compares worlds every 30", "you every 60"}, []string{"P0 compares worlds every 60", "you every 30"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
			other := ledgerGame()
			c.change(&other)
			l := tb.enter("Ana", other, LobbyConfig{})
			refusal(t, l, c.atJoiner...)
			tb.seconds(1)
			// What the host has said travels with the close; the host's own
			// view is the judgement of the same greeting.
			terms, err := ledgerGame().terms()
			if err != nil {
				t.Fatal(err)
			}
			theirs := hello(other, wire.JoinLobby, "Ana", 1)
			d := terms.difference(theirs, "Ana")
			for _, part := range c.atHost {
				if !strings.Contains(d, part) {
					t.Fatalf("the host: %q does not name %q", d, part)
				}
			}
			if names(tb.lobbies[0]) != "0:P0*1" {
				t.Fatal(names(tb.lobbies[0]))
			}
		})
	}
}

// TestSeatsOfTheGame: the host's number holds, and whose game takes fewer players
// than the lobby is refused in words on both sides.
func TestSeatsOfTheGame(t *testing.T) {
	few, many := ledgerGame(), ledgerGame()
	few.MaxSeats, many.MaxSeats = 3, 12
	crowd := ledgerGame()
	crowd.MinSeats = 3
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
	refusal(t, tb.enter("Ana", few, LobbyConfig{}), "P0's lobby takes 8 players, your game 3 at most")
	refusal(t, tb.enter("Ana", crowd, LobbyConfig{}), "P0's lobby plays with 1, your game needs 3")
	for name, game := range map[string]Config[ledger, uint32]{
		"game takes 3 players at most, your lobby 8":    few,
		"game needs 3 players, your lobby plays with 1": crowd,
	} {
		stranger := tb.newStranger(name).dial(tb.nodes[0])
		stranger.say(hello(game, wire.JoinLobby, "Mallory", 1))
		tb.seconds(1)
		if err := stranger.Err(); err == nil || err.Reason != "Mallory's "+name {
			t.Errorf("the host judges: %v", err)
		}
	}
	if l := tb.enter("Ben", many, LobbyConfig{}); l.State() != Gathering || l.MaxSeats() != 8 {
		t.Errorf("state %d, %v, %d seats", l.State(), l.Err(), l.MaxSeats())
	}
	host := tb.lobbies[0]
	host.SetMaxSeats(3)
	if l := tb.enter("Cleo", few, LobbyConfig{}); l.State() != Gathering || l.MaxSeats() != 3 {
		t.Errorf("state %d, %v, %d seats", l.State(), l.Err(), l.MaxSeats())
	}
	for _, seats := range []int{8, 4, 0, -1} {
		if err := host.SetMaxSeats(seats); err == nil || host.MaxSeats() != 3 {
			t.Errorf("the lobby takes %d players, and a member's game 3: %v", host.MaxSeats(), err)
		}
	}
}

// TestHelloOfAnotherProtocol and of another input: what no Config can say. Of two protocols
// a player reads whose copy is the older one.
func TestHelloOfAnotherProtocol(t *testing.T) {
	for _, c := range []struct {
		change func(*wire.Hello)
		want   string
	}{
		{func(h *wire.Hello) { h.Protocol++ }, "your copy of the game is older than P0's: you need the version that P0 has"},
		{func(h *wire.Hello) { h.Protocol-- }, "P0's copy of the game is older than yours: P0 needs the version that you have"},
		{func(h *wire.Hello) { h.Protocol--; h.Game = "other" }, `P0 plays "other"`},
		{func(h *wire.Hello) { h.InputBytes = 12 }, "input is 12 bytes long, yours 4"},
	} {
		// A joiner that differs: the host closes with a sentence.
		tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
		l := tb.newStranger("Mallory").dial(tb.nodes[0])
		h := hello(ledgerGame(), wire.JoinLobby, "P0", 1)
		c.change(h)
		l.say(h)
		tb.seconds(1)
		if err := l.Err(); err == nil || err.Code.Base() != link.CodeRefused || !err.Remote || !strings.Contains(err.Reason, c.want) {
			t.Fatalf("%+v", err)
		}
		if last[*wire.Hello](l) == nil {
			t.Fatal("the host closed without a greeting of its own: the other side cannot see the difference")
		}
		// A host that differs: the joiner sees it by itself.
		tb = newTable(t, 1, 0, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
		fake := tb.newFakeHost(ledgerGame())
		node := tb.network.NewNode("joiner")
		lobby, err := JoinLobby(node, ledgerGame(), fake.endpoint.Addr().String(), LobbyConfig{})
		if err != nil {
			t.Fatal(err)
		}
		tb.nodes, tb.lobbies, tb.done = append(tb.nodes, node), append(tb.lobbies, lobby), append(tb.done, false)
		tb.until(5, func() bool { return len(fake.links) > 0 })
		h = hello(ledgerGame(), wire.Answer, "P0", 1)
		c.change(h)
		fake.links[0].say(h)
		tb.seconds(1)
		refusal(t, lobby, c.want)
	}
}

func TestMembersComeAndGo(t *testing.T) {
	tb := newTable(t, 1, 4, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
	tb.seconds(1)
	tb.leave(2)
	tb.seconds(1)
	for _, i := range []int{0, 1, 3} {
		if n := names(tb.lobbies[i]); n != "0:P0*1 1:P1*1 3:P3*1" {
			t.Fatalf("peer %d: %q", i, n)
		}
	}
	tb.enter("Ana", ledgerGame(), LobbyConfig{}) // takes the free place
	tb.seconds(1)
	for _, i := range []int{0, 1, 3, 4} {
		if n := names(tb.lobbies[i]); n != "0:P0*1 1:P1*1 2:Ana*1 3:P3*1" {
			t.Fatalf("peer %d: %q", i, n)
		}
	}
	tb.lobbies[0].Kick(1)
	tb.seconds(1)
	refusal(t, tb.lobbies[1], "P0", "asked you to leave")
	tb.start(1, 60)
	tb.done[1] = true
	tb.until(5, func() bool { return tb.lobbies[4].State() == Playing })
	agree(t, tb.playOut(10), isNil)
	tb.leave(0)
	tb.seconds(1)
	for _, i := range []int{3, 4} {
		if n := names(tb.lobbies[i]); n != "2:Ana*1 3:P3*1" || tb.lobbies[i].Hosting() != (i == 4) {
			t.Fatalf("peer %d: %q", i, n)
		}
	}
}

// TestManyRematches: other members each time, over the connections that are
// there. Datagrams number matches modulo 16.
func TestManyRematches(t *testing.T) {
	tb := newTable(t, 1, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 15, JitterMs: 10, LossPercent: 5})
	hashes := map[uint64]bool{}
	for match := range uint64(20) {
		tb.start(match, 40)
		last := len(tb.lobbies) - 1
		tb.until(5, func() bool { return tb.lobbies[0].matches == uint32(match+1) && tb.lobbies[last].State() == Playing })
		results := tb.playOut(10)
		agree(t, results, isNil)
		hashes[results[0].Hash] = true
		if match%3 == 1 {
			tb.leave(last)
			tb.enter(fmt.Sprint("New", match), ledgerGame(), LobbyConfig{})
		}
	}
	if len(hashes) != 20 {
		t.Fatalf("20 matches had %d results", len(hashes))
	}
}

// TestRematchBeforeEverybodyIsBack: the host starts again while a member is
// still busy with the end of the match before.
func TestRematchBeforeEverybodyIsBack(t *testing.T) {
	for seed := range uint64(20) {
		tb := newTable(t, seed, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 50, JitterMs: 45, LossPercent: 20})
		for match := range uint32(4) {
			tb.start(uint64(match), 20)
			tb.until(20, func() bool {
				m := tb.lobbies[0].Match()
				return tb.lobbies[0].matches == match+1 && m.play.match == match+1 && m.play.over()
			})
			tb.lobbies[0].Poll()
			for _, m := range tb.lobbies[0].members {
				if m != nil {
					m.Ready = true // as if a late word had said so
				}
			}
		}
		tb.until(20, func() bool { return tb.lobbies[1].State() == Gathering && tb.lobbies[2].State() == Gathering })
		agree(t, tb.playOut(20), isNil)
	}
}

func TestMeshOfEight(t *testing.T) {
	for peers := 3; peers <= 8; peers++ {
		tb := newTable(t, uint64(peers), peers, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 30, JitterMs: 20, LossPercent: 10})
		tb.until(10, func() bool { return tb.lobbies[0].Blocker() == "" })
		for i, l := range tb.lobbies {
			for _, m := range l.AppendMembers(nil) {
				if !m.Linked {
					t.Fatalf("%d peers: %d and %d have no link", peers, i, m.Machine)
				}
			}
			if len(l.mesh.Conns()) != peers-1 {
				t.Fatalf("%d peers: peer %d has %d links", peers, i, len(l.mesh.Conns()))
			}
		}
	}
}

func TestBlockerNamesThePairThatCannotMeet(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
	tb.network.network.Path(1, 2).SetDark(true)
	tb.enter("Ana", ledgerGame(), LobbyConfig{})
	tb.enter("Bo", ledgerGame(), LobbyConfig{})
	tb.seconds(8)
	host := tb.lobbies[0]
	if b := host.Blocker(); b != "Ana and Bo have not reached each other yet" {
		t.Fatal(b)
	}
	notReady := new(NotReadyError)
	if err := host.Start(1, 0); !errors.As(err, &notReady) || notReady.Reason != host.Blocker() {
		t.Fatal(err)
	}
	tb.network.network.Path(1, 2).SetDark(false)
	tb.until(10, func() bool { return host.Blocker() == "" })
}

// TestNamesOfStrangers: what is shown of a name is short and plain, whoever
// sent it.
func TestNamesOfStrangers(t *testing.T) {
	for name, want := range map[string]string{
		strings.Repeat("A", 64):       "AAAAAAAAAAAAAAAA",
		"":                            "Player",
		"\x00\x07\x1b[31m":            "[31m",
		"\xff\xfe\xc3\x28":            "(",
		"\u202egnp.exe":               "gnp.exe",
		"\u200b\u2060\ufeff":          "Player",
		"a\u2066b\u2069c":             "abc",
		"  Ana \t\n  Zoë ":            "Ana Zoë",
		strings.Repeat("\u202e", 21):  "Player",
		strings.Repeat("\xff", 64):    "Player",
		strings.Repeat(" ", 63) + "x": "x",
		"\ue000\uf8ff private":        "private",
		"日本語の名前はとても長いのでここで切れます": "日本語の名前はとても長いのでここ",
	} {
		tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{})
		l := tb.newStranger("Mallory").dial(tb.nodes[0])
		h := hello(ledgerGame(), wire.JoinLobby, "x", 1)
		h.Name, h.Players = name, players(name)
		l.say(h)
		tb.seconds(1)
		members := tb.lobbies[0].AppendMembers(nil)
		if len(members) != 2 || members[1].Name != want {
			t.Errorf("%.40q is shown as %+v, want %q", name, members, want)
		}
		l.say(&wire.Status{Players: players("y")}, &wire.Status{Players: players(name)})
		tb.seconds(1)
		if members := tb.lobbies[0].AppendMembers(nil); len(members) != 2 || members[1].Name != want {
			t.Errorf("%.40q in a status is shown as %+v, want %q", name, members, want)
		}
		if again := cleanName(want); again != want {
			t.Errorf("%q cleaned again is %q", want, again)
		}
	}
}

// TestSeveralAddresses: a member that can be reached under several addresses
// ends up with one link, whichever answers first.
func TestSeveralAddresses(t *testing.T) {
	for seed := range uint64(60) {
		tb := newTable(t, seed, 1, ledgerGame(), LobbyConfig{}, Conditions{})
		bad := memlink.Conditions{Delay: 30 * time.Millisecond, Jitter: 29 * time.Millisecond, LossPer10k: 4000}
		tb.network.network.Path(1, 2).SetConditions(bad)
		tb.network.network.Path(2, 1).SetConditions(bad)
		for _, name := range []string{"Ana", "Bo"} {
			l := tb.enter(name, ledgerGame(), LobbyConfig{})
			tb.addresses(name, l.node.Addr().String(), l.node.Addr().String(), l.node.Addr().String(), "10.0.0.99:99")
		}
		tb.start(1, 100)
		agree(t, tb.playOut(30), isNil)
	}
}

// addresses makes the host tell that a member has these.
func (tb *table) addresses(name string, addrs ...string) {
	for _, m := range tb.lobbies[0].members {
		if m != nil && m.Name == name {
			m.Addrs = addrs
		}
	}
	tb.lobbies[0].rosterChanged()
}

// TestManyDeadAddresses: who dials many addresses has room for those who dial
// it.
func TestManyDeadAddresses(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
	dead := func(i int) (addrs []string) {
		for k := range wire.MaxAddrs {
			addrs = append(addrs, fmt.Sprintf("10.0.9.%d:%d", i, 900+k))
		}
		return addrs
	}
	for i := range 6 {
		tb.enter(fmt.Sprint("M", i), ledgerGame(), LobbyConfig{})
		tb.addresses(fmt.Sprint("M", i), dead(i)...)
	}
	tb.seconds(1)
	for i, l := range tb.lobbies[1:] {
		own := 0
		for _, c := range l.mesh.Conns() {
			if c.Machine() < 0 && c.Link.Dialled() {
				own++
			}
		}
		if own <= 16 {
			continue
		}
		s := tb.newStranger(fmt.Sprint("late", i)).dial(l.node)
		s.say(hello(ledgerGame(), wire.JoinLobby, "late", 1))
		tb.seconds(0.5)
		if last[*wire.Hello](s) == nil {
			t.Fatalf("member %d dials %d addresses and has no ear for anybody", i, own)
		}
		return
	}
	t.Fatal("nobody dials many addresses: the test shows nothing")
}

// TestStaleWordOfReadiness: who was ready for one match is not for the next,
// even if the word of it crosses with the start.
func TestStaleWordOfReadiness(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 60})
	tb.start(1, 30)
	tb.nodes[1].SetName("Renamed") // says again that it is ready, and has not heard of the start
	host := tb.lobbies[0]
	for host.State() == Playing {
		tb.network.Advance(testTick)
		for _, l := range tb.lobbies {
			if m := l.Match(); m != nil && l.State() == Playing {
				m.Tick(1)
			}
			l.Poll()
		}
		if tb.ticks++; tb.ticks > 1000 {
			t.Fatal("the match does not end")
		}
	}
	if b := host.Blocker(); b != "waiting until ready: Renamed" {
		t.Fatalf("%q", b)
	}
}

// TestReadyAsAMatchBegins: a loop that gets ready in every turn, also in the one in which
// the match begins, is heard for the next match.
func TestReadyAsAMatchBegins(t *testing.T) {
	tb := newTable(t, 3, 2, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 15})
	tb.start(1, 30)
	for range 600 {
		if tb.tick(); tb.lobbies[1].State() == Playing {
			break
		}
	}
	tb.lobbies[1].SetReady(true)
	agree(t, tb.playOut(10), isNil)
	tb.start(2, 30) // within ten seconds, though nobody has said that he is not ready any more
}

// TestReadyIsTheHostsToo: a host is told by its own room whether it has said that it is ready,
// so that its program starts when the last has said so, whoever that is; a match takes it
// back from all.
func TestReadyIsTheHostsToo(t *testing.T) {
	for last := range 2 {
		tb := newTable(t, 2, 2, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 15})
		host, guest := tb.lobbies[0], tb.lobbies[1]
		for _, l := range tb.lobbies {
			l.SetReady(false) // a table's are
		}
		second := func() (started bool) {
			for range 60 {
				tb.network.Advance(testTick)
				host.Poll()
				guest.Poll()
				started = started || host.Ready() && host.Blocker() == "" && host.Start(1, 30) == nil
			}
			return started
		}
		if second() {
			t.Error("it starts when nobody is ready")
		}
		if tb.lobbies[1-last].SetReady(true); second() {
			t.Errorf("it starts before %d is ready", last)
		}
		if tb.lobbies[last].SetReady(true); !second() {
			t.Errorf("it does not start when %d is ready", last)
		}
		if host.Ready() || guest.Ready() || guest.State() != Playing {
			t.Errorf("ready for what comes after: %v, %v; the guest is %v", host.Ready(), guest.Ready(), guest.State())
		}
	}
}
