// Package nat64 is how a computer that has IPv6 only reaches IPv4: its network
// has a translator (NAT64, RFC 6146), for which the last bits of some IPv6
// addresses are IPv4 addresses (RFC 6052). Where that is so, the network's
// resolver shows it by the answer to a name that has no IPv6 address (RFC 7050).
//
//	prefix, err := nat64.Discover(ctx, net.DefaultResolver.LookupNetIP)
//	six, ok := nat64.Map(prefix, four)      // 192.0.2.33 is at 64:ff9b::c000:221
//	four, ok = nat64.Unmap(prefix, six)
//
// Mobile carriers build such networks. Names of servers work there by
// themselves; addresses in digits, above all those of other players, do not.
package nat64
