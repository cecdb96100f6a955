package netcode

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// TestNumberOfPlayers: a match has as many players as its game says, whoever is in
// the lobby.
func TestNumberOfPlayers(t *testing.T) {
	for _, c := range []struct {
		min, max int
		here     []int  // players on each machine, the host's first
		want     string // how Start refuses; "" starts
	}{
		{0, 0, []int{1}, "waiting for players: 1 of at least 2 are here"},
		{0, 0, []int{2}, ""},
		{0, 0, []int{1, 1}, ""},
		{0, 0, []int{3, 5}, ""},
		{0, 1, []int{1}, ""},
		{1, 0, []int{1}, ""},
		{2, 2, []int{1}, "waiting for players: 1 of 2 are here"},
		{2, 2, []int{1, 1}, ""},
		{3, 4, []int{1, 1}, "waiting for players: 2 of at least 3 are here"},
		{3, 4, []int{1, 2}, ""},
		{10, 0, []int{5, 4}, "waiting for players: 9 of 10 are here"},
		{10, 0, []int{5, 5}, ""},
	} {
		t.Run(fmt.Sprintf("%d to %d, %v", c.min, c.max, c.here), func(t *testing.T) {
			game := ledgerGame()
			game.MinSeats, game.MaxSeats = c.min, c.max
			tb := newTable(t, 1, 1, game, LobbyConfig{LocalSeats: c.here[0]}, Conditions{DelayMs: 5})
			for i, seats := range c.here[1:] {
				tb.enter(fmt.Sprint("guest ", i), game, LobbyConfig{LocalSeats: seats})
			}
			tb.seconds(1)
			host := tb.lobbies[0]
			if got := host.Blocker(); got != c.want {
				t.Fatalf("%q", got)
			}
			err := host.Start(1, 0)
			if refused := new(NotReadyError); (err == nil) != (c.want == "") || err != nil && !errors.As(err, &refused) {
				t.Fatal(err)
			}
			if m := host.Match(); (m != nil) != (c.want == "") {
				t.Fatalf("%+v", m)
			}
		})
	}
}

// TestLobbyMadeSmaller: who is in stays in, and nothing starts with more than the
// lobby takes.
func TestLobbyMadeSmaller(t *testing.T) {
	tb := newTable(t, 1, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 5})
	host := tb.lobbies[0]
	if err := host.SetMaxSeats(2); err != nil {
		t.Fatal(err)
	}
	tb.seconds(1)
	if got := host.Blocker(); got != "3 players are here, and the lobby takes 2" || host.Start(1, 0) == nil {
		t.Fatalf("%q", got)
	}
	tb.lobbies[2].Leave()
	tb.done[2] = true
	tb.start(1, 30)
	tb.playOut(10)
}

// TestHostIsForExactlySoMany: who brings more is refused in words and the host
// waits on; who brings fewer leaves places for others.
func TestHostIsForExactlySoMany(t *testing.T) {
	defer goleak.VerifyNone(t)
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	meet, addr := hosting(ctx)
	join := func(key byte, seats int) (*Match[ledger, uint32], error) {
		return Join(ctx, addr(), quicGame(), MeetConfig{Node: quicConfig(key), Lobby: LobbyConfig{LocalSeats: seats}})
	}
	var group sync.WaitGroup
	group.Go(func() {
		_, err := join(2, 3)
		if refused := new(RefusedError); !errors.As(err, &refused) || !strings.Contains(refused.Reason, "no room for 3 players") {
			t.Errorf("three more: %v", err)
		}
		for key, seats := range map[byte]int{3: 1, 4: 1} {
			group.Go(func() {
				m, err := join(key, seats)
				if err != nil {
					t.Error(err)
					return
				}
				defer m.Close()
				playQUIC(m, func(st Status) bool { return st.Over })
			})
		}
	})
	m, err := Host(ctx, 3, quicGame(), meet)
	if err != nil {
		t.Fatal(err)
	}
	if s := m.Setup(); s.Seats != 3 {
		t.Errorf("%d players: %+v", s.Seats, m.Seats())
	}
	m.Close()
	group.Wait()
}

// shownPlayers tells of a machine's players as a lobby shows them: names, and own words.
func shownPlayers(l *Lobby[ledger, uint32], machine int) (s string) {
	for _, m := range l.AppendMembers(nil) {
		for _, p := range m.Players {
			if m.Machine == machine {
				s += fmt.Sprintf("%s%x ", p.Name, p.Own)
			}
		}
	}
	return strings.TrimSpace(s)
}

// TestSeatsAskedOfAHostWhoGoes: seats that a guest asks for as its host goes are its own to grant
// when it hosts, as far as there is room.
func TestSeatsAskedOfAHostWhoGoes(t *testing.T) {
	for _, c := range []struct {
		seats, max int
		want, says string
	}{
		{2, 4, "1:P1*2", ""},
		{1, 4, "1:P1*1", ""},
		{4, 4, "1:P1*4", ""},
		{4, 3, "1:P1*1", "the lobby has no room for 4 players on one machine: 0 of 3 seats are taken"},
	} {
		game := ledgerGame()
		game.MaxSeats = c.max
		tb := newTable(t, 1, 2, game, LobbyConfig{}, Conditions{DelayMs: 20})
		guest := tb.lobbies[1]
		err := guest.SetLocalSeats(c.seats)
		tb.lobbies[0].Leave()
		tb.done[0] = true
		tb.until(20, guest.Hosting)
		if err != nil || names(guest) != c.want || guest.Seating() != c.says {
			t.Errorf("%+v: %v, %s, %q", c, err, names(guest), guest.Seating())
		}
		if err := guest.SetPlayer(0, Player{Own: []byte{1}}); err != nil {
			t.Error(err)
		}
		if err := guest.SetLocalSeats(3); err != nil || guest.LocalSeats() != 3 {
			t.Errorf("%+v: %v, %d seats", c, err, guest.LocalSeats())
		}
	}
}

// TestLocalSeatsChange: a second pad joins or leaves without leaving the lobby; the
// host has the last word, and says so.
func TestLocalSeatsChange(t *testing.T) {
	game := ledgerGame()
	game.MaxSeats = 4
	tb := newTable(t, 1, 1, game, LobbyConfig{}, Conditions{DelayMs: 20})
	guest := tb.enter("Ana", game, LobbyConfig{})
	host := tb.lobbies[0]
	see := func(want, seating string) {
		t.Helper()
		tb.seconds(2)
		for i, l := range tb.lobbies {
			if got := names(l); got != want {
				t.Errorf("peer %d sees %q, want %q", i, got, want)
			}
		}
		if got := guest.Seating(); got != seating {
			t.Errorf("%q, want %q", got, seating)
		}
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	do(guest.SetLocalSeats(2))
	if got := guest.Seating(); got != "asking the host for 2 seats instead of 1" || guest.LocalSeats() != 1 {
		t.Errorf("%q, %d seats", got, guest.LocalSeats())
	}
	see("0:P0*1 1:Ana*2", "")
	do(guest.SetLocalSeats(4))
	see("0:P0*1 1:Ana*2", "the lobby has no room for 4 players here: 3 of 4 seats are taken")
	do(host.SetLocalSeats(2))
	see("0:P0*2 1:Ana*2", "the lobby has no room for 4 players here: 3 of 4 seats are taken")
	do(guest.SetLocalSeats(2))
	see("0:P0*2 1:Ana*2", "")
	refused := new(NotSeatedError)
	if err := host.SetLocalSeats(3); !errors.As(err, &refused) || !strings.Contains(refused.Reason, "no room for 3 players") {
		t.Error(err)
	}
	do(host.SetMaxSeats(2)) // who is in stays in, and may go
	do(guest.SetLocalSeats(1))
	see("0:P0*2 1:Ana*1", "")
	do(host.SetLocalSeats(1))
	see("0:P0*1 1:Ana*1", "")
	for _, l := range tb.lobbies {
		for _, seats := range []int{0, -1, 17} {
			if l.SetLocalSeats(seats) == nil {
				t.Errorf("%d seats", seats)
			}
		}
	}
	do(guest.SetLocalSeats(2)) // for the next match, if there is room
	tb.start(1, 60)
	tb.playOut(10)
	see("0:P0*1 1:Ana*1", "the lobby has no room for 2 players here: 2 of 2 seats are taken")
	guest.Leave()
	if err := guest.SetLocalSeats(1); !errors.As(err, &refused) {
		t.Error(err)
	}
}

// TestSeatsChangeWhileTheMatchStarts: whatever is on its way then, all play the same
// match, in which every machine has the seats that the host has said.
func TestSeatsChangeWhileTheMatchStarts(t *testing.T) {
	seen := map[int]bool{}
	for ticks := range 24 {
		for _, from := range []int{1, 2} {
			tb := newTable(t, uint64(ticks), 1, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 60, JitterMs: 20, LossPercent: 10})
			tb.enter("Ana", ledgerGame(), LobbyConfig{LocalSeats: from})
			tb.enter("Bo", ledgerGame(), LobbyConfig{})
			tb.until(10, func() bool { return tb.lobbies[0].Blocker() == "" })
			if err := tb.lobbies[1].SetLocalSeats(3 - from); err != nil {
				t.Fatal(err)
			}
			for range ticks {
				tb.tick()
			}
			if err := tb.lobbies[0].Start(1, 30); err != nil {
				t.Fatal(err)
			}
			tb.until(10, func() bool {
				for _, l := range tb.lobbies {
					if l.Poll(); l.Err() != nil {
						t.Fatal(l.Err())
					}
					if l.Match() == nil {
						return false
					}
				}
				return true
			})
			first := tb.lobbies[0].Match().Setup()
			seen[first.Seats] = true
			for i, l := range tb.lobbies {
				if s := l.Match().Setup(); !reflect.DeepEqual(s, first) {
					t.Fatalf("peer %d: %+v, the host: %+v", i, s, first)
				}
			}
			if mine := tb.lobbies[1].Match().LocalSeats(); len(mine) != first.Seats-2 {
				t.Fatalf("%+v: %v", first, mine)
			}
		}
	}
	if len(seen) != 2 {
		t.Fatalf("matches of %v players: the test shows nothing", seen)
	}
}

// TestRoster: the worlds of all start from the same words about everybody: names,
// machines, own words, whatever was changed in the lobby.
func TestRoster(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{Players: []Player{{Own: []byte{1}}, {Name: "Bea"}}}, Conditions{DelayMs: 20})
	guest := tb.enter("Ana", ledgerGame(), LobbyConfig{LocalSeats: 3, Players: []Player{{}, {Name: "Bea", Own: []byte{7, 8}}}})
	tb.seconds(1)
	for i, l := range tb.lobbies {
		if got := shownPlayers(l, 0) + " | " + shownPlayers(l, 1); got != "P001 Bea | Ana Bea 20708 Ana 3" {
			t.Errorf("peer %d sees %q", i, got)
		}
	}
	for i, p := range []Player{{Own: []byte("frog")}, {Name: "  Zo\u202ee\n", Own: []byte{}}, {Name: "P0"}} {
		if err := guest.SetPlayer(i, p); err != nil {
			t.Fatal(err)
		}
	}
	if err := tb.lobbies[0].SetPlayer(1, Player{Name: "Cleo", Own: make([]byte, 64)}); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{guest.SetPlayer(3, Player{}), guest.SetPlayer(-1, Player{}), guest.SetPlayer(0, Player{Own: make([]byte, 65)})} {
		if err == nil {
			t.Error("such a player was taken")
		}
	}
	tb.nodes[1].SetName("Anna")
	tb.seconds(3)
	if err := tb.lobbies[0].Start(RandomSeed(), UntilOver); err != nil {
		t.Fatal(err)
	}
	tb.network.Advance(time.Second)
	for i, l := range tb.lobbies {
		if l.Poll(); l.Match() == nil {
			t.Fatalf("peer %d: %v", i, l.Err())
		}
		want := []Seated{
			{Player{"P0", []byte{1}}, 0}, {Player{"Cleo", make([]byte, 64)}, 0},
			{Player{"Anna", []byte("frog")}, 1}, {Player{"Zoe", nil}, 1}, {Player{"P0 2", nil}, 1},
		}
		roster := l.Match().Setup().Roster
		if host := tb.lobbies[0].Match().Setup(); !reflect.DeepEqual(l.Match().Setup(), host) {
			t.Errorf("peer %d: %+v, the host: %+v", i, l.Match().Setup(), host)
		}
		if len(roster) != len(want) {
			t.Fatalf("peer %d: %+v", i, roster)
		}
		for seat, s := range l.Match().Seats() {
			if got := roster[seat]; got.Name != want[seat].Name || got.Machine != want[seat].Machine || !bytes.Equal(got.Own, want[seat].Own) || s.Name != got.Name || s.You != (got.Machine == i) {
				t.Errorf("peer %d, seat %d: %+v and %+v, want %+v", i, seat, got, s, want[seat])
			}
		}
		if l.Match().Room() != l.Room {
			t.Error("the match has another room")
		}
	}
}

// TestSeatsOfAHostileHost: nobody plays more players than he has asked for, and no
// answer makes a machine ask for ever.
func TestSeatsOfAHostileHost(t *testing.T) {
	for _, c := range []struct {
		says []wire.Message
		ends bool
	}{
		{[]wire.Message{&wire.NotSeated{Seats: 1}}, false},
		{[]wire.Message{&wire.NotSeated{Seats: 2}}, false}, // it has asked for two
		{[]wire.Message{&wire.NotSeated{Seats: 3}}, true},
		{[]wire.Message{&wire.Start{Match: 1, Machines: []wire.StartMachine{seated(0, 1), seated(1, 2)}}}, false},
		{[]wire.Message{&wire.Start{Match: 1, Machines: []wire.StartMachine{seated(0, 1), seated(1, 1)}}}, false},
		{[]wire.Message{&wire.Start{Match: 1, Machines: []wire.StartMachine{seated(0, 1), seated(1, 3)}}}, true},
		{slices.Repeat([]wire.Message{&wire.NotSeated{Seats: 1}, &wire.NotSeated{Seats: 2}}, 40), false},
	} {
		tb := newTable(t, 1, 0, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
		h := tb.newFakeHost(ledgerGame())
		victim, l := h.victim(tb, nil)
		if err := victim.SetLocalSeats(2); err != nil {
			t.Fatal(err)
		}
		victim.Poll()
		l.say(c.says...)
		statuses := 0
		for range 60 {
			tb.network.Advance(testTick)
			victim.Poll()
			h.poll()
		}
		for _, m := range l.messages {
			if _, ok := m.(*wire.Status); ok {
				statuses++
			}
		}
		if (victim.State() == Ended) != c.ends || statuses > 25 {
			t.Errorf("%+v: state %d, %v, %d statuses", c.says[0], victim.State(), victim.Err(), statuses)
		}
		if m := victim.Match(); m != nil && len(m.LocalSeats()) > 2 {
			t.Errorf("plays %v", m.LocalSeats())
		}
	}
}

// TestSeatsOfAHostileGuest: who asks for more than there is keeps what it has, and
// the others' seats are theirs; who comes with none is sent away.
func TestSeatsOfAHostileGuest(t *testing.T) {
	game := ledgerGame()
	game.MaxSeats = 4
	tb := newTable(t, 1, 2, game, LobbyConfig{}, Conditions{DelayMs: 5})
	l := tb.newStranger("Mallory").join(tb, game, 1)
	for seats := 1; seats <= wire.MaxMachines; seats++ {
		l.say(&wire.Status{Players: make([]wire.Player, seats), Ready: true, Linked: 7})
		tb.seconds(1.5)
		if taken := tb.lobbies[0].members.seats(); taken > 4 {
			t.Fatalf("%d seats are taken", taken)
		}
	}
	if m := last[*wire.NotSeated](l); m == nil || m.Seats != 2 {
		t.Fatalf("%+v", m)
	}
	if got := names(tb.lobbies[1]); got != "0:P0*1 1:P1*1 2:Player*2" {
		t.Fatal(got)
	}
	l.say(&wire.Status{Ready: true, Linked: 7}) // with nobody to play
	tb.seconds(1)
	if got := names(tb.lobbies[1]); got != "0:P0*1 1:P1*1" {
		t.Fatal(got)
	}
}
