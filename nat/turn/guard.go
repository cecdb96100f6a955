package turn

import (
	"encoding/binary"
	"time"
)

const (
	stunHeader    = 20
	channelHeader = 4
	stunCookie    = 0x2112A442

	// maxPacket is the longest packet that is taken from a server or given to it,
	// its own header included: more than any network carries in one piece.
	maxPacket = 2048

	// minLifetime of an allocation: pion asks again after half of it, without a
	// pause if it is 0.
	minLifetime = 10 * time.Second
)

// Types of messages (RFC 8656 section 17, RFC 8489 section 5).
const (
	bindingSuccess          = 0x0101
	bindingError            = 0x0111
	allocateSuccess         = 0x0103
	allocateError           = 0x0113
	refreshSuccess          = 0x0104
	refreshError            = 0x0114
	createPermissionSuccess = 0x0108
	createPermissionError   = 0x0118
	channelBindSuccess      = 0x0109
	channelBindError        = 0x0119
	dataIndication          = 0x0017
)

// Attributes whose lengths count.
const (
	attrErrorCode   = 0x0009
	attrLifetime    = 0x000D
	attrXORPeer     = 0x0012
	attrXORRelayed  = 0x0016
	attrXORMapped   = 0x0020
	attrXORMapped32 = 0x8020 // as an early draft had it
)

// admissible reports whether a packet of the server may be given to pion/turn:
// pion/stun v3.0.1 reads past the end of an address of no bytes, and a lifetime of
// 0 makes pion/turn refresh without a pause.
func admissible(b []byte) bool {
	switch {
	case len(b) < channelHeader || len(b) > maxPacket:
		return false
	case b[0]&0xc0 == 0x40: // channel data (RFC 8656 section 12.4)
		return int(binary.BigEndian.Uint16(b[2:])) <= len(b)-channelHeader
	case len(b) < stunHeader || len(b)%4 != 0 || binary.BigEndian.Uint32(b[4:]) != stunCookie ||
		int(binary.BigEndian.Uint16(b[2:])) != len(b)-stunHeader:
		return false
	}
	kind := binary.BigEndian.Uint16(b)
	switch kind {
	case bindingSuccess, bindingError, allocateSuccess, allocateError, refreshSuccess, refreshError,
		createPermissionSuccess, createPermissionError, channelBindSuccess, channelBindError, dataIndication:
	default:
		return false
	}
	seen := map[uint16]bool{}
	for at := stunHeader; at < len(b); {
		// len(b) and at are multiples of 4, so four bytes are there.
		attr, size := binary.BigEndian.Uint16(b[at:]), int(binary.BigEndian.Uint16(b[at+2:]))
		value := b[at+4:]
		if at += 4 + (size+3)&^3; at > len(b) || !sized(attr, value[:size]) {
			return false
		}
		seen[attr] = true
	}
	switch kind {
	case allocateSuccess:
		return seen[attrXORRelayed] && seen[attrLifetime]
	case dataIndication:
		return seen[attrXORPeer]
	}
	return true
}

// sized reports whether the value of an attribute is as long as what it says.
func sized(attr uint16, value []byte) bool {
	switch attr {
	case attrXORPeer, attrXORRelayed, attrXORMapped, attrXORMapped32:
		return len(value) == 8 && value[1] == 1 || len(value) == 20 && value[1] == 2
	case attrErrorCode:
		return len(value) >= 4
	case attrLifetime:
		return len(value) == 4 && time.Duration(binary.BigEndian.Uint32(value))*time.Second >= minLifetime
	}
	return true
}
