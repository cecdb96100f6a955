package scoreboard

import (
	"crypto/ed25519"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// signer is an endpoint that counts signatures in place of making them. In a match a
// goroutine of its own makes and checks them, beside the game's; here there is only the
// game's, so they are told apart: as many as were counted, at what one takes.
type signer struct {
	link.Endpoint
	made, checked int
}

// Sign returns what Verify takes for a signature of this endpoint's under anything.
func (s *signer) Sign([]byte) [link.SignatureBytes]byte {
	s.made++
	return nameOf(s.Key())
}

func (s *signer) Verify(key link.Key, _ []byte, signature [link.SignatureBytes]byte) bool {
	s.checked++
	return signature == nameOf(key)
}

func nameOf(key link.Key) (signature [link.SignatureBytes]byte) {
	copy(signature[:], key[:])
	return signature
}

// sealBytes is about how long what is signed is: a seal of a match.
const sealBytes = 128

// signatureTimes is the processor time that a signature takes, and a look at one, in
// nanoseconds: the least of some turns.
func signatureTimes() (made, checked float64) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	words := make([]byte, sealBytes)
	public, signature := key.Public().(ed25519.PublicKey), ed25519.Sign(key, words)
	return leastOf(func() { ed25519.Sign(key, words) }), leastOf(func() { ed25519.Verify(public, words, signature) })
}

// leastOf is the least processor time of a call of f in any of some turns.
func leastOf(f func()) float64 {
	const turns, calls = 5, 20
	least := once(calls, f)
	for range turns - 1 {
		least = min(least, once(calls, f))
	}
	return least
}
