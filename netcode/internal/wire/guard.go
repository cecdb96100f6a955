package wire

// maxElements bounds every array in a control message, maxDepth how deep they
// nest. msgpack v5 makes room for as many elements as a message claims to have,
// gigabytes if it likes, so the claim is checked before the decoder sees it.
const (
	maxElements = max(MaxDesyncHashes, MaxWorldParts)
	maxDepth    = 5 // roster, members, member, players, player
)

// wellFormed reports whether b is one msgpack value in which every length is
// covered by bytes that are there. Maps, extensions and floats are not ours.
// (The format: https://github.com/msgpack/msgpack/blob/master/spec.md)
func wellFormed(b []byte) bool {
	p := parser{b: b}
	p.value(maxDepth)
	return !p.bad && len(p.b) == 0
}

func (p *parser) value(depth int) {
	switch c := p.byte(); {
	case c <= 0x7f, c >= 0xe0, c == 0xc0, c == 0xc2, c == 0xc3: // small integer, nil, bool
	case c >= 0x90 && c <= 0x9f:
		p.array(int(c&15), depth)
	case c == 0xdc:
		p.array(p.length(2), depth)
	case c == 0xdd:
		p.array(p.length(4), depth)
	case c >= 0xa0 && c <= 0xbf:
		p.skip(int(c & 31))
	case c == 0xc4, c == 0xd9:
		p.skip(p.length(1))
	case c == 0xc5, c == 0xda:
		p.skip(p.length(2))
	case c == 0xc6, c == 0xdb:
		p.skip(p.length(4))
	case c >= 0xcc && c <= 0xcf: // uint8 to uint64
		p.skip(1 << (c - 0xcc))
	case c >= 0xd0 && c <= 0xd3: // int8 to int64
		p.skip(1 << (c - 0xd0))
	default:
		p.bad = true
	}
}

func (p *parser) array(n, depth int) {
	if n > maxElements || depth == 0 {
		p.bad = true
	}
	for range n {
		if p.bad {
			return
		}
		p.value(depth - 1)
	}
}

func (p *parser) length(bytes int) (n int) {
	for range bytes {
		n = n<<8 | int(p.byte())
	}
	return n
}

func (p *parser) skip(n int) {
	if n < 0 || n > len(p.b) {
		p.bad = true
		return
	}
	p.b = p.b[n:]
}
