package rules

// The ponds that a round can be played on.
const (
	AnyPond   uint8 = iota // in a Setup: the puddle for two frogs, else one of the others by chance
	Puddle                 // small, and seen from twice as near
	MillPond               // lilies nearly everywhere
	GreatLily              // has one great lily in its middle, which never sinks

	MaxPond = GreatLily
)

// maxPuddleSeats is how many frogs have room on the puddle.
const maxPuddleSeats = 4

// ground is the shape of a pond. Lengths are in px.
type ground struct {
	width, height int32 // of its picture
	top           int32 // the picture's upper edge, which is the score row's: no lily, fly or frog gets there

	columns, rows         int // cells of lilies, at most
	cellWidth, cellHeight int32
	jitterX, jitterY      int32 // so far a lily may be from the middle of its cell
	minRadius, maxRadius  int32 // of lilies
	gap                   int32 // one in so many cells has no lily
	suddenRadius          int32 // of the big lily of sudden death, at first
}

var grounds = [MaxPond + 1]ground{
	Puddle: {
		width: ArenaWidth / 2, height: ArenaHeight / 2, top: ScoreRowPx / 2, columns: 4, rows: 3,
		cellWidth: 80, cellHeight: 55, jitterX: 6, jitterY: 2, minRadius: 24, maxRadius: 25, gap: 9, suddenRadius: 72,
	},
	MillPond: {
		width: ArenaWidth, height: ArenaHeight, top: ScoreRowPx, columns: LilyColumns, rows: LilyRows,
		cellWidth: 80, cellHeight: 66, jitterX: 7, jitterY: 2, minRadius: 25, maxRadius: lilyMaxRadius, gap: 7, suddenRadius: BigRadius,
	},
	GreatLily: {
		width: ArenaWidth, height: ArenaHeight, top: ScoreRowPx, columns: LilyColumns, rows: LilyRows,
		cellWidth: 80, cellHeight: 66, jitterX: 7, jitterY: 2, minRadius: 25, maxRadius: lilyMaxRadius, gap: 9, suddenRadius: BigRadius,
	},
}

// ground returns the shape of the world's pond.
func (w *World) ground() *ground {
	if w.Pond < Puddle || w.Pond > MaxPond {
		return &grounds[MillPond]
	}
	return &grounds[w.Pond]
}

// Size returns the size of the pond's picture in px, ScoreRowPx of its upper
// edge (in proportion) included. Lilies, frogs and flies are below that.
func (w *World) Size() (width, height int32) {
	g := w.ground()
	return g.width, g.height
}

// choosePond settles which pond it is, if that was left to chance.
func (w *World) choosePond(wanted uint8) {
	switch {
	case wanted == Puddle && w.Seats > maxPuddleSeats:
		w.Pond = MillPond
	case wanted != AnyPond:
		w.Pond = wanted
	case w.Seats <= 2:
		w.Pond = Puddle
	case w.Rand.OneIn(2):
		w.Pond = MillPond
	default:
		w.Pond = GreatLily
	}
}

// middle returns the middle of the pond, in subpixels.
func (w *World) middle() (x, y int32) {
	g := w.ground()
	return g.width / 2 * Px, (g.top + g.height) / 2 * Px
}

// within moves a point that is nearer to the edge of the pond than margin
// back. All are in subpixels.
func (w *World) within(x, y, margin int32) (int32, int32) {
	g := w.ground()
	return min(max(x, margin), g.width*Px-margin), min(max(y, g.top*Px+margin), g.height*Px-margin)
}

// inside reports whether a point is in the pond, margin px from its edges.
func (w *World) inside(x, y, margin int32) bool {
	ix, iy := w.within(x, y, margin*Px)
	return ix == x && iy == y
}

// columns returns the first column of cells with lilies and how many follow:
// the pond is as wide as the number of frogs wants.
func (w *World) columns() (first, count int) {
	most := w.ground().columns
	count = most
	if w.Seats < 6 {
		count = min(6, most)
	}
	return (most - count) / 2, count
}

// flyRange returns between which places, in px, flies stay.
func (w *World) flyRange() (left, top, right, bottom int32) {
	g := w.ground()
	first, count := w.columns()
	left = int32(first)*g.cellWidth + flyMarginPx
	right = int32(first+count)*g.cellWidth - flyMarginPx
	return left, g.top + flyMarginPx, right, g.height - flyMarginPx
}

// growPond fills most cells of the pond with a lily.
func (w *World) growPond() {
	g := w.ground()
	first, count := w.columns()
	for row := range g.rows {
		for column := first; column < first+count; column++ {
			l := &w.Lilies[row*LilyColumns+column]
			l.X = (int32(column)*g.cellWidth + g.cellWidth/2 + w.Rand.Between(-g.jitterX, g.jitterX)) * Px
			l.Y = (g.top + int32(row)*g.cellHeight + g.cellHeight/2 + w.Rand.Between(-g.jitterY, g.jitterY)) * Px
			l.Radius = uint8(w.Rand.Between(g.minRadius, g.maxRadius))
			l.State = LilyUp
			if w.Rand.OneIn(g.gap) {
				*l = Lily{}
			}
		}
	}
	if w.Pond == GreatLily {
		w.growGreatLily()
	}
}

// growGreatLily puts the great lily in the place of those in the middle.
func (w *World) growGreatLily() {
	for row := 1; row <= 3; row++ {
		for column := 3; column <= 4; column++ {
			w.Lilies[row*LilyColumns+column] = Lily{}
		}
	}
	x, y := w.middle()
	w.Lilies[BigLily] = Lily{X: x, Y: y, Radius: greatRadius, State: LilyUp}
}

// tireless reports whether a lily is the great one, which never sinks.
func (l *Lily) tireless() bool { return l.Radius > lilyMaxRadius }

// seatFrogs puts every frog on a lily of its own: the first one anywhere, the
// next ones as far from the others as can be.
func (w *World) seatFrogs() {
	for seat := range w.Frogs {
		f := &w.Frogs[seat]
		f.reset()
		f.State = Out
	}
	mx, my := w.middle()
	for seat := range w.Frogs[:w.Seats] {
		f := &w.Frogs[seat]
		lily := w.startLily(seat)
		f.become(Sit)
		f.X, f.Y, f.Lily = w.Lilies[lily].X, w.Lilies[lily].Y, int8(lily)
		f.Facing = facingToward(mx-f.X, my-f.Y)
	}
}

// startLily returns the lily on which a seat begins: not in the top row, where
// its head and its name would be close under the score row, and not the great
// one, which would be an advantage.
func (w *World) startLily(seat int) int {
	skip := w.Rand.Below(MaxLilies)
	if seat > 0 {
		skip = 0
	}
	found, best := -1, int64(-1)
	for k := range int32(MaxLilies) {
		i := int((k + skip) % MaxLilies)
		l := &w.Lilies[i]
		if i < LilyColumns || l.State != LilyUp || l.tireless() {
			continue
		}
		if distance := w.frogDistance(l); distance > best {
			found, best = i, distance
		}
	}
	if found < 0 || best == 0 {
		return w.safestLily()
	}
	return found
}
