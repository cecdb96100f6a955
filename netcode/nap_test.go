package netcode

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// TestGuestNapsWhileItJoins: a guest's game loads its pictures, and does not poll for
// seconds, at any moment from JoinLobby on. It is in the lobby as soon as it polls
// again, however it was invited, and the host reads of no wrong secret.
func TestGuestNapsWhileItJoins(t *testing.T) {
	for _, way := range []string{"address", "fingerprint", "name", "secret", "code", "invite"} {
		for _, awake := range []int{-1, 0, 2, 4, 8, 14} { // polls before the nap: from JoinLobby, or from the first call
			for _, nap := range []time.Duration{4 * time.Second, 8 * time.Second} {
				t.Run(fmt.Sprint(way, awake, nap), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { joinWithNap(t, way, awake, nap) })
				})
			}
		}
	}
}

func joinWithNap(t *testing.T, way string, awake int, nap time.Duration) {
	sim := natsim.New(3)
	at := sim.PublicHost()
	home := sim.Home("portrestricted", natsim.Options{Delay: 15 * time.Millisecond})
	sim.Start()
	defer sim.Stop()
	config := NodeConfig{}
	if way == "code" {
		config.Rendezvous = meetingPlace(t, sim)
	}
	hosting, calling := simNode(t, at, 2, config), simNode(t, home.Hosts[0], 1, config)
	defer hosting.Close()
	defer calling.Close()
	calling.resolver = func(context.Context, string, string) ([]netip.Addr, error) { return []netip.Addr{at.Addr()}, nil }
	secret := map[bool]string{true: "frogs"}[way == "secret"]
	host, err := OpenLobby(hosting, ledgerGame(), LobbyConfig{Code: way == "code", Invite: way == "invite", Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	address := at.AddrPort(7777).String()
	switch way {
	case "fingerprint", "secret":
		address += "#" + hosting.Fingerprint()
	case "name":
		address = "frogs.example:7777#" + hosting.Fingerprint()
	case "code", "invite":
		pollFor(t, 5*time.Second, func() (ready bool) {
			if address, ready = host.Code(); way == "invite" {
				address, ready = host.Invite()
			}
			return ready
		}, host.Room)
	}
	guest, err := JoinLobby(calling, ledgerGame(), address, LobbyConfig{Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	if awake >= 0 {
		pollFor(t, 2*time.Second, func() bool { return len(guest.mesh.Conns()) > 0 }, host.Room, guest.Room)
	}
	for range awake {
		time.Sleep(5 * time.Millisecond)
		host.Poll()
		guest.Poll()
	}
	for began := time.Now(); time.Since(began) < nap; time.Sleep(5 * time.Millisecond) {
		host.Poll()
	}
	for began := time.Now(); guest.State() == Connecting && time.Since(began) < 2*time.Second; time.Sleep(5 * time.Millisecond) {
		host.Poll()
		guest.Poll()
		if words := guest.Progress(); strings.Contains(words, "no answer yet") {
			t.Fatalf("the player reads %q", words)
		}
	}
	if guest.State() != Gathering {
		t.Errorf("%v, %q", guest.Err(), guest.Progress())
	}
	if lines := host.AppendLines(nil); len(lines) != 1 || !strings.HasSuffix(lines[0].Text, " is here") {
		t.Errorf("the host reads %v", lines)
	}
}

// TestEndlessNaps: a host gives up every call. A guest whose loop has stood still once
// calls once more, and one whose loop does so all the time not without end.
func TestEndlessNaps(t *testing.T) {
	for _, row := range []struct {
		naps  int
		calls int // at most
		want  string
	}{
		{0, 1, "the host's game has ended the call: try again (no greeting came in time)"},
		{1, 2, "the host's game has ended the call: try again (no greeting came in time)"},
		{1000, 20, "the host's game waited for this one, which stood still for 2.0 seconds while it joined: try again"},
	} {
		tb := &table{t: t, network: NewMemoryNetwork(1)}
		s := tb.newStranger("impatient")
		address := s.endpoint.Addr().String() + "#" + s.endpoint.Key().Fingerprint()
		guest, err := JoinLobby(tb.network.NewNode("guest"), ledgerGame(), address, LobbyConfig{})
		if err != nil {
			t.Fatal(err)
		}
		polls := 0
		for ; polls < 3600 && guest.State() == Connecting; polls++ {
			steps := 1
			if polls < row.naps {
				steps = 120
			}
			for range steps {
				tb.network.Advance(testTick)
				s.poll()
				for _, l := range s.links {
					l.Close(link.CodeProtocol, "no greeting came in time")
				}
			}
			guest.Poll()
		}
		if guest.Err() == nil || guest.Err().Error() != row.want {
			t.Errorf("%d naps: %v after %d polls, want %q", row.naps, guest.Err(), polls, row.want)
		}
		if len(s.links) > row.calls {
			t.Errorf("%d naps: %d calls", row.naps, len(s.links))
		}
	}
}
