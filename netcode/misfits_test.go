//go:build !race

package netcode

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// refusedEvents are those among the events that were not read yet.
func refusedEvents(r *Room) (list []Event) {
	for _, e := range r.AppendEvents(nil) {
		if e.Kind == EventRefused {
			list = append(list, e)
		}
	}
	return list
}

// TestBothSidesReadWhatDiffers: two copies whose configs differ do not play together.
// The guest reads why, and so does the host, in one line that names the guest.
func TestBothSidesReadWhatDiffers(t *testing.T) {
	base := func() Config[ledger, uint32] {
		game := ledgerGame()
		game.MinSeats, game.MaxSeats = 2, 4
		return game
	}
	changed := func(change func(*Config[ledger, uint32])) func(*Node, string, LobbyConfig) (*Room, error) {
		return func(node *Node, address string, config LobbyConfig) (*Room, error) {
			game := base()
			change(&game)
			l, err := JoinLobby(node, game, address, config)
			if err != nil {
				return nil, err
			}
			return l.Room, nil
		}
	}
	wide := func(node *Node, address string, config LobbyConfig) (*Room, error) {
		game := attendanceGame(AbsentEnds)
		game.Game, game.MinSeats, game.MaxSeats = "ledger", 2, 4
		l, err := JoinLobby(node, game, address, config)
		if err != nil {
			return nil, err
		}
		return l.Room, nil
	}
	for _, row := range []struct {
		what        string
		join        func(*Node, string, LobbyConfig) (*Room, error)
		why         Reason
		host, guest string
	}{
		{"game", changed(func(c *Config[ledger, uint32]) { c.Game = "toads" }), ReasonGame, `Ben plays "toads", you play "ledger"`, `P0 plays "ledger", you play "toads"`},
		{"rules", changed(func(c *Config[ledger, uint32]) { c.Rules = 7 }), ReasonVersion, "Ben has rules version 7 of the game, you have 1", "P0 has rules version 1 of the game, you have 7"},
		{"tick rate", changed(func(c *Config[ledger, uint32]) { c.TickRate, c.WindowFrames = 30, base().filled().WindowFrames }), ReasonVersion, "Ben runs at 30 ticks a second, you at 60", "P0 runs at 60 ticks a second, you at 30"},
		{"window", changed(func(c *Config[ledger, uint32]) { c.WindowFrames = 5 }), ReasonVersion, "Ben's prediction window is 5 frames", "yours 5"},
		{"layout", wide, ReasonVersion, "Ben's game keeps another world or other inputs than yours", "P0's game keeps another world or other inputs than yours"},
		{"most seats", changed(func(c *Config[ledger, uint32]) { c.MaxSeats = 2 }), ReasonSeats, "Ben's game takes 2 players at most, your lobby 4", "P0's lobby takes 4 players, your game 2 at most"},
		{"fewest seats", changed(func(c *Config[ledger, uint32]) { c.MinSeats = 3 }), ReasonSeats, "Ben's game needs 3 players, your lobby plays with 2", "P0's lobby plays with 2, your game needs 3 players"},
	} {
		for _, config := range []LobbyConfig{{}, {Secret: "frogs"}} {
			tb := newTable(t, 1, 1, base(), config, Conditions{DelayMs: 10})
			guest, err := row.join(tb.network.NewNode("\x1bBen\n"), tb.nodes[0].Addr().String(), config)
			if err != nil {
				t.Fatal(err)
			}
			tb.lobbies[0].AppendLines(nil)
			for range 120 {
				tb.tick()
				guest.Poll()
			}
			if guest.State() != Ended || ReasonOf(guest.Err()) != row.why || !strings.Contains(guest.Err().Error(), row.guest) {
				t.Errorf("%s: the guest reads %v", row.what, guest.Err())
			}
			lines, events := tb.lobbies[0].AppendLines(nil), refusedEvents(tb.lobbies[0].Room)
			if want := "Ben tried to join and could not: " + row.host; len(lines) != 1 || lines[0].Kind != EventRefused || lines[0].From != "" || !strings.HasPrefix(lines[0].Text, want) {
				t.Errorf("%s: the host reads %q, want %q", row.what, lines, want)
			}
			if len(events) != 1 || events[0].Name != "Ben" || events[0].Count != 1 || ReasonOf(events[0].Err) != row.why || !strings.HasPrefix(events[0].Err.Error(), row.host) {
				t.Errorf("%s: the host's events are %+v", row.what, events)
			}
		}
	}
}

// TestMisfitsOfOthers: while one comes all the time under ever new names, the host
// reads of a friend from elsewhere, whose game is another one, by his name and what
// differs about his.
func TestMisfitsOfOthers(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{})
	flood, friend := ledgerGame(), ledgerGame()
	flood.Rules, friend.Rules = 7, 8
	s, honest, told := tb.newStranger("Mallory"), tb.newStranger("Ben"), 0
	for i := range 40 {
		from, game, name := s, flood, fmt.Sprintf("Mallory%d", i)
		if i%20 == 10 {
			from, game, name = honest, friend, "Ben"
		}
		l := from.dial(tb.nodes[0])
		l.say(hello(game, wire.JoinLobby, name, 1))
		tb.until(5, func() bool { return l.State() == link.Closed })
		tb.seconds(0.5)
		for _, line := range tb.lobbies[0].AppendLines(nil) {
			if strings.HasPrefix(line.Text, "Ben tried to join and could not: Ben has rules version 8") {
				told++
			}
		}
	}
	if told != 2 {
		t.Errorf("the host reads %d times of the friend, want 2", told)
	}
}

// TestMisfitsAreBounded: from however many addresses they come, few sources are told
// apart, and fewer of one network; all are counted.
func TestMisfitsAreBounded(t *testing.T) {
	var f misfits
	for i := range 20_000 {
		addr := netip.AddrFrom4([4]byte{10, byte(i % 200), 0, byte(i / 200)})
		if i%3 == 0 {
			addr = netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 5: byte(i), 7: byte(i >> 8), 15: 1})
		}
		f.of(addr, 0).add("x")
		near, counted := map[netip.Prefix]int{}, 0
		for _, one := range f {
			near[one.wide]++
			counted += one.count
			if near[one.wide] > maxMisfitsNear {
				t.Fatalf("%d of %v", near[one.wide], one.wide)
			}
		}
		if len(f) > maxMisfits || counted != i+1 {
			t.Fatalf("%d sources; %d of %d are counted", len(f), counted, i+1)
		}
	}
	for _, one := range f {
		one.take(0)
	}
	if f.of(netip.MustParseAddr("192.0.2.1"), nextTally); len(f) != 1 {
		t.Errorf("%d are remembered when all is told", len(f))
	}
}

// TestManyMisfits: strangers whose game is another one come all the time, under ever
// new names. The host reads a line in ten seconds, all of them are counted, and who was
// sent away is heard of no more.
func TestManyMisfits(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{})
	host := tb.lobbies[0]
	other := ledgerGame()
	other.Rules = 7
	s, tries := tb.newStranger("Mallory"), 0
	for range 60 {
		l := s.dial(tb.nodes[0])
		l.say(hello(other, wire.JoinLobby, fmt.Sprintf("Mallory%d%s", tries, strings.Repeat("\n\u202ex", 4)), 1))
		tb.until(5, func() bool { return l.State() == link.Closed })
		tries++
		tb.seconds(0.5)
	}
	tb.seconds(11)
	lines, counted := host.AppendLines(nil), 0
	for _, e := range refusedEvents(host.Room) {
		counted += e.Count
	}
	if counted != tries || len(lines) < 3 || len(lines) > 6 {
		t.Errorf("of %d tries %d are told in %d lines", tries, counted, len(lines))
	}
	for _, line := range lines {
		if len(line.Text) > 300 || strings.ContainsAny(line.Text, "\n\u202e") {
			t.Errorf("the host reads %q", line.Text)
		}
	}
	if n := len(lines); n > 1 && !strings.Contains(lines[1].Text, ", and others, tried to join ") {
		t.Errorf("the host reads %q", lines[1].Text)
	}

	in := s.join(tb, ledgerGame(), 1)
	if err := host.Kick(int(last[*wire.Welcome](in).Machine)); err != nil {
		t.Fatal(err)
	}
	host.AppendLines(nil)
	tb.seconds(1)
	l := s.dial(tb.nodes[0])
	l.say(hello(other, wire.JoinLobby, "Mallory", 1))
	tb.until(5, func() bool { return l.State() == link.Closed })
	tb.seconds(11)
	if events := refusedEvents(host.Room); len(events) != 0 {
		t.Errorf("the host reads of who was sent away: %+v", events)
	}
}
