package quiclink

import (
	"crypto/ed25519"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// Sign signs with the identity: Ed25519 (RFC 8032 section 5.1).
func (e *Endpoint) Sign(b []byte) (signature [link.SignatureBytes]byte) {
	copy(signature[:], ed25519.Sign(e.identity, b))
	return signature
}

// Verify reports whether the identity with a key has signed b.
func (e *Endpoint) Verify(key link.Key, b []byte, signature [link.SignatureBytes]byte) bool {
	return ed25519.Verify(key[:], b, signature[:])
}
