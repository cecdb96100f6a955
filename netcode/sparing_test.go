package netcode

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/natsim"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// victim is a computer that has nothing to do with the game, and counts what comes
// to whichever of its ports.
type victim struct {
	addr               netip.Addr
	sim                *natsim.Sim
	packets, quic, all int // all: bytes
}

func newVictim(sim *natsim.Sim) *victim {
	host := sim.PublicHost()
	v := &victim{addr: host.Addr(), sim: sim}
	host.OnStray = func(_, _ netip.AddrPort, b []byte) {
		v.packets++
		v.all += len(b)
		if b[0]&0xc0 != 0 {
			v.quic++
		}
	}
	return v
}

// spared fails unless at least one and at most three packets have come, none of
// them QUIC's.
func (v *victim) spared(t *testing.T) {
	t.Helper()
	v.sim.Do(func() {
		if v.packets == 0 || v.packets > 3 || v.quic > 0 {
			t.Errorf("a stranger got %d packets, %d of QUIC, %d bytes", v.packets, v.quic, v.all)
		}
	})
}

// list makes the host's roster one of fourteen players who are not there, each at
// eight ports of the victim, others each time. Every second one says in an offer
// how it is reached.
func (v *victim) list(r *Room, round int) {
	for machine := range uint8(wire.MaxMachines) {
		if m := r.members[machine]; machine == 0 || m != nil && r.mesh.To(machine) != nil {
			continue
		}
		ghost := &member{RosterMember: wire.RosterMember{Machine: machine, Key: link.Key{0, machine, byte(round)}, Players: players("ghost")}}
		o := nat.Offer{Descriptor: nat.Descriptor{Mapping: nat.Mapping(machine % 6), Delta: 1, Port: 4000}}
		for k := range wire.MaxAddrs {
			at := netip.AddrPortFrom(v.addr, uint16(1024+(round*128+int(machine)*8+k)%60000))
			ghost.Addrs = append(ghost.Addrs, at.String())
			o.Candidates = append(o.Candidates, nat.Candidate{Kind: nat.Kind(k % 3), Addr: at})
		}
		if machine%2 == 0 {
			o.Candidates = nil // the host's own word alone
		}
		ghost.Offer = nat.AppendOffer(append([]byte{1}, ghost.Key[:]...), o)
		r.members[machine] = ghost
	}
	r.rosterChanged()
}

// TestRostersOfStrangers: one host after another lists players who are not there,
// at another computer's ports, each second others. The guest whom they all have sends
// that computer three packets in a minute and a half, and none of them is QUIC's.
func TestRostersOfStrangers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := natsim.New(5)
		home := sim.Home("portrestricted", natsim.Options{Delay: 15 * time.Millisecond})
		stun := []string{sim.STUNServer().String(), sim.STUNServer().String()}
		v := newVictim(sim)
		computers := []*natsim.Host{sim.PublicHost(), sim.PublicHost(), sim.PublicHost()}
		sim.Start()
		defer sim.Stop()
		guest := simNode(t, home.Hosts[0], 200, NodeConfig{STUN: stun})
		defer guest.Close()
		round := 0
		for i, computer := range computers {
			host := simNode(t, computer, byte(i), NodeConfig{})
			defer host.Close()
			lobby, err := OpenLobby(host, ledgerGame(), LobbyConfig{})
			if err != nil {
				t.Fatal(err)
			}
			joined, err := JoinLobby(guest, ledgerGame(), computer.AddrPort(7777).String(), LobbyConfig{})
			if err != nil {
				t.Fatal(err)
			}
			pollFor(t, 5*time.Second, func() bool { return joined.State() == Gathering }, lobby.Room, joined.Room)
			for range 30 {
				v.list(lobby.Room, round)
				round++
				for range 100 {
					lobby.Poll()
					joined.Poll()
					time.Sleep(10 * time.Millisecond)
				}
			}
			if joined.State() != Gathering || len(joined.AppendMembers(nil)) < 10 {
				t.Fatalf("state %d, %v, %v", joined.State(), joined.Err(), joined.AppendMembers(nil))
			}
			joined.Leave()
		}
		v.spared(t)
	})
}

// TestGuestOfStrangers: a guest names another computer's address as its own, and
// the others look for it there.
func TestGuestOfStrangers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := natsim.New(6)
		stun := []string{sim.STUNServer().String(), sim.STUNServer().String()}
		v := newVictim(sim)
		computer := sim.PublicHost()
		var homes []*natsim.Home
		for range 3 {
			homes = append(homes, sim.Home("portrestricted", natsim.Options{Delay: 15 * time.Millisecond}))
		}
		sim.Start()
		defer sim.Stop()
		host := simNode(t, computer, 0, NodeConfig{})
		defer host.Close()
		lobby, err := OpenLobby(host, ledgerGame(), LobbyConfig{})
		if err != nil {
			t.Fatal(err)
		}
		rooms := []*Room{lobby.Room}
		for k, home := range homes {
			node := simNode(t, home.Hosts[0], byte(k+1), NodeConfig{STUN: stun})
			defer node.Close()
			if k == 0 {
				node.finder.SetMapped(netip.AddrPortFrom(v.addr, 4000))
			}
			time.Sleep(time.Second)
			joined, err := JoinLobby(node, ledgerGame(), fmt.Sprintf("%v", computer.AddrPort(7777)), LobbyConfig{})
			if err != nil {
				t.Fatal(err)
			}
			rooms = append(rooms, joined.Room)
		}
		pollFor(t, 10*time.Second, func() bool { return lobby.linkedAll(3) }, rooms...)
		end := time.Now().Add(40 * time.Second)
		pollFor(t, time.Minute, func() bool { return time.Now().After(end) }, rooms...)
		sim.Do(func() {
			if v.packets == 0 || v.packets > 2*3 || v.quic > 0 { // of two others
				t.Errorf("a stranger got %d packets, %d of QUIC", v.packets, v.quic)
			}
		})
	})
}

// linkedAll reports whether so many guests have all reached each other.
func (r *Room) linkedAll(guests int) bool {
	want := uint16(1)<<(guests+1) - 1
	for machine := 1; machine <= guests; machine++ {
		if m := r.members[machine]; m == nil || m.Linked&want != want {
			return false
		}
	}
	return true
}
