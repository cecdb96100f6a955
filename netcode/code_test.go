package netcode

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// serveRendezvous runs a rendezvous server on loopback for one test.
func serveRendezvous(t *testing.T, config rendezvous.ServerConfig) (addr string) {
	config.Rand = rand.Reader
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- rendezvous.Serve(ctx, rendezvous.ServeConfig{Server: config}, udp, nil)
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return udp.LocalAddr().String()
}

func codeNode(t *testing.T, server, name string) *Node {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	config := NodeConfig{Addr: "127.0.0.1:0", Name: name, Key: key, Rendezvous: server}
	if server != "" {
		config.STUN = []string{server}
	}
	n, err := Listen(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	return n
}

// poll drives lobbies until ok, for at most 20 seconds.
func pollUntil(t *testing.T, node *Node, ok func() bool, rooms ...*Room) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			for _, r := range rooms {
				t.Logf("state %d, %v, %s", r.State(), r.Err(), r.Progress())
			}
			t.Fatal("not in 20 s")
		}
		for _, r := range rooms {
			r.Poll()
		}
		node.Wait(5 * time.Millisecond)
	}
}

func TestLobbyByCode(t *testing.T) {
	server := serveRendezvous(t, rendezvous.ServerConfig{})
	ana, ben, eve := codeNode(t, server, "Ana"), codeNode(t, server, "Ben"), codeNode(t, server, "Eve")
	host, err := OpenLobby(ana, ledgerGame(), LobbyConfig{Code: true})
	if err != nil {
		t.Fatal(err)
	}
	var code string
	pollUntil(t, ana, func() bool {
		c, ready := host.Code()
		code = c
		return ready
	}, host.Room)

	guest, err := JoinLobby(ben, ledgerGame(), strings.ToLower(code), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	pollUntil(t, ana, func() bool { return guest.State() == Gathering }, host.Room, guest.Room)

	// Who has only the address does not get in: the lobby has a code.
	stranger, err := JoinLobby(eve, ledgerGame(), ana.Addr().String(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	pollUntil(t, ana, func() bool { return stranger.State() == Ended }, host.Room, guest.Room, stranger.Room)
	if why := stranger.Err(); ReasonOf(why) != ReasonSecretNeeded || !strings.Contains(why.Error(), "asks for its code") {
		t.Errorf("refused with %v", why)
	}

	guest.SetReady(true)
	pollUntil(t, ana, func() bool { return host.Blocker() == "" }, host.Room, guest.Room)
	if err := host.Start(1, 60); err != nil {
		t.Fatal(err)
	}
	pollUntil(t, ana, func() bool { return guest.Match() != nil }, host.Room, guest.Room)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		a, b := host.Match().Tick(1), guest.Match().Tick(2)
		if a.Over && b.Over {
			break
		}
		ana.Wait(testTick)
	}
	x, _ := host.Match().Result()
	y, _ := guest.Match().Result()
	if x.Err != nil || x.Hash != y.Hash || !x.Agreed || !y.Agreed || x.Frame != 60 {
		t.Fatalf("%+v, %+v", x, y)
	}
	if peers := guest.Match().AppendPeers(nil); peers[0].Path != "loopback" || guest.Match().Stats().Connect <= 0 {
		t.Errorf("path %q, connected in %v", peers[0].Path, guest.Match().Stats().Connect)
	}
}

func TestCodesThatLeadNowhere(t *testing.T) {
	server := serveRendezvous(t, rendezvous.ServerConfig{})
	ben := codeNode(t, server, "Ben")
	code, err := invite.NewCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	// A wrong character is caught before anything is sent.
	wrong := []byte(code.String())
	wrong[0] = map[bool]byte{true: '3', false: '2'}[wrong[0] == '2']
	if _, err := JoinLobby(ben, ledgerGame(), string(wrong), LobbyConfig{}); err == nil {
		t.Error("a mistyped code was taken")
	}
	if _, err := JoinLobby(newMemoryNode(NewMemoryNetwork(1).network.NewEndpoint([32]byte{1}), "Eve"), ledgerGame(), code.String(), LobbyConfig{}); err == nil {
		t.Error("a code without a rendezvous was taken")
	}
	lobby, err := JoinLobby(ben, ledgerGame(), code.String(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	pollUntil(t, ben, func() bool {
		return lobby.State() == Ended || strings.Contains(strings.ToLower(lobby.Progress()), "host")
	}, lobby.Room)
	t.Log(lobby.Progress())
	lobby.Leave()
}

// TestHostAndJoinByCode: the host learns the code from Progress.
func TestHostAndJoinByCode(t *testing.T) {
	server := serveRendezvous(t, rendezvous.ServerConfig{})
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	codes, words := make(chan string, 1), map[string]bool{}
	var host, guest MeetConfig
	for k, meet := range []*MeetConfig{&host, &guest} {
		meet.Node = quicConfig(byte(k + 1))
		meet.Node.Rendezvous, meet.Node.STUN = server, []string{server}
	}
	host.Lobby.Code = true
	host.Progress = func(room *Room, _ string) {
		if code, ready := room.Code(); ready && len(codes) == 0 {
			codes <- code
		}
	}
	guest.Progress = func(_ *Room, text string) { words[text] = true }
	var group sync.WaitGroup
	group.Go(func() {
		m, err := Join(ctx, <-codes, quicGame(), guest)
		if err != nil {
			t.Error(err)
			return
		}
		m.Close()
	})
	m, err := Host(ctx, 2, quicGame(), host)
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
	group.Wait()
	if len(words) < 2 {
		t.Errorf("the guest was told only %v", words)
	}
}
