package netcode

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
	"github.com/visavis-netcode/visavis/netcode/internal/quiclink"
)

// village is players behind simulated routers, who know one another's addresses
// at most: there is no server. The first one hosts, on a public address.
type village struct {
	t       *testing.T
	sim     *natsim.Sim
	nodes   []*Node
	lobbies []*Lobby[ledger, uint32]
}

// inVillage runs a test in a bubble of virtual time.
func inVillage(t *testing.T, test func(v *village)) {
	synctest.Test(t, func(t *testing.T) {
		v := &village{t: t, sim: natsim.New(1)}
		v.sim.Start()
		defer v.sim.Stop()
		defer func() {
			for _, n := range v.nodes {
				n.Close()
			}
		}()
		test(v)
	})
}

// move adds a player in a home of a kind, 15 ms from the others' centre.
func (v *village) move(kind string, config NodeConfig) *Node {
	v.t.Helper()
	var home *natsim.Home
	v.sim.Do(func() { home = v.sim.Home(kind, natsim.Options{Delay: 15 * time.Millisecond}) })
	conn, err := home.Hosts[0].ListenPacket(7777)
	if err != nil {
		v.t.Fatal(err)
	}
	number := byte(len(v.nodes))
	endpoint, err := quiclink.Listen(quiclink.Config{Conn: conn, Key: quicKey(number)})
	if err != nil {
		v.t.Fatal(err)
	}
	n := &Node{endpoint: endpoint, name: []string{"Cleo", "Ana", "Ben", "Dora"}[number], release: func() {}, addrs: []string{endpoint.Addr().String()}, config: config}
	n.startFinder()
	v.nodes = append(v.nodes, n)
	return n
}

// enter lets a player open the lobby, or join it at the host's address.
func (v *village) enter(n *Node) *Lobby[ledger, uint32] {
	v.t.Helper()
	var l *Lobby[ledger, uint32]
	var err error
	if len(v.lobbies) == 0 {
		l, err = OpenLobby(n, ledgerGame(), LobbyConfig{})
	} else {
		l, err = JoinLobby(n, ledgerGame(), v.nodes[0].Addr().String(), LobbyConfig{Ready: true})
	}
	if err != nil {
		v.t.Fatal(err)
	}
	v.lobbies = append(v.lobbies, l)
	if !v.until(10, func() bool { return l.State() != Connecting }) {
		v.t.Fatalf("%s is not let in", n.name)
	}
	return l
}

// until polls all lobbies until something is so, and reports whether it was
// within some seconds.
func (v *village) until(seconds int, so func() bool) bool {
	for end := time.Now().Add(time.Duration(seconds) * time.Second); !so(); {
		if time.Now().After(end) {
			return false
		}
		for _, l := range v.lobbies {
			if m := l.Match(); m != nil {
				m.Tick(heldInput(m.play.own.seats[0], int32(m.session.Current())))
			} else {
				l.Poll()
			}
		}
		time.Sleep(time.Second / 60)
	}
	return true
}

func (v *village) gather(seconds int) {
	v.t.Helper()
	began := time.Now()
	if !v.until(seconds, func() bool {
		return len(v.lobbies[0].AppendMembers(nil)) == len(v.lobbies) && v.lobbies[0].Blocker() == ""
	}) {
		for _, l := range v.lobbies {
			v.t.Logf("%s: %v %q %q %+v", l.node.name, l.Err(), l.Progress(), l.AppendLines(nil), l.AppendMembers(nil))
		}
		v.t.Fatalf("not ready in %d s: %s", seconds, v.lobbies[0].Blocker())
	}
	v.t.Logf("ready after %v", time.Since(began))
}

// play plays a match to its end and compares the worlds.
func (v *village) play(frames int32) {
	v.t.Helper()
	if err := v.lobbies[0].Start(1, frames); err != nil {
		v.t.Fatal(err)
	}
	if !v.until(60, v.over) {
		v.t.Fatal("the match does not end")
	}
	first, _ := v.lobbies[0].Match().Result()
	for _, l := range v.lobbies {
		if r, _ := l.Match().Result(); r.Err != nil || !r.Agreed || r.Hash != first.Hash || r.Frame != first.Frame {
			v.t.Errorf("%s: %+v, the host has %+v", l.node.name, r, first)
		}
	}
}

func (v *village) over() bool {
	for _, l := range v.lobbies {
		m := l.Match()
		if m == nil {
			return false
		}
		if _, over := m.Result(); !over && l.State() != Ended {
			return false
		}
	}
	return true
}

// peer is what one player knows of the way to another.
func (v *village) peer(from, to int) PeerStats {
	v.t.Helper()
	for _, p := range v.lobbies[from].Match().AppendPeers(nil) {
		if p.Machine == to {
			return p
		}
	}
	v.t.Fatalf("%d is not in the match of %d", to, from)
	return PeerStats{}
}

// TestPlayerRelay: two behind routers that nobody can be reached through play
// with each other by way of the third, without any server.
func TestPlayerRelay(t *testing.T) {
	inVillage(t, func(v *village) {
		v.enter(v.move("none", NodeConfig{}))
		v.enter(v.move("symmetric", NodeConfig{}))
		v.enter(v.move("symmetric", NodeConfig{}))
		v.gather(10)
		if pairs, _ := v.nodes[0].Helping(); pairs != 1 {
			t.Errorf("the host helps %d pairs", pairs)
		}
		v.play(300)
		for _, way := range [][2]int{{1, 2}, {2, 1}} {
			p := v.peer(way[0], way[1])
			t.Logf("%s to %s: %s, %.0f ms", v.nodes[way[0]].name, p.Name, p.Path, p.PingMs)
			if p.Path != "player-relay" || p.PingMs < 115 || p.PingMs > 140 {
				t.Errorf("path %q, ping %.0f ms", p.Path, p.PingMs)
			}
		}
		if p := v.peer(1, 0); p.Path != "direct" {
			t.Errorf("the path to the host is %q", p.Path)
		}
		if _, bytes := v.nodes[0].Helping(); bytes == 0 {
			t.Error("the host has passed nothing on")
		}
		v.lobbies[2].Leave()
		if !v.until(5, func() bool { pairs, _ := v.nodes[0].Helping(); return pairs == 0 }) {
			t.Error("the host still helps somebody who has left")
		}
	})
}
