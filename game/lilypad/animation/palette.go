package animation

import (
	"cmp"
	"image"
	"slices"
)

// buckets are the colours that are told apart: 5 bits of each of red, green and blue.
const (
	bucketBits = 5
	buckets    = 1 << (3 * bucketBits)
)

// bucket is the colour of a pixel.
func bucket(pixel []byte) int {
	const drop = 8 - bucketBits
	return int(pixel[0]>>drop)<<(2*bucketBits) | int(pixel[1]>>drop)<<bucketBits | int(pixel[2]>>drop)
}

// palette finds at most 255 colours that stand for all of a picture, by median cut
// (Heckbert, "Color image quantization for frame buffer display", 1982): the box of colours
// that weighs most is halved, until there are as many boxes as colours.
type palette struct {
	colours [256 * 3]byte
	codes   [buckets]byte // the colour that stands for each
	counts  [buckets]colourCount
	used    []int32 // buckets
	boxes   []box
}

// colourCount is how many pixels have a colour, and the sums of their real ones.
type colourCount struct{ pixels, red, green, blue int32 }

// box is some of used.
type box struct {
	from, to int
	weight   int64 // pixels times the length of its longest side
	side     uint  // that one's place in a bucket: 0 blue, 1 green, 2 red
}

// choose finds the colours of what has changed in a rectangle of a picture.
func (p *palette) choose(pixels, shown []byte, width int, at image.Rectangle) {
	p.count(pixels, shown, width, at)
	p.boxes = append(p.boxes[:0], p.measure(0, len(p.used)))
	for len(p.boxes) < transparent {
		heaviest := 0
		for i := range p.boxes {
			if p.boxes[i].weight > p.boxes[heaviest].weight {
				heaviest = i
			}
		}
		b := p.boxes[heaviest]
		if b.weight == 0 {
			break // each has one colour
		}
		middle := p.halve(b)
		p.boxes[heaviest] = p.measure(b.from, middle)
		p.boxes = append(p.boxes, p.measure(middle, b.to))
	}
	for code, b := range p.boxes {
		p.mix(code, b)
	}
}

// count counts the colours.
func (p *palette) count(pixels, shown []byte, width int, at image.Rectangle) {
	for _, b := range p.used {
		p.counts[b] = colourCount{}
	}
	p.used = p.used[:0]
	for y := at.Min.Y; y < at.Max.Y; y++ {
		for i := (y*width + at.Min.X) * pixelBytes; i < (y*width+at.Max.X)*pixelBytes; i += pixelBytes {
			if shown != nil && same(pixels[i:], shown[i:], 0) {
				continue
			}
			b := bucket(pixels[i:])
			c := &p.counts[b]
			if c.pixels == 0 {
				p.used = append(p.used, int32(b))
			}
			c.pixels++
			c.red += int32(pixels[i])
			c.green += int32(pixels[i+1])
			c.blue += int32(pixels[i+2])
		}
	}
}

// part is how much red (side 2), green (1) or blue (0) a bucket has.
func part(b int32, side uint) int32 { return b >> (side * bucketBits) & (1<<bucketBits - 1) }

// measure weighs a box.
func (p *palette) measure(from, to int) box {
	b := box{from: from, to: to}
	var pixels int64
	low, high := [3]int32{1 << bucketBits, 1 << bucketBits, 1 << bucketBits}, [3]int32{}
	for _, at := range p.used[from:to] {
		pixels += int64(p.counts[at].pixels)
		for side := range low {
			n := part(at, uint(side))
			low[side], high[side] = min(low[side], n), max(high[side], n)
		}
	}
	longest := int32(0)
	for side := range low {
		if long := high[side] - low[side]; long > longest {
			longest, b.side = long, uint(side)
		}
	}
	b.weight = pixels * int64(longest)
	return b
}

// halve sorts a box along its longest side, and returns where half of its pixels are on
// either hand.
func (p *palette) halve(b box) (middle int) {
	colours := p.used[b.from:b.to]
	slices.SortFunc(colours, func(x, y int32) int { return cmp.Compare(part(x, b.side), part(y, b.side)) })
	var all, seen int64
	for _, at := range colours {
		all += int64(p.counts[at].pixels)
	}
	for i, at := range colours[:len(colours)-1] {
		if seen += int64(p.counts[at].pixels); 2*seen >= all {
			return b.from + i + 1
		}
	}
	return b.to - 1
}

// mix gives a box the mean of its colours.
func (p *palette) mix(code int, b box) {
	var pixels, red, green, blue int64
	for _, at := range p.used[b.from:b.to] {
		c := &p.counts[at]
		pixels += int64(c.pixels)
		red, green, blue = red+int64(c.red), green+int64(c.green), blue+int64(c.blue)
		p.codes[at] = byte(code)
	}
	pixels = max(pixels, 1)
	p.colours[3*code], p.colours[3*code+1], p.colours[3*code+2] = byte(red/pixels), byte(green/pixels), byte(blue/pixels)
}
