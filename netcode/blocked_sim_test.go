package netcode

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
	"github.com/visavis-netcode/visavis/netcode/internal/quiclink"
)

// filtered is a socket behind a firewall that knows QUIC, and what of this
// project's packets holds nothing else; or one from which a tunnel leads to the other
// player, but not to the rendezvous server.
type filtered struct {
	*natsim.Conn
	on      atomic.Bool
	dead    atomic.Bool  // nothing at all leaves
	longest atomic.Int64 // payload that the tunnel carries; 0 for any
}

func (f *filtered) drops(b []byte) bool {
	if f.dead.Load() {
		return true
	}
	if longest := int(f.longest.Load()); longest > 0 && len(b) > longest && b[0] != 0x21 {
		return true
	}
	return f.on.Load() && len(b) > 0 && (b[0]&0xc0 != 0 || b[0] == 0x24 || b[0] == 0x26)
}

func (f *filtered) WriteTo(b []byte, addr net.Addr) (int, error) {
	if f.drops(b) {
		return len(b), nil
	}
	return f.Conn.WriteTo(b, addr)
}

func (f *filtered) WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if f.drops(b) {
		return len(b), nil
	}
	return f.Conn.WriteToUDPAddrPort(b, to)
}

func filteredNode(t *testing.T, host *natsim.Host, seed byte, config NodeConfig) (*Node, *filtered) {
	t.Helper()
	conn, err := host.ListenPacket(7777)
	if err != nil {
		t.Fatal(err)
	}
	f := &filtered{Conn: conn}
	key := ed25519.NewKeyFromSeed(append(make([]byte, 31), seed))
	endpoint, err := quiclink.Listen(quiclink.Config{Conn: f, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	n := &Node{noTCP: true, endpoint: endpoint, notary: newNotary(), name: string('A' + rune(seed)), key: key, release: func() {}, config: config}
	n.startFinder()
	return n, f
}

// playing is two who play by code.
type playing struct {
	lobbies [2]*Lobby[ledger, uint32]
}

// tick plays on for some time and returns the longest that one of the two heard
// nothing of the other's inputs: how long its confirmed frame stood still.
func (p *playing) tick(t *testing.T, long time.Duration) (longest time.Duration) {
	t.Helper()
	confirmed, since := [2]int32{}, [2]time.Time{time.Now(), time.Now()}
	for began := time.Now(); time.Since(began) < long; time.Sleep(time.Second / 60) {
		for k, l := range p.lobbies {
			m := l.Match()
			if m == nil || l.State() != Playing {
				t.Fatalf("the match is over: %v", l.Err())
			}
			m.Tick(uint32(k))
			if now := int32(m.session.Confirmed()); now != confirmed[k] {
				confirmed[k], since[k] = now, time.Now()
			}
			longest = max(longest, time.Since(since[k]))
		}
	}
	return longest
}

// startByCode lets two meet by a code and begin a match, within a limit.
func startByCode(t *testing.T, host, guest *Node, limit time.Duration) *playing {
	t.Helper()
	h, err := OpenLobby(host, ledgerGame(), LobbyConfig{Code: true})
	if err != nil {
		t.Fatal(err)
	}
	var code string
	pollFor(t, 5*time.Second, func() (ready bool) { code, ready = h.Code(); return ready }, h.Room)
	g, err := JoinLobby(guest, ledgerGame(), code, LobbyConfig{Ready: true})
	if err != nil {
		t.Fatal(err)
	}
	took := pollFor(t, limit, func() bool { return len(h.AppendMembers(nil)) == 2 && h.Blocker() == "" }, h.Room, g.Room)
	t.Logf("joined after %v", took)
	if err := h.Start(1, 0); err != nil {
		t.Fatal(err)
	}
	pollFor(t, 3*time.Second, func() bool { return g.Match() != nil }, h.Room, g.Room)
	return &playing{[2]*Lobby[ledger, uint32]{h, g}}
}

// walledPair are two homes whose sockets are filtered.
func walledPair(t *testing.T) (nodes [2]*Node, walls [2]*filtered) {
	t.Helper()
	sim := natsim.New(7)
	homes := [2]*natsim.Home{
		sim.Home("portrestricted", natsim.Options{Delay: 10 * time.Millisecond}),
		sim.Home("portrestricted", natsim.Options{Delay: 10 * time.Millisecond}),
	}
	stun := []string{sim.STUNServer().String(), sim.STUNServer().String()}
	sim.Start()
	t.Cleanup(sim.Stop)
	server := meetingPlace(t, sim)
	for k, home := range homes {
		nodes[k], walls[k] = filteredNode(t, home.Hosts[0], byte(k), NodeConfig{STUN: stun, Rendezvous: server})
		t.Cleanup(nodes[k].Close)
	}
	time.Sleep(2 * time.Second)
	return nodes, walls
}

// TestQUICBlocked: checks pass between two homes and QUIC does not, from the
// beginning or from the middle of a match, out of one home or of both, and no long
// packets either or those. They play by the relay, and read why.
func TestQUICBlocked(t *testing.T) {
	for name, who := range map[string][]int{"host": {0}, "guest": {1}, "both": {0, 1}} {
		for _, when := range []string{"from the beginning", "in the match", "in a tunnel"} {
			if when == "in a tunnel" && name != "host" {
				continue // a tunnel is narrow both ways
			}
			t.Run(name+" "+when, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					nodes, walls := walledPair(t)
					block := func() {
						for _, k := range who {
							walls[k].on.Store(true)
						}
					}
					why, not := "a firewall drops QUIC", "VPN"
					switch when {
					case "from the beginning":
						block()
					case "in a tunnel": // which QUIC does not pass in parts, either
						why, not = "small packets only", "firewall"
						for _, k := range who {
							walls[k].longest.Store(1000)
						}
						block()
					}
					p := startByCode(t, nodes[0], nodes[1], 8*time.Second)
					p.tick(t, 2*time.Second)
					block()
					if longest := p.tick(t, 6*time.Second); longest > 3500*time.Millisecond {
						t.Errorf("nothing was heard for %v", longest)
					}
					if longest := p.tick(t, 2*time.Second); longest > 200*time.Millisecond {
						t.Errorf("then nothing was heard for %v", longest)
					}
					k := who[0]
					if path := p.lobbies[k].Match().AppendPeers(nil)[0].Path; path != "server-relay" {
						t.Errorf("by %q", path)
					}
					if told := strings.Join(nodes[k].Report().Details, " "); !strings.Contains(told, why) || strings.Contains(told, not) {
						t.Errorf("the player reads %q", told)
					}
				})
			})
		}
	}
}

// TestPathTurnsNarrow: in mid-match the way out of one home, or of both, carries no
// long packets any more. The match goes on, and long messages come through, soon.
func TestPathTurnsNarrow(t *testing.T) {
	for _, who := range [][]int{{0}, {1}, {0, 1}} {
		synctest.Test(t, func(t *testing.T) {
			nodes, walls := walledPair(t)
			p := startByCode(t, nodes[0], nodes[1], 8*time.Second)
			p.tick(t, 3*time.Second)
			for _, k := range who {
				walls[k].longest.Store(1100 - 28)
			}
			const lines = 8
			for k, l := range p.lobbies {
				l.AppendLines(nil)
				for n := range lines {
					if err := l.Say(strings.Repeat(string(rune('a'+8*k+n)), 490)); err != nil {
						t.Fatal(err)
					}
				}
			}
			if longest := p.tick(t, 9*time.Second); longest > 2*time.Second {
				t.Errorf("from %v: nothing was heard for %v", who, longest)
			}
			for k, l := range p.lobbies {
				if got := len(said(l.AppendLines(nil), "")); got != 2*lines {
					t.Errorf("from %v: %d of %d lines came to %d", who, got, 2*lines, k)
				}
				if path := l.Match().AppendPeers(nil)[0].Path; path != "direct" {
					t.Errorf("from %v: by %q", who, path)
				}
			}
		})
	}
}

// TestRelayOnlyRestart: with a relay only, a server that starts again in the middle
// of a long match, for however short a time it was away, costs no match.
func TestRelayOnlyRestart(t *testing.T) {
	for _, down := range []time.Duration{300 * time.Millisecond, 2 * time.Second, 4 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			sim := natsim.New(5)
			homes := []*natsim.Home{
				sim.Home("portrestricted", natsim.Options{Delay: 10 * time.Millisecond}),
				sim.Home("portrestricted", natsim.Options{Delay: 10 * time.Millisecond}),
			}
			place := sim.PublicHost()
			sim.Start()
			defer sim.Stop()
			serve := func() (addr string, stop func()) {
				conn, err := place.ListenPacket(3478)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() {
					done <- rendezvous.Serve(ctx, rendezvous.ServeConfig{Server: rendezvous.ServerConfig{Rand: rand.Reader}}, conn, nil)
				}()
				return conn.LocalAddr().String(), func() { cancel(); <-done }
			}
			server, stop := serve()
			config := NodeConfig{Rendezvous: server, Relay: RelayOnly}
			host := simNode(t, homes[0].Hosts[0], 0, config)
			defer host.Close()
			guest := simNode(t, homes[1].Hosts[0], 1, config)
			defer guest.Close()
			p := startByCode(t, host, guest, 10*time.Second)
			p.tick(t, 12*time.Second)
			stop()
			p.tick(t, down)
			_, stop = serve()
			defer stop()
			p.tick(t, 9*time.Second)
			if longest := p.tick(t, 2*time.Second); longest > 200*time.Millisecond {
				t.Errorf("after %v without the server nothing is heard for %v", down, longest)
			}
		})
	}
}
