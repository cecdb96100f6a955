package memlink

// generator is splitmix64 (Steele, Lea and Flood, "Fast Splittable
// Pseudorandom Number Generators", 2014).
type generator uint64

const golden = 0x9E3779B97F4A7C15

func (g *generator) next() uint64 {
	*g += golden
	z := uint64(*g)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// skip draws count numbers that nobody looks at.
func (g *generator) skip(count uint64) {
	step := uint64(golden)
	*g += generator(count * step)
}

// hash2 mixes two numbers into one; it seeds the generators.
func hash2(a, b uint64) uint64 {
	g := generator(a*0xD1342543DE82EF95 + b)
	return g.next()
}
