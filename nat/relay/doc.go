// Package relay lets a player pass packets on between two others who have no
// direct way to each other, on the socket that it plays on itself.
//
// Whoever holds connections to both decides that they may; this package knows
// them by their virtual addresses (package pathconn) only:
//
//	f := relay.New(relay.Config{Paths: paths})
//	channel, err := f.Open(ana, ben)                  // both have asked for it
//	...                                               // tell each its header
//	for each packet that is not QUIC's:
//		if f.Take(now, b, by) { continue }  // passed on, or dropped
//	f.Close(channel)
//
// Ana then sends to Ben by pathconn.Route{Via: us, Header: channel.Headers[0]},
// and Ben to Ana by the other header.
//
// # What is passed on
//
// A packet is 8 bytes of header, 0x25 and seven that only one of the two knows,
// and what follows is not looked at: QUIC's, encrypted and authenticated from
// end to end. So the relay sees whose packets they are, their sizes and times.
// The header stands outside of QUIC, since QUIC's first packets of 1,200 bytes do
// not fit into a datagram of QUIC.
//
// One packet in is at most one out, of the same size: the header is exchanged
// for the receiver's. It must come straight from the one whom the header was
// given, and goes straight to the other, each wherever that player's own
// packets go just now; what came by a relay, or would have to take another, is
// dropped. So there are no chains and no loops.
//
// # Bounds
//
// A channel passes 64 kB on in a second each way, which is twelve times what a
// match needs, in bursts of 16 KiB; all channels of a player together 512 kB.
// What is above is dropped and counted. There are at most 32 channels.
package relay
