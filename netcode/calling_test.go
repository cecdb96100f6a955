package netcode

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/quiclink"
)

// TestMisspeltAddresses: whatever a player enters in place of an address, he reads
// what is wrong with it, and a code or an invite is spoken of only where one may
// have been meant.
func TestMisspeltAddresses(t *testing.T) {
	network := NewMemoryNetwork(1)
	node := network.NewNode("a")
	fingerprint := strings.Repeat("a", fingerprintLength)
	for text, want := range map[string]string{
		"10.73.0.1":                       "has no port: ask the host for the whole address, which looks like 10.73.0.1:7777",
		" 10.73.0.1 ":                     "has no port",
		"10.73.0.1#" + fingerprint:        "has no port",
		"10.73.0.1:":                      "has no port: it should look like 10.73.0.1:7777",
		"2001:db8::7":                     "has no port: ask the host for the whole address, which looks like [2001:db8::7]:7777",
		"[2001:db8::7]":                   "has no port",
		"play.example.org":                "has no port: ask the host for the whole address, which looks like play.example.org:7777",
		"localhost":                       "has no port",
		"10.73.0.1:http":                  "is no port",
		"10.73.0.1:0":                     "is no port",
		"10.73.0.1:77777":                 "is no port",
		":7777":                           "names no computer",
		"10.73.0:7777":                    "four numbers",
		"10.73.0.256:7777":                "four numbers",
		"http://10.73.0.1:7777":           "slash",
		"10.73.0.1:7777/":                 "slash",
		"10.73.0.1 7777":                  "has no port",
		"my computer:7777":                "no name of a computer",
		"0.0.0.0:7777":                    "no single computer",
		"[::]:7777":                       "no single computer",
		"224.0.0.251:7777":                "no single computer",
		"255.255.255.255:7777":            "no single computer",
		"10.73.0.1:7777#abc":              "3 characters long",
		"1:2:3":                           "is not an address",
		"":                                "type the code",
		"K7QF":                            "too short",
		strings.Repeat("x", 300) + ":777": "no name of a computer",
	} {
		_, err := JoinLobby(node, ledgerGame(), text, LobbyConfig{})
		if refused := new(ConnectError); !errors.As(err, &refused) || !strings.Contains(refused.Reason, want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for _, text := range []string{"10.73.0.1:7777", "[2001:db8::7]:7777", "[fe80::1%eth0]:1", "play.example.org:65535", "bücher.example:1", "10.73.0.1:7777#" + fingerprint} {
		if inv, err := parseInvitation(text); err != nil || inv.addr.Port() == 0 || inv.name == "" && !inv.addr.IsValid() {
			t.Errorf("%q: %+v, %v", text, inv, err)
		}
	}
}

func TestInterleave(t *testing.T) {
	parse := func(texts ...string) (list []netip.Addr) {
		for _, text := range texts {
			list = append(list, netip.MustParseAddr(text))
		}
		return list
	}
	for _, row := range []struct{ in, want []netip.Addr }{
		{nil, nil},
		{parse("192.0.2.1", "192.0.2.2", "2001:db8::1"), parse("192.0.2.1", "2001:db8::1", "192.0.2.2")},
		{parse("2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1"), parse("2001:db8::1", "192.0.2.1", "2001:db8::2", "2001:db8::3")},
		{parse("0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "::ffff:192.0.2.1", "192.0.2.1"), parse("192.0.2.1")},
	} {
		if got := interleave(append(row.in, netip.Addr{})); !slices.Equal(got, row.want) {
			t.Errorf("%v: %v, want %v", row.in, got, row.want)
		}
	}
}

// callers are a host at a public address and a guest who knows a name for it.
type callers struct {
	sim  *natsim.Sim
	at   *natsim.Host
	node *Node // the guest's
}

func newCallers(t *testing.T) *callers {
	sim := natsim.New(3)
	c := &callers{sim: sim, at: sim.PublicHost()}
	home := sim.Home("portrestricted", natsim.Options{Delay: 15 * time.Millisecond})
	sim.Start()
	t.Cleanup(sim.Stop)
	c.node = simNode(t, home.Hosts[0], 1, NodeConfig{})
	t.Cleanup(c.node.Close)
	return c
}

// host opens a lobby.
func (c *callers) host(t *testing.T) *Room {
	node := simNode(t, c.at, 2, NodeConfig{})
	t.Cleanup(node.Close)
	lobby, err := OpenLobby(node, ledgerGame(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return lobby.Room
}

func (c *callers) join(t *testing.T, address string) *Room {
	lobby, err := JoinLobby(c.node, ledgerGame(), address, LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return lobby.Room
}

// TestNameWithDeadAddresses: a name leads to several addresses, of which one is the
// host's. It is reached a quarter of a second later for each dead one before it.
func TestNameWithDeadAddresses(t *testing.T) {
	dead := []string{"192.0.2.1", "192.0.2.2", "198.51.100.77", "192.0.2.4", "192.0.2.5", "192.0.2.6", "192.0.2.7", "192.0.2.8"}
	for good := range maxCalled {
		synctest.Test(t, func(t *testing.T) {
			c := newCallers(t)
			c.node.resolver = func(context.Context, string, string) (addrs []netip.Addr, err error) {
				for i, text := range dead {
					if i == good {
						addrs = append(addrs, c.at.Addr())
					}
					addrs = append(addrs, netip.MustParseAddr(text))
				}
				return addrs, nil
			}
			host := c.host(t)
			guest := c.join(t, "frogs.example:7777")
			took := pollFor(t, 5*time.Second, func() bool { return guest.State() == Gathering }, host, guest)
			if want := time.Duration(good)*callNext + 250*time.Millisecond; took > want {
				t.Errorf("after %d dead addresses: %v, want at most %v", good, took, want)
			}
			if n := len(guest.guest.calling.calls); n > good+2 {
				t.Errorf("%d addresses were called", n)
			}
		})
	}
}

// TestNameService: it does not know the name, answers with nonsense, or not at all.
// Joining returns at once, and the player reads what is true.
func TestNameService(t *testing.T) {
	many := func(context.Context, string, string) (addrs []netip.Addr, err error) {
		for i := range 5000 {
			addrs = append(addrs, netip.AddrFrom4([4]byte{192, 0, byte(2 + i>>8), byte(i)}))
		}
		return addrs, nil
	}
	answer := func(err error, addrs ...string) func(context.Context, string, string) ([]netip.Addr, error) {
		return func(context.Context, string, string) (list []netip.Addr, _ error) {
			for _, text := range addrs {
				list = append(list, netip.MustParseAddr(text))
			}
			return list, err
		}
	}
	for _, row := range []struct {
		resolver func(context.Context, string, string) ([]netip.Addr, error)
		want     string
		within   time.Duration
	}{
		{answer(&net.DNSError{Err: "no such host", IsNotFound: true}), "is the name spelt right?", 50 * time.Millisecond},
		{answer(&net.DNSError{Err: "server misbehaving", IsTemporary: true}), "the name service does not answer", 50 * time.Millisecond},
		{answer(nil), "is the name spelt right?", 50 * time.Millisecond},
		{answer(nil, "0.0.0.0", "::", "224.0.0.1"), "ask the host for an address in digits", 50 * time.Millisecond},
		{func(ctx context.Context, _, _ string) ([]netip.Addr, error) { <-ctx.Done(); return nil, ctx.Err() },
			"the name service does not answer", lookUpTime + 50*time.Millisecond},
		{many, "firewall", joinTimeout + 100*time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newCallers(t)
			c.node.resolver = row.resolver
			guest := c.join(t, "frogs.example:7777")
			if words := guest.Progress(); words != "looking up frogs.example" {
				t.Errorf("the player reads %q", words)
			}
			pollFor(t, row.within, func() bool {
				links := 0 // those that are over are taken off in the next poll
				for _, c := range guest.mesh.Conns() {
					if c.Link.State() != link.Closed {
						links++
					}
				}
				if len(guest.guest.calling.calls) > maxCalled || links > maxCalled || len(guest.mesh.Conns()) > 2*maxCalled {
					t.Fatalf("%d calls, %d links of %d", len(guest.guest.calling.calls), links, len(guest.mesh.Conns()))
				}
				return guest.State() == Ended
			}, guest)
			if err := guest.Err(); !strings.Contains(err.Error(), row.want) {
				t.Errorf("%v, want %q", err, row.want)
			}
		})
	}
}

// TestFirewallPrompt: the host's computer lets nothing in until its player has
// answered the question of the firewall. The guest waits, and reads what to do.
func TestFirewallPrompt(t *testing.T) {
	for _, opened := range []time.Duration{0, time.Second, 4 * time.Second, 6 * time.Second, 9 * time.Second, 11 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			c := newCallers(t)
			guest := c.join(t, c.at.AddrPort(7777).String())
			pollFor(t, opened+time.Second, func() bool { return guest.now()-guest.met >= opened }, guest)
			words := guest.Progress()
			if hinted := strings.Contains(words, "allow it there"); hinted != (opened >= hintAfter) {
				t.Errorf("after %v the player reads %q", opened, words)
			}
			host := c.host(t)
			took := pollFor(t, 4*time.Second, func() bool { return guest.State() == Gathering }, host, guest)
			t.Logf("let in %v after the firewall was opened at %v", took, opened)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		c := newCallers(t)
		stray := 0
		c.at.OnStray = func(netip.AddrPort, netip.AddrPort, []byte) { stray++ }
		guest := c.join(t, c.at.AddrPort(7777).String())
		took := pollFor(t, joinTimeout+time.Second, func() bool { return guest.State() == Ended }, guest)
		var failed *ConnectError
		if !errors.As(guest.Err(), &failed) || !strings.Contains(failed.Reason, "firewall on the host's computer") || took < joinTimeout {
			t.Errorf("after %v: %v", took, guest.Err())
		}
		c.sim.Do(func() {
			if stray > 80 { // five calls
				t.Errorf("%d packets went to who does not answer", stray)
			}
		})
	})
}

// wrongPlace is who answers at an address of a name in the host's place.
func wrongPlace(t *testing.T, at *natsim.Host, seed byte, who string) *Room {
	game, config := ledgerGame(), LobbyConfig{}
	switch who {
	case "nobody":
		return nil
	case "a game that says nothing":
		conn, err := at.ListenPacket(7777)
		if err != nil {
			t.Fatal(err)
		}
		endpoint, err := quiclink.Listen(quiclink.Config{Conn: conn, Key: quicKey(seed)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(endpoint.Close)
		return nil
	case "another lobby with a secret":
		config.Secret = "pond"
	case "another game":
		game.Game = "toads"
	}
	node := simNode(t, at, seed, NodeConfig{})
	t.Cleanup(node.Close)
	if who == "a game that hosts nothing" {
		return nil
	}
	lobby, err := OpenLobby(node, game, config)
	if err != nil {
		t.Fatal(err)
	}
	if who == "a full lobby" {
		lobby.SetMaxSeats(1)
	}
	return lobby.Room
}

// TestNameLeadsElsewhere: at some addresses of a name somebody else answers than the
// host. The guest finds the host all the same; where there is none, it reads what
// tells it most.
func TestNameLeadsElsewhere(t *testing.T) {
	const full, idle = "a full lobby", "a game that hosts nothing"
	secret, silent, other := "another lobby with a secret", "a game that says nothing", "another game"
	for _, row := range []struct {
		places []string // "" is the host
		pin    bool     // the address names the host's key
		want   string   // "" if the guest gets in
		within time.Duration
	}{
		{[]string{idle, ""}, false, "", time.Second},
		{[]string{full, ""}, false, "", time.Second},
		{[]string{secret, ""}, false, "", time.Second},
		{[]string{other, ""}, false, "", time.Second},
		{[]string{silent, ""}, false, "", 4 * time.Second},
		{[]string{idle, "nobody", full, silent, secret, other, ""}, false, "", 6 * time.Second},
		{[]string{idle, full, ""}, true, "", 2 * time.Second},
		{[]string{"nobody", idle}, false, "is not hosting a lobby now", 5 * time.Second},
		{[]string{idle, full, "nobody", silent}, false, "the lobby is full", 9 * time.Second},
		{[]string{full, idle}, true, "the fingerprint is not the one in the address", 2 * time.Second},
		{[]string{idle}, false, "is not hosting a lobby now", time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			sim := natsim.New(3)
			home := sim.Home("portrestricted", natsim.Options{Delay: 15 * time.Millisecond})
			var places []*natsim.Host
			var addrs []netip.Addr
			for range row.places {
				place := sim.PublicHost()
				places, addrs = append(places, place), append(addrs, place.Addr())
			}
			sim.Start()
			t.Cleanup(sim.Stop)
			node := simNode(t, home.Hosts[0], 1, NodeConfig{})
			t.Cleanup(node.Close)
			node.resolver = func(context.Context, string, string) ([]netip.Addr, error) { return addrs, nil }
			var rooms []*Room
			var host *Room
			for i, who := range row.places {
				if room := wrongPlace(t, places[i], byte(2+i), who); room != nil {
					rooms = append(rooms, room)
					if who == "" {
						host = room
					}
				}
			}
			address := "frogs.example:7777"
			if host != nil && row.pin {
				address += "#" + host.node.Fingerprint()
			} else if row.pin {
				address += "#" + strings.Repeat("a", fingerprintLength)
			}
			lobby, err := JoinLobby(node, ledgerGame(), address, LobbyConfig{})
			if err != nil {
				t.Fatal(err)
			}
			guest := lobby.Room
			took := pollFor(t, row.within, func() bool { return guest.State() != Connecting }, append(rooms, guest)...)
			switch err := guest.Err(); {
			case row.want == "" && guest.State() != Gathering:
				t.Errorf("%q: %v after %v", row.places, err, took)
			case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
				t.Errorf("%q: %v after %v, want %q", row.places, err, took, row.want)
			}
		})
	}
}
