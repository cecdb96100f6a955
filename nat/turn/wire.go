package turn

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/nat/stun"
)

// Types of messages (RFC 8656 section 17). An answer has the type of its request
// and success or failure.
const (
	allocateRequest   stun.Type = 0x0003
	refreshRequest    stun.Type = 0x0004
	permissionRequest stun.Type = 0x0008
	channelRequest    stun.Type = 0x0009
	sendIndication    stun.Type = 0x0016
	dataIndication    stun.Type = 0x0017

	success stun.Type = 0x0100
	failure stun.Type = 0x0110
)

// Attributes (RFC 8656 section 18, RFC 8489 section 14).
const (
	attrChannel   stun.Attr = 0x000C
	attrLifetime  stun.Attr = 0x000D
	attrPeer      stun.Attr = 0x0012
	attrData      stun.Attr = 0x0013
	attrRealm     stun.Attr = 0x0014
	attrNonce     stun.Attr = 0x0015
	attrRelayed   stun.Attr = 0x0016
	attrTransport stun.Attr = 0x0019
)

const (
	stunHeader    = 20
	channelHeader = 4
	firstChannel  = 0x4000 // of 0x4000 to 0x4FFF (RFC 8656 section 12)
	protocolUDP   = 17

	// maxPacket is the longest packet that is taken from a server or carried for
	// us, its own header included: more than any network carries in one piece.
	maxPacket = 2048
)

// isChannel reports by its first bits whether a packet is channel data.
func isChannel(b []byte) bool { return len(b) >= channelHeader && b[0]&0xc0 == 0x40 }

// readChannel reads channel data (RFC 8656 section 12.4), which may be padded.
func readChannel(b []byte) (number uint16, data []byte, ok bool) {
	size := int(binary.BigEndian.Uint16(b[2:]))
	if size > len(b)-channelHeader {
		return 0, nil, false
	}
	return binary.BigEndian.Uint16(b), b[channelHeader:][:size], true
}

// channelData frames a packet for a channel. In a stream it is padded (RFC 8656
// section 12.5).
func channelData(number uint16, data []byte, stream bool) []byte {
	b := make([]byte, 0, channelHeader+len(data)+3)
	b = binary.BigEndian.AppendUint16(b, number)
	b = binary.BigEndian.AppendUint16(b, uint16(len(data)))
	b = append(b, data...)
	if stream {
		b = append(b, make([]byte, -len(data)&3)...)
	}
	return b
}

// readData reads a Data indication (RFC 8656 section 11.3).
func readData(m stun.Message) (data []byte, from netip.AddrPort, ok bool) {
	from, peer := m.XORAddress(attrPeer)
	data, ok = m.Get(attrData)
	return data, from, ok && peer
}

// indication is a packet for a peer that has no channel.
func indication(id stun.TxID, data []byte, to netip.AddrPort) []byte {
	return stun.Add(stun.AddXORAddress(stun.New(sendIndication, id), attrPeer, to), attrData, data)
}

// readLifetime reads for how long an address is ours; 0 if nothing is said of it.
func readLifetime(m stun.Message) time.Duration {
	value, _ := m.Get(attrLifetime)
	if len(value) != 4 {
		return 0
	}
	return time.Duration(binary.BigEndian.Uint32(value)) * time.Second
}

// encode writes a request without who we are.
func (r *request) encode(id stun.TxID) []byte {
	b := stun.New(r.kind, id)
	switch r.kind {
	case allocateRequest:
		b = stun.Add(b, attrTransport, []byte{protocolUDP, 0, 0, 0})
	case refreshRequest:
		if r.release {
			b = stun.Add(b, attrLifetime, make([]byte, 4))
		}
	case permissionRequest:
		b = stun.AddXORAddress(b, attrPeer, netip.AddrPortFrom(r.peer.addr, 0)) // the port means nothing
	case channelRequest:
		b = stun.Add(b, attrChannel, binary.BigEndian.AppendUint32(nil, uint32(r.way.number)<<16))
		b = stun.AddXORAddress(b, attrPeer, r.way.addr)
	}
	return b
}
