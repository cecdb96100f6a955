package draw

import "math"

// The figures (frogs, hats, flies) are small solids seen by an orthographic
// camera that looks down at an angle with sine 3/5. One sprite is one
// rendering: each pixel takes the tone that most of its samples agree on,
// and the silhouette gets a line of one pixel. That keeps eight directions and
// every pose of a figure in proportion, which drawing by hand does not.

const (
	cameraSin = 0.6 // ground depth is squashed by this
	cameraCos = 0.8 // height is squashed by this
	samples   = 4   // per pixel and axis
	farAway   = 100 // the camera's distance, beyond every figure
)

// mul multiplies and rounds. The conversion forbids the compiler to fuse the
// product into a following addition, so every machine draws the same sheet.
func mul(a, b float64) float64 { return float64(a * b) }

// vec is a point or direction of a figure: f forward, s to its side, z up.
type vec struct{ f, s, z float64 }

func (a vec) plus(b vec) vec          { return vec{a.f + b.f, a.s + b.s, a.z + b.z} }
func (a vec) minus(b vec) vec         { return vec{a.f - b.f, a.s - b.s, a.z - b.z} }
func (a vec) times(k float64) vec     { return vec{mul(a.f, k), mul(a.s, k), mul(a.z, k)} }
func (a vec) over(b vec) vec          { return vec{a.f / b.f, a.s / b.s, a.z / b.z} }
func (a vec) dot(b vec) float64       { return mul(a.f, b.f) + mul(a.s, b.s) + mul(a.z, b.z) }
func (a vec) unit() vec               { return a.times(1 / math.Sqrt(a.dot(a))) }
func (a vec) flatDot(b vec) float64   { return mul(a.f, b.f) + mul(a.s, b.s) }
func (a vec) at(t float64, d vec) vec { return a.plus(d.times(t)) }

// part is one solid of a figure.
type part struct {
	shape shape
	paint material
	// pattern, if set, chooses the material by where the surface was hit:
	// at is relative to the part's centre, n is the outward normal.
	pattern func(at, n vec) material
	// group tells parts apart that should get a line between them.
	group int
}

// shape answers where a ray from o in direction d first meets it.
type shape interface {
	hit(o, d vec) (t float64, normal vec, ok bool)
	centre() vec
}

// ellipsoid is a ball stretched along the three axes.
type ellipsoid struct{ c, r vec }

func (e ellipsoid) centre() vec { return e.c }

func (e ellipsoid) hit(o, d vec) (float64, vec, bool) {
	p, q := o.minus(e.c).over(e.r), d.over(e.r)
	a, b, c := q.dot(q), p.dot(q), p.dot(p)-1
	root := mul(b, b) - mul(a, c)
	if root < 0 {
		return 0, vec{}, false
	}
	t := (-b - math.Sqrt(root)) / a
	at := o.at(t, d).minus(e.c)
	return t, at.over(e.r).over(e.r).unit(), true
}

// cone is an upright frustum with a flat lid: radius r0 at height z0 of its
// foot c, r1 at z1. Equal radii make a cylinder, r1 = 0 a pointed hat.
type cone struct {
	c              vec
	z0, r0, z1, r1 float64
}

func (k cone) centre() vec { return k.c }

func (k cone) hit(o, d vec) (float64, vec, bool) {
	p := o.minus(k.c)
	best, normal, found := math.Inf(1), vec{}, false
	if t := (k.z1 - p.z) / d.z; d.z != 0 {
		if at := p.at(t, d); at.flatDot(at) <= mul(k.r1, k.r1) {
			best, normal, found = t, vec{0, 0, 1}, true
		}
	}
	slope := (k.r1 - k.r0) / (k.z1 - k.z0)
	radius := k.r0 + mul(slope, p.z-k.z0)
	grow := mul(slope, d.z)
	a := d.flatDot(d) - mul(grow, grow)
	b := p.flatDot(d) - mul(radius, grow)
	c := p.flatDot(p) - mul(radius, radius)
	if root := mul(b, b) - mul(a, c); a != 0 && root >= 0 {
		t := (-b - math.Sqrt(root)) / a
		at := p.at(t, d)
		if at.z >= k.z0 && at.z <= k.z1 && t < best {
			best, found = t, true
			normal = vec{at.f, at.s, -mul(slope, math.Sqrt(at.flatDot(at)))}.unit()
		}
	}
	return best, normal, found
}

// heading is one of the five drawn directions; the other three are mirrors.
type heading int

const (
	south heading = iota
	southEast
	east
	northEast
	north
	headings
)

const half = math.Sqrt2 / 2

// turn holds sine and cosine of each heading, from south over east to north.
var turn = [headings][2]float64{{0, 1}, {half, half}, {1, 0}, {half, -half}, {0, -1}}

// fromScreen turns a direction given as x right, y towards the viewer, z up
// into the figure's own axes.
func (h heading) fromScreen(x, y, z float64) vec {
	sin, cos := turn[h][0], turn[h][1]
	return vec{mul(x, sin) + mul(y, cos), mul(x, cos) - mul(y, sin), z}
}

// sample is what one ray found.
type sample struct {
	paint material
	tone  int
	group int
	depth float64
}

// look casts one ray through the screen point x, y (y down, the figure's foot
// at 0,0).
func look(parts []part, h heading, x, y float64) (sample, bool) {
	up := -y
	o := h.fromScreen(x, mul(-cameraSin, up)+mul(farAway, cameraCos), mul(cameraCos, up)+mul(farAway, cameraSin))
	d := h.fromScreen(0, -cameraCos, -cameraSin)
	best := sample{depth: math.Inf(1)}
	for i := range parts {
		p := &parts[i]
		t, n, ok := p.shape.hit(o, d)
		if !ok || t >= best.depth {
			continue
		}
		best = sample{paint: p.paint, group: p.group, depth: t}
		if p.pattern != nil {
			best.paint = p.pattern(o.at(t, d).minus(p.shape.centre()), n)
		}
		best.tone = toneOf(n, h)
	}
	return best, !math.IsInf(best.depth, 1)
}

// toneOf says how lit a surface is, from 0 (shade) to 4 (glint). The light
// stands above the viewer's head, so that a mirrored sprite is lit the same.
func toneOf(n vec, h heading) int {
	light := h.fromScreen(0, 0.45, 0.89)
	switch lit := n.dot(light); {
	case lit < 0.05:
		return 0
	case lit < 0.42:
		return 1
	case lit < 0.80:
		return 2
	case lit < 0.985:
		return 3
	}
	return 4
}

// render draws a figure into two layers of the same size: tinted holds what
// takes the seat's colour, detail the rest. foot is the pixel of the figure's
// ground point.
func render(parts []part, h heading, w, height, footX, footY int) (tinted, detail *Canvas) {
	grid := make([]sample, w*height)
	for y := range height {
		for x := range w {
			grid[y*w+x] = vote(parts, h, float64(x-footX), float64(y-footY))
		}
	}
	tinted, detail = NewCanvas(w, height), NewCanvas(w, height)
	for y := range height {
		for x := range w {
			s := grid[y*w+x]
			if s.paint == nothing {
				if ink := outline(grid, w, height, x, y); ink != nothing {
					put(tinted, detail, x, y, ink, 0)
				}
				continue
			}
			if creased(grid, w, height, x, y) {
				s.tone = max(0, s.tone-2)
			}
			put(tinted, detail, x, y, s.paint, s.tone)
		}
	}
	return tinted, detail
}

// vote takes the samples of one pixel and returns the one most agree on, or
// nothing if fewer than half hit the figure.
func vote(parts []part, h heading, x, y float64) sample {
	var votes [materials * tones]int
	var seen [materials * tones]sample
	hits, bestCount := 0, 0
	var best sample
	for j := range samples {
		for i := range samples {
			sx := x + (float64(i)+0.5)/samples
			sy := y + (float64(j)+0.5)/samples
			s, ok := look(parts, h, sx, sy)
			if !ok {
				continue
			}
			hits++
			k := int(s.paint)*tones + s.tone
			if votes[k] == 0 {
				seen[k] = s
			}
			votes[k] += weight(s.paint)
			if votes[k] > bestCount {
				bestCount, best = votes[k], seen[k]
			}
		}
	}
	if hits*2 < samples*samples {
		return sample{}
	}
	return best
}

// creased reports whether a nearer part of another group starts right beside
// this pixel: the pixel then lies in its shade.
func creased(grid []sample, w, h, x, y int) bool {
	s := grid[y*w+x]
	for _, d := range [...][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
		nx, ny := x+d[0], y+d[1]
		if nx < 0 || ny < 0 || nx >= w || ny >= h {
			continue
		}
		n := grid[ny*w+nx]
		if n.paint != nothing && n.group != s.group && n.depth < s.depth-0.8 {
			return true
		}
	}
	return false
}

// outline returns the ink of the line around a figure at an empty pixel.
func outline(grid []sample, w, h, x, y int) material {
	for _, d := range [...][2]int{{0, 1}, {0, -1}, {1, 0}, {-1, 0}} {
		nx, ny := x+d[0], y+d[1]
		if nx < 0 || ny < 0 || nx >= w || ny >= h {
			continue
		}
		switch n := grid[ny*w+nx]; n.paint {
		case nothing:
		case skin, skinSpot:
			return skinInk
		default:
			return ink
		}
	}
	return nothing
}
