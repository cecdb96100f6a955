package rendezvous

import (
	"encoding/binary"
	"net/netip"
)

// STUN's numbers (RFC 8489 sections 5 and 14).
const (
	stunHeader        = 20
	stunCookie        = 0x2112A442
	stunRequest       = 0x0001
	stunSuccess       = 0x0101
	stunXORMapped     = 0x0020
	stunOptional      = 0x8000 // attributes from here on may be passed over
	maxSTUNRequest    = 548
	stunAttributeHead = 4
)

// isSTUNRequest reports whether b is a binding request that asks for nothing
// but its own address. One with an attribute that must be understood, such as
// the CHANGE-REQUEST of RFC 5780, gets no answer: a server with one address
// cannot do what it asks.
func isSTUNRequest(b []byte) bool {
	if len(b) < stunHeader || len(b) > maxSTUNRequest || binary.BigEndian.Uint16(b) != stunRequest ||
		int(binary.BigEndian.Uint16(b[2:])) != len(b)-stunHeader || binary.BigEndian.Uint32(b[4:]) != stunCookie {
		return false
	}
	for rest := b[stunHeader:]; len(rest) > 0; {
		if len(rest) < stunAttributeHead || binary.BigEndian.Uint16(rest) < stunOptional {
			return false
		}
		padded := (int(binary.BigEndian.Uint16(rest[2:])) + 3) &^ 3
		if padded > len(rest)-stunAttributeHead {
			return false
		}
		rest = rest[stunAttributeHead+padded:]
	}
	return true
}

// appendSTUNResponse appends the success response with XOR-MAPPED-ADDRESS.
func appendSTUNResponse(dst, request []byte, from netip.AddrPort) []byte {
	ip := from.Addr().Unmap().AsSlice()
	family := byte(1)
	if len(ip) == 16 {
		family = 2
	}
	for i := range ip {
		ip[i] ^= request[4+i] // the cookie, then the transaction id
	}
	dst = binary.BigEndian.AppendUint16(dst, stunSuccess)
	dst = binary.BigEndian.AppendUint16(dst, uint16(stunAttributeHead+4+len(ip)))
	dst = append(dst, request[4:stunHeader]...)
	dst = binary.BigEndian.AppendUint16(dst, stunXORMapped)
	dst = binary.BigEndian.AppendUint16(dst, uint16(4+len(ip)))
	dst = append(dst, 0, family)
	dst = binary.BigEndian.AppendUint16(dst, from.Port()^stunCookie>>16)
	return append(dst, ip...)
}
