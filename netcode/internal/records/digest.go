package records

import (
	"crypto/sha256"
	"encoding/binary"
)

// After returns the digest through the end of a link, or through some frame within it, of which
// this is the digest through the link before: list are the link's records so far. See
// Stream.digest, of which it is the same without a stream.
func (d Digest) After(list [][]byte) Digest {
	b := append(make([]byte, 0, 256), d[:]...)
	for len(list) > 0 {
		alike := 1
		for alike < len(list) && len(list[alike]) == len(list[0]) {
			alike++
		}
		b = append(binary.AppendUvarint(b, uint64(len(list[0]))), byte(alike))
		for _, record := range list[:alike] {
			b = append(b, record...)
		}
		list = list[alike:]
	}
	return sha256.Sum256(b)
}
