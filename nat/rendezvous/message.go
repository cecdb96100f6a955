package rendezvous

import (
	"encoding/binary"
	"errors"
)

// Sizes in bytes.
const (
	MaxPacket = 1500 // longest packet that is passed on, relay header included
	MaxOffer  = 512  // longest offer, before it is sealed

	maxSealed = sealOverhead + MaxOffer
)

// ID names a guest of a lobby, and so the pair that it forms with the host.
type ID [16]byte

// kind says what a message is.
type kind byte

// From a client to the server. Each starts with a cookie and the lobby.
const (
	register kind = 1 + iota // the host is here
	ask                      // a guest is here, with its sealed offer
	answer                   // the host's sealed offer for one guest
	relay                    // wants a relay to the other side of a pair
	leave                    // the host or a guest is gone, or the host sends a guest away

	firstReply
)

// From the server to a client.
const (
	challenge  kind = 16 + iota // prove your source: come again with this cookie
	registered                  // the lobby is kept; flag 1: since now
	wait                        // nothing for the guest yet; session 0: nobody hosts, and the flag says more
	guestOffer                  // a guest's sealed offer, to the host
	hostOffer                   // the host's sealed offer, to a guest
	kept                        // the host's answer is kept
	channel                     // state of a relay
	refused                     // why not; its number and its flag of another version are the same in all versions

	gone // no such channel; its tag is the header of the packet that came
)

// A message is 0x20, version, kind, 0, a tag of 8 bytes by which the client
// knows the server's packets as meant for it, and then the fields of its kind
// in this order, big-endian.
type fields uint16

const (
	fCookie  fields = 1 << iota // 8 bytes
	fLookup                     // 16: the lobby
	fOwner                      // 16: proves to the server that the host is the same
	fGuest                      // 16
	fSession                    // 16: drawn by the host when it starts
	fMark                       // 8: first bytes of the sealed offer that is meant
	fSeen                       // 16: the IP address at which the server sees the sealed offer's sender; zero if that hides
	fFlag                       // 1
	fChannel                    // 8
	fRate                       // 4: bytes in a second
	fSealed                     // the rest, at most maxSealed bytes
)

var layout = [...]fields{
	register: fCookie | fLookup | fOwner | fSession | fFlag,
	ask:      fCookie | fLookup | fGuest | fSession | fFlag | fSealed,
	answer:   fCookie | fLookup | fOwner | fGuest | fMark | fSealed,
	relay:    fCookie | fLookup | fGuest | fFlag,
	leave:    fCookie | fLookup | fOwner | fGuest,

	challenge:  fCookie | fSession,
	registered: fFlag,
	wait:       fSession | fFlag,
	guestOffer: fGuest | fSeen | fFlag | fSealed,
	hostOffer:  fSession | fSeen | fSealed,
	kept:       fGuest | fMark,
	channel:    fGuest | fFlag | fChannel | fRate,
	refused:    fFlag, // in all versions
	gone:       0,
}

// defined are the kinds that there are.
func (k kind) defined() bool { return k >= register && k < firstReply || k >= challenge && k <= gone }

// Flags of refused.
const (
	refusedTaken       = 1 + iota // another host has this lobby
	refusedFull                   // the server is full
	refusedNoRelay                // this server does not relay
	refusedVersion                // the server speaks another version
	refusedLobby                  // as many guests as one lobby may have are asking
	refusedSource                 // this source has as much in the server as it may
	refusedRelayFull              // of a relay: the server has no room for one more
	refusedRelaySource            // of a relay: this source has as much in the server as it may
)

// Flags of register and ask: whether the other side may be told where the server
// sees the sender.
const sideShown, sideHidden = 0, 1

// Flags of wait, when nobody hosts: what else may be the reason.
const (
	waitNobody = iota
	waitYoung  // the server has not been up for long enough to know who hosts
	waitFull   // the server has lately had no room for some hosts
)

// Flags of relay: who asks; and of channel: whether the other side is there. A
// server that has restarted knows only that it has not asked yet.
const (
	sideHost, sideGuest                      = 0, 1
	channelWaiting, channelOpen, channelLeft = 0, 1, 2
)

const (
	firstMessage = 0x20 // of every message
	firstRelayed = 0x21 // of every relayed packet
	version      = 2
	headBytes    = 12
)

type message struct {
	kind    kind
	tag     [8]byte
	cookie  [8]byte
	lookup  [16]byte
	owner   [16]byte
	guest   ID
	session [16]byte
	mark    [8]byte
	seen    [16]byte
	flag    byte
	channel Channel
	rate    uint32
	sealed  []byte
}

var (
	errMessage = errors.New("rendezvous: not a message")
	errVersion = errors.New("rendezvous: a message of another version")
)

func appendMessage(dst []byte, m *message) []byte {
	has := layout[m.kind]
	dst = append(dst, firstMessage, version, byte(m.kind), 0)
	dst = append(dst, m.tag[:]...)
	for _, f := range m.fixed() {
		if has&f.field != 0 {
			dst = append(dst, f.bytes...)
		}
	}
	if has&fFlag != 0 {
		dst = append(dst, m.flag)
	}
	if has&fChannel != 0 {
		dst = append(dst, m.channel[:]...)
	}
	if has&fRate != 0 {
		dst = binary.BigEndian.AppendUint32(dst, m.rate)
	}
	if has&fSealed != 0 {
		dst = append(dst, m.sealed...)
	}
	return dst
}

type fixedField struct {
	field fields
	bytes []byte
}

// fixed are the fields before the flag, in their order.
func (m *message) fixed() [7]fixedField {
	return [...]fixedField{
		{fCookie, m.cookie[:]}, {fLookup, m.lookup[:]}, {fOwner, m.owner[:]},
		{fGuest, m.guest[:]}, {fSession, m.session[:]}, {fMark, m.mark[:]}, {fSeen, m.seen[:]},
	}
}

// decodeMessage reads a message; m.sealed is a part of b. Every packet that it
// accepts is the only encoding of what it returns. errVersion comes with the tag.
func decodeMessage(b []byte, m *message) error {
	if len(b) < headBytes || b[0] != firstMessage || b[3] != 0 {
		return errMessage
	}
	*m = message{kind: kind(b[2]), tag: [8]byte(b[4:])}
	if b[1] != version {
		return errVersion
	}
	if !m.kind.defined() {
		return errMessage
	}
	has := layout[m.kind]
	b = b[headBytes:]
	for _, f := range m.fixed() {
		if has&f.field == 0 {
			continue
		}
		if len(b) < len(f.bytes) {
			return errMessage
		}
		b = b[copy(f.bytes, b):]
	}
	if has&fFlag != 0 {
		if len(b) < 1 {
			return errMessage
		}
		m.flag, b = b[0], b[1:]
	}
	if has&fChannel != 0 {
		if len(b) < len(m.channel) {
			return errMessage
		}
		b = b[copy(m.channel[:], b):]
	}
	if has&fRate != 0 {
		if len(b) < 4 {
			return errMessage
		}
		m.rate, b = binary.BigEndian.Uint32(b), b[4:]
	}
	if has&fSealed != 0 && len(b) <= maxSealed {
		m.sealed, b = b, nil
	}
	if len(b) != 0 {
		return errMessage
	}
	return nil
}

// Channel is the header of a relayed packet: 0x21 and seven bytes drawn by the
// server, others for each direction.
type Channel [8]byte

// AppendRelayed appends a packet as it goes to the server, to be relayed. It
// must not be longer than MaxPacket with its header.
func AppendRelayed(dst []byte, c Channel, packet []byte) []byte {
	return append(append(dst, c[:]...), packet...)
}

// Relayed takes a relayed packet apart; packet is a part of b. ok is false for
// everything else. Whether the channel is one of ours its owner must see.
func Relayed(b []byte) (c Channel, packet []byte, ok bool) {
	if len(b) < len(c) || len(b) > MaxPacket || b[0] != firstRelayed {
		return Channel{}, nil, false
	}
	return Channel(b), b[len(c):], true
}
