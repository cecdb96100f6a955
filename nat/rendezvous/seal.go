package rendezvous

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"io"

	"golang.org/x/crypto/chacha20poly1305"
)

// sealOverhead is how much longer an offer gets: a random nonce of 24 bytes,
// the version (8), the verdict (1) and the tag (16).
const sealOverhead = chacha20poly1305.NonceSizeX + 9 + chacha20poly1305.Overhead

// verdict is what a host tells a guest besides its offer. It is sealed, so the
// server cannot turn anybody away in the host's name.
type verdict byte

const (
	welcome verdict = iota
	usedUp
	expired
	sentAway
)

// letter is what is sealed.
type letter struct {
	version uint64 // goes up with every new offer of one sender
	verdict verdict
	offer   []byte
}

// place binds a letter to its place: who wrote it, for which lobby, to which
// session of the host and in the name of which guest.
type place struct {
	side    byte
	lookup  [16]byte
	session [16]byte
	guest   ID
}

func (p place) associated() []byte {
	b := append(make([]byte, 0, 80), "visavis rendezvous v1\x00"...)
	b = append(b, p.side)
	b = append(b, p.lookup[:]...)
	b = append(b, p.session[:]...)
	return append(b, p.guest[:]...)
}

func newSeal(key [32]byte) cipher.AEAD {
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		panic("rendezvous: " + err.Error()) // only for keys of a wrong length
	}
	return aead
}

// sealLetter seals with XChaCha20-Poly1305 (RFC 8439, with the longer nonce, so
// that random ones never meet).
func sealLetter(aead cipher.AEAD, random io.Reader, p place, l letter) ([]byte, error) {
	b := make([]byte, chacha20poly1305.NonceSizeX, sealOverhead+len(l.offer))
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, err
	}
	plain := binary.BigEndian.AppendUint64(nil, l.version)
	plain = append(plain, byte(l.verdict))
	plain = append(plain, l.offer...)
	return aead.Seal(b, b, plain, p.associated()), nil
}

var errSeal = errors.New("rendezvous: does not open with this code")

func openLetter(aead cipher.AEAD, p place, sealed []byte) (letter, error) {
	if len(sealed) < sealOverhead || len(sealed) > maxSealed {
		return letter{}, errSeal
	}
	nonce, box := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	plain, err := aead.Open(nil, nonce, box, p.associated())
	if err != nil {
		return letter{}, errSeal
	}
	return letter{binary.BigEndian.Uint64(plain), verdict(plain[8]), plain[9:]}, nil
}
