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
//   - Names and titles are anybody's. They are valid UTF-8 and bounded, no more.
//
// The key is shown to the whole network. Who does not want to be recognised from
// one evening to the next announces with a key of the day.
package lan
