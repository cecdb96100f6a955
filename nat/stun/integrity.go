package stun

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"hash/crc32"
)

// Seal appends MESSAGE-INTEGRITY (RFC 8489 section 14.5) to a message. Nothing
// but a fingerprint may follow.
func Seal(b, key []byte) []byte {
	b = Add(b, AttrIntegrity, make([]byte, integritySize))
	at := len(b) - integritySize
	integrity(b[at:at], key, b[:at-4], len(b))
	return b
}

// AddFingerprint appends FINGERPRINT (RFC 8489 section 14.7), which ends a message.
func AddFingerprint(b []byte) []byte {
	b = Add(b, AttrFingerprint, make([]byte, 4))
	at := len(b) - 4
	binary.BigEndian.PutUint32(b[at:], crc32.ChecksumIEEE(b[:at-4])^0x5354554e)
	return b
}

// Proven reports whether the message bears a MESSAGE-INTEGRITY made with key.
func (m Message) Proven(key []byte) bool {
	if m.proven == len(m.raw) {
		return false
	}
	end := m.proven + 4 + integritySize
	var sum [integritySize]byte
	return hmac.Equal(integrity(sum[:0], key, m.raw[:m.proven], end), m.raw[m.proven+4:end])
}

// Sealed reports whether the message ends with a MESSAGE-INTEGRITY, so that all
// of it is proven if anything is.
func (m Message) Sealed() bool {
	return m.proven < len(m.raw) && m.proven+4+integritySize == len(m.raw)
}

// integrity appends the proof of what stands before MESSAGE-INTEGRITY, with a
// length in the header as if the message ended behind it.
func integrity(dst, key, before []byte, end int) []byte {
	mac := hmac.New(sha1.New, key)
	var head [4]byte
	copy(head[:], before)
	binary.BigEndian.PutUint16(head[2:], uint16(end-headerSize))
	mac.Write(head[:])
	mac.Write(before[4:])
	return mac.Sum(dst)
}
