// Package natsim is an internet in memory: hosts, home routers that translate
// addresses, carriers that translate them again, firewalls, and the wires
// between them. What a real router does to a hole-punching peer can be tried
// here in microseconds, and the same seed always gives the same run.
//
//	sim := natsim.New(1)
//	server := sim.PublicHost()
//	ana := sim.Home("portrestricted", natsim.Options{Delay: 15 * time.Millisecond})
//
//	socket := ana.Hosts[0].Listen(0)
//	socket.OnPacket = func(from netip.AddrPort, b []byte) { ... }
//	socket.Send(server.AddrPort(3478), 0, []byte("who am I?"))
//	sim.Run(time.Second) // one second of virtual time
//
// The behaviours are those of RFC 4787: mapping and filtering, each
// endpoint-independent, address-dependent or address-and-port-dependent; port
// preservation, ranges and sequential allocation; hairpinning; lifetimes. Two
// things are modelled that punching depends on and simulators commonly leave
// out: the TTL, and the collision in Linux's connection tracking by which a
// packet that a router accepts for itself takes the place of the mapping that a
// host inside needs a moment later (Behavior.AcceptsWAN).
//
// A home may have IPv6 beside IPv4 (Options.IPv6) or alone, with or without a
// translator to IPv4 (the kinds nat64 and ipv6). Hosts then have an address of
// each family, and a socket is open at both.
//
// # Two faces
//
// State machines are driven by stepping: Sim.Next says when something happens,
// Sim.Run lets it happen, Socket.OnPacket is called from within. This face is
// single-threaded and its clock is virtual.
//
// Protocol stacks want a net.PacketConn. Sim.Start lets the clock follow
// time.Now, and Host.ListenPacket gives connections with deadlines. Inside a
// bubble of testing/synctest that clock is virtual too:
//
//	synctest.Test(t, func(t *testing.T) {
//		sim := natsim.New(1)
//		conn, err := sim.Home("fullcone", natsim.Options{}).Hosts[0].ListenPacket(7777)
//		sim.Start()
//		defer sim.Stop()
//		...
//	})
//
// After Start the simulation may be changed only through Sim.Do.
package natsim
