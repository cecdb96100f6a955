package rollback

import (
	"encoding/binary"
	"math/bits"
)

// checksumQueue is how many checksums wait to be read; when full the oldest
// are dropped.
const checksumQueue = 256

// Checksum is what two machines compare to know that they still play the same
// game. It is made only of frames that no rollback can reach.
type Checksum struct {
	Frame  Frame  // the world before this frame is stepped
	World  uint64 // XXH3-64 of its canonical bytes
	Inputs uint64 // digest of all inputs of the frames before Frame
}

// digester rolls the confirmed inputs of all seats into one number, so that
// "the inputs differ" and "the simulation differs" are told apart.
type digester struct {
	sum  uint64
	next Frame             // first frame that is not in it
	past [logFrames]uint64 // sums before each of the newest frames
}

const digestPrime = 0x9E3779B185EBCA87

func (d *digester) add(row []byte) {
	sum := d.sum
	for len(row) >= 8 {
		sum = bits.RotateLeft64((sum^binary.LittleEndian.Uint64(row))*digestPrime, 29)
		row = row[8:]
	}
	var tail [8]byte
	if len(row) > 0 {
		copy(tail[:], row)
	}
	tail[7] ^= byte(len(row)) // a short row differs from one padded with zeros
	d.sum = bits.RotateLeft64((sum^binary.LittleEndian.Uint64(tail[:]))*digestPrime, 29)
	d.next++
	d.past[d.next&(logFrames-1)] = d.sum
}

// before returns the digest of all inputs of the frames before f, if it is
// still known.
func (d *digester) before(f Frame) (uint64, bool) {
	if f < 0 || f > d.next || f <= d.next-logFrames {
		return 0, false
	}
	return d.past[f&(logFrames-1)], true
}
