package netcode

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
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
	config := quicConfig(1)
	config.Addr = "127.0.0.1:47114"
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	join := func(key byte, seats int) (*Match[ledger, uint32], error) {
		return Join(ctx, config.Addr, quicGame(), MeetConfig{Node: quicConfig(key), Lobby: LobbyConfig{LocalSeats: seats}})
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
	m, err := Host(ctx, 3, quicGame(), MeetConfig{Node: config})
	if err != nil {
		t.Fatal(err)
	}
	if s := m.Setup(); s.Seats != 3 {
		t.Errorf("%d players: %+v", s.Seats, m.Seats())
	}
	m.Close()
	group.Wait()
}
