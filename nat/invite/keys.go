package invite

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// Argon2id (RFC 9106): 16 passes over 4 MiB in one lane, some 60 ms on one core,
// which a game can spare while it plays. There are 2^55 codes, drawn by chance. A
// rendezvous server that is curious, or whoever listens there, has the lookup of a
// code and can try codes until one fits: that takes some 30 million years of a
// core, and 4 MiB for each try at the same time. Nobody else can try anything but
// by asking the server or the host, code by code. Both sides must take the same
// numbers: they are part of the protocol, and the salt names its version.
const (
	argonPasses    = 16
	argonMemoryKiB = 4 * 1024
	argonLanes     = 1
	argonSalt      = "visavis code v2"
)

// Keys is what is derived from a code.
type Keys struct {
	Lookup [16]byte // names the lobby to the server, which cannot compute the code from it
	Seal   [32]byte // seals the addresses that the server passes on
	Check  [32]byte // is proven after connecting, and authenticates checks of the path
}

// Keys derives the keys. It is slow on purpose (some 60 ms and 4 MiB): do it
// once, and not where frames are drawn.
func (c Code) Keys() Keys {
	var bits [8]byte
	binary.BigEndian.PutUint64(bits[:], c.bits)
	slow := argon2.IDKey(bits[:], []byte(argonSalt), argonPasses, argonMemoryKiB, argonLanes, 32)
	var k Keys
	expand(k.Lookup[:], slow, "visavis code v2 lookup")
	expand(k.Seal[:], slow, "visavis code v2 seal")
	expand(k.Check[:], slow, "visavis code v2 check")
	return k
}

// Check is the secret that host and guest of this invite prove to each other.
// It is derived without delay: the 64 bits of the secret are random, and the
// host's key is pinned besides.
func (inv Invite) Check() (check [32]byte) {
	expand(check[:], append(inv.Secret[:], inv.Host[:]...), "visavis invite v1 check")
	return check
}

// Path is the secret that authenticates the checks of the path between host and
// guest. The host's key is no part of it: that somebody else answers is found out
// by the connection, and said.
func (inv Invite) Path() (path [32]byte) {
	expand(path[:], inv.Secret[:], "visavis invite v1 path")
	return path
}

// expand fills dst with HKDF-SHA-256 (RFC 5869) of a secret for one use.
func expand(dst, secret []byte, use string) {
	key, err := hkdf.Key(sha256.New, secret, nil, use, len(dst))
	if err != nil {
		panic(fmt.Sprintf("invite: HKDF of %d bytes: %v", len(dst), err)) // lengths are constants
	}
	copy(dst, key)
}

// Side is who proves: the two proofs of one connection differ, so that neither
// can be sent back as the other.
type Side byte

const (
	Host  Side = 1 // made the code
	Guest Side = 2 // was given the code
)

// ProofLength is the length of a proof in bytes.
const ProofLength = sha256.Size

// Proof shows on one TLS connection that its sender knows the check secret.
// exported is keying material of that connection (RFC 8446 section 7.5), at
// least 32 bytes under a label of its own.
func Proof(check [32]byte, side Side, exported []byte) [ProofLength]byte {
	mac := hmac.New(sha256.New, check[:])
	mac.Write([]byte("visavis code proof v1\x00"))
	mac.Write([]byte{byte(side)})
	mac.Write(exported)
	return [ProofLength]byte(mac.Sum(nil))
}

// Proven reports whether proof is the one of that side, in constant time.
func Proven(check [32]byte, side Side, exported, proof []byte) bool {
	want := Proof(check, side, exported)
	return hmac.Equal(want[:], proof)
}
