// Package nat finds a way from one player's computer to another's: through
// home routers, carrier NATs and firewalls, without a server in the middle
// where that is possible. It knows nothing of games.
//
// It has no socket, clock or goroutine: its machines take the time and what
// arrives, and give back what to send and what to know. So every pair of
// routers can be tried in simulation (TABLE.md), and a game keeps its one
// socket to itself.
//
//	// Once, at the start of the program: who are we to the world?
//	gather := nat.NewGather(nat.GatherConfig{Servers: servers, Hosts: nat.HostCandidates(interfaces, port), Seed: seed}, now)
//	...                                   // until gather.Done(): Advance, AppendSends, Packet
//	code := nat.AppendOffer(nil, gather.Offer())
//
//	// For each peer, when its offer has come:
//	punch, err := nat.NewPunch(nat.PunchConfig{Secret: secret, LocalKey: us, RemoteKey: them,
//		Local: gather.Offer(), LearntFirst: weCameFirst, Seed: seed}, now)
//	punch.Learn(now, offer)
//	for {
//		for _, e := range punch.AppendEvents(events[:0]) { ... }   // a path, sockets to open, a relay advised
//		for _, s := range punch.AppendSends(sends[:0]) { ... }     // through s.Socket, with s.TTL
//		// until punch.Next(): for each packet that came
//		//	punch.Packet(now, socket, from, b)
//		punch.Advance(now)
//	}
//
// # Words
//
// A mapping is the public address that a router gives a socket; filtering is
// whom it lets in there (RFC 4787). A mapping is endpoint-independent (EIM, a
// cone) or endpoint-dependent (EDM, symmetric): one port for all, or one for
// each destination. A candidate is an address at which a player may be
// reachable: of its own (host), seen by a STUN server (reflexive), forwarded by
// the router (mapped), or seen by the peer (peer-reflexive). An offer is the
// list of them with a descriptor of the router.
//
// # How a path is found
//
// Both sides send checks to all candidates of the other: small STUN requests
// sealed with the session's secret. A check makes a mapping in the sender's
// router and, if it arrives, is answered and met by a check of the other side.
// An answer proves the path both ways. The side with the larger key then
// connects.
//
// Two refinements make the difference on real routers. A packet that reaches a
// router before the player behind it has sent anything may spoil its mapping on
// some of them, so the side that learns of the other first sends only openers,
// packets whose TTL is too low to get there, until it hears something. And the
// port of a symmetric router is found by guessing: counted on, where ports are
// counted, or by the birthday paradox (see probe.go).
//
// Where a human carries one side's offer to the other, minutes may pass between
// the two: PunchConfig.Patience and Awaited.
//
// # Strangers
//
// Packets that prove nothing are not answered and change nothing. A proven
// check that is repeated is dropped by its transaction id.
//
// A peer who knows the secret may lie about its addresses, and whoever tells us of
// a peer may lie about the peer's. So Restraint, which a program shares among all
// that it sends on others' word, gives an IP address (of IPv6 a network of /64)
// from which nobody has answered three packets in all, to whichever ports, whoever
// has named it and how often; what else is sent there has a TTL so low that it dies
// on the way, is forty packets at most, and none in a network of our own. So three checks must do, and they do: it is the openers that keep the
// way in open. What a proven packet has come from, whose sender may be false, is
// paid one packet for each. One Punch deals with eight such addresses at once,
// sixteen candidates, and 500 packets a second.
//
// More goes where there is proof that the peer is there. It has answered from an
// address: that one is its own for a minute. Or a server that the program itself
// has named sees it there (package rendezvous, Event.Seen): then its three checks go
// to each of its ports, and these may be searched for, with 2,000 small packets at
// most twice in a minute. Without such a word there is no search between two who
// know each other from a third; they are relayed, and meet at the server for that,
// whose word they have then.
//
// What remains: a reply to an invite that the player himself enters may have its
// ports searched for, twice in ten minutes, as no server stands by; PunchConfig's
// NoBirthday takes all searches away. And where no TTL can be set (all systems but
// Linux), a patient Punch sends an IP address one whole check in 15 s, to keep its
// own router's way in open while a human carries the reply.
//
// Its rooms:
//
//	pathconn    one UDP socket for everything that a game sends, with a
//	            constant virtual address for each peer, below QUIC
//	lan         the list of matches on the local network
//	invite      codes that players send each other
//	rendezvous  where two who share a short code meet
//	relay       a player passes packets on between two others
//	stun        the messages that servers and players are asked with
//	turn        an address at a TURN server, for who has no other way
//	portmap     the router is asked to forward a port
//	nat64       IPv4 from a network that has IPv6 only
//	pathfinder  drives all of these on the one socket, and keeps what it finds
//	natsim      an internet in memory, with routers of every kind, for tests
//	netlab      the same of network namespaces, with the kernel as the router
package nat
