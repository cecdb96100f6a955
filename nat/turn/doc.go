// Package turn keeps an address at a TURN server (RFC 8656), by which players
// reach each other who cannot do so otherwise: both behind routers that give
// every destination another port, or in a network that lets no UDP out.
//
//	server, err := turn.Parse("turn:ana:secret@turn.example.org:3478?transport=udp")
//	relay := turn.Open(turn.Config{Servers: []turn.Server{server}, Changed: wake})
//	number, err := paths.AddSocket(relay)      // pathconn closes it in the end
//
//	for each change:
//		state := relay.State()             // the address to tell others, or what is wrong
//	relay.Permit([]netip.Addr{theirs})         // nobody else gets in
//	paths.SetRoute(virtual, pathconn.Route{Socket: number, Addr: theirs})
//
// # The relay as a socket
//
// A Relay reads and writes like a UDP socket whose address is at the server. It
// is the same one when the server has died and come back: it allocates again, and
// only State tells another address. The server is reached over UDP, TCP or TLS;
// of several servers the first that answers is used, each later one being asked
// a second after the one before it, and of the addresses of a server's name likewise,
// at most eight of them half a second apart. There is one allocation at a time.
//
// Nothing waits for the network but reads. What is written waits in a queue of 64
// packets for each address whose permission is not there yet, and of 256 in all
// before a slow stream; when full the newest is dropped, as by a socket. What comes
// waits in a queue of 256, likewise.
//
// # The protocol
//
// A client is one allocation as a state machine (RFC 8656 sections 7 to 12, 19;
// messages by package stun), without network and clock: it is told what has come
// and what the time is. Requests are signed with the long-term credentials of RFC
// 8489 section 9.2, by MD5 and HMAC-SHA1, and no success is believed that is not
// signed likewise. Over UDP they are sent again after 0.25 s, 0.75, 1.75 and so on,
// and given up after eight seconds. A packet goes in a Send indication until one
// has come from the same address, and then by a channel, which saves 32 bytes; at
// most 64 addresses have one. TCP frames its packets by their own lengths (RFC 8656
// section 12.5, RFC 8489 section 6.2.2).
//
// # Upkeep
//
// The allocation is refreshed every 20 seconds, so that our router keeps its
// mapping and a dead server is noticed, at once if Check is called. A permission is
// renewed every two minutes and lasts five; a channel every four and lasts ten.
// What a server refuses is asked again after half a minute. An allocation is over
// when the server says so, when a stream ends, when nobody listens at its port, or
// when it has been silent for eight seconds after a question. Then the next attempt
// begins at once, if it has lasted a minute, and otherwise after 1, 2, 4, up to 60
// seconds. Close gives the address back, and waits up to 0.3 s for the answer.
//
// # Strangers
//
// The server lets in only packets from permitted addresses, by IP without the
// port; what comes from others all the same is dropped. The server itself may be
// hostile: it sees when and how much is sent between whom, and no contents, as QUIC
// runs through it. Whatever it sends, it is asked no more than a few times for
// anything, and nothing grows: an answer counts once and for a question of ours, a
// nonce is changed at most three times for one, an address that lasts less than ten
// seconds is not taken, and a message whose lengths are not right has not come.
package turn
