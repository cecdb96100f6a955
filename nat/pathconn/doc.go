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
// # Errors
//
// One failed send ends a connection of quic-go for good. Here a send that fails
// (no route just now, a full buffer, a firewall) is a lost packet: counted,
// remembered for SendError, and not reported. The same holds for reading:
// somebody else's ICMP message is no reason to stop listening. Only a closed
// socket is an error, and EIO on a segmented send, by which the kernel says that it
// cannot segment and quic-go should stop asking.
//
// # Other protocols
//
// A packet whose first byte has both top bits clear is not QUIC (RFC 9443
// section 3): it goes to the function given to Handle and never reaches QUIC.
package pathconn
