package netcode

import (
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// victim is somebody's socket that has nothing to do with the game, and counts
// what comes.
type victim struct {
	addr    netip.AddrPort
	mu      sync.Mutex
	packets int
	bytes   int
}

func newVictim(t *testing.T) *victim {
	t.Helper()
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	v := &victim{addr: udp.LocalAddr().(*net.UDPAddr).AddrPort()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for b := make([]byte, 2000); ; {
			n, err := udp.Read(b)
			if err != nil {
				return
			}
			v.mu.Lock()
			v.packets++
			v.bytes += n
			v.mu.Unlock()
		}
	}()
	t.Cleanup(func() { udp.Close(); <-done })
	return v
}

func (v *victim) got() (packets, bytes int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.packets, v.bytes
}

// TestRosterOfStrangers: a host lists players who are not there, at addresses of
// strangers. Its guests send each of those three packets at most: to those that
// it lists as addresses packets of QUIC, to those in an offer checks.
func TestRosterOfStrangers(t *testing.T) {
	host, guest := quicNode(t, 1), quicNode(t, 2)
	defer host.Close()
	defer guest.Close()
	lobby, err := OpenLobby(host, quicGame(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	var victims []*victim
	for machine := uint8(5); machine < 9; machine++ {
		ghost := &member{RosterMember: wire.RosterMember{Machine: machine, Key: [32]byte{0, machine}, Name: "ghost", Seats: 1}}
		for range 2 {
			v := newVictim(t)
			victims = append(victims, v)
			// Everybody at this one too, again and again.
			ghost.Addrs = append(ghost.Addrs, v.addr.String(), victims[0].addr.String())
		}
		if machine >= 7 {
			ghost.Addrs = nil
			o := nat.Offer{Descriptor: nat.Descriptor{Mapping: nat.MappingRandom}}
			for _, v := range victims[len(victims)-2:] {
				o.Candidates = append(o.Candidates, nat.Candidate{Kind: nat.KindHost, Addr: v.addr})
			}
			ghost.Offer = nat.AppendOffer(append([]byte{1}, ghost.Key[:]...), o)
		}
		lobby.members[machine] = ghost
	}
	lobby.rosterChanged()
	joined, err := JoinLobby(guest, quicGame(), host.Addr().String(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	stop := time.Now().Add(4500 * time.Millisecond)
	group.Go(func() {
		for time.Now().Before(stop) {
			lobby.Poll()
			host.Wait(5 * time.Millisecond)
		}
	})
	for time.Now().Before(stop) {
		joined.Poll()
		guest.Wait(5 * time.Millisecond)
	}
	group.Wait()
	if joined.State() != Gathering {
		t.Fatalf("state %d, %v", joined.State(), joined.Err())
	}
	for i, v := range victims {
		packets, bytes := v.got()
		t.Logf("stranger %d got %d packets, %d bytes", i, packets, bytes)
		if packets > 3 || packets == 0 {
			t.Error("that is not right")
		}
	}
}

// TestGuestOfStrangers: a guest names strangers' addresses as its own, and the
// others dial those.
func TestGuestOfStrangers(t *testing.T) {
	keys := []byte{1, 2, 3}
	host := quicNode(t, keys[0])
	defer host.Close()
	lobby, err := OpenLobby(host, quicGame(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	// The liar is the one whom the other dials.
	liar, other := quicNode(t, keys[1]), quicNode(t, keys[2])
	defer liar.Close()
	defer other.Close()
	a, b := liar.endpoint.Key(), other.endpoint.Key()
	if string(a[:]) > string(b[:]) {
		liar, other = other, liar
	}
	var victims []*victim
	liar.finder.Close()
	liar.finder, liar.addrs = nil, nil // otherwise its offer counts
	for range wire.MaxAddrs {
		v := newVictim(t)
		victims = append(victims, v)
		liar.addrs = append(liar.addrs, v.addr.String())
	}
	var group sync.WaitGroup
	stop := time.Now().Add(4500 * time.Millisecond)
	group.Go(func() {
		for time.Now().Before(stop) {
			lobby.Poll()
			host.Wait(5 * time.Millisecond)
		}
	})
	for _, node := range []*Node{liar, other} {
		joined, err := JoinLobby(node, quicGame(), host.Addr().String(), LobbyConfig{})
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			for time.Now().Before(stop) {
				joined.Poll()
				node.Wait(5 * time.Millisecond)
			}
			if joined.State() != Gathering {
				t.Errorf("state %d, %v", joined.State(), joined.Err())
			}
		})
	}
	group.Wait()
	reached := 0
	for i, v := range victims {
		packets, bytes := v.got()
		if packets > 3 {
			t.Errorf("stranger %d got %d packets, %d bytes", i, packets, bytes)
		}
		reached += packets
	}
	t.Logf("%d packets to %d strangers", reached, len(victims))
	if reached == 0 {
		t.Error("nobody has dialled what the liar said")
	}
}
