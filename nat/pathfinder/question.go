package pathfinder

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/pathconn"
)

// A question, an answer or a farewell is
//
//	0x22, 1 for a question, 2 for an answer or 3 for a farewell
//	link id of the direction it travels in   8
//	nonce of the question                    8, in a farewell of the receiver's last one
//	mark                                     8, in an answer only: pathconn.Conn.Latest of the way that the question came
//	zeros, if it is a long one, up to 1,200 bytes in all
//	HMAC-SHA-256 of all above, shortened    16
//
// Its first byte keeps it apart from QUIC, STUN and the rendezvous (RFC 9443).
const (
	firstKeep = 0x22
	keepAsk   = 1
	keepReply = 2
	keepBye   = 3
	keepBytes = 2 + 8 + 8 + sumBytes
	markBytes = 8
	sumBytes  = 16

	// A question may say more: that it comes by way of the sender's TURN server,
	// which the receiver cannot see, that the sender's packets take this way, and
	// that those of QUIC do not pass by it, so that both should ask for a relay. A
	// long one, whose answer is as long, tells what the way carries: see width.
	keepTURN  = 0x10
	keepUsed  = 0x20
	keepRelay = 0x40
	keepWide  = 0x80
	keepWhat  = 0x0f
)

// keepKey authenticates the questions of a pair.
type keepKey struct {
	key     [32]byte
	in, out nat.LinkID
}

func newKeepKey(secret []byte, local, remote [32]byte) keepKey {
	low, high := local, remote
	if larger(local, remote) {
		low, high = remote, local
	}
	derive := func(key []byte, label string, a, b [32]byte) [32]byte {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(label))
		mac.Write(a[:])
		mac.Write(b[:])
		return [32]byte(mac.Sum(nil))
	}
	k := keepKey{key: derive(secret, "visavis keep v1", low, high)}
	in, out := derive(k.key[:], "link", remote, local), derive(k.key[:], "link", local, remote)
	k.in, k.out = nat.LinkID(in[:8]), nat.LinkID(out[:8])
	return k
}

func (k *keepKey) sum(b []byte) []byte {
	mac := hmac.New(sha256.New, k.key[:])
	mac.Write(b)
	return mac.Sum(nil)[:sumBytes]
}

// packet is a question or a farewell.
func (k *keepKey) packet(kind byte, nonce uint64) []byte { return k.seal(k.begin(kind, nonce)) }

// answer is that to a question, a long one if the question was.
func (k *keepKey) answer(nonce uint64, mark pathconn.Mark, to byte) []byte {
	return k.seal(binary.BigEndian.AppendUint64(k.begin(keepReply|to&keepWide, nonce), uint64(mark)))
}

func (k *keepKey) begin(kind byte, nonce uint64) []byte {
	size := keepBytes + markBytes
	if kind&keepWide != 0 {
		size = wideBytes
	}
	b := append(make([]byte, 0, size), firstKeep, kind)
	b = append(b, k.out[:]...)
	return binary.BigEndian.AppendUint64(b, nonce)
}

// seal ends a packet, a long one with zeros before.
func (k *keepKey) seal(b []byte) []byte {
	if b[1]&keepWide != 0 {
		b = b[:wideBytes-sumBytes]
	}
	return append(b, k.sum(b)...)
}

// keepLink returns for whom a packet is meant, unproven.
func keepLink(b []byte) (nat.LinkID, bool) {
	if len(b) < keepBytes || b[0] != firstKeep {
		return nat.LinkID{}, false
	}
	size := keepBytes
	switch {
	case b[1]&keepWide != 0:
		size = wideBytes
	case b[1] == keepReply:
		size += markBytes
	}
	return nat.LinkID(b[2:]), len(b) == size
}

func (k *keepKey) open(b []byte) (kind byte, nonce uint64, mark pathconn.Mark, ok bool) {
	link, is := keepLink(b)
	if !is || link != k.in || !hmac.Equal(b[len(b)-sumBytes:], k.sum(b[:len(b)-sumBytes])) {
		return 0, 0, 0, false
	}
	what, more := b[1]&keepWhat, b[1]&^keepWhat
	if what == keepReply {
		mark = pathconn.Mark(binary.BigEndian.Uint64(b[18:]))
	}
	switch what {
	case keepAsk:
		ok = true
	case keepReply:
		ok = more&^keepWide == 0
	case keepBye:
		ok = more == 0
	}
	return b[1], binary.BigEndian.Uint64(b[10:]), mark, ok
}
