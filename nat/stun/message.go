package stun

import (
	"encoding/binary"
	"errors"
)

// Type is the method and the class of a message (RFC 8489 section 5).
type Type uint16

// Messages of the one method that STUN itself has.
const (
	BindingRequest Type = 0x0001
	// BindingIndication asks for nothing: a packet to keep a way open with.
	BindingIndication Type = 0x0011
	BindingSuccess    Type = 0x0101
	BindingError      Type = 0x0111
)

// TxID is a transaction id: it tells which request an answer belongs to.
type TxID [12]byte

// Attr is the type of an attribute (RFC 8489 section 14).
type Attr uint16

// Attributes that this package knows how to read or write.
const (
	AttrMappedAddress    Attr = 0x0001
	AttrUsername         Attr = 0x0006
	AttrIntegrity        Attr = 0x0008
	AttrErrorCode        Attr = 0x0009
	AttrXORMappedAddress Attr = 0x0020
	// AttrXORMappedDraft is XOR-MAPPED-ADDRESS as old servers number it.
	AttrXORMappedDraft Attr = 0x8020
	AttrSoftware       Attr = 0x8022
	AttrFingerprint    Attr = 0x8028
	// AttrOtherAddress is a second address of the server (RFC 5780 section 7.4).
	AttrOtherAddress Attr = 0x802C
)

const (
	headerSize = 20
	cookie     = 0x2112A442

	integritySize = 20 // of an HMAC-SHA1
)

// ErrMalformed is returned for what is no message.
var ErrMalformed = errors.New("stun: not a STUN message")

// Is reports by the header alone whether a packet may be a message. Such a packet
// never begins like one of QUIC.
func Is(b []byte) bool {
	return len(b) >= headerSize && b[0]&0xc0 == 0 && binary.BigEndian.Uint32(b[4:]) == cookie
}

// TypeOf and IDOf read the header of what Is accepts.
func TypeOf(b []byte) Type { return Type(binary.BigEndian.Uint16(b)) }

// IDOf reads the transaction id of what Is accepts.
func IDOf(b []byte) TxID { return TxID(b[8:headerSize]) }

// Message is a message whose lengths are all right. It aliases the packet that it
// was read from.
type Message struct {
	raw []byte
	// proven is where MESSAGE-INTEGRITY begins, or the end of the packet. What
	// stands behind it is not covered by it, and not read (RFC 8489 section 14.5).
	proven int
}

// Parse checks the length of the message and of each attribute. It takes what is
// behind an integrity of the right size as part of the message: see Sealed.
func Parse(b []byte) (Message, error) {
	m := Message{raw: b, proven: len(b)}
	if !Is(b) || int(binary.BigEndian.Uint16(b[2:])) != len(b)-headerSize || len(b)%4 != 0 {
		return Message{}, ErrMalformed
	}
	for at := headerSize; at < len(b); {
		// len(b) and at are multiples of 4, so four bytes are there.
		kind, size := Attr(binary.BigEndian.Uint16(b[at:])), int(binary.BigEndian.Uint16(b[at+2:]))
		end := at + 4 + (size+3)&^3
		switch {
		case end > len(b), kind == AttrIntegrity && size != integritySize:
			return Message{}, ErrMalformed
		case kind == AttrIntegrity && m.proven == len(b):
			m.proven = at
		}
		at = end
	}
	return m, nil
}

// Type returns the type.
func (m Message) Type() Type { return TypeOf(m.raw) }

// ID returns the transaction id.
func (m Message) ID() TxID { return IDOf(m.raw) }

// Get returns the value of the first attribute of a type, without its padding.
func (m Message) Get(attr Attr) (value []byte, ok bool) {
	for at := headerSize; at < m.proven; {
		size := int(binary.BigEndian.Uint16(m.raw[at+2:]))
		if Attr(binary.BigEndian.Uint16(m.raw[at:])) == attr {
			return m.raw[at+4 : at+4+size : at+4+size], true
		}
		at += 4 + (size+3)&^3
	}
	return nil, false
}

// ErrorCode returns the number of an ERROR-CODE, 300 to 699.
func (m Message) ErrorCode() (code int, ok bool) {
	value, ok := m.Get(AttrErrorCode)
	if !ok || len(value) < 4 {
		return 0, false
	}
	class, number := int(value[2]&7), int(value[3])
	return 100*class + number, class >= 3 && class <= 6 && number < 100
}

// New begins a message without attributes.
func New(kind Type, id TxID) []byte {
	b := make([]byte, headerSize, 128)
	binary.BigEndian.PutUint16(b, uint16(kind))
	binary.BigEndian.PutUint32(b[4:], cookie)
	copy(b[8:], id[:])
	return b
}

// Add appends an attribute of at most 65,000 bytes to a message under
// construction and returns it, as append does.
func Add(b []byte, attr Attr, value []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(attr))
	b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	b = append(b, make([]byte, -len(value)&3)...)
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)-headerSize))
	return b
}
