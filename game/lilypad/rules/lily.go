package rules

import (
	"slices"

	"github.com/visavis-netcode/visavis/rollback"
)

// Carries reports whether frogs can stand on the lily.
func (l *Lily) Carries() bool { return l.State == LilyUp || l.State == LilySinking }

// lilyAt returns the lily that carries a frog at x, y, the nearest if slack
// (in subpixels beyond the rim) lets there be two, or -1. Only the four
// nearest cells can hold it.
func (w *World) lilyAt(x, y, slack int32) int {
	if w.Phase == Sudden || w.Pond == GreatLily {
		if l := &w.Lilies[BigLily]; near(x, y, l.X, l.Y, int32(l.Radius)*Px+slack) && l.Carries() {
			return BigLily
		}
		if w.Phase == Sudden {
			return -1
		}
	}
	g := w.ground()
	column := int((x/Px+g.cellWidth/2)/g.cellWidth) - 1
	row := int((y/Px-g.top+g.cellHeight/2)/g.cellHeight) - 1
	found, best := -1, int64(1<<62)
	for r := max(row, 0); r <= min(row+1, LilyRows-1); r++ {
		for c := max(column, 0); c <= min(column+1, LilyColumns-1); c++ {
			l := &w.Lilies[r*LilyColumns+c]
			if !l.Carries() || !near(x, y, l.X, l.Y, int32(l.Radius)*Px+slack) {
				continue
			}
			if distance := square(x-l.X, y-l.Y); distance < best {
				found, best = r*LilyColumns+c, distance
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
		if distance := w.frogDistance(l); distance > best {
			safest, best = i, distance
		}
	}
	if safest >= 0 {
		return safest
	}
	w.Lilies[spare].State, w.Lilies[spare].Frames = LilyUp, 0
	return spare
}

// frogDistance returns the squared distance between a lily and the frog that is
// nearest to it.
func (w *World) frogDistance(l *Lily) int64 {
	distance := int64(1 << 62)
	for seat := range w.Frogs[:w.Seats] {
		if f := &w.Frogs[seat]; f.State != Out && f.State != Sunk {
			distance = min(distance, square(f.X-l.X, f.Y-l.Y))
		}
	}
	return distance
}

// stepLilies tires the lilies that frogs stand on, and lets them sink and grow
// back.
func (w *World) stepLilies(in rollback.Inputs[Pad]) {
	if w.Phase == Ready || w.Phase == Sudden {
		return
	}
	gentle := w.gentle()
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
			if !stood[i] || l.tireless() || gentle {
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

// gentle reports whether the round has only just begun, on somebody's first
// pond. Then no lily tires, no tongue sticks to a frog, and no landing knocks
// one away.
func (w *World) gentle() bool {
	if w.Phase != Play || w.PhaseFrames >= GentleFrames {
		return false
	}
	return slices.ContainsFunc(w.Levels[:w.Seats], func(level uint8) bool { return level&^Waits == FirstPond })
}

// doomLilies lets half of the lilies sink for good, one after the other.
func (w *World) doomLilies(in rollback.Inputs[Pad]) {
	var cells [MaxLilies]uint8
	n := int32(0)
	for i := range w.Lilies {
		if w.Lilies[i].State != LilyNone && !w.Lilies[i].tireless() {
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
