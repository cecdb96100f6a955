// Package pathconn is the socket below QUIC: one UDP socket on which each peer
// has one constant virtual address, whatever real address its packets take.
//
// QUIC pins a connection to the remote address that it was dialled at. A peer's
// real address, though, may change while a game is played: from a relay to a
// direct path, from one port of a NAT to another, from Wi-Fi to cable. So QUIC
// is shown a virtual address, and this package keeps the real one behind it:
//
//	paths, err := pathconn.Open(netip.AddrPortFrom(netip.IPv6Unspecified(), 7777))
//	transport := quic.Transport{Conn: paths.PacketConn()}
//
//	virtual := paths.Virtual(real)        // what to dial
//	paths.Hold(virtual)                   // a connection uses it: do not forget it
//	paths.SetPath(virtual, betterReal)    // QUIC notices nothing
//	paths.Real(virtual)                   // where packets go now
//	paths.Release(virtual)
//
// # Virtual addresses
//
// A peer at an IPv4 address is given an address from 240.0.0.0/5, reserved and
// never routed (RFC 1112 section 4), a peer at an IPv6 address one from a
// unique local prefix drawn once for this project (RFC 4193); the port is
// always 1. The families stay the same so that QUIC builds the right control
// messages. A number is not used again until all others have been.
//
// A packet from an unknown real address is given a virtual address on the fly.
// The table holds 1,024 peers; when it is full the quarter of them that has
// been idle longest is forgotten, except those held. A forgotten peer whose
// packets come again gets a new virtual address, which QUIC takes for a
// migration and checks.
//
// # Routes
//
// The way to a peer is a Route: by the main socket or an extra one (OpenSocket,
// for the search of ports; AddSocket, for whatever sends and hears packets, such
// as an allocation at a TURN server), straight or through a relay, whose header stands
// before each packet, over UDP or over a Carrier such as a TCP connection:
//
//	paths.SetRoute(virtual, pathconn.Route{Addr: relay, Header: channel})
//	paths.Expect(virtual, pathconn.Route{Addr: direct})     // the peer may come by it
//	paths.Double(virtual, pathconn.Route{Addr: direct})     // send by both, in doubt
//	paths.SetRoute(virtual, pathconn.Route{Addr: direct})
//
// The relay may also be another peer, who is named by his virtual address:
//
//	paths.SetRoute(virtual, pathconn.Route{Via: other, Header: channel})
//
// Then packets go where that one's go. Package nat/relay is the other half, which
// passes them on, with Owner and Forward.
//
// What comes by any way in that was expected or set is that peer's. There are 16
// of them for each peer; the oldest is forgotten, never the one in use.
//
// QUIC reads the main socket itself. What comes by an extra socket or a carrier
// waits in a queue of 256 packets, the newest of which is dropped when it is full;
// the reader looks there before each read, and is woken out of one by a read
// deadline in the past, which it takes back. After 32 packets in a row from the
// queue the main socket has its turn. So without other sockets nothing is slower.
// Segments and control messages go with the main socket only; elsewhere packets
// are sent one by one and unmarked.
//
// # Two packets in one payload
//
// While a game's ticks flow (packets of 32 bytes or more, less than 20 ms apart), a
// shorter packet, which is an acknowledgement alone, waits for at most 16 ms and
// goes in the same UDP payload as the next one to that peer, in a frame of our own
// whose first byte is 0x24. It arrives first, so that QUIC sees its packets in
// order; in the other order it answers each with another acknowledgement, and
// most of the gain is gone. With 50±10 ms and 5 % loss this takes the wire of two
// players from 5,495 to 4,933 bytes a second (10 %) and from 81 packets to 63,
// that of four from 16,504 to 14,846, and on a line without loss or jitter 4,566
// to 4,549. Rollbacks, stalls and what comes after a blackout are the same, and
// QUIC's median round trip goes from 97.1 ms to 99.9, of 100 that it is. Where no
// ticks flow nothing waits: a handshake would take 16 ms longer.
//
// # A packet in several payloads
//
// QUIC's handshake needs paths for packets of 1,200 bytes, and some tunnels carry
// less. Where a handshake has no answer when QUIC repeats itself, and towards a peer
// who does the same, packets of more than 508 bytes go in two payloads or three, whose
// first byte is 0x26. So any path will do, in one direction or both, as everybody takes
// 576 bytes; and a firewall that drops what looks like the beginning of QUIC does not
// know this. 96 parts wait for the others; when there are more, the oldest is lost. A
// path that turns narrow later is for its owner to notice (Long, Part): anybody can
// send parts.
//
// # What a route proves
//
// Anybody can send what looks like QUIC from any address, so that something came by
// a route (Heard) proves nothing. Latest is a part of the authentication tag of the
// newest payload; a peer who sends it back, in a message that is authenticated, has
// got what QUIC sent by that route: see Passed. Again gives a route that is not in
// use something to prove itself by.
//
// # Strangers
//
// An address that somebody else has named may be a stranger's: Wary lets packets of
// QUIC go there only as a nat.Restraint allows, three in all, and three bytes for each
// that comes from it, until the connection has shown who is there (Known). Who comes
// by himself may have a false address as well: until then he gets three bytes for each
// of his, counted as UDP payload.
//
// # Errors
//
// One failed send ends a connection of quic-go for good. Here a send that fails
// (no route just now, a full buffer, a firewall) is a lost packet: counted,
// remembered for SendError, and not reported. The same holds for reading:
// somebody else's ICMP message is no reason to stop listening. Only a closed
// socket is an error, and EIO on a segmented send, by which the kernel says that it
// cannot segment and quic-go should stop asking.
//
// # A dead socket
//
// A system may take the socket itself away: in sleep, or with the interface that
// it was bound to. Two sends or eight reads in a row that say so, and the Conn
// opens another one on the same port, or on any if that is taken meanwhile; at
// once if the old one lived for ten seconds, otherwise after 50 ms, which double
// up to 5 s until it succeeds. What QUIC had set on the old one is set on the new
// one too, and packets that cannot be sent meanwhile are lost ones. Routes,
// relays and extra sockets stay as they are. Only a Conn made by Open can do
// this; one made by Over ends with its socket.
//
// # Other protocols
//
// A packet whose first byte has both top bits clear is not QUIC (RFC 9443
// section 3). Those of this module begin with
//
//	0x00, 0x01  STUN, and the checks of package nat
//	0x20        the rendezvous
//	0x21        relayed by the rendezvous
//	0x22        questions of package pathfinder
//	0x23        an invite's knock
//	0x24        two packets in one payload: QUIC's after all
//	0x25        relayed by another player (package nat/relay)
//	0x26        a part of a packet of QUIC
//
// Such a packet goes to the function given to Handle and never reaches QUIC.
// SendTTL sends such packets with a TTL of their own, where the system can.
package pathconn
