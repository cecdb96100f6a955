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
	stunOther         = 0x802C // OTHER-ADDRESS (RFC 5780 section 7.4)
	stunOptional      = 0x8000 // attributes from here on may be passed over
	maxSTUNRequest    = 548
	stunAttributeHead = 4
)

// isSTUNRequest reports whether b is a binding request that asks for nothing
// but its own address. One with an attribute that must be understood, such as
// the CHANGE-REQUEST of RFC 5780, gets no answer: to answer from elsewhere than
// was asked would serve only who wants to know what a router lets in.
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

// appendSTUNResponse appends the success response with XOR-MAPPED-ADDRESS and,
// if other is valid, OTHER-ADDRESS (RFC 5780 section 7.4). Whoever asks there
// too learns whether its router gives each destination a port of its own. An
// unspecified other is written as IPv4, 0.0.0.0, to all: it is the shorter one.
// It is left out where that would make the answer more than 1.6 times as long as
// the request, whose sender may be somebody else than it says: nat.STUNRequest is
// long enough.
func appendSTUNResponse(dst, request []byte, from, other netip.AddrPort) []byte {
	start := len(dst)
	dst = binary.BigEndian.AppendUint16(dst, stunSuccess)
	dst = append(dst, 0, 0)
	dst = append(dst, request[4:stunHeader]...)
	mapped := len(dst) + stunAttributeHead
	dst = appendSTUNAddress(dst, stunXORMapped, from)
	dst[mapped+2] ^= request[4]
	dst[mapped+3] ^= request[5]
	for i := range dst[mapped+4:] {
		dst[mapped+4+i] ^= request[4+i] // the cookie, then the transaction id
	}
	if other.IsValid() {
		whole := appendSTUNAddress(dst, stunOther, other)
		if 5*(len(whole)-start) <= 8*len(request) {
			dst = whole
		}
	}
	binary.BigEndian.PutUint16(dst[start+2:], uint16(len(dst)-start-stunHeader))
	return dst
}

// appendSTUNAddress appends an attribute laid out as MAPPED-ADDRESS (RFC 8489
// section 14.1).
func appendSTUNAddress(dst []byte, attribute uint16, addr netip.AddrPort) []byte {
	ip := addr.Addr().Unmap()
	if ip.IsUnspecified() {
		ip = netip.IPv4Unspecified()
	}
	family := byte(1)
	if ip.Is6() {
		family = 2
	}
	dst = binary.BigEndian.AppendUint16(dst, attribute)
	dst = binary.BigEndian.AppendUint16(dst, uint16(4+ip.BitLen()/8))
	dst = append(dst, 0, family)
	dst = binary.BigEndian.AppendUint16(dst, addr.Port())
	return append(dst, ip.AsSlice()...)
}
