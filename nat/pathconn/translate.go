package pathconn

import (
	"net"
	"net/netip"
	"sync/atomic"

	"github.com/visavis-netcode/visavis/nat/nat64"
)

// translator stands between the addresses that all know and those on the wire.
type translator struct {
	nat64 atomic.Pointer[netip.Prefix] // nil where IPv4 is reached as such
}

// SetNAT64 says that this network has IPv6 only and reaches IPv4 behind a prefix
// (package nat64); the zero Prefix takes that back. All else goes on with IPv4
// addresses as if there were IPv4: they are translated where packets leave and
// come in, and one behind the prefix that is given to a method means the IPv4
// address.
func (t *translator) SetNAT64(prefix netip.Prefix) {
	if prefix.IsValid() {
		t.nat64.Store(&prefix)
	} else {
		t.nat64.Store(nil)
	}
}

// NAT64 returns what SetNAT64 was given.
func (t *translator) NAT64() netip.Prefix {
	if prefix := t.nat64.Load(); prefix != nil {
		return *prefix
	}
	return netip.Prefix{}
}

// Canonical is the address that all else knows for one on the wire.
func (t *translator) Canonical(a netip.AddrPort) netip.AddrPort {
	a = unmap(a)
	if prefix := t.nat64.Load(); prefix != nil {
		if four, ok := nat64.Unmap(*prefix, a.Addr()); ok {
			return netip.AddrPortFrom(four, a.Port())
		}
	}
	return a
}

// Wire is where packets for an address are sent. What cannot be translated stays
// as it is: there is no way to it, which is what the system will say.
func (t *translator) Wire(a netip.AddrPort) netip.AddrPort {
	a = unmap(a)
	if prefix := t.nat64.Load(); prefix != nil {
		if six, ok := nat64.Map(*prefix, a.Addr()); ok {
			return netip.AddrPortFrom(six, a.Port())
		}
	}
	return a
}

// onWire is Wire as sockets want it.
func (t *translator) onWire(a *net.UDPAddr) *net.UDPAddr {
	if t.nat64.Load() == nil {
		return a
	}
	return net.UDPAddrFromAddrPort(t.Wire(a.AddrPort()))
}
