package rules

import "github.com/visavis-netcode/visavis/rollback"

// Carries reports whether frogs can stand on the lily.
func (l *Lily) Carries() bool { return l.State == LilyUp || l.State == LilySinking }

// pondColumns returns the first column of cells with lilies and how many
// follow: the pond is as wide as the number of frogs wants.
func (w *World) pondColumns() (first, count int) {
	count = min(4+int(w.Seats-min(w.Seats, 2))/2*2, LilyColumns)
	return (LilyColumns - count) / 2, count
}

// pondEdges returns between which x, in px, flies stay.
func (w *World) pondEdges() (left, right int32) {
	first, count := w.pondColumns()
	return int32(first)*cellWidth + flyMarginPx, int32(first+count)*cellWidth - flyMarginPx
}

// growPond fills most cells of the pond with a lily.
func (w *World) growPond() {
	first, count := w.pondColumns()
	for row := range LilyRows {
		for column := first; column < first+count; column++ {
			l := &w.Lilies[row*LilyColumns+column]
			l.X = (int32(column)*cellWidth + cellWidth/2 + w.Rand.Between(-lilyJitterX, lilyJitterX)) * Px
			l.Y = (int32(row)*cellHeight + cellHeight/2 + w.Rand.Between(-lilyJitterY, lilyJitterY)) * Px
			l.Radius = uint8(w.Rand.Between(lilyMinRadius, lilyMaxRadius))
			l.State = LilyUp
			if w.Rand.OneIn(7) {
				*l = Lily{}
			}
		}
	}
}

// seatFrogs puts every frog on a lily of its own, as far from the others as
// can be.
func (w *World) seatFrogs() {
	for seat := range w.Frogs {
		f := &w.Frogs[seat]
		f.reset()
		f.State = Out
	}
	for seat := range w.Frogs[:w.Seats] {
		f := &w.Frogs[seat]
		lily := w.safestLily()
		f.become(Sit)
		f.X, f.Y, f.Lily = w.Lilies[lily].X, w.Lilies[lily].Y, int8(lily)
		f.Facing = facingToward(ArenaWidth/2*Px-f.X, ArenaHeight/2*Px-f.Y)
	}
}

// lilyAt returns the lily that carries a frog at x, y, the nearest if slack
// (in subpixels beyond the rim) lets there be two, or -1. Only the four
// nearest cells can hold it.
func (w *World) lilyAt(x, y, slack int32) int {
	if w.Phase == Sudden {
		if l := &w.Lilies[BigLily]; near(x, y, l.X, l.Y, int32(l.Radius)*Px+slack) {
			return BigLily
		}
		return -1
	}
	column := (x/Px+cellWidth/2)/cellWidth - 1
	row := (y/Px+cellHeight/2)/cellHeight - 1
	found, best := -1, int64(1<<62)
	for r := max(row, 0); r <= min(row+1, LilyRows-1); r++ {
		for c := max(column, 0); c <= min(column+1, LilyColumns-1); c++ {
			l := &w.Lilies[r*LilyColumns+c]
			if !l.Carries() || !near(x, y, l.X, l.Y, int32(l.Radius)*Px+slack) {
				continue
			}
			if distance := square(x-l.X, y-l.Y); distance < best {
				found, best = int(r*LilyColumns+c), distance
			}
		}
	}
	return found
}

// safestLily returns the lily for a frog to come back on: up, not doomed, and
// as far from every other frog as can be. If there is none, one is made to
// rise.
func (w *World) safestLily() int {
	safest, best := -1, int64(-1)
	spare := BigLily
	for i := range w.Lilies {
		l := &w.Lilies[i]
		if l.State == LilyNone || l.Doomed {
			continue
		}
		spare = i
		if l.State != LilyUp {
			continue
		}
		distance := int64(1 << 62)
		for seat := range w.Frogs[:w.Seats] {
			if f := &w.Frogs[seat]; f.State != Out && f.State != Sunk {
				distance = min(distance, square(f.X-l.X, f.Y-l.Y))
			}
		}
		if distance > best {
			safest, best = i, distance
		}
	}
	if safest >= 0 {
		return safest
	}
	w.Lilies[spare].State, w.Lilies[spare].Frames = LilyUp, 0
	return spare
}

// stepLilies tires the lilies that frogs stand on, and lets them sink and grow
// back.
func (w *World) stepLilies(in rollback.Inputs[Pad]) {
	if w.Phase == Ready || w.Phase == Sudden {
		return
	}
	var stood [MaxLilies]bool
	for seat := range w.Frogs[:w.Seats] {
		if f := &w.Frogs[seat]; f.State == Sit && f.Lily >= 0 {
			stood[f.Lily] = true
		}
	}
	for i := range w.Lilies {
		l := &w.Lilies[i]
		switch l.State {
		case LilyUp:
			if !stood[i] {
				l.Frames -= min(l.Frames, 1)
			} else if l.Frames++; l.Frames >= SinkAfterFrames {
				l.State, l.Frames = LilySinking, SinkFrames
				emitAt(in, EventSink, i, l.X, l.Y, 0)
			}
		case LilySinking:
			if l.Frames--; l.Frames <= 0 {
				l.State, l.Frames = LilyGone, 0
				if !l.Doomed {
					l.Frames = int16(w.Rand.Between(regrowMin, regrowMax))
				}
			}
		case LilyGone:
			if l.Frames > 0 {
				if l.Frames--; l.Frames == 0 {
					l.State, l.Frames = LilyGrowing, GrowFrames
				}
			}
		case LilyGrowing:
			if l.Frames--; l.Frames <= 0 {
				l.State, l.Frames = LilyUp, 0
			}
		}
	}
}

// doomLilies lets half of the lilies sink for good, one after the other.
func (w *World) doomLilies(in rollback.Inputs[Pad]) {
	var cells [MaxLilies]uint8
	n := int32(0)
	for i := range w.Lilies {
		if w.Lilies[i].State != LilyNone {
			cells[n] = uint8(i)
			n++
		}
	}
	for k := range n / 2 {
		pick := k + w.Rand.Below(n-k)
		cells[k], cells[pick] = cells[pick], cells[k]
		l := &w.Lilies[cells[k]]
		l.Doomed = true
		switch {
		case l.State == LilyUp:
			l.State, l.Frames = LilySinking, int16(SinkFrames+w.Rand.Below(doomSpread))
			emitAt(in, EventSink, int(cells[k]), l.X, l.Y, 0)
		case l.State != LilySinking:
			l.State, l.Frames = LilyGone, 0
		}
	}
}
