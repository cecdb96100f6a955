// Package pathfinder finds and keeps paths to other players on the one real
// UDP socket of a game: by a short code, by an invite, or between players who
// know each other's offers.
//
// It drives the state machines of nat and nat/rendezvous and puts what they
// find behind the virtual addresses of nat/pathconn:
//
//	finder := pathfinder.New(pathfinder.Config{Paths: endpoint.Paths(), Key: key,
//		STUN: []string{"stun.example.org:3478"}, Rendezvous: "meet.example.org:3478"})
//	defer finder.Close()
//
//	hosting := finder.Host(code, 3)        // the host: guests are punched to in the background
//	attempt := finder.Join(code)           // a guest
//	attempt, err := finder.Connect(offer, secret, false)
//
//	inviting, err := finder.Invite(3, 0)   // the host, without a server: show(inviting.Text())
//	attempt, err := finder.Answer(inv)     // a guest: show(attempt.Reply())
//	err := inviting.Accept(reply)          // the host again
//
//	for each frame of the menu:
//		show(attempt.Status())
//		if virtual, ok := attempt.Virtual(); ok { dial(virtual, attempt.PeerKey()) }
//		if err := attempt.Err(); err != nil { ... }
//
// # One goroutine
//
// All machines belong to one goroutine; methods hand it what is to be done and
// read what it has published, so none of them waits for the network. Packets
// reach it through a queue of 512; when that is full the newest is dropped, as
// by a socket.
//
// # Paths of a pair
//
// Two players are a pair. It may have several paths and uses one. Whichever is
// proven first is used first, be it a relay; one of a lower rank takes over when
// it has answered three times in a row, a nearer one at once. The ranks are
// direct, through another player, through the rendezvous server, through a TURN
// server; of several other players the nearest passes packets on. QUIC sees one
// virtual address all the time. Each side changes its own direction; an address
// is taken for the peer's as soon as an authenticated check has come from it, so
// neither side meets a packet of the other that it cannot place.
//
// The other player is for the owner of the Finder to ask, who has connections with
// all of them:
//
//	if finder.WantsDetour(key) { ... }    // ask those who reach both of us
//	finder.AddDetour(pathfinder.Detour{To: key, Via: other, Header: granted})
//
// and with Config.Forwarder set, a Finder's socket passes packets on for others
// (package nat/relay).
//
// # Strangers
//
// Addresses in offers are a player's word about himself, or the host's about
// others. What goes there, be it a check, a question or a packet by way of our TURN
// server, is within Config.Restraint: three packets to an IP address that has not
// answered, and forty more that die on the way unless it is near. The rendezvous server's word on where it sees a player lifts that (see
// package nat). Virtual has no address before a check was answered; Hoped only one
// that the server's word is for. A Restraint remembers only so many addresses; so who
// names some may name sixteen new ones at once and one in 15 seconds, by the address
// that he is connected from, and all whose address is not known, such as the members
// that a host names, together 512 and one in a second. The others are not tried.
//
// # Connections
//
// Whoever has a connection, however the two have met, has its paths kept:
//
//	finder.Adopt(pathfinder.Link{Virtual: virtual, Peer: key, Secret: exported, Received: count})
//	finder.Tell(virtual, offer)           // that the peer has sent over the connection
//	finder.Release(exported)              // it is over
//
// A code, an invite or a host's word is known to others too. So from Adopt on all
// checks go by a secret that the connection's two ends alone have; what an older
// search still finds is only a place to ask by it. Questions are numbered, and one
// that is played again says nothing: it is answered by a way that is proven, where its
// copy may have been faster, and otherwise dropped. What looks like QUIC counts as
// heard only as far as packets have decrypted since. Of several connections with one
// peer by one virtual address the newest is looked after.
//
// An answer names the mark of the newest packet of QUIC that has come the same way
// (pathconn.Conn.Latest), so each side knows by which paths its own packets of QUIC
// pass. One by which they pass is left only for another by which they do: the latter
// is given a packet that QUIC has sent already. One by which questions pass and four
// packets of QUIC in a row do not, four times within a second, is not used for a
// minute: the next takes over, or a relay, for which both then ask, over TCP if it is
// no better over UDP.
//
// While QUIC sends packets of more than 1,000 bytes, or none of its packets pass,
// questions of 1,200 bytes are asked as well, whose answers are as long, at most one
// in a second while they have one. Four of them without an answer, while shorter ones
// have theirs, and the path is narrow: long packets go in parts by it until one has
// an answer again (pathconn.Conn.Part). So a path that a tunnel makes narrow in the
// middle of a match is used all the same, within two seconds, and a player whom QUIC
// does not reach reads whether it is for that or for a firewall.
//
// # Invites
//
// An invite needs no server. The guest knocks: it sends its reply straight to
// the host's addresses, three times. A host who can be reached unasked takes
// that as if its player had entered it. Otherwise the player does so, minutes
// later perhaps, while the guest keeps its way in open and the host its mapping
// at the STUN servers; see nat.PunchConfig.Patience. In a pair that has met so,
// the two know each other by names until the connection shows their keys.
//
// # TURN
//
// With Config.TURN an address at a TURN server is asked for at once, and kept.
// Pairs begin to use it when a relay is wanted, 100 ms later if there is a
// rendezvous server. Then questions go from it to the peer's addresses, and from
// our own socket to the peer's address at such a server, if it has one; one server
// of one of the two is enough unless both have Only set. The server lets in only
// addresses that the peer has named or proven. A question that comes by way of
// the sender's server says so, and the path counts as one of the last rank. Of
// several such paths both sides use the same: one takes the nearest, the other
// follows. With Only the offer has that address and no other, and nothing goes to
// the peer from our own socket.
//
// # Upkeep
//
// The path in use is asked once a second, the others every five seconds, with
// authenticated packets of 34 bytes; an answer has 42. After 300 ms in which a busy path is silent
// it is asked at once and more often, and so are the others; after 500 ms without
// an answer the first other path that answers takes over. After 700 ms without any,
// the pair gathers, punches and asks for the relay again.
//
// # Moves
//
// Every 2 s, and every 250 ms while a path that was asked is silent, the Finder
// looks whether the computer has other addresses than before, and whether the
// clock on the wall has run ahead, as it does in sleep. If so it gathers again at
// once, tells the rendezvous server, asks by all paths, and searches anew unless
// the one in use answers within 150 ms. The game stands still for half a second.
//
// # IPv6 only
//
// A computer with addresses of IPv6 alone asks its resolver whether the network
// translates to IPv4 (package nat64), three times at most. If so, all goes on as
// if there were IPv4: pathconn translates below. Nothing waits for the answer for
// longer than for those of STUN servers.
//
// # What a server sees
//
// STUN and TURN servers see our address. The rendezvous server sees it too, and a
// name derived from the code. A server that relays sees the sizes and times of
// encrypted packets, a TURN server also whom they go to. The package speaks to no
// server that Config does not name.
package pathfinder
