package pathconn

import (
	"net"
	"net/netip"

	"github.com/visavis-netcode/visavis/nat/nat64"
)

// SetNAT64 says that this network has IPv6 only and reaches IPv4 behind a prefix
// (package nat64); the zero Prefix takes that back. All else goes on with IPv4
// addresses as if there were IPv4: they are translated where packets leave and
// come in, and one behind the prefix that is given to a method means the IPv4
// address.
func (c *Conn) SetNAT64(prefix netip.Prefix) {
	if prefix.IsValid() {
		c.nat64.Store(&prefix)
	} else {
		c.nat64.Store(nil)
	}
}

// NAT64 returns what SetNAT64 was given.
func (c *Conn) NAT64() netip.Prefix {
	if prefix := c.nat64.Load(); prefix != nil {
		return *prefix
	}
	return netip.Prefix{}
}

// Canonical is the address that all else knows for one on the wire.
func (c *Conn) Canonical(a netip.AddrPort) netip.AddrPort {
	a = unmap(a)
	if prefix := c.nat64.Load(); prefix != nil {
		if four, ok := nat64.Unmap(*prefix, a.Addr()); ok {
			return netip.AddrPortFrom(four, a.Port())
		}
	}
	return a
}

// Wire is where packets for an address are sent. What cannot be translated stays
// as it is: there is no way to it, which is what the system will say.
func (c *Conn) Wire(a netip.AddrPort) netip.AddrPort {
	a = unmap(a)
	if prefix := c.nat64.Load(); prefix != nil {
		if six, ok := nat64.Map(*prefix, a.Addr()); ok {
			return netip.AddrPortFrom(six, a.Port())
		}
	}
	return a
}

// onWire is Wire as sockets want it.
func (c *Conn) onWire(a *net.UDPAddr) *net.UDPAddr {
	if c.nat64.Load() == nil {
		return a
	}
	return net.UDPAddrFromAddrPort(c.Wire(a.AddrPort()))
}
