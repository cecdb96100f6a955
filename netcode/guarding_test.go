//go:build !race

package netcode

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/source"
	"github.com/visavis-netcode/visavis/netcode/internal/spake2"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// placed is an endpoint whose callers come from addresses that the test chooses.
type placed struct {
	link.Endpoint
	from func(caller link.Key) netip.Addr
}

func (p *placed) Accept() link.Link {
	l := p.Endpoint.Accept()
	if l == nil {
		return nil
	}
	return placedLink{l, p.from}
}

type placedLink struct {
	link.Link
	from func(caller link.Key) netip.Addr
}

func (l placedLink) Source() netip.Addr { return l.from(l.Peer()) }

// place lets everybody who calls the host come from one address.
func (tb *table) place(addr string) {
	from, _ := netip.ParseAddr(addr) // none: through a relay
	node := tb.nodes[0]
	if p, ok := node.endpoint.(*placed); ok {
		node.endpoint = p.Endpoint
	}
	node.endpoint = &placed{node.endpoint, func(link.Key) netip.Addr { return from }}
}

// knock greets the host by hand, with a guess at the secret or without, and returns
// why the link was closed, "" if the stranger is let in.
func (tb *table) knock(s *stranger, guesses bool) string {
	tb.t.Helper()
	l := s.dial(tb.nodes[0])
	h := hello(ledgerGame(), wire.JoinLobby, "Mallory", 1)
	if !guesses {
		l.say(h)
	} else {
		h.Credential, h.Share = wire.CredentialSecret, newGuesser(spake2.Dialler).run(tb.t, "toad").Share()
		l.say(h, &wire.Proof{MAC: [32]byte{1}})
	}
	tb.until(5, func() bool { return l.State() == link.Closed || last[*wire.Welcome](l) != nil })
	if l.Err() == nil {
		return ""
	}
	return l.Err().Reason
}

// TestNearbyGuestsNeedNoCode: a lobby with a code that is on the list of the local
// network, too, is open to that network and to nobody else; a secret is asked of
// everybody.
func TestNearbyGuestsNeedNoCode(t *testing.T) {
	networks := func() ([]netip.Prefix, []netip.Addr) {
		return []netip.Prefix{netip.MustParsePrefix("192.168.1.0/24"), netip.MustParsePrefix("2001:db8:1:2::/64")},
			[]netip.Addr{netip.MustParseAddr("192.168.1.1")}
	}
	for _, c := range []struct {
		from             string
		lan, code, plain bool // of the lobby
		in               bool
	}{
		{"192.168.1.77", true, true, false, true},
		{"2001:db8:1:2::77", true, true, false, true},
		{"::ffff:192.168.1.77", true, true, false, true},
		{"127.0.0.1", true, true, false, true},
		{"169.254.3.4", true, true, false, true},
		{"fe80::77%eth0", true, true, false, true},
		{"192.168.1.1", true, true, false, false}, // a router that hides who it is
		{"192.168.2.77", true, true, false, false},
		{"198.51.100.7", true, true, false, false},
		{"2001:db8:1:3::77", true, true, false, false},
		{"", true, true, false, false},
		{"192.168.1.77", false, true, false, false},
		{"192.168.1.77", true, true, true, false},
		{"127.0.0.1", true, false, true, false},
		{"198.51.100.7", true, false, false, true},
	} {
		config := LobbyConfig{}
		if c.plain {
			config.Secret = "frog"
		}
		tb := newTable(t, 1, 1, ledgerGame(), config, Conditions{})
		room := tb.lobbies[0].Room
		room.config.LAN, room.doors.coded = c.lan, c.code // in memory there is neither
		tb.nodes[0].networks.find = networks
		tb.place(c.from)
		why := tb.knock(tb.newStranger("Mallory"), false)
		want := "this lobby asks for its code: join by that, not by the address"
		if c.plain {
			want = "this lobby asks for a secret"
		}
		if c.in != (why == "") || !c.in && why != want {
			t.Errorf("%+v: %q", c, why)
		}
	}
}

func TestLocalPrefixes(t *testing.T) {
	const ethernet = net.FlagUp | net.FlagBroadcast | net.FlagMulticast
	for _, c := range []struct {
		flags net.Flags
		addr  string
		want  string
	}{
		{ethernet, "192.168.1.5/24", "[192.168.1.0/24]"},
		{ethernet, "10.1.2.3/16", "[10.1.0.0/16]"},
		{ethernet, "2001:db8::5/64", "[2001:db8::/64]"},
		{ethernet, "203.0.113.5/32", "[203.0.113.5/32]"},
		{ethernet, "25.1.2.3/8", "[]"}, // a tunnel that looks like Ethernet
		{ethernet, "10.1.2.3/0", "[]"},
		{ethernet, "2001:db8::5/48", "[]"},
		{ethernet &^ net.FlagUp, "192.168.1.5/24", "[]"},
		{net.FlagUp | net.FlagPointToPoint, "10.8.0.2/24", "[]"},
		{net.FlagUp | net.FlagLoopback, "198.51.100.7/32", "[]"},
	} {
		ip, network, err := net.ParseCIDR(c.addr)
		if err != nil {
			t.Fatal(err)
		}
		network.IP = ip
		if got := fmt.Sprint(localPrefixes(c.flags, []net.Addr{network, &net.UDPAddr{}})); got != c.want {
			t.Errorf("%v %s: %s, want %s", c.flags, c.addr, got, c.want)
		}
	}
	mapped := &net.IPNet{IP: net.ParseIP("192.168.1.5"), Mask: net.CIDRMask(96+24, 128)}
	if got := fmt.Sprint(localPrefixes(ethernet, []net.Addr{mapped})); got != "[192.168.1.0/24]" {
		t.Errorf("a mask written as one of IPv6: %s", got)
	}
	var n networks
	n.find = func() ([]netip.Prefix, []netip.Addr) {
		return []netip.Prefix{netip.MustParsePrefix("100.64.0.0/16")}, nil
	}
	if n.local(netip.MustParseAddr("100.64.3.4"), 0) || n.local(netip.Addr{}, 0) {
		t.Error("a carrier's customers, and nobody at all, are near")
	}
}

// guessing lets one try a second come from an address, and returns how often each
// answer was given.
func (tb *table) guessing(from string, seconds int) map[string]int {
	tb.place(from)
	s := tb.newStranger("Mallory" + from)
	answers := map[string]int{}
	for range seconds {
		why := tb.knock(s, true)
		if strings.HasPrefix(why, "many wrong secrets") {
			why = "wait"
		}
		answers[why]++
		tb.seconds(0.9)
	}
	return answers
}

// TestGuessersWait: who tries many secrets has to wait ever longer; the host reads
// of it; and nobody else waits for that, nor is told whether a guess was right.
func TestGuessersWait(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{Secret: "frog"}, Conditions{})
	answers := tb.guessing("203.0.113.7", 120)
	const wrong = "the secret is not the one of this lobby: ask the host for the secret"
	if n := answers[wrong]; n < 5 || n > 12 || answers["wait"] != 120-n {
		t.Errorf("in two minutes: %v", answers)
	}
	lines := tb.lobbies[0].AppendLines(nil)
	if len(lines) == 0 || len(lines) > 8 || lines[0].From != "" || !strings.HasPrefix(lines[0].Text, "someone at 203.0.113.7 tried a wrong secret") {
		t.Errorf("the host reads %v", lines)
	}
	// The right secret is not looked at before the pause is over.
	if l := tb.enter("guesser", ledgerGame(), LobbyConfig{Secret: "frog"}); l.State() != Ended || !strings.HasPrefix(l.Err().Error(), "many wrong secrets") {
		t.Errorf("with the right secret, in the pause: %d, %v", l.State(), l.Err())
	}
	tb.place("198.51.100.9")
	if l := tb.enter("friend", ledgerGame(), LobbyConfig{Secret: "frog"}); l.State() != Gathering {
		t.Errorf("a friend from elsewhere: %v", l.Err())
	}
	tb.seconds(120)
	tb.place("203.0.113.7")
	if l := tb.enter("late", ledgerGame(), LobbyConfig{Secret: "frog"}); l.State() != Gathering {
		t.Errorf("after the pause: %v", l.Err())
	}
}

// TestGuessesSideBySide: many links at once, each ready to show its guess, are no
// more guesses than one after the other.
func TestGuessesSideBySide(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{Secret: "frog"}, Conditions{})
	tb.place("203.0.113.7")
	var links []*strangerLink
	for i := range 12 {
		l := tb.newStranger(fmt.Sprint("Mallory", i)).dial(tb.nodes[0])
		h := hello(ledgerGame(), wire.JoinLobby, "Mallory", 1)
		h.Credential, h.Share = wire.CredentialSecret, newGuesser(spake2.Dialler).run(t, "toad").Share()
		l.say(h)
		links = append(links, l)
	}
	tb.seconds(0.5)
	answers := map[string]int{}
	for _, l := range links {
		if answer := last[*wire.Hello](l); answer == nil || len(answer.Share) == 0 {
			t.Fatal("a run was not answered")
		}
		l.say(&wire.Proof{})
	}
	tb.seconds(0.5)
	for _, l := range links {
		why, _, _ := strings.Cut(l.Err().Reason, ":")
		answers[why]++
	}
	if n := answers["the secret is not the one of this lobby"]; n < 5 || n > 6 || answers["many wrong secrets have come from your network"] != 12-n {
		t.Errorf("%v", answers)
	}
}

// TestManyGuessersMakeFewLines: the host's chat is not flooded by guessers from
// many networks.
func TestManyGuessersMakeFewLines(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{Secret: "frog"}, Conditions{})
	s := tb.newStranger("Mallory")
	for i := range 200 {
		tb.place(fmt.Sprintf("198.51.%d.9", i))
		tb.knock(s, true)
	}
	tb.place("")
	tb.knock(s, true)
	tb.seconds(15)
	lines := tb.lobbies[0].AppendLines(nil)
	if len(lines) == 0 || len(lines) > 4 || !strings.Contains(fmt.Sprint(lines), ", and others, tried a wrong secret") {
		t.Errorf("the host reads %v", lines)
	}
}

// TestProofsAreJudgedByTheHostOnly: whoever is asked for something else than a
// seat, or is not the host, tells nobody whether a guess was right.
func TestProofsAreJudgedByTheHostOnly(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{Secret: "frog"}, Conditions{})
	for i, purpose := range []wire.Purpose{wire.JoinMesh, wire.JoinLobby} { // of the host, of the guest
		s := tb.newStranger(fmt.Sprint("Mallory", i))
		l := s.dial(tb.nodes[i])
		tb.until(5, func() bool { return l.State() == link.Open })
		h := hello(ledgerGame(), purpose, "Mallory", 1)
		h.Credential, h.Share = wire.CredentialSecret, newGuesser(spake2.Dialler).run(t, "frog").Share()
		l.say(h)
		tb.seconds(1)
		if answer := last[*wire.Hello](l); answer == nil || len(answer.Share) > 0 || last[*wire.Proof](l) != nil {
			t.Errorf("asked %d: %+v", i, answer)
		}
	}
}

// TestKickedStaysOut: with all its seats, however often it comes; and with a new
// identity not at once.
func TestKickedStaysOut(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 10})
	tb.place("203.0.113.7")
	mallory := tb.newStranger("Mallory")
	if why := tb.knock(mallory, false); why != "" {
		t.Fatal(why)
	}
	tb.lobbies[0].Kick(2)
	tb.seconds(1)
	for range 20 {
		if why := tb.knock(mallory, false); why != "the host has asked you to leave this lobby" {
			t.Fatalf("kicked, and comes again: %q", why)
		}
	}
	again := tb.newStranger("Mallory with a false moustache")
	if why := tb.knock(again, false); !strings.Contains(why, "a player at your address") {
		t.Fatalf("with a new identity: %q", why)
	}
	tb.place("203.0.113.8")
	if why := tb.knock(tb.newStranger("neighbour"), false); why != "" {
		t.Fatalf("somebody else: %q", why)
	}
	tb.place("203.0.113.7")
	tb.seconds(60)
	if why := tb.knock(mallory, false); why == "" {
		t.Fatal("a minute later the kicked one is in")
	}
	if why := tb.knock(again, false); why != "" {
		t.Fatalf("a minute later, with a new identity: %q", why)
	}
}

// TestKickedListIsBounded: the host may kick all day.
func TestKickedListIsBounded(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{})
	room := tb.lobbies[0].Room
	for i := range 3 * maxKicked {
		room.guarding.keepOut(&member{RosterMember: wire.RosterMember{Key: [32]byte{byte(i), byte(i >> 8), 1}}})
	}
	if n := len(room.guarding.kicked); n != maxKicked {
		t.Errorf("%d are remembered", n)
	}
}

// TestSilentStrangersKeepNobodyOut: they hold what there is for strangers, and a
// friend gets in at once; they are gone when their time for a hello is over.
func TestSilentStrangersKeepNobodyOut(t *testing.T) {
	tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 30})
	for i := range 5 {
		s := tb.newStranger(fmt.Sprint("Mallory", i))
		for range 60 {
			s.dial(tb.nodes[0])
		}
	}
	tb.seconds(1)
	if n := len(tb.lobbies[0].mesh.Conns()); n < 64 || n > source.MaxStrangers {
		t.Fatalf("%d links of strangers", n)
	}
	for i := range 3 {
		if l := tb.enter(fmt.Sprint("friend", i), ledgerGame(), LobbyConfig{}); l.State() != Gathering {
			t.Fatal(l.Err())
		}
	}
	tb.seconds(3)
	if n := len(tb.lobbies[0].mesh.Conns()); n != 3 {
		t.Errorf("%d links remain", n)
	}
}

// TestNetworksOfStrangersKeepNobodyOut: somebody knocks from another of 10,000 networks
// of /48 each time and says no more, 120 times a second where each is another carrier's,
// which takes 300 kB/s of handshakes, and ten times as often where all are one's. A
// friend gets in, with a proof or where none is asked for.
func TestNetworksOfStrangersKeepNobodyOut(t *testing.T) {
	for _, secret := range []string{"", "frog"} {
		for _, oneCarrier := range []bool{false, true} {
			tb := newTable(t, 1, 1, ledgerGame(), LobbyConfig{Secret: secret}, Conditions{DelayMs: 30})
			s, knocks := tb.newStranger("Mallory"), 0
			every := 2 // in a tick
			if oneCarrier {
				every = 20
			}
			s.during = func() {
				for range every {
					b := [16]byte{0x20, 1, 0xd, 0xb8, byte(knocks >> 8), byte(knocks), 15: 1}
					if !oneCarrier {
						b[2], b[3] = b[4], b[5]
					}
					s.endpoint.DialFrom(netip.AddrFrom16(b), tb.nodes[0].Addr(), nil)
					knocks = (knocks + 1) % 10_000
				}
			}
			tb.seconds(3)
			if len(tb.lobbies[0].mesh.Conns()) == 0 {
				t.Fatal("nobody knocks")
			}
			for i := range 3 {
				before := tb.ticks
				if l := tb.enter(fmt.Sprint("friend", i), ledgerGame(), LobbyConfig{Secret: secret}); l.State() != Gathering {
					t.Errorf("secret %q, one carrier %v: %v", secret, oneCarrier, l.Err())
				}
				if ticks := tb.ticks - before; ticks > 60 {
					t.Errorf("secret %q, one carrier %v: it took %d ticks", secret, oneCarrier, ticks)
				}
			}
		}
	}
}

// TestWhatIsRecognised: links of members, and of those who know the lobby's number,
// do not go for strangers, but there is a bound to both.
func TestWhatIsRecognised(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{})
	host := tb.lobbies[0]
	ours := func() (n int) {
		for _, c := range host.mesh.Conns() {
			if c.Ours() {
				n++
			}
		}
		return n
	}
	for range 2 * mesh.MaxOfMember {
		tb.nodes[1].endpoint.Dial(tb.nodes[0].Addr(), nil)
	}
	tb.seconds(0.5)
	if n := ours(); n != mesh.MaxOfMember {
		t.Errorf("%d links of one member", n)
	}
	soon := func(name string) { // who is to be a member soon, or was one
		s := tb.newStranger(name)
		for range mesh.MaxOfMember / 2 {
			h := hello(ledgerGame(), wire.JoinMesh, "Bo", 1)
			h.Lobby = host.id
			s.dial(tb.nodes[0]).say(h)
		}
		tb.seconds(0.1)
	}
	for i := range 5 {
		soon(fmt.Sprint("soon", i))
		if n := ours(); n != mesh.MaxOfMember+min(mesh.MaxUnlistedOf*(i+1), mesh.MaxUnlisted) {
			t.Errorf("%d links with %d who are not on the roster", n, i+1)
		}
	}
	s := tb.newStranger("Mallory")
	h := hello(ledgerGame(), wire.JoinMesh, "Bo", 1)
	h.Lobby = host.id + 1
	l := s.dial(tb.nodes[0])
	l.say(h)
	tb.seconds(0.5)
	if n := ours(); n != mesh.MaxOfMember+mesh.MaxUnlisted {
		t.Errorf("another lobby's number counts: %d", n)
	}
}

// TestEarlyWordsWaitPerMember: one member's words about a match that has not started
// here take no other's place.
func TestEarlyWordsWaitPerMember(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{})
	mallory := tb.newStranger("Mallory").join(tb, ledgerGame(), 1)
	tb.seconds(0.5)
	for range 300 {
		mallory.say(&wire.Checksum{Match: 1, Frame: 60, World: 1})
		mallory.say(&wire.DesyncPart{Match: 1, Bytes: make([]byte, wire.MaxWorldPart)})
		tb.tick()
	}
	tb.lobbies[1].mesh.To(0).Send(&wire.Checksum{Match: 1, Frame: 60, World: 2})
	tb.seconds(0.5)
	waiting := map[int]int{}
	for _, e := range tb.lobbies[0].early {
		waiting[e.conn.Machine()]++
	}
	if waiting[1] != 1 || waiting[2] != maxEarly {
		t.Errorf("words wait: %v", waiting)
	}
}

// TestSetSecret: from then on newcomers need the new one; who is in stays.
func TestSetSecret(t *testing.T) {
	tb := newTable(t, 1, 2, ledgerGame(), LobbyConfig{}, Conditions{})
	for _, c := range []struct{ secret, told string }{{"frog", "frog"}, {"toad", "toad"}, {"", ""}} {
		if err := tb.lobbies[0].SetSecret(c.secret); err != nil {
			t.Fatal(err)
		}
		if l := tb.enter("Ana", ledgerGame(), LobbyConfig{Secret: c.told}); l.State() != Gathering {
			t.Fatal(l.Err())
		}
		if l := tb.enter("Bo", ledgerGame(), LobbyConfig{Secret: "newt"}); l.State() != Ended {
			t.Fatalf("with %q for %q: in", "newt", c.secret)
		}
	}
	if err := tb.lobbies[1].SetSecret("x"); err != ErrNotHost || tb.lobbies[1].NewCode() != ErrNotHost || tb.lobbies[1].State() != Gathering {
		t.Fatal(err)
	}
}
