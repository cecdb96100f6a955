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
	Inputs uint64 // digest of all inputs (with Config.Lineups: lineups and commands, too) of the frames before Frame
}

// digestFrames is of how many frames the digest is remembered, a power of two: more
// than the worlds that are kept of every frame.
const digestFrames = 256

// digester rolls the confirmed inputs of all seats into one number, so that
// "the inputs differ" and "the simulation differs" are told apart.
type digester struct {
	sum   uint64
	first Frame                // frame that it begins with
	next  Frame                // first frame that is not in it
	past  [digestFrames]uint64 // sums before each of the newest frames
}

func newDigester(o Origin) digester {
	d := digester{sum: o.Digest, first: o.Frame, next: o.Frame}
	d.past[d.next&(digestFrames-1)] = d.sum
	return d
}

const digestPrime = 0x9E3779B185EBCA87

// addLineup takes the next frame's lineup, before its inputs.
func (d *digester) addLineup(l Lineup) {
	d.sum = bits.RotateLeft64((d.sum^l.word())*digestPrime, 29)
}

// add takes the next frame's inputs.
func (d *digester) add(row []byte) {
	d.mix(row)
	d.next++
	d.past[d.next&(digestFrames-1)] = d.sum
}

func (d *digester) mix(row []byte) {
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
}

// before returns the digest of all inputs of the frames before f, if these are final,
// so that no rollback of any is due, and it is still known.
func (d *digester) before(f Frame) (uint64, bool) {
	if f < d.first || f > d.next || f <= d.next-digestFrames {
		return 0, false
	}
	return d.past[f&(digestFrames-1)], true
}
