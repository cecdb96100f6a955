package quiclink

import (
	"crypto/ed25519"
	"crypto/sha256"
	"slices"
	"sync"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// Sign signs with the identity: Ed25519 (RFC 8032 section 5.1).
func (e *Endpoint) Sign(b []byte) (signature [link.SignatureBytes]byte) {
	copy(signature[:], ed25519.Sign(e.identity, b))
	return signature
}

// Verify reports whether the identity with a key has signed b.
func (e *Endpoint) Verify(key link.Key, b []byte, signature [link.SignatureBytes]byte) bool {
	mark := markOf(key, b, signature)
	if e.genuine.has(mark) {
		return true
	}
	if !ed25519.Verify(key[:], b, signature[:]) {
		return false
	}
	e.genuine.keep(mark)
	return true
}

// keptGenuine is how many signatures are remembered: more than sixteen machines make in some
// ballots and the seals of some seconds.
const keptGenuine = 256

// genuineWords are the newest signatures that were found genuine. What the members of a match
// agree on comes from each who passes it on, and again within what follows from it: a look at
// it takes eighty microseconds, and to know it again one. For any goroutine.
type genuineWords struct {
	mu   sync.Mutex
	kept [keptGenuine]mark
	next int
}

// mark stands for a signature of some words by somebody: there is no second one like it.
type mark [sha256.Size]byte

func markOf(key link.Key, b []byte, signature [link.SignatureBytes]byte) mark {
	hash := sha256.New()
	hash.Write(key[:])
	hash.Write(signature[:])
	hash.Write(b)
	return mark(hash.Sum(nil))
}

func (g *genuineWords) has(m mark) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Contains(g.kept[:], m)
}

// keep remembers one in place of the oldest.
func (g *genuineWords) keep(m mark) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.kept[g.next%keptGenuine] = m
	g.next++
}
