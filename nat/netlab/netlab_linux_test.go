package netlab

import (
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
	"golang.org/x/net/ipv4"
)

func TestMain(m *testing.M) {
	Main(m, map[string]func(){"parrot": func() {
		var word any
		for lines := json.NewDecoder(os.Stdin); lines.Decode(&word) == nil; {
			_ = json.NewEncoder(os.Stdout).Encode(append(os.Args[1:], word.(string)))
		}
	}})
}

// socket opens one in a place.
func socket(t *testing.T, p *Place, port uint16) *net.UDPConn {
	t.Helper()
	return socketAt(t, p, netip.IPv4Unspecified(), port)
}

func socketAt(t *testing.T, p *Place, addr netip.Addr, port uint16) *net.UDPConn {
	t.Helper()
	var conn *net.UDPConn
	var err error
	p.Enter(func() { conn, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, port))) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func send(t *testing.T, c *net.UDPConn, to netip.AddrPort, text string) {
	t.Helper()
	if _, err := c.WriteToUDPAddrPort([]byte(text), to); err != nil {
		t.Fatal(err)
	}
}

// receive waits for a packet, for long if it is to come.
func receive(c *net.UDPConn, patience time.Duration) (text string, from netip.AddrPort) {
	_ = c.SetReadDeadline(time.Now().Add(patience))
	var b [1500]byte
	n, from, err := c.ReadFromUDPAddrPort(b[:])
	if err != nil {
		return "", netip.AddrPort{}
	}
	return string(b[:n]), netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
}

const (
	soon  = 2 * time.Second        // for what comes
	never = 100 * time.Millisecond // for what does not
)

func localPort(c *net.UDPConn) uint16 { return c.LocalAddr().(*net.UDPAddr).AddrPort().Port() }

// TestKinds looks whether the router of each kind does what natsim.Behavior
// says: how it maps, whom it lets in.
func TestKinds(t *testing.T) {
	for _, kind := range natsim.Presets() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			lab := New(t)
			server, addrs := lab.Server(2)
			home := lab.Home(kind, Options{})
			want, _ := natsim.Preset(kind)
			inside := socket(t, home.Hosts[0], 0)
			one, two := addrs[0], addrs[1]
			a, b, stranger := socketAt(t, server, one, 1000), socketAt(t, server, two, 1000), socketAt(t, server, one, 2000)
			atA, atB := netip.AddrPortFrom(one, 1000), netip.AddrPortFrom(two, 1000)
			send(t, inside, atA, "to a")
			text, seen := receive(a, never)
			if want.Blocked {
				if text != "" {
					t.Errorf("%v came out", seen)
				}
				return
			}
			if text != "to a" {
				t.Fatal("nothing came out")
			}
			public := home.Public
			if home.carrier != nil {
				public = home.carrier.Public
			}
			translated := kind != "none" && !want.Firewall
			if translated != (seen.Addr() == public) || translated == (seen.Port() == localPort(inside)) {
				t.Errorf("port %d of the home is seen as %v; the router has %v", localPort(inside), seen, public)
			}
			send(t, inside, atB, "to b")
			_, seenB := receive(b, soon)
			if (seen == seenB) != (want.Mapping == natsim.EndpointIndependent) {
				t.Errorf("seen as %v and %v", seen, seenB)
			}
			if want.Sequential && seenB.Port() != seen.Port()+1 {
				t.Errorf("ports %d and then %d", seen.Port(), seenB.Port())
			}
			send(t, a, seen, "answer")
			if text, _ := receive(inside, soon); text != "answer" {
				t.Error("an answer does not come in")
			}
			// From another port of an address that was asked, and from an address that was not.
			send(t, stranger, seen, "other port")
			if text, _ := receive(inside, never); (text != "") != (want.Filtering != natsim.AddressPortDependent) {
				t.Errorf("from another port comes %q", text)
			}
			c := socketAt(t, server, two, 3000)
			other := socket(t, home.Hosts[0], 0)
			send(t, other, atA, "another socket")
			_, seenOther := receive(a, soon)
			send(t, c, seenOther, "stranger")
			if text, _ := receive(other, never); (text != "") != (want.Filtering == natsim.EndpointIndependent) {
				t.Errorf("from a stranger comes %q", text)
			}
			// What nobody asked for comes before the home sends there itself.
			early, at := socketAt(t, server, two, 4000), netip.AddrPortFrom(two, 4000)
			send(t, early, seen, "early")
			receive(inside, never)
			send(t, inside, at, "to early")
			_, seenEarly := receive(early, soon)
			if want.Mapping == natsim.EndpointIndependent && (seen == seenEarly) == want.AcceptsWAN {
				t.Errorf("after an early packet seen as %v, before as %v", seenEarly, seen)
			}
			home.Flush()
			send(t, a, seen, "late")
			if text, _ := receive(inside, never); translated && text != "" {
				t.Error("what the router has forgotten comes in")
			}
		})
	}
}

// TestWires measures what the way between two homes takes, and where packets
// with a low TTL die.
func TestWires(t *testing.T) {
	lab := New(t)
	ana := lab.Home("none", Options{Delay: 15 * time.Millisecond, Hops: 3})
	ben := lab.Home("none", Options{Delay: 15 * time.Millisecond, Hops: 3})
	a, b := socket(t, ana.Hosts[0], 1000), socket(t, ben.Hosts[0], 1000)
	atB := netip.AddrPortFrom(nth(ben.lan, 2), 1000)
	go func() {
		for {
			text, from := receive(b, soon)
			if text == "" {
				return
			}
			_, _ = b.WriteToUDPAddrPort([]byte(text), from)
		}
	}()
	var took []time.Duration
	for range 40 {
		start := time.Now()
		send(t, a, atB, "there and back")
		if text, _ := receive(a, soon); text == "" {
			t.Fatal("lost")
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	t.Logf("there and back in %v, at worst %v", took[20], took[39])
	// A busy machine adds to most of them; the shortest is the wire's.
	if took[0] < 60*time.Millisecond || took[0] > 65*time.Millisecond {
		t.Errorf("there and back in %v to %v, want 60 ms", took[0], took[20])
	}
	// The home's router, three on the wire and the other home's: the fifth is the last.
	for ttl, want := range map[int]bool{4: false, 5: false, 6: true} {
		if err := ipv4.NewConn(a).SetTTL(ttl); err != nil {
			t.Fatal(err)
		}
		send(t, a, atB, "low")
		if text, _ := receive(a, 2*never); (text != "") != want {
			t.Errorf("with a TTL of %d %q comes", ttl, text)
		}
	}
	_ = ipv4.NewConn(a).SetTTL(64)
	ben.Cut(true)
	send(t, a, atB, "cut")
	if text, _ := receive(a, 2*never); text != "" {
		t.Error("a cut wire carries packets")
	}
	ben.Cut(false)
	send(t, a, atB, "mended")
	if text, _ := receive(a, soon); text != "mended" {
		t.Error("a mended wire carries none")
	}
}

// TestSharedRouters: two computers of a home, and two homes of a carrier, reach
// each other by their public addresses only where the router turns packets round.
func TestSharedRouters(t *testing.T) {
	for _, hairpin := range []bool{false, true} {
		lab := New(t)
		server, addr := lab.Server(1)
		s, at := socket(t, server, 1000), netip.AddrPortFrom(addr[0], 1000)
		carrier := lab.Carrier(Options{Hairpin: hairpin})
		neighbours := [2]*Home{lab.Home("portrestricted", Options{Carrier: carrier}), lab.Home("portrestricted", Options{Carrier: carrier})}
		home := lab.Home("portrestricted", Options{Hosts: 2, Hairpin: hairpin})
		for name, places := range map[string][2]*Place{
			"home":    {home.Hosts[0], home.Hosts[1]},
			"carrier": {neighbours[0].Hosts[0], neighbours[1].Hosts[0]},
		} {
			a, b := socket(t, places[0], 0), socket(t, places[1], 0)
			send(t, a, at, "a")
			_, publicA := receive(s, soon)
			send(t, b, at, "b")
			_, publicB := receive(s, soon)
			send(t, a, publicB, "opener")
			receive(b, never) // the home's own router may let it in
			send(t, b, publicA, "round")
			text, from := receive(a, never)
			if (text != "") != hairpin || hairpin && from != publicB {
				t.Errorf("%s, hairpin %v: %q comes from %v, want %v", name, hairpin, text, from, publicB)
			}
		}
	}
}

// TestIsolate: computers of a home reach each other, until they are isolated.
func TestIsolate(t *testing.T) {
	lab := New(t)
	home := lab.Home("portrestricted", Options{Hosts: 2})
	a, b := socket(t, home.Hosts[0], 0), socket(t, home.Hosts[1], 1000)
	for _, isolated := range []bool{false, true, false} {
		home.Isolate(isolated)
		send(t, a, netip.AddrPortFrom(nth(home.lan, 3), 1000), "hello")
		if text, _ := receive(b, 2*never); (text == "") != isolated {
			t.Errorf("isolated %v: %q comes", isolated, text)
		}
	}
}

// TestMove gives a home another address.
func TestMove(t *testing.T) {
	lab := New(t)
	server, addr := lab.Server(1)
	home := lab.Home("portrestricted", Options{})
	s, inside := socket(t, server, 1000), socket(t, home.Hosts[0], 0)
	for range 2 {
		send(t, inside, netip.AddrPortFrom(addr[0], 1000), "hello")
		if _, from := receive(s, soon); from.Addr() != home.Public {
			t.Errorf("seen as %v, want %v", from, home.Public)
		}
		old := home.Public
		if home.Move(); home.Public == old {
			t.Error("the address is still", old)
		}
	}
}

// TestPrograms runs this program in a place, where it has nothing but that.
func TestPrograms(t *testing.T) {
	p := NewPlace(t)
	parrot := p.Start("parrot", "echo")
	var said []string
	if err := parrot.Tell("hello"); err != nil {
		t.Fatal(err)
	}
	if err := parrot.Hear(&said, 10*time.Second); err != nil || !slices.Equal(said, []string{"echo", "hello"}) {
		t.Fatal(said, err)
	}
	if err := parrot.Hear(&said, time.Millisecond); !errors.Is(err, ErrSilent) {
		t.Error(err)
	}
	parrot.Hangup()
	if err := parrot.Hear(&said, 10*time.Second); !errors.Is(err, ErrEnded) {
		t.Error(err)
	}
}
