// Package netlab is an internet of network namespaces: homes whose routers are
// the kernel's own, wires that take time, and programs that run in them. It is
// what package natsim is in memory, with the same kinds of home, and tells
// whether that simulation is right about Linux. Tests call it; it needs Linux,
// root, ip (iproute2) and nft (nftables), and skips a test with the reason
// where it cannot work.
//
//	func TestMain(m *testing.M) {
//		netlab.Main(m, map[string]func(){"player": player}) // the programs that run in the lab
//	}
//
//	func TestMeeting(t *testing.T) {
//		lab := netlab.New(t)
//		server, addrs := lab.Server(1)
//		ana := lab.Home("portrestricted", netlab.Options{Delay: 15 * time.Millisecond, Hops: 3})
//		ben := lab.Home("symmetric", netlab.Options{Delay: 15 * time.Millisecond, Hops: 3})
//		server.Enter(func() { conn, err = net.ListenUDP("udp4", ...) })   // a socket there, used here
//		host := ana.Hosts[0].Start("player", "-host")                     // a process there
//		host.Hear(&line, 10*time.Second)
//		ana.Flush()                                                       // the router has restarted
//	}
//
// # How it is built
//
// A Place is a namespace. None has a name, so nothing is left of a lab when its
// process ends, however it ends, and the computer's own network is never
// touched. The Internet between the places is one goroutine: the far side of
// each router is a TUN device, whose packets it keeps for as long as the wires
// of both ends take, and drops when their TTL is too low for the routers that
// the sender's wire stands for. So no queueing discipline of the kernel is
// needed, and packets are late by what the scheduler makes of it, some tenths of
// a millisecond.
//
// # The routers
//
// They are rules of nftables, made from natsim.Behavior. Two things are worth
// knowing. Linux gives a socket inside the same public port for all remotes as
// long as one of its flows lives, if ports are drawn from a range without a
// random flag: so masquerading is endpoint-independent, while filtering, which
// follows flows, depends on address and port. Routers that let more in learn
// the ports that they have given in a map, and translate what comes there.
package netlab
