// Package quiclink is package link over QUIC: it owns every goroutine that
// touches the socket, so that the match can poll.
//
//	paths, err := pathconn.Open(netip.AddrPort{})
//	endpoint, err := quiclink.Listen(quiclink.Config{Paths: paths, Key: own})
//	defer endpoint.Close()
//	l := endpoint.Dial(addr, &theirs)
//	l.Send(hello)              // goes with the first flight
//	l.SendDatagram(inputs)     // latest wins
//	for l.State() != link.Closed {
//		l.Receive(handle)
//		endpoint.Wait(time.Second / 60)
//	}
//
// # On the wire
//
// One connection (RFC 9000) per link, TLS 1.3 with a self-signed Ed25519
// certificate on either side whose key is the player's identity, ALPN
// "visavis/1". No resumption, no 0-RTT: what they carry can be replayed.
// Packets are never larger than 1,200 bytes of UDP payload.
//
// Datagrams of a link are QUIC datagrams (RFC 9221), one each. The reliable
// messages are the only bidirectional stream, opened by the dialler: first a
// byte 'v' each way, then frames. A frame begins with a varint h in its
// shortest form (unsigned LEB128). An even h is a message of h/2 bytes, an odd
// h the goodbye of h/2 bytes: a varint code and the reason. The goodbye comes
// last; whoever gets it has got every message and closes the connection.
//
// Either side opens two unidirectional streams: first one on which nothing is ever
// sent (see below) or read, then the feed, of blocks: a length of two bytes,
// big-endian, 1 to link.MaxFeedBytes, and as many bytes. Whoever sends anything else
// there, ends it, or opens more streams, ends the connection. Feeds have the lowest urgency, and windows of their own,
// so that a receiver who does not read his feed still reads his messages.
//
// The listener's byte is what opens the link at the dialler: a QUIC handshake
// is over for the dialler before the listener has judged the dialler's key.
// Peer and Binding are known from the handshake on, so that a proof over the
// binding goes one round trip before that.
//
// # Sending without waiting, acknowledging without packets
//
// Conn.SendDatagram of quic-go blocks when its queue of 32 is full, so it is
// called on a goroutine of its own, from a mailbox of one, or two: what goes after
// the latest goes stale with it. After each comes a
// write of one byte to a unidirectional stream with a limit of zero bytes. It
// sends nothing, but while it waits quic-go believes to have stream data for
// the next packet, and to such a packet it adds an acknowledgment if it owes
// any; to a packet of datagrams alone it does not, and sends acknowledgments as
// packets of their own, one for every two datagrams. And the write returns when
// the packet has been made, so that no stale datagrams queue up below the
// mailbox when the path is blocked. What acknowledgements are left alone, at
// gaps, ride with the next packet one layer down: see package pathconn.
//
// # Strangers
//
// Whoever dials is a stranger until the owner says that he is Known. There is room
// for source.MaxStrangers of them, from one network for fewer; for whoever comes
// when it is full the oldest of the largest source goes, at whatever step he is,
// with CodeBusy (package source says how). quic-go hands connections out as soon as
// their first flight is whole, which is what makes that possible. From eight
// strangers on addresses must prove themselves first.
//
// # Goroutines
//
// Per endpoint one that accepts; per link one that waits for the end of the
// connection, a reader and a writer each of the stream and the feed, and a sender and
// a receiver of datagrams; besides those of quic-go. None outlives Endpoint.Close.
package quiclink
