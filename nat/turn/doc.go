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
// a second after the one before it. There is one allocation at a time.
//
// Nothing waits for the network but reads. What is written goes into a queue of
// 64 packets for each address permitted; when it is full the newest is dropped, as
// by a socket. What comes waits in a queue of 256, likewise.
//
// # Upkeep
//
// Something is asked of the server every 20 seconds, so that our router keeps its
// mapping and a dead server is noticed, at once if Check is called. A permission is
// renewed every two minutes; it lasts five. What a server refuses is asked again
// after half a minute. An allocation is over when the server says so, when a
// stream ends, when nobody listens at its port, or when it has been silent for
// eight seconds after a question. Then the next attempt begins at once, if it has
// lasted a minute, and otherwise after 1, 2, 4, up to 60 seconds.
//
// # Strangers
//
// The server lets in only packets from permitted addresses, by IP without the
// port; what comes from others all the same is dropped. The server itself may be
// hostile: it sees when and how much is sent between whom, and no contents, as QUIC
// runs through it. What it sends is checked for its lengths before pion/turn, which
// speaks the protocol, gets to see it.
package turn
