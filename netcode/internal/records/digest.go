package records

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/visavis-netcode/visavis/rollback"
)

// DigestAfter returns the digest of a stream through the end of a link, or through some frame within
// it, where d is the one through the link before: list are the link's records so far, from a frame
// on. It is Stream.digest for who has the records and no stream.
func (c Config) DigestAfter(d Digest, from rollback.Frame, list [][]byte) Digest {
	places := rollback.Frame(c.places())
	b := append(make([]byte, 0, 256), d[:]...)
	for len(list) > 0 {
		alike := 1
		for alike < len(list) && len(list[alike]) == len(list[0]) && (from+rollback.Frame(alike))%places != 0 {
			alike++
		}
		b = append(binary.AppendUvarint(b, uint64(len(list[0]))), byte(alike))
		for _, record := range list[:alike] {
			b = append(b, record...)
		}
		list, from = list[alike:], from+rollback.Frame(alike)
	}
	return sha256.Sum256(b)
}
