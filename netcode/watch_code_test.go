package netcode

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
)

// watchCodeHouse is a lobby with a code for players and one for those who watch, in a simulated
// internet, and nodes in homes of their own.
type watchCodeHouse struct {
	t     *testing.T
	nodes []*Node
	game  Config[attendance, uint32]
	host  *Lobby[attendance, uint32]
	rooms []*Room
}

func newWatchCodeHouse(t *testing.T, homes int) *watchCodeHouse {
	sim := natsim.New(7)
	var all []*natsim.Home
	for range homes {
		all = append(all, sim.Home("portrestricted", natsim.Options{Delay: 10 * time.Millisecond}))
	}
	stun := []string{sim.STUNServer().String(), sim.STUNServer().String()}
	sim.Start()
	t.Cleanup(sim.Stop)
	server := meetingPlace(t, sim)
	h := &watchCodeHouse{t: t, game: attendanceGame(AbsentIdle)}
	for k, home := range all {
		n := simNode(t, home.Hosts[0], byte(k), NodeConfig{STUN: stun, Rendezvous: server})
		t.Cleanup(n.Close)
		h.nodes = append(h.nodes, n)
	}
	time.Sleep(2 * time.Second) // all is gathered
	host, err := OpenLobby(h.nodes[0], h.game, LobbyConfig{Code: true, Spectators: SpectatorsCode, WatchDelayMs: -1})
	if err != nil {
		t.Fatal(err)
	}
	h.host, h.rooms = host, []*Room{host.Room}
	return h
}

// codes are that for players and that for those who watch.
func (h *watchCodeHouse) codes(of *Room) (players, watchers string) {
	h.until(func() (ready bool) {
		a, b := false, false
		players, a = of.Code()
		watchers, b = of.WatchCode()
		return a && b
	})
	return players, watchers
}

func (h *watchCodeHouse) until(so func() bool) {
	h.t.Helper()
	pollFor(h.t, codeTimeout+time.Second, so, h.rooms...)
}

func (h *watchCodeHouse) join(node int, by string) *Room {
	h.t.Helper()
	l, err := JoinLobby(h.nodes[node], h.game, by, LobbyConfig{Ready: true})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.entered(l.Room)
}

func (h *watchCodeHouse) watch(node int, by string) *Room {
	h.t.Helper()
	w, err := Watch(h.nodes[node], h.game, by, LobbyConfig{})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.entered(w.room)
}

// entered waits until somebody is let in or not.
func (h *watchCodeHouse) entered(r *Room) *Room {
	h.t.Helper()
	h.rooms = append(h.rooms, r)
	h.until(func() bool { return r.State() != Connecting })
	return r
}

// TestWatchCode: by the code for those who watch one can watch, and gets no seat; by that for
// players both; by neither nothing. A new one takes the former's place, and the next host has
// it, too.
func TestWatchCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newWatchCodeHouse(t, 8)
		players, watchers := h.codes(h.host.Room)
		if players == watchers {
			t.Fatal("there is one code for both")
		}
		next := h.join(1, players)
		if r := h.join(2, watchers); r.State() != Ended || ReasonOf(r.Err()) != ReasonSecretWrong || !strings.Contains(r.Err().Error(), "gives nobody a seat") {
			t.Errorf("who joins by the code for watching: %v, %v", r.State(), r.Err())
		}
		byAddress := h.watch(3, h.host.node.Addr().String())
		if byAddress.State() != Ended {
			t.Errorf("who watches without a code: %v", byAddress.State())
		}
		for node, code := range map[int]string{4: watchers, 5: players} {
			if r := h.watch(node, code); r.State() != Gathering {
				t.Errorf("who watches by %s, of %s and %s: %v", code, players, watchers, r.Err())
			}
		}
		if len(h.host.AppendMembers(nil)) != 2 || h.host.Watching() != 2 {
			t.Errorf("%d play and %d watch", len(h.host.AppendMembers(nil)), h.host.Watching())
		}
		if next.NewWatchCode() != ErrNotHost {
			t.Error("a guest makes a code")
		}
		if err := h.host.NewWatchCode(); err != nil {
			t.Fatal(err)
		}
		samePlayers, renewed := h.codes(h.host.Room)
		if r := h.watch(6, watchers); samePlayers != players || renewed == watchers || r.State() != Ended {
			t.Errorf("by the code before the new one: %v", r.State())
		}
		h.until(func() bool { _, w := h.codes(next); return w == renewed })
		h.host.Leave()
		h.until(func() bool { return next.Hosting() })
		h.until(func() bool { return next.Watching() == 1 }) // who has come by the players' code, which leads there as well
		if r := h.watch(7, renewed); r.State() != Gathering {
			t.Errorf("at the next host's: %v", r.Err())
		}
	})
}
