// Package memlink is link.Endpoint and link.Link in memory, under virtual
// time: for tests, for the scoreboard and for several peers in one window.
// Everything follows from the seed and from the order of the calls.
//
//	network := memlink.NewNetwork(seed, 2)
//	network.SetConditions(memlink.Conditions{Delay: 50 * time.Millisecond, LossPer10k: 500})
//	a, b := network.NewEndpoint(keyA), network.NewEndpoint(keyB)
//	l := a.Dial(b.Addr(), nil)
//	for {
//		network.Advance(time.Millisecond) // time passes, what is due arrives
//		... each peer's own loop: Accept, Receive, SendDatagram
//	}
//
// Nothing here starts a goroutine or reads a clock. A Network and all that
// hangs on it belong to one goroutine.
//
// # Datagrams
//
// Every directed pair of endpoints is a Path with its own generator: splitmix64
// seeded with hash2(seed, 1000 + from*size + to), where from and to are the
// numbers of the endpoints in the order they were made. Each datagram draws a,
// then b. It is lost if the path is dark when it is sent or if a%10000 is below
// LossPer10k; else it arrives after Delay + b%(2*Jitter+1) - Jitter, counted in
// microseconds, and so may overtake another. Copies (DuplicatePer10k) and
// messages draw from generators of their own, so they never change what happens
// to the datagrams.
//
// # Messages
//
// Messages arrive whole and in order: each takes the path's delay and jitter,
// never overtakes an earlier one, and for every loss that is drawn comes one
// retransmission timeout later (the round trip with both jitters, plus 25 ms).
// While the path is dark they wait, and are tried again once per timeout
// without backing off: in a match, datagrams that are acknowledged again make
// QUIC notice the light at once. There is no bandwidth: a big message takes as
// long as a small one. A message stands in the send queue until it is in the
// other side's queue. A close travels behind the messages: the other side is
// Closed once it has read them all.
//
// # Feeds
//
// Blocks of a feed take the path's delay, without jitter and loss, and its
// FeedBytesPerSecond; in the dark they wait like messages. What is on the path and what
// the other side has not read is link.UnreadFeedBytes together at most; what is read
// makes room at once. Datagrams and messages are as if there were no feed.
//
// # Connections
//
// The handshake is QUIC's with certificates on both sides (RFC 9001 section
// 4.1): the dialler's hello takes half a round trip, the answer another half;
// then the dialler is Open, and what it had queued leaves with its last
// handshake packet. When that arrives, at one and a half round trips, the
// listener sees the link, already Open, with the first messages in it. Handshake
// packets are repeated like messages. There is no idle timer: a link to an
// endpoint that vanished stays Open, and its owner must notice the silence.
package memlink
