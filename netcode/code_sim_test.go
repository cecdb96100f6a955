package netcode

import (
	"context"
	"crypto/rand"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// meetingPlace runs a rendezvous server in a simulated internet.
func meetingPlace(t *testing.T, sim *natsim.Sim) (addr string) {
	t.Helper()
	conn, err := sim.PublicHost().ListenPacket(3478)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	config := rendezvous.ServeConfig{Server: rendezvous.ServerConfig{Rand: rand.Reader}}
	go func() { done <- rendezvous.Serve(ctx, config, conn, nil) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return conn.LocalAddr().String()
}

// pairByCode lets the second node join the first one's lobby by code and plays
// until both have had an input of the other. It returns how long that took from
// when the guest knew the host's offer.
func pairByCode(t *testing.T, host, guest *Node) (connect time.Duration, path string) {
	t.Helper()
	h, err := OpenLobby(host, ledgerGame(), LobbyConfig{Code: true})
	if err != nil {
		t.Fatal(err)
	}
	var code string
	pollFor(t, 5*time.Second, func() (ready bool) {
		code, ready = h.Code()
		return ready
	}, h.Room)
	g, err := JoinLobby(guest, ledgerGame(), code, LobbyConfig{Ready: true})
	if err != nil {
		t.Fatal(err)
	}
	all := []*Lobby[ledger, uint32]{h, g}
	for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(time.Millisecond) {
		heard := 0
		for k, l := range all {
			l.Poll()
			if m := l.Match(); m != nil {
				m.Tick(uint32(k))
				if m.Stats().Connect > 0 {
					heard++
				}
			}
		}
		if g.State() == Ended {
			t.Fatal(g.Err())
		}
		if h.Match() == nil && len(h.AppendMembers(nil)) == 2 && h.Blocker() == "" {
			if err := h.Start(1, 0); err != nil {
				t.Fatal(err)
			}
		}
		if heard == 2 {
			return g.Match().Stats().Connect, string(g.Match().AppendPeers(nil)[0].Path)
		}
	}
	t.Fatalf("no match: %s, %s", h.Progress(), g.Progress())
	return 0, ""
}

// TestConnectTime: from when both know each other's addresses to the first input
// of the other, at 60 ms between the homes, it takes three round trips: the
// first packet of QUIC goes with the first check. Where both routers choose a
// new port for everybody there is the relay, one round trip later.
func TestConnectTime(t *testing.T) {
	const rtt = 60 * time.Millisecond
	for _, c := range []struct {
		host, guest string
		path        string
		most        time.Duration
	}{
		{"none", "none", "direct", 3*rtt + 15*time.Millisecond},
		{"fullcone", "portrestricted", "direct", 3*rtt + 15*time.Millisecond},
		{"portrestricted", "portrestricted", "direct", 3*rtt + 15*time.Millisecond},
		{"cgnat", "portrestricted", "direct", 3*rtt + 40*time.Millisecond},
		{"symmetric", "symmetric", "server-relay", 4*rtt + 15*time.Millisecond},
	} {
		t.Run(c.host+" "+c.guest, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := natsim.New(7)
				homes := []*natsim.Home{
					sim.Home(c.host, natsim.Options{Delay: rtt / 4}), sim.Home(c.guest, natsim.Options{Delay: rtt / 4}),
				}
				stun := []string{sim.STUNServer().String(), sim.STUNServer().String()}
				sim.Start()
				defer sim.Stop()
				server := meetingPlace(t, sim)
				var nodes []*Node
				for k, home := range homes {
					n := simNode(t, home.Hosts[0], byte(k), NodeConfig{STUN: stun, Rendezvous: server})
					defer n.Close()
					nodes = append(nodes, n)
				}
				time.Sleep(2 * time.Second) // all is gathered
				connect, path := pairByCode(t, nodes[0], nodes[1])
				t.Logf("%v, %s", connect, path)
				if connect > c.most || path != c.path {
					t.Errorf("%v by %q, expected at most %v by %q", connect, path, c.most, c.path)
				}
			})
		})
	}
}

// TestHopeSparesStrangers: a host names somebody else's address as its own. The
// guest sends no packet of QUIC there, for the server sees the host elsewhere, and
// comes to the host all the same.
func TestHopeSparesStrangers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := natsim.New(3)
		homes := []*natsim.Home{
			sim.Home("portrestricted", natsim.Options{Delay: 15 * time.Millisecond}),
			sim.Home("portrestricted", natsim.Options{Delay: 15 * time.Millisecond}),
		}
		stun := []string{sim.STUNServer().String(), sim.STUNServer().String()}
		stranger := sim.PublicHost().Listen(7777)
		quic, all := 0, 0
		stranger.OnPacket = func(_ netip.AddrPort, b []byte) {
			all++
			if b[0]&0xc0 != 0 {
				quic++
			}
		}
		sim.Start()
		defer sim.Stop()
		server := meetingPlace(t, sim)
		host := simNode(t, homes[0].Hosts[0], 0, NodeConfig{STUN: stun, Rendezvous: server})
		defer host.Close()
		guest := simNode(t, homes[1].Hosts[0], 1, NodeConfig{STUN: stun, Rendezvous: server})
		defer guest.Close()
		host.finder.SetMapped(stranger.Addr())
		time.Sleep(2 * time.Second)
		connect, path := pairByCode(t, host, guest)
		t.Logf("%v, %s; the stranger got %d packets, %d of QUIC", connect, path, all, quic)
		if path != "direct" || connect > time.Second {
			t.Errorf("%v by %q", connect, path)
		}
		sim.Do(func() {
			if quic > 0 || all > 3 || all == 0 {
				t.Errorf("the stranger got %d packets, %d of QUIC", all, quic)
			}
		})
	})
}

// TestNewCode: from the moment at which a lobby has a new code nobody comes in by the
// old one, who has come by it stays, and the new one works.
func TestNewCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := natsim.New(3)
		var homes []*natsim.Home
		for range 4 {
			homes = append(homes, sim.Home("portrestricted", natsim.Options{Delay: 15 * time.Millisecond}))
		}
		stun := []string{sim.STUNServer().String(), sim.STUNServer().String()}
		sim.Start()
		defer sim.Stop()
		server := meetingPlace(t, sim)
		var nodes []*Node
		for k, home := range homes {
			n := simNode(t, home.Hosts[0], byte(k), NodeConfig{STUN: stun, Rendezvous: server})
			defer n.Close()
			nodes = append(nodes, n)
		}
		host, err := OpenLobby(nodes[0], ledgerGame(), LobbyConfig{Code: true})
		if err != nil {
			t.Fatal(err)
		}
		rooms := []*Room{host.Room}
		code := func() (text string) {
			pollFor(t, 5*time.Second, func() (ready bool) { text, ready = host.Code(); return ready }, rooms...)
			return text
		}
		enter := func(node *Node, by string) *Room {
			l, err := JoinLobby(node, ledgerGame(), by, LobbyConfig{})
			if err != nil {
				t.Fatal(err)
			}
			pollFor(t, codeTimeout+time.Second, func() bool { return l.State() != Connecting }, append(rooms, l.Room)...)
			return l.Room
		}
		old := code()
		first := enter(nodes[1], old)
		rooms = append(rooms, first)
		if err := host.NewCode(); err != nil {
			t.Fatal(err)
		}
		renewed := code()
		if renewed == old {
			t.Fatal("the new code is the old one")
		}
		if late := enter(nodes[2], old); late.State() != Ended || !strings.Contains(late.Err().Error(), "ask for a new one") {
			t.Errorf("by the old code: state %d, %v", late.State(), late.Err())
		}
		second := enter(nodes[3], renewed)
		rooms = append(rooms, second)
		pollFor(t, 5*time.Second, func() bool { return host.Blocker() == "waiting until ready: B, D" }, rooms...)
		for k, r := range rooms {
			if r.State() != Gathering || len(r.AppendMembers(nil)) != 3 {
				t.Errorf("%d: state %d, %v, %d members", k, r.State(), r.Err(), len(r.AppendMembers(nil)))
			}
		}
	})
}

// TestCodeLeadsToTheNextHost: the host of a lobby with a code leaves, or its computer dies.
// Within a few seconds of the change of hosts the code leads to the next one, for who asks
// at that moment and for who asks later.
func TestCodeLeadsToTheNextHost(t *testing.T) {
	for _, how := range []string{"leaves", "dies"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := natsim.New(7)
				var homes []*natsim.Home
				for range 5 {
					homes = append(homes, sim.Home("portrestricted", natsim.Options{Delay: 10 * time.Millisecond}))
				}
				stun := []string{sim.STUNServer().String(), sim.STUNServer().String()}
				sim.Start()
				defer sim.Stop()
				server := meetingPlace(t, sim)
				var nodes [5]*Node
				var walls [5]*filtered
				for k, home := range homes {
					nodes[k], walls[k] = filteredNode(t, home.Hosts[0], byte(k), NodeConfig{STUN: stun, Rendezvous: server})
					defer nodes[k].Close()
				}
				time.Sleep(2 * time.Second)
				h, err := OpenLobby(nodes[0], ledgerGame(), LobbyConfig{Code: true})
				if err != nil {
					t.Fatal(err)
				}
				var code string
				pollFor(t, 5*time.Second, func() (ready bool) { code, ready = h.Code(); return ready }, h.Room)
				rooms := []*Room{h.Room}
				join := func(k int) *Room {
					l, err := JoinLobby(nodes[k], ledgerGame(), code, LobbyConfig{Ready: true})
					if err != nil {
						t.Fatal(err)
					}
					rooms = append(rooms, l.Room)
					return l.Room
				}
				for k := 1; k <= 2; k++ {
					join(k)
					pollFor(t, 10*time.Second, func() bool { return len(h.AppendMembers(nil)) == k+1 && h.Blocker() == "" }, rooms...)
				}
				if how == "leaves" {
					h.Leave()
				} else {
					walls[0].dead.Store(true)
				}
				next, other := rooms[1], rooms[2]
				rooms = rooms[1:]
				changed := pollFor(t, 20*time.Second, func() bool { return next.Hosting() && other.office.host == next.me }, rooms...)
				early := join(3)
				cameEarly := pollFor(t, 15*time.Second, func() bool { return early.State() == Gathering && len(early.AppendMembers(nil)) == 3 }, rooms...)
				late := join(4)
				came := pollFor(t, 15*time.Second, func() bool { return late.State() == Gathering && len(other.AppendMembers(nil)) == 4 }, rooms...)
				if shown, _ := other.Code(); shown != code {
					t.Errorf("the code is shown as %q", shown)
				}
				t.Logf("%v to the next host, then %v and %v", changed, cameEarly, came)
				if changed > 14*time.Second || cameEarly > 8*time.Second || came > 3*time.Second {
					t.Errorf("%v to the next host, then %v and %v", changed, cameEarly, came)
				}
			})
		})
	}
}
