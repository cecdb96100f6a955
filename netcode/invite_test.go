package netcode

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/natsim"
	"github.com/visavis-netcode/visavis/netcode/internal/quiclink"
)

// simNode is a node on a simulated computer, with QUIC. It lives in a bubble of
// synctest.
func simNode(t *testing.T, host *natsim.Host, seed byte, config NodeConfig) *Node {
	t.Helper()
	conn, err := host.ListenPacket(7777)
	if err != nil {
		t.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed(append(make([]byte, 31), seed))
	endpoint, err := quiclink.Listen(quiclink.Config{Conn: conn, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	n := &Node{noTCP: true, endpoint: endpoint, notary: newNotary(), name: string('A' + rune(seed)), key: key, release: func() {},
		config: config}
	n.startFinder()
	n.turnAway()
	return n
}

// pollFor drives rooms until ok, for at most limit of virtual time.
func pollFor(t *testing.T, limit time.Duration, ok func() bool, rooms ...*Room) time.Duration {
	t.Helper()
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		for _, r := range rooms {
			r.Poll()
		}
		if ok() {
			return time.Since(began)
		}
		if time.Since(began) > limit {
			for _, r := range rooms {
				t.Logf("state %d, %v, %s, %s", r.State(), r.Err(), r.Progress(), r.InviteStatus())
			}
			t.Fatalf("not within %v", limit)
		}
	}
}

// playOut plays a match of 60 frames to its end.
func playOut(t *testing.T, host *Lobby[ledger, uint32], guests ...*Lobby[ledger, uint32]) {
	t.Helper()
	rooms := []*Room{host.Room}
	for _, g := range guests {
		rooms = append(rooms, g.Room)
		g.SetReady(true)
	}
	pollFor(t, 20*time.Second, func() bool { return host.Blocker() == "" }, rooms...)
	if err := host.Start(1, 60); err != nil {
		t.Fatal(err)
	}
	pollFor(t, 5*time.Second, func() bool {
		for _, g := range guests {
			if g.Match() == nil {
				return false
			}
		}
		return true
	}, rooms...)
	all := append([]*Lobby[ledger, uint32]{host}, guests...)
	for range 2000 {
		over := true
		for k, l := range all {
			over = l.Match().Tick(uint32(k+1)).Over && over
		}
		if over {
			break
		}
		time.Sleep(testTick)
	}
	first, _ := host.Match().Result()
	for _, l := range all {
		if r, _ := l.Match().Result(); r.Err != nil || !r.Agreed || r.Hash != first.Hash || r.Frame != 60 {
			t.Fatalf("%+v", r)
		}
	}
}

// Two homes behind the common kind of router and nothing but STUN servers: the
// reply is three minutes under way. A third player comes by the same invite.
func TestLobbyByInvite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := natsim.New(1)
		stun := []string{sim.STUNServer().String(), sim.STUNServer().String()}
		var homes []*natsim.Home
		for _, kind := range []string{"portrestricted", "portrestricted", "cgnat"} {
			homes = append(homes, sim.Home(kind, natsim.Options{Delay: 15 * time.Millisecond, Timeout: 30 * time.Second}))
		}
		sim.Start()
		defer sim.Stop()
		var nodes []*Node
		for k, home := range homes {
			n := simNode(t, home.Hosts[0], byte(k), NodeConfig{STUN: stun})
			defer n.Close()
			nodes = append(nodes, n)
		}
		host, err := OpenLobby(nodes[0], ledgerGame(), LobbyConfig{Invite: true})
		if err != nil {
			t.Fatal(err)
		}
		var text string
		pollFor(t, time.Second, func() (ready bool) {
			text, ready = host.Invite()
			return ready
		}, host.Room)
		var guests []*Lobby[ledger, uint32]
		rooms := []*Room{host.Room}
		for k, entered := range []string{" \n" + text + "\n", host.InviteLetters()} {
			guest, err := JoinLobby(nodes[1+k], ledgerGame(), entered, LobbyConfig{})
			if err != nil {
				t.Fatal(err)
			}
			guests, rooms = append(guests, guest), append(rooms, guest.Room)
			for began := time.Now(); time.Since(began) < 3*time.Minute; time.Sleep(100 * time.Millisecond) {
				for _, r := range rooms {
					r.Poll()
				}
			}
			if guest.State() != Connecting || !strings.Contains(guest.Progress(), "send the reply code to the host") {
				t.Fatalf("state %d, %v, %s", guest.State(), guest.Err(), guest.Progress())
			}
			reply, _ := guest.Reply()
			if k == 1 {
				reply = guest.ReplyLetters()
			}
			if err := host.AcceptReply(reply); err != nil {
				t.Fatal(err)
			}
			took := pollFor(t, 2*time.Second, func() bool { return guest.State() == Gathering }, rooms...)
			t.Logf("in the lobby %v after the reply was entered", took)
			if took > 500*time.Millisecond {
				t.Errorf("in the lobby after %v", took)
			}
		}
		playOut(t, host, guests...)
		for _, l := range append(guests, host) {
			for _, p := range l.Match().AppendPeers(nil) {
				if p.Path != "direct" {
					t.Errorf("%s reaches %s by %q", l.node.name, p.Name, p.Path)
				}
			}
		}
	})
}

// inviteNode is a node on loopback that knows no server at all.
func inviteNode(t *testing.T, name string) *Node { return codeNode(t, "", name) }

// openInvite opens a lobby with an invite that is ready.
func openInvite(t *testing.T, node *Node, seats int, config LobbyConfig) (host *Lobby[ledger, uint32], text string) {
	t.Helper()
	game := ledgerGame()
	game.MaxSeats = seats
	config.Invite = true
	host, err := OpenLobby(node, game, config)
	if err != nil {
		t.Fatal(err)
	}
	pollUntil(t, node, func() (ready bool) {
		text, ready = host.Invite()
		return ready
	}, host.Room)
	return host, text
}

func ended(t *testing.T, node *Node, guest, host *Room) string {
	t.Helper()
	pollUntil(t, node, func() bool { return guest.State() == Ended }, guest, host)
	return guest.Err().Error()
}

// Without any server, on one computer: the invite alone is enough, and who has
// none does not get in.
func TestInviteWithoutServers(t *testing.T) {
	ana, ben, eve := inviteNode(t, "Ana"), inviteNode(t, "Ben"), inviteNode(t, "Eve")
	host, text := openInvite(t, ana, 4, LobbyConfig{})
	game := ledgerGame()
	game.MaxSeats = 4
	guest, err := JoinLobby(ben, game, text, LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	pollUntil(t, ana, func() bool { return guest.State() == Gathering }, host.Room, guest.Room)

	stranger, err := JoinLobby(eve, game, ana.Addr().String(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if why := ended(t, ana, stranger.Room, host.Room); !strings.Contains(why, "asks for an invite") {
		t.Error(why)
	}
	// A new invite makes the old one worthless.
	if err := host.NewInvite(); err != nil {
		t.Fatal(err)
	}
	if again, _ := host.Invite(); again == text {
		t.Error("the new invite is the old one")
	}
	if err := guest.NewInvite(); err != ErrNotHost {
		t.Errorf("a guest makes an invite: %v", err)
	}
}

// A lobby of two seats has an invite for two guests: they come and go, and the
// third is told that it is used up.
func TestInviteIsUsedUp(t *testing.T) {
	ana := inviteNode(t, "Ana")
	host, text := openInvite(t, ana, 2, LobbyConfig{})
	game := ledgerGame()
	game.MaxSeats = 2
	for k := range 3 {
		node := inviteNode(t, fmt.Sprintf("Guest %d", k))
		guest, err := JoinLobby(node, game, text, LobbyConfig{})
		if err != nil {
			t.Fatal(err)
		}
		if k == 2 {
			if why := ended(t, ana, guest.Room, host.Room); !strings.Contains(why, "used up") || !strings.Contains(why, "new one") {
				t.Error(why)
			}
			break
		}
		pollUntil(t, ana, func() bool { return guest.State() == Gathering }, host.Room, guest.Room)
		guest.Leave()
		pollUntil(t, ana, func() bool { return len(host.AppendMembers(nil)) == 1 }, host.Room)
	}
}

// An invite that names another key than the one who answers.
func TestInviteOfSomebodyElse(t *testing.T) {
	ana, ben := inviteNode(t, "Ana"), inviteNode(t, "Ben")
	host, text := openInvite(t, ana, 4, LobbyConfig{})
	inv, err := invite.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	inv.Host[0] ^= 1
	guest, err := JoinLobby(ben, ledgerGame(), inv.Text(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if why := ended(t, ana, guest.Room, host.Room); !strings.Contains(why, "somebody else answers") {
		t.Error(why)
	}
	if len(host.AppendMembers(nil)) != 1 {
		t.Error("the guest got in all the same")
	}
}

// What is no invite is refused before anything is sent.
func TestInvitesRefused(t *testing.T) {
	ana, ben := inviteNode(t, "Ana"), inviteNode(t, "Ben")
	host, text := openInvite(t, ana, 4, LobbyConfig{})
	inv, err := invite.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	reply := invite.Reply{Guest: [16]byte{1}}
	change := func(at int, to byte) string {
		wrong := []byte(text)
		if wrong[at] == to {
			to++
		}
		wrong[at] = to
		return string(wrong)
	}
	sent := ben.Traffic().PacketsSent
	for name, row := range map[string]struct{ text, want string }{
		"wrong letter":    {change(len(text)/2, 'A'), "wrong"},
		"no letter":       {change(len(text)/2, '!'), "wrong"},
		"a colon":         {change(len(text)/2, ':'), "wrong"},
		"cut off":         {text[:len(text)-9], "missing"},
		"a reply":         {reply.Text(inv.Secret), "this is a reply"},
		"letters cut off": {inv.Letters()[:50], ""},
	} {
		_, err := JoinLobby(ben, ledgerGame(), row.text, LobbyConfig{})
		var failed *ConnectError
		if !errors.As(err, &failed) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := JoinLobby(ana, ledgerGame(), text, LobbyConfig{}); err == nil || !strings.Contains(err.Error(), "your own invite") {
		t.Errorf("one's own invite: %v", err)
	}
	if now := ben.Traffic().PacketsSent; now != sent {
		t.Errorf("%d packets were sent", now-sent)
	}
	for name, row := range map[string]struct{ text, want string }{
		"the invite":      {text, "this is an invite"},
		"another's reply": {reply.Text([8]byte{1}), "answers another invite"},
		"nothing":         {" ", "no text"},
		"a code":          {"K7QF-3MX9-TD4W", "short code"},
	} {
		if err := host.AcceptReply(row.text); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	plain, err := OpenLobby(ben, ledgerGame(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if err := plain.AcceptReply(reply.Text(inv.Secret)); err == nil {
		t.Error("a lobby without an invite took a reply")
	}
	if text, ready := plain.Invite(); text != "" || ready || plain.InviteLetters() != "" || !plain.InviteExpires().IsZero() {
		t.Error("a lobby has an invite that nobody made")
	}
}
