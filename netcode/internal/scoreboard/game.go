package scoreboard

import (
	"github.com/zeebo/xxh3"

	"github.com/visavis-netcode/visavis/rollback"
)

// generator is splitmix64 (Steele, Lea and Flood, "Fast Splittable
// Pseudorandom Number Generators", 2014): inputs and links of all harnesses
// draw from it.
type generator uint64

func (g *generator) next() uint64 {
	*g += 0x9E3779B97F4A7C15
	z := uint64(*g)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// hash2 mixes two numbers into one.
func hash2(a, b uint64) uint64 {
	g := generator(a*0xD1342543DE82EF95 + b)
	return g.next()
}

// script is what one player presses, by frame.
type script struct {
	player int // from 0
	noisy  bool
	values []uint32
}

// at returns the player's input for frame f, 0 or later.
func (s *script) at(f rollback.Frame) uint32 {
	for int(f) >= len(s.values) {
		n := len(s.values)
		value := uint32(0)
		if n > 0 {
			value = s.values[n-1]
		}
		if h := hash2(uint64(s.player)+1, uint64(n)); s.noisy || h%8 == 0 {
			value = uint32(h >> 32)
		}
		s.values = append(s.values, value)
	}
	return s.values[f]
}

// input is a player's input: four bytes, or one.
type input interface{ ~uint32 | ~uint8 }

// board is the world of the network rows.
type board struct{ S [4 << 10]byte }

// mixInputs steps a world of any size.
func mixInputs[I input](s []byte, in rollback.Inputs[I]) {
	var fold [rollback.MaxSeats]byte
	for p := range in.Len() {
		fold[p] = foldOf(uint32(in.At(p)))
	}
	mix(s, fold[:in.Len()])
}

func foldOf(v uint32) byte { return byte(v) ^ byte(v>>8) ^ byte(v>>16) ^ byte(v>>24) }

// mix is the game: every 64th byte takes in one player's input.
func mix(s, fold []byte) {
	p := 0
	for k := 0; 64*k < len(s); k++ {
		s[64*k] = s[64*k]*31 + fold[p] + byte(k) + 1
		if p++; p == len(fold) {
			p = 0
		}
	}
}

// trace holds the hash of the world before every frame that a peer has
// stepped, as it was stepped last.
type trace []uint64

func (t *trace) note(f rollback.Frame, world []byte) {
	for int(f) >= len(*t) {
		*t = append(*t, 0)
	}
	(*t)[f] = xxh3.Hash(world)
}

// unsettledFrames is how many of the newest frames are left out of the
// comparison: they may still be predicted.
const unsettledFrames = 10

// agree reports whether all peers have stepped the same worlds.
func agree(traces []trace) bool {
	settled := len(traces[0])
	for _, t := range traces {
		settled = min(settled, len(t))
	}
	for f := range max(0, settled-unsettledFrames) {
		for _, t := range traces[1:] {
			if t[f] != traces[0][f] {
				return false
			}
		}
	}
	return settled > unsettledFrames
}
