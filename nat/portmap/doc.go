// Package portmap asks the router of this network to open a UDP port, by PCP
// (RFC 6887), NAT-PMP (RFC 6886) and UPnP (Internet Gateway Device 1 and 2), so
// that peers reach it without punching.
//
// It works beside the game and delays nothing. Nobody waits for it: its owner
// looks now and then, or when Changed says so, and offers what it finds as one
// more address.
//
//	m := portmap.Start(portmap.Config{Port: 40001, Description: "Lilypad"})
//	for {
//		select {
//		case <-m.Changed():
//			if public, ok := m.Mapped(); ok {
//				gather.AddMapped(public)          // an address that peers may reach
//			}
//			report(m.Status())                    // "the router opened port 40001 (NAT-PMP)"
//		case <-networkChanged:
//			m.Refresh()
//		case <-quit:
//			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
//			m.Close(ctx)                          // closes the port again
//			cancel()
//			return
//		}
//	}
//
// The port belongs to the process: take one that the system chose. Two players
// behind one router who both want the same fixed port fight over it.
//
// # Order
//
// All three are asked at once, on every gateway of this computer (3 at most).
// Looking for a router changes nothing on it. Where several answer, PCP opens
// the port rather than NAT-PMP and NAT-PMP rather than UPnP, each waiting at most
// 250 ms for the better one: two protocols of one router write into the same
// table. A packet without an answer is repeated after 250 ms and given up 1 s
// later, and a whole attempt after 10 seconds. After a failure the next attempt
// comes 30 seconds later, then ever less often, at last every 10 minutes.
//
// # How long
//
// The router is asked for 20 minutes and again at half of what it grants, so
// that a port is open again soon after the router restarted and closes soon
// after a crash. A router that knows UPnP leases without an end only (errors 725
// and 402) gets such a one. Close closes the port in every case.
//
// # A router behind a router
//
// The outer address that the router tells may itself be private: the home has
// two routers, or the provider shares its addresses among customers. The port is
// then open towards the outer network alone, and Mapped does not report it.
// Mapping does: two players behind the same provider can use it.
//
// # Strangers
//
// Whoever is on the local network can answer in the router's place, and what it
// says is an address to try, no more: peers are known by their keys. A UPnP reply
// is taken only from the local network, and only if its description is on the
// very host that sent it; nothing is ever fetched from another one, neither by
// redirection nor through a proxy. Packets, documents, numbers of replies and
// times are bounded.
//
// IPv6 needs no mapping, and its firewalls are punched: they are not asked.
package portmap
