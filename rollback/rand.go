package rollback

// Rand is a source of chance that is a value: it lives inside the world, so a
// snapshot copies it and a rollback rewinds it. It is PCG-XSH-RR 64/32
// (O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good
// Algorithms for Random Number Generation", 2014). Not for secrets.
//
// The zero value works, but every zero Rand gives the same numbers: seed it.
//
// *Rand is a Source of math/rand/v2: rand.New(&world.Rand) shuffles and permutes
// with it. Draw from that within Step only, and do not keep it in the world.
type Rand struct {
	State uint64 // for encoders of a world; Step has no use for it
}

const (
	pcgMultiplier = 6364136223846793005
	pcgIncrement  = 1442695040888963407
)

// NewRand returns a source whose numbers follow from seed alone.
func NewRand(seed uint64) Rand {
	r := Rand{State: seed + pcgIncrement}
	r.Uint32()
	return r
}

// Uint32 returns the next 32 random bits.
func (r *Rand) Uint32() uint32 {
	old := r.State
	r.State = old*pcgMultiplier + pcgIncrement
	word := uint32(((old >> 18) ^ old) >> 27)
	rot := uint32(old >> 59)
	return word>>rot | word<<(-rot&31)
}

// Uint64 returns the next 64 random bits.
func (r *Rand) Uint64() uint64 {
	high := uint64(r.Uint32()) // first: the order of the draws is part of the result
	return high<<32 | uint64(r.Uint32())
}

// Below returns a number from 0 to n-1, every one equally likely, or 0 if n
// is not positive. (Lemire, "Fast Random Integer Generation in an Interval",
// 2019.)
func (r *Rand) Below(n int32) int32 {
	if n <= 0 {
		return 0
	}
	bound := uint32(n)
	product := uint64(r.Uint32()) * uint64(bound)
	if low := uint32(product); low < bound {
		for threshold := -bound % bound; low < threshold; low = uint32(product) {
			product = uint64(r.Uint32()) * uint64(bound)
		}
	}
	return int32(product >> 32)
}

// Between returns a number from low to high, both included, or low if high
// is below it.
func (r *Rand) Between(low, high int32) int32 {
	if high <= low {
		return low
	}
	span := uint32(high) - uint32(low) + 1
	if span == 0 || span > 1<<31-1 { // the whole range, or most of it
		for {
			n := int32(r.Uint32())
			if n >= low && n <= high {
				return n
			}
		}
	}
	return low + r.Below(int32(span))
}

// OneIn reports true with probability 1/n; always if n is 1 or less.
func (r *Rand) OneIn(n int32) bool { return n <= 1 || r.Below(n) == 0 }
