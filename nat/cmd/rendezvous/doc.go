// Command rendezvous is the small server by which two players who share a
// short code find each other: it answers STUN, passes their sealed addresses
// on, and relays, at a capped rate, for those who have no direct way.
//
//	go run github.com/visavis-netcode/visavis/nat/cmd/rendezvous@latest -listen :3478
//
// starts one; it needs UDP and TCP port 3478 and UDP port 3479 open in the
// firewall, and no disk, no database, no account. When it listens it prints one
// line of JSON:
//
//	{"event":"listening","addr":"[::]:3478","second":"[::]:3479"}
//
// Port 0 takes any free one, and the line says which. Ctrl-C and SIGTERM end
// it. A restart at any time is harmless: hosts and guests come again within
// seconds, matches that are under way directly notice nothing.
//
// # Flags
//
//	-listen ADDR          UDP and TCP address, ":3478" by default
//	-second ADDR          UDP address that answers STUN besides: "next" port by default, or "none"
//	-relay=false          meet only
//	-relay-rate N         bytes in a second each way of a session, 64000
//	-relay-total N        bytes in a second of all sessions, 8000000
//	-max-relays N         sessions at a time, 256
//	-max-lobbies N        lobbies at a time, 10000
//	-max-guests N         guests of a lobby at a time, 16
//	-max-offer-bytes N    memory for sealed offers, 1122 for each guest, 33554432
//	-max-per-source N     lobbies, guests and relay ends of one IPv4 address or IPv6 /64, 256
//	-hall PREFIX=N        so many instead from a network that you know; may be given several times
//	-max-streams N        TCP connections at a time, 1024
//	-v                    prints counts as a line of JSON each minute
//
// # The second port
//
// Whether a router gives every destination another port (symmetric) shows only
// when two destinations are asked. So the server answers STUN on a second port,
// and its answers on the first name it as OTHER-ADDRESS (RFC 5780 section 7.4):
// as 0.0.0.0 and the port, which stands for the address that was asked, or as an
// address of its own, if -second has one (-listen 192.0.2.1:3478 -second
// 192.0.2.2:3478), which is better still: some routers look at addresses only.
// Without it, or where it is firewalled, players who know no other STUN server
// take their router for a friendly one, and are relayed where they need not be.
//
// # Who gets a place
//
// Lobbies, guests, relays and TCP connections have so many places each. When all
// are taken, one is taken back for who has fewer: from whoever holds most, an
// IPv4 address or a prefix of IPv6 (/48, within it a /56, within that a /64), and
// first one where only one side is there. So whoever holds one keeps it, and a
// few addresses or one prefix of any size cannot keep others out; as many
// addresses as there are places can. Then the players read that the server is
// full, and a line says so here:
//
//	{"event":"relays-full","places":256,"text":"..."}
//
// # A hall behind one address
//
// A school, a festival or a provider that shares addresses is one source. The
// default -max-per-source is enough for 64 matches of two that are all relayed,
// or 128 that are not. Beyond that the players read that too many use the server
// from their network's address, and a line, once in ten minutes, says which:
//
//	{"event":"source-limit","source":"192.0.2.7","places":256,"text":"..."}
//
// -hall 192.0.2.7=1000 allows that network 1000 places, with as many requests
// and TCP connections in proportion; when places are taken back it counts as
// 1000/256 sources. A match of two takes 2 places, 4 if it is relayed.
//
// # What it can see and do
//
// It sees the addresses of those who ask, names of lobbies that only the code
// leads to, and when; of relayed matches how much and when. It sees no code, no
// offer, no input, no chat. It can refuse service; it cannot read, change or
// impersonate: see package rendezvous. It logs no address but those that have
// all the places that they may.
//
// With the defaults it takes a few megabytes, 200 at the very worst (all offers
// of the greatest length, all TCP connections too slow), and sends at most
// 8 MB/s for relays. Forged sources get no more bytes than they send, STUN aside (56 bytes
// for 20, ten times a second for each source).
//
// # As a service
//
// rendezvous.service is a unit for systemd that runs it as a user made for
// the occasion (DynamicUser), without capabilities, files or devices:
//
//	go build -o /usr/local/bin/rendezvous ./nat/cmd/rendezvous
//	cp nat/cmd/rendezvous/rendezvous.service /etc/systemd/system/
//	systemctl daemon-reload
//	systemctl enable --now rendezvous
package main
