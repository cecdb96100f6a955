//go:build !race || soak

package netcode

import (
	"crypto/ed25519"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
	"github.com/visavis-netcode/visavis/netcode/internal/quiclink"
	"github.com/visavis-netcode/visavis/rollback"
)

// newRichQUIC starts a match in a bubble's time, over QUIC, between two machines with so many
// seats each. What goes to and from the first is lost as o says.
func newRichQUIC[I any](t *testing.T, o natsim.Options, seats ...int) *rich[I] {
	t.Helper()
	sim := natsim.New(1)
	m := &rich[I]{t: t, every: 1, inputs: make([]I, rollback.MaxSeats)}
	o.Delay /= 2 // as there are two wires
	far := o
	far.Loss = 0
	homes := []*natsim.Home{sim.Home("none", o), sim.Home("none", far)}
	sim.Start()
	t.Cleanup(sim.Stop)
	for i, n := range seats {
		conn, err := homes[i].Hosts[0].ListenPacket(7777)
		if err != nil {
			t.Fatal(err)
		}
		key := ed25519.NewKeyFromSeed(append(make([]byte, 31), byte(i)))
		endpoint, err := quiclink.Listen(quiclink.Config{Conn: conn, Key: key})
		if err != nil {
			t.Fatal(err)
		}
		node := &Node{noTCP: true, endpoint: endpoint, notary: newNotary(), name: string('A' + rune(i)), key: key, release: func() {}}
		node.startFinder()
		t.Cleanup(node.Close)
		l, err := OpenLobby(node, richGame[I](), LobbyConfig{LocalSeats: n})
		if i > 0 {
			l, err = JoinLobby(node, richGame[I](), m.lobbies[0].node.Addr().String(), LobbyConfig{LocalSeats: n, Ready: true})
		}
		if err != nil {
			t.Fatal(err)
		}
		m.lobbies = append(m.lobbies, l)
	}
	host, guest := m.lobbies[0], m.lobbies[1]
	pollFor(t, 5*time.Second, func() bool { return len(host.AppendMembers(nil)) == 2 && host.Blocker() == "" }, host.Room, guest.Room)
	if err := host.Start(1, UntilOver); err != nil {
		t.Fatal(err)
	}
	for range 300 {
		m.tick()
	}
	return m
}

// TestRichInputsOverQUIC: QUIC takes every loss for congestion, and lets less be under way.
// What is left goes to what the peer has never seen, so that the richest inputs play at their
// rate nearly all the time.
func TestRichInputsOverQUIC(t *testing.T) {
	for delay, least := range map[time.Duration]float64{60 * time.Millisecond: 58.5, 100 * time.Millisecond: 56.5} {
		synctest.Test(t, func(t *testing.T) {
			m := newRichQUIC[[64]byte](t, natsim.Options{Delay: delay, Loss: 0.01}, 8, 1)
			if fps, datagrams := m.fps(10); fps < least || datagrams > 2.02 {
				t.Errorf("%v away: %.1f frames a second, %.2f datagrams a tick", delay, fps, datagrams)
			}
		})
	}
}
