package nat

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"

	"github.com/visavis-netcode/visavis/nat/stun"
)

// LinkID names one direction of one pair of players within one session: it
// tells a computer with several peers whose check a packet is, and keeps a
// check that is sent back to us from passing for the peer's. Without the
// secret it says nothing about the players.
type LinkID [8]byte

// CheckID returns for whom a check is meant, unproven. It is false for packets
// that are no checks, like the answers of STUN servers.
func CheckID(b []byte) (LinkID, bool) {
	var id LinkID
	m, err := parseSTUN(b)
	if err != nil || !m.Sealed() {
		return id, false
	}
	name, ok := m.Get(stun.AttrUsername)
	if !ok || len(name) != hex.EncodedLen(len(id)) {
		return id, false
	}
	_, err = hex.Decode(id[:], name)
	return id, err == nil
}

// checker makes and reads the checks of one pair. A check is a STUN binding
// request of 64 bytes: USERNAME is the link id of the direction it travels in,
// MESSAGE-INTEGRITY is keyed with what the session's secret and the two public
// keys give. The answer adds the address that the check came from.
type checker struct {
	key     []byte
	in, out LinkID
	user    string // in, as hex
	peer    string // out, as hex
}

func newChecker(secret []byte, local, remote [32]byte) checker {
	low, high := local, remote
	if greater(local, remote) {
		low, high = remote, local
	}
	c := checker{key: derive(secret, "visavis check key", low, high)}
	c.in = LinkID(derive(secret, "visavis link", remote, local)[:8])
	c.out = LinkID(derive(secret, "visavis link", local, remote)[:8])
	c.user, c.peer = hex.EncodeToString(c.in[:]), hex.EncodeToString(c.out[:])
	return c
}

func derive(secret []byte, label string, a, b [32]byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(label))
	mac.Write(a[:])
	mac.Write(b[:])
	return mac.Sum(nil)
}

func (c *checker) request(id TxID) []byte { return buildCheck(c.key, c.peer, id) }

func (c *checker) reply(id TxID, seen netip.AddrPort) []byte {
	return buildReply(c.key, c.peer, id, seen)
}

func (c *checker) open(b []byte) (check, error) { return parseCheck(c.key, c.user, b) }
