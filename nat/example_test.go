package nat_test

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/natsim"
)

// home is a player behind a router: a socket, and the two machines that look for a way.
// A real one has a real socket and clock in their place.
type home struct {
	sim    *natsim.Sim
	socket *natsim.Socket
	gather *nat.Gather
	punch  *nat.Punch
	path   netip.AddrPort // to the other, once it is found
}

// newHome binds a socket and asks servers for its public address.
func newHome(sim *natsim.Sim, kind string, servers []netip.AddrPort) *home {
	host := sim.Home(kind, natsim.Options{Delay: 15 * time.Millisecond}).Hosts[0]
	h := &home{sim: sim, socket: host.Listen(0)}
	h.socket.OnPacket = func(from netip.AddrPort, b []byte) {
		if !h.gather.Packet(sim.Now(), from, b) && h.punch != nil {
			h.punch.Packet(sim.Now(), 0, from, b)
		}
		h.flush()
	}
	own := nat.HostCandidates([]nat.Interface{{Name: "eth0", Addrs: host.Addrs()}}, h.socket.Addr().Port())
	h.gather = nat.NewGather(nat.GatherConfig{Servers: servers, Hosts: own, Seed: 1}, sim.Now())
	h.flush()
	return h
}

// flush carries out what the machines want.
func (h *home) flush() {
	sends := h.gather.AppendSends(nil)
	if h.punch != nil {
		for _, e := range h.punch.AppendEvents(nil) {
			if e.Kind == nat.EventPath {
				h.path = e.Path.Remote
			}
		}
		sends = h.punch.AppendSends(sends)
	}
	for _, s := range sends {
		h.socket.Send(s.To, s.TTL, s.Data)
	}
}

// meet begins to look for the other, whose offer a friend or a server has brought.
func (h *home) meet(us, them byte, offer nat.Offer, first bool) error {
	punch, err := nat.NewPunch(nat.PunchConfig{
		Secret: []byte("what both know"), LocalKey: [32]byte{us}, RemoteKey: [32]byte{them},
		Local: h.gather.Offer(), LearntFirst: first, Seed: uint64(us),
	}, h.sim.Now())
	if err != nil {
		return err
	}
	h.punch = punch
	h.punch.Learn(h.sim.Now(), offer)
	h.flush()
	return nil
}

// Two players behind home routers of the common kind reach each other directly. All of
// it is simulated: routers, servers and time.
func ExamplePunch() {
	sim := natsim.New(1)
	servers := []netip.AddrPort{sim.STUNServer(), sim.STUNServer(), sim.STUNServer()}
	ana, ben := newHome(sim, "portrestricted", servers), newHome(sim, "portrestricted", servers)
	run := func(d time.Duration) {
		for end := sim.Now() + d; sim.Now() < end; {
			sim.Run(sim.Now() + 5*time.Millisecond)
			for _, h := range []*home{ana, ben} {
				h.gather.Advance(sim.Now())
				if h.punch != nil {
					h.punch.Advance(sim.Now())
				}
				h.flush()
			}
		}
	}
	run(time.Second)
	toBen, toAna := ana.gather.Offer(), ben.gather.Offer()
	if err := ana.meet(1, 2, toAna, true); err != nil {
		fmt.Println(err)
	}
	if err := ben.meet(2, 1, toBen, false); err != nil {
		fmt.Println(err)
	}
	run(time.Second)
	for _, h := range []*home{ana, ben} {
		fmt.Println(h.path.IsValid(), h.path != h.socket.Addr())
	}
	// Output:
	// true true
	// true true
}
