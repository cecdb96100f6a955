// Package lan is the list of matches on the local network. It needs no server,
// no default route and no configuration: lobbies and lists find each other by
// UDP broadcast and multicast, over IPv4 and IPv6, on every interface.
//
// A lobby announces itself:
//
//	lobby, err := lan.Announce(lan.AnnounceConfig{
//		Key: private, Game: "lilypad", Info: lan.Info{
//			Port: 7777, Flags: lan.Open, Taken: 1, Seats: 4, Name: "Ana", Title: "Ana's pond"},
//	})
//	lobby.Update(info)                   // somebody came: said at once
//	lobby.Close()                        // off all lists at once
//
// A list is polled, once per frame or when Changed says so:
//
//	list, err := lan.Browse(lan.BrowseConfig{Game: "lilypad"})
//	for _, found := range list.AppendFound(nil) {
//		show(found.Title, found.Name, found.Taken, found.Seats)
//		dial(found.Addrs, found.Key)       // whoever answers must prove to have Key
//	}
//	say(list.Err())                      // why the list may miss something, in a sentence
//
// # On the wire
//
// A lobby sends a beacon every second, signed with its key, to the shared UDP
// port of everybody. A list asks when it is opened (at once, after 50 and after
// 150 ms) and then every 2 seconds; lobbies answer it directly, at most 4 times
// a second and source. Both go out of one socket per address of this computer,
// bound to that address, to the network's broadcast address and to a multicast
// group: access points and switches drop the one or the other. New and vanished
// interfaces are noticed within 2 seconds. Several programs on one computer
// share the port and find each other, also by loopback alone. Point-to-point
// interfaces (tunnels, modems) are left out.
//
// Beside it, and never in its way, lobbies and lists use DNS service discovery
// (RFC 6763) over multicast DNS (RFC 6762): some networks let that through and
// nothing of ours, some routers pass it on from one network of a house to the
// next, and programs that list network services show it. It only says where to
// ask. A lobby is an instance of _visavis._udp, named after its game and key,
// and its SRV record is the port of its door; a list asks at the doors that it
// hears of, one by one, and the signed beacon that comes back makes the entry as
// any other. Lobbies that are heard anyway are not asked. The port 5353 is shared
// with the system's own responder; if it cannot be opened, nothing is lost but
// this. Network.NoDNSSD turns it off.
//
// No library does this, because pion/mdns v2.1.0 knows host names only, and
// brutella/dnssd v1.2.14 failed when tried: one packet of 400 questions stops it
// for 29 s, it leaves five goroutines behind, of which some spin, and it adds
// 0.95 MB to a program where this adds 0.13. By its source it also asks only
// once, and on Windows through one interface.
//
// A Wi-Fi with client isolation, or a firewall, lets none of this through: keep
// joining by address and by code beside it.
//
// # A closed firewall
//
// A lobby's beacons go out through its computer's firewall, and so a list may show
// a lobby whose firewall then keeps every call out. Many firewalls take what comes
// in for an answer, and let it in, if something was sent to where it comes from
// before. So who calls a lobby and has no answer knocks beside that:
//
//	knocker := lan.Knock(lan.KnockConfig{To: called, Port: socket.Port})
//	defer knocker.Close()                // when the call is answered, or over
//
// by what lobbies listen to anyway, and the lobby sends a packet from its own
// socket to each of the few that have knocked:
//
//	for _, at := range lobby.AppendKnocks(nil) { send(at) }
//
// A lobby that is on no list, but can be called by its address, hears as much with
// Listen, which sends nothing.
//
// What that is worth depends on what the firewall lets in unasked:
//
//   - Multicast DNS, as ufw does as it comes, and firewalld in its zones for homes:
//     the knock is heard, as a question of multicast DNS to which there is no answer,
//     and the next call gets through, within a second.
//   - The port of the lists, because somebody has opened it: likewise.
//   - Neither, or all by program and not by port, as Windows and macOS do: nothing is
//     heard. To answer a beacon is of no use, since beacons go to everybody, and what
//     comes from one is no answer to that. Only the player can help, who has to
//     allow the game.
//
// A knock names the address at which the lobby is called, and counts only if it
// comes from the network of that address. So it does not matter whether the caller
// knows the lobby's key. Between two networks of a house, and from an IPv6 address
// that is not link-local, there are no knocks.
//
// # Strangers
//
// Whoever is on the network can send anything. A beacon is taken only if it is
// signed by the key that it shows and comes from a network that this computer
// is on. The list holds 64 lobbies, 4 of one source address and 8 addresses of
// one lobby; a source is worth 20 signature checks a second and all that are
// not on the list together 200. The rest is dropped and counted: see Stats.
// Names of DNS service discovery are not believed at all: 64 doors are asked, 4
// at one address, with at most 3 solicits in all to an address where nobody
// answers (BrowseConfig.Restraint); neighbours and private addresses only, so that nobody can be made to
// send to the internet. What remains possible:
//
//   - A recorded beacon can be sent again. A list that knows a newer one refuses
//     it, also for a minute after the lobby is gone. A list that was opened later
//     shows the old lobby until 5 seconds after the last one recorded: each is
//     good once and in order. Nobody can join through it, for want of the key.
//   - A beacon that was just heard can be sent on from another address, which
//     then stands among the lobby's addresses: try the next one when whoever
//     answers does not prove to have the key.
//   - A forged source address uses up what that source may list or send.
//   - A knock is not signed, as callers are not known. One with a forged address makes
//     a lobby send a packet there, at a neighbour's: hence a nat.Restraint beside
//     AppendKnocks. 32 knocks are heard at once, and then one in a second.
//   - Names and titles are anybody's. They are valid UTF-8 and bounded, no more.
//
// The key is shown to the whole network. Who does not want to be recognised from
// one evening to the next announces with a key of the day.
package lan
