package memlink

import (
	"crypto/sha512"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// Sign stands for a signature, at a hundredth of the cost: a hash of the key and b. Who is in
// this network could sign for anybody, and nobody in it does.
func (e *Endpoint) Sign(b []byte) [link.SignatureBytes]byte { return nameUnder(e.key, b) }

// Verify reports whether the endpoint with a key has signed b.
func (e *Endpoint) Verify(key link.Key, b []byte, signature [link.SignatureBytes]byte) bool {
	return Named(key, b, signature)
}

// Named reports whether a signature is one of those that stand for one in memory. Anybody can make
// them.
func Named(key link.Key, b []byte, signature [link.SignatureBytes]byte) bool {
	return nameUnder(key, b) == signature
}

func nameUnder(key link.Key, b []byte) [link.SignatureBytes]byte {
	var memory [512]byte
	return sha512.Sum512(append(append(memory[:0], key[:]...), b...))
}
