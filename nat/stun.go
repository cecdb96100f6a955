package nat

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"

	"github.com/pion/stun/v2"
)

// This file is the only one that knows pion/stun: build a request, read an
// answer, build a check, build its answer, read either. Version 2.0.0 of that
// library panics on an XOR-MAPPED-ADDRESS of no bytes, so whatever comes from
// the network passes through guard first.

// TxID is a STUN transaction id: it tells which request an answer belongs to.
type TxID [12]byte

var (
	errSTUN  = errors.New("nat: not a STUN message that we use")
	errProof = errors.New("nat: a check that does not prove knowledge of the secret")
)

const (
	stunHeader   = 20
	stunCookie   = 0x2112A442
	maxSTUN      = 548 // as much as a STUN server should send unasked (RFC 8489 section 6.1)
	typeRequest  = 0x0001
	typeResponse = 0x0101

	attrUsername  = 0x0006
	attrIntegrity = 0x0008
	attrXORMapped = 0x0020

	integritySize = 20 // of an HMAC-SHA1
)

// IsSTUN says whether a packet may be a STUN binding request or response, by
// its first bytes. Such a packet never begins like one of QUIC.
func IsSTUN(b []byte) bool {
	if len(b) < stunHeader || len(b) > maxSTUN {
		return false
	}
	kind := binary.BigEndian.Uint16(b)
	return (kind == typeRequest || kind == typeResponse) && binary.BigEndian.Uint32(b[4:]) == stunCookie
}

// txID is the transaction id of what IsSTUN accepts.
func txID(b []byte) TxID { return TxID(b[8:stunHeader]) }

// guard checks every length before anything is parsed: the header's, each
// attribute's and those of the attributes that we read. It returns the offset
// of MESSAGE-INTEGRITY, 0 if there is none.
func guard(b []byte) (integrity int, err error) {
	if !IsSTUN(b) || int(binary.BigEndian.Uint16(b[2:])) != len(b)-stunHeader || len(b)%4 != 0 {
		return 0, errSTUN
	}
	for at := stunHeader; at < len(b); {
		// len(b) and at are multiples of 4, so four bytes are there.
		kind, size := binary.BigEndian.Uint16(b[at:]), int(binary.BigEndian.Uint16(b[at+2:]))
		end := at + 4 + (size+3)&^3
		if end > len(b) {
			return 0, errSTUN
		}
		switch {
		case kind == attrXORMapped && !(size == 8 && b[at+5] == 1) && !(size == 20 && b[at+5] == 2),
			kind == attrIntegrity && (size != integritySize || integrity != 0):
			return 0, errSTUN
		}
		if kind == attrIntegrity {
			integrity = at
		}
		at = end
	}
	return integrity, nil
}

// decode parses what guard has passed. The recover stands for mistakes of the
// library that nobody knows yet: a packet must not end the game.
func decode(b []byte) (m *stun.Message, err error) {
	defer func() {
		if recover() != nil {
			m, err = nil, errSTUN
		}
	}()
	m = &stun.Message{Raw: append([]byte(nil), b...)}
	if err := m.Decode(); err != nil {
		return nil, errSTUN
	}
	return m, nil
}

// mappedAddress reads XOR-MAPPED-ADDRESS of a guarded message.
func mappedAddress(m *stun.Message) (netip.AddrPort, error) {
	var a stun.XORMappedAddress
	if err := a.GetFrom(m); err != nil {
		return netip.AddrPort{}, errSTUN
	}
	ip, ok := netip.AddrFromSlice(a.IP)
	if !ok {
		return netip.AddrPort{}, errSTUN
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(a.Port)), nil
}

// STUNRequest builds a binding request for a STUN server (RFC 8489).
func STUNRequest(id TxID) []byte {
	m := newMessage(stun.BindingRequest, id)
	return m.Raw
}

// ParseSTUNResponse reads a server's answer: which request it belongs to and
// the address that the server saw. The answer is not authenticated; it counts
// only for an id that was asked and from the server that was asked.
func ParseSTUNResponse(b []byte) (TxID, netip.AddrPort, error) {
	if _, err := guard(b); err != nil || binary.BigEndian.Uint16(b) != typeResponse {
		return TxID{}, netip.AddrPort{}, errSTUN
	}
	m, err := decode(b)
	if err != nil {
		return TxID{}, netip.AddrPort{}, err
	}
	addr, err := mappedAddress(m)
	return txID(b), addr, err
}

// buildCheck builds an authenticated binding request between players.
func buildCheck(key []byte, user string, id TxID) []byte {
	m := newMessage(stun.BindingRequest, id)
	m.Add(stun.AttrUsername, []byte(user))
	seal(m, key)
	return m.Raw
}

// buildReply builds the authenticated answer to a check.
func buildReply(key []byte, user string, id TxID, seen netip.AddrPort) []byte {
	m := newMessage(stun.BindingSuccess, id)
	m.Add(stun.AttrUsername, []byte(user))
	a := stun.XORMappedAddress{IP: net.IP(seen.Addr().AsSlice()), Port: int(seen.Port())}
	if a.AddTo(m) != nil {
		return nil // no address: nothing that came from the network has none
	}
	seal(m, key)
	return m.Raw
}

// check is a check or its answer, read and proven.
type check struct {
	id     TxID
	answer bool
	seen   netip.AddrPort // of an answer: our address as the peer saw it
}

// parseCheck reads a check or its answer. Only messages addressed to user and
// sealed with key pass; nothing may follow the seal.
func parseCheck(key []byte, user string, b []byte) (check, error) {
	integrity, err := guard(b)
	if err != nil {
		return check{}, err
	}
	if integrity != len(b)-4-integritySize {
		return check{}, errProof
	}
	m, err := decode(b)
	if err != nil {
		return check{}, err
	}
	name, err := m.Get(stun.AttrUsername)
	if err != nil || string(name) != user || stun.MessageIntegrity(key).Check(m) != nil {
		return check{}, errProof
	}
	c := check{id: txID(b), answer: binary.BigEndian.Uint16(b) == typeResponse}
	if c.answer {
		c.seen, err = mappedAddress(m)
	}
	return c, err
}

func newMessage(kind stun.MessageType, id TxID) *stun.Message {
	m := &stun.Message{Raw: make([]byte, 0, 128), Type: kind, TransactionID: id}
	m.WriteHeader()
	return m
}

// seal adds MESSAGE-INTEGRITY. It fails only behind a FINGERPRINT, which we
// never write.
func seal(m *stun.Message, key []byte) { _ = stun.MessageIntegrity(key).AddTo(m) }
