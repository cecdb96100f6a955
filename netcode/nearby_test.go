package netcode

import (
	"crypto/ed25519"
	"crypto/rand"
	"testing"
	"time"
)

// TestLobbyIsFoundNearby hosts, finds and joins a lobby by the list of the
// local network, which here is the loopback interface alone.
func TestLobbyIsFoundNearby(t *testing.T) {
	only := []string{"lo"}
	node := func(name string) *Node {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		n, err := Listen(NodeConfig{Addr: "127.0.0.1:0", Name: name, Key: key, Interfaces: only})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(n.Close)
		return n
	}
	ana, ben := node("Ana"), node("Ben")
	game := ledgerGame()
	game.Game += " " + ana.Fingerprint() // tests that run beside this one host on loopback, too
	list, err := Browse(BrowseConfig{Game: game.Game, Except: ben, Interfaces: only})
	if err != nil {
		t.Skip("no list on loopback here: ", err)
	}
	defer list.Close()
	lobby, err := OpenLobby(ana, game, LobbyConfig{LAN: true, Title: "pond"})
	if err != nil {
		t.Fatal(err)
	}
	found := waitNearby(t, list, lobby.Room, func(f []Nearby) bool { return len(f) == 1 })
	if f := found[0]; f.Name != "Ana" || f.Title != "pond" || f.Seats != 1 || f.MaxSeats != 8 || f.NeedsSecret || f.Playing {
		t.Fatalf("%+v", f)
	}
	found = waitNearby(t, list, lobby.Room, func(f []Nearby) bool { return len(f) == 1 && f[0].RTT > 0 })
	if found[0].RTT > 500*time.Millisecond {
		t.Errorf("on one machine an answer takes %v", found[0].RTT)
	}
	guest, err := JoinLobby(ben, game, found[0].Address, LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); guest.State() == Connecting && time.Now().Before(deadline); {
		guest.Poll()
		lobby.Poll()
		ben.Wait(5 * time.Millisecond)
	}
	if guest.State() != Gathering {
		t.Fatal(guest.State(), guest.Err())
	}
	waitNearby(t, list, lobby.Room, func(f []Nearby) bool { return len(f) == 1 && f[0].Seats == 2 })
	lobby.Leave()
	waitNearby(t, list, lobby.Room, func(f []Nearby) bool { return len(f) == 0 })
}

func waitNearby(t *testing.T, list *Browser, host *Room, ok func([]Nearby) bool) []Nearby {
	t.Helper()
	var found []Nearby
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		host.Poll()
		if found = list.AppendFound(found[:0]); ok(found) {
			return found
		}
		host.node.Wait(5 * time.Millisecond)
	}
	t.Fatalf("not in 10 s: %+v, %v", found, list.Err())
	return nil
}
