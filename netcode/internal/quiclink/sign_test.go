//go:build !race

package quiclink

import (
	"crypto/ed25519"
	"encoding/binary"
	"testing"
)

// signerOf is an endpoint that does nothing but sign and look at signatures.
func signerOf(seed byte) *Endpoint {
	e := &Endpoint{identity: ed25519.NewKeyFromSeed(append(make([]byte, ed25519.SeedSize-1), seed))}
	copy(e.key[:], e.identity.Public().(ed25519.PublicKey))
	return e
}

// TestGenuineIsKnownAgain: what was found genuine is known when it comes again, and nothing
// else is taken for it, nor what was found forged, however often it comes.
func TestGenuineIsKnownAgain(t *testing.T) {
	ana, ben := signerOf(1), signerOf(2)
	words := []byte("visavis match: a vote")
	signature := ana.Sign(words)
	forged := signature
	forged[40]++
	for again := range 3 {
		if !ben.Verify(ana.key, words, signature) {
			t.Errorf("%d times: a genuine signature is not", again)
		}
		if ben.Verify(ana.key, words, forged) || ben.Verify(ben.key, words, signature) || ben.Verify(ana.key, words[1:], signature) {
			t.Errorf("%d times: a signature of something else is genuine", again)
		}
	}
	if ben.genuine.next != 1 || !ben.genuine.has(markOf(ana.key, words, signature)) {
		t.Errorf("%d signatures are remembered", ben.genuine.next)
	}
	for i := range uint32(keptGenuine) {
		ben.genuine.keep(markOf(ana.key, binary.LittleEndian.AppendUint32(nil, i), signature))
	}
	if ben.genuine.has(markOf(ana.key, words, signature)) || !ben.Verify(ana.key, words, signature) {
		t.Error("the oldest is kept, or is not looked at again")
	}
}

func BenchmarkVerify(b *testing.B) {
	e := signerOf(1)
	words := make([]byte, 128)
	b.Run("new", func(b *testing.B) {
		signature := e.Sign(words)
		for b.Loop() {
			e.genuine.next, e.genuine.kept = 0, [keptGenuine]mark{}
			e.Verify(e.key, words, signature)
		}
	})
	b.Run("again", func(b *testing.B) {
		signature := e.Sign(words)
		for b.Loop() {
			e.Verify(e.key, words, signature)
		}
	})
}
