package stun

import (
	"encoding/binary"
	"net/netip"
)

// Families of addresses (RFC 8489 section 14.1).
const (
	family4 = 1
	family6 = 2
)

// Address reads an attribute that holds an address as it is. One of IPv4 in IPv6
// is returned as IPv4.
func (m Message) Address(attr Attr) (netip.AddrPort, bool) { return m.address(attr, [16]byte{}) }

// XORAddress reads an attribute whose address is hidden from routers that rewrite
// what looks like their own (RFC 8489 section 14.2).
func (m Message) XORAddress(attr Attr) (netip.AddrPort, bool) {
	return m.address(attr, [16]byte(m.raw[4:headerSize]))
}

func (m Message) address(attr Attr, mask [16]byte) (netip.AddrPort, bool) {
	value, ok := m.Get(attr)
	if !ok || !(len(value) == 8 && value[1] == family4 || len(value) == 20 && value[1] == family6) {
		return netip.AddrPort{}, false
	}
	port := binary.BigEndian.Uint16(value[2:]) ^ binary.BigEndian.Uint16(mask[:])
	var b [16]byte
	n := copy(b[:], value[4:])
	for i := range n {
		b[i] ^= mask[i]
	}
	ip, _ := netip.AddrFromSlice(b[:n])
	return netip.AddrPortFrom(ip.Unmap(), port), true
}

// AddXORAddress appends a valid address as an attribute, hidden as XORAddress
// reads it.
func AddXORAddress(b []byte, attr Attr, addr netip.AddrPort) []byte {
	mask := b[4:headerSize]
	ip := addr.Addr().Unmap()
	value := make([]byte, 4, 20)
	value[1] = family4
	if ip.Is6() {
		value[1] = family6
	}
	binary.BigEndian.PutUint16(value[2:], addr.Port()^binary.BigEndian.Uint16(mask))
	value = append(value, ip.AsSlice()...)
	for i := range value[4:] {
		value[4+i] ^= mask[i]
	}
	return Add(b, attr, value)
}
