package netcode

import (
	"crypto/ed25519"
	"path/filepath"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/identity"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// TestDayKey: a node for public lobbies shows the day's key alone, and is the
// same player when it is started again.
func TestDayKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "identity")
	fingerprint := func(day bool) string {
		n, err := Listen(NodeConfig{Addr: "127.0.0.1:0", Identity: path, DayKey: day})
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		if shown := link.Key(n.key.Public().(ed25519.PublicKey)).Fingerprint(); shown != n.Fingerprint() {
			t.Errorf("the lists of the local network show %s, the links %s", shown, n.Fingerprint())
		}
		return n.Fingerprint()
	}
	own := fingerprint(false)
	began := time.Now()
	first, again := fingerprint(true), fingerprint(true)
	if first == own || again == own {
		t.Error("the day's key is the identity")
	}
	id, err := identity.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	defer id.Close()
	of := func(at time.Time) string {
		return link.Key(identity.Day(id.Key, at).Public().(ed25519.PublicKey)).Fingerprint()
	}
	if today, now := of(began), of(time.Now()); today == now && (first != today || again != today) { // else it was midnight
		t.Errorf("two starts on one day show %s and %s, want %s", first, again, today)
	}
}

// TestClosedNode: nobody hosts, and nobody joins, with a node that is closed.
func TestClosedNode(t *testing.T) {
	network := NewMemoryNetwork(1)
	host, node := network.NewNode("host"), network.NewNode("closed")
	node.Close()
	if _, err := OpenLobby(node, ledgerGame(), LobbyConfig{}); err == nil {
		t.Error("a lobby is open that nobody can come to")
	}
	l, err := JoinLobby(node, ledgerGame(), host.Addr().String(), LobbyConfig{})
	if err == nil {
		l.Poll()
		err = l.Err()
	}
	if err == nil {
		t.Error("it joins")
	}
}
