// Package rendezvous brings two players together who share a short code: a
// small server that passes sealed offers on, and the client that speaks to it.
// The server answers STUN as well, and relays for those who have no better way.
//
// It knows nothing worth stealing: the code never reaches it, only a name
// derived from it (invite.Keys.Lookup), and the offers are sealed with a key
// that it has not got. A server that lies can keep players apart; it cannot
// read or change what they tell each other, nor take one's place.
//
// # The client
//
// Host and guest are the same state machine, without socket, clock or
// goroutine. Its owner sends what it wants sent, on whatever socket, and gives
// it what comes from the server:
//
//	c, err := rendezvous.NewHost(rendezvous.Config{Server: server, Keys: code.Keys(), Offer: offer, Rand: rand.Reader}, now)
//	c, err := rendezvous.NewGuest(...)
//
//	for each packet:      c.Packet(now, from, b)   // false: not the server's
//	when c.Next() is due: c.Advance(now)
//	after either:
//		for _, s := range c.AppendSends(nil) { socket.Send(s.To.Addr, s.Data) }
//		for _, e := range c.AppendEvents(nil) {
//			switch e.Kind {
//			case rendezvous.Met:       // e.Offer: where e.Peer is; punch, opener rule by e.LearntFirst
//			case rendezvous.Refused:   // e.Text: the invite is used up or has expired
//			case rendezvous.RelayOpen: // packets behind e.Channel reach e.Peer by the server
//			case rendezvous.Problem:   // e.Text tells the player; the client keeps trying
//			}
//		}
//
// now is the time since any fixed moment. Packets start with a byte below
// 0x40, so they share a socket with QUIC and STUN (RFC 9443 section 3). Where
// UDP is blocked the same packets travel in a Stream, over TCP.
//
// # Who learns first
//
// The guest's offer goes to the host, and the host's answer back: so the host
// always knows the guest's addresses first, by at least the way to the server,
// and its openers have passed its own router when the guest sends its first
// packet. Event.LearntFirst says so to both.
//
// Offers are sealed with XChaCha20-Poly1305. What is sealed names its sender's
// role, the lobby, the host's session and the guest, so one that is replayed,
// passed on to another or sent back does not open; versions only go up.
//
// With each offer the server says at which IP address it sees its sender, who has
// echoed a cookie from there: nobody can name a stranger's address as his own and
// have it searched. Config.Hidden keeps that back.
//
// # The relay
//
// A relay joins two who name the same lobby and guest, if both ask for it. It
// passes opaque packets (QUIC's, which are encrypted and authenticated end to
// end) behind 8 bytes of header, so a whole QUIC packet fits; see
// AppendRelayed. It is capped, and drops what is above the cap.
//
// # The second port
//
// STUN answers name a second port, or address, that answers STUN too (OTHER-ADDRESS,
// RFC 5780 section 7.4): a client that asks both sees whether its router gives
// every destination a port of its own. An unspecified address in it is the one
// that was asked. It is a hint that nobody has signed: ask it a few times at
// most, and only at the server's own address or a public one.
//
// # The server
//
// Server is a state machine too; Serve drives it on sockets. All memory is
// bounded (ServerConfig), in places for lobbies, guests and relays. When all are
// taken, whoever has fewest gets one of whoever has most (slots), so that many
// can be had only as long as nobody else wants them.
//
// A source is answered with more than it sent only after it has echoed a cookie,
// so forged sources draw no flood on a victim; what is answered before, shorter
// than what came but for STUN, whose answers are 24 to 48 bytes longer than the
// shortest request, is limited to a few in a second for each source.
//
// Nothing is on disk: after a restart the clients register again within seconds.
// What it cannot know before that it does not say: who asks for a host then is
// told that the server is young, and who asks for a relay that the other side has
// not come yet, which does not close a relay that was open.
package rendezvous
