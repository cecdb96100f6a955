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
//	HMAC-SHA-256 of all above, shortened    16
//
// Its first byte keeps it apart from QUIC, STUN and the rendezvous (RFC 9443).
const (
	firstKeep = 0x22
	keepAsk   = 1
	keepReply = 2
	keepBye   = 3
	keepBytes = 2 + 8 + 8 + 16
	markBytes = 8

	// A question may say more: that it comes by way of the sender's TURN server,
	// which the receiver cannot see, that the sender's packets take this way, and
	// that those of QUIC do not pass by it, so that both should ask for a relay.
	keepTURN  = 0x10
	keepUsed  = 0x20
	keepRelay = 0x40
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
	return mac.Sum(nil)[:16]
}

func (k *keepKey) packet(kind byte, nonce uint64) []byte {
	b := append(make([]byte, 0, keepBytes), firstKeep, kind)
	b = append(b, k.out[:]...)
	b = binary.BigEndian.AppendUint64(b, nonce)
	return append(b, k.sum(b)...)
}

func (k *keepKey) answer(nonce uint64, mark pathconn.Mark) []byte {
	b := append(make([]byte, 0, keepBytes+markBytes), firstKeep, keepReply)
	b = append(b, k.out[:]...)
	b = binary.BigEndian.AppendUint64(b, nonce)
	b = binary.BigEndian.AppendUint64(b, uint64(mark))
	return append(b, k.sum(b)...)
}

// keepLink returns for whom a packet is meant, unproven.
func keepLink(b []byte) (nat.LinkID, bool) {
	if len(b) < keepBytes || b[0] != firstKeep {
		return nat.LinkID{}, false
	}
	size := keepBytes
	if b[1] == keepReply {
		size += markBytes
	}
	return nat.LinkID(b[2:]), len(b) == size
}

func (k *keepKey) open(b []byte) (kind byte, nonce uint64, mark pathconn.Mark, ok bool) {
	link, is := keepLink(b)
	if !is || link != k.in || !hmac.Equal(b[len(b)-16:], k.sum(b[:len(b)-16])) {
		return 0, 0, 0, false
	}
	what, more := b[1]&keepWhat, b[1]&^keepWhat
	if what == keepReply {
		mark = pathconn.Mark(binary.BigEndian.Uint64(b[18:]))
	}
	ok = what >= keepAsk && what <= keepBye && (more == 0 || what == keepAsk && more&^(keepTURN|keepUsed|keepRelay) == 0)
	return b[1], binary.BigEndian.Uint64(b[10:]), mark, ok
}
