package rules

import "github.com/visavis-netcode/visavis/rollback"

// Worth returns what a fly of a kind counts.
func (k FlyKind) Worth() int32 {
	switch k {
	case FlyPlain:
		return 1
	case FlyGold:
		return GoldWorth
	}
	return 0
}

// flyTarget returns how many plain flies there should be in the air.
func (w *World) flyTarget() int32 { return 3 + int32(w.Seats) }

// hatch lets a fly come up somewhere over the pond. It returns its index, or
// -1 if the pool is full.
func (w *World) hatch(kind FlyKind) int {
	i := w.freeFly()
	if i < 0 {
		return i
	}
	left, top, right, bottom := w.flyRange()
	x, y := w.Rand.Between(left, right)*Px, w.Rand.Between(top, bottom)*Px
	w.placeFly(i, kind, x, y)
	w.Hatched += kind.Worth()
	return i
}

func (w *World) freeFly() int {
	for i := range w.Flies {
		if w.Flies[i].Kind == FlyNone {
			return i
		}
	}
	return -1
}

// placeFly fills a slot of the pool.
func (w *World) placeFly(i int, kind FlyKind, x, y int32) {
	fly := &w.Flies[i]
	*fly = Fly{X: x, Y: y, Kind: kind, Holder: -1, Generation: fly.Generation + 1}
	w.turnFly(fly)
	if kind == FlyGold {
		fly.Frames = GoldFrames
	}
}

// turnFly gives a fly a new course.
func (w *World) turnFly(fly *Fly) {
	speed := w.Rand.Between(flySlow, flyFast)
	if fly.Kind == FlyGold {
		speed = goldSpeed
	}
	dx, dy := Direction(uint8(w.Rand.Below(8)))
	fly.VX, fly.VY = int16(dx*speed/256), int16(dy*speed/256)
	if fly.Kind == FlyPlain {
		fly.Frames = int16(w.Rand.Between(20, 60))
	}
}

// stepFlies hatches flies and moves those that are free.
func (w *World) stepFlies(in rollback.Inputs[Pad]) {
	w.hatchFlies(in)
	left, top, right, bottom := w.flyRange()
	left, top, right, bottom = left*Px, top*Px, right*Px, bottom*Px
	for i := range w.Flies {
		fly := &w.Flies[i]
		if fly.Kind == FlyNone || fly.Holder >= 0 {
			continue
		}
		fly.Frames--
		switch {
		case fly.Kind == FlyGold && fly.Frames <= 0:
			w.flyAway(i)
			continue
		case fly.Kind == FlyGold && fly.Frames%24 == 0, fly.Frames <= 0:
			w.turnFly(fly)
		}
		fly.X += int32(fly.VX)
		fly.Y += int32(fly.VY)
		if fly.X < left && fly.VX < 0 || fly.X > right && fly.VX > 0 {
			fly.VX = -fly.VX
		}
		if fly.Y < top && fly.VY < 0 || fly.Y > bottom && fly.VY > 0 {
			fly.VY = -fly.VY
		}
		fly.X, fly.Y = w.within(fly.X, fly.Y, FlyRadius*Px)
	}
}

// hatchFlies keeps the air full. There are none in sudden death.
func (w *World) hatchFlies(in rollback.Inputs[Pad]) {
	if w.Phase == Sudden {
		return
	}
	if w.HatchFrames > 0 {
		w.HatchFrames--
	} else {
		w.HatchFrames = w.Rand.Between(hatchMin, hatchMax) / (2 + int32(w.Seats))
		var plain int32
		for i := range w.Flies {
			if w.Flies[i].Kind == FlyPlain {
				plain++
			}
		}
		if plain < w.flyTarget() {
			w.hatch(FlyPlain)
		}
	}
	if w.Phase == Ready {
		return
	}
	if w.GoldenFrames--; w.GoldenFrames <= 0 {
		w.GoldenFrames = w.Rand.Between(goldEveryMin, goldEveryMax)
		if i := w.hatch(FlyGold); i >= 0 {
			emitAt(in, EventGoldHatch, i, w.Flies[i].X, w.Flies[i].Y, 0)
		}
	}
}

// flyAway takes a fly out of the game uneaten.
func (w *World) flyAway(i int) {
	fly := &w.Flies[i]
	w.Flown += fly.Kind.Worth()
	if fly.Holder >= 0 {
		w.letGo(int(fly.Holder))
	}
	fly.Kind, fly.Holder = FlyNone, -1
}

// eat swallows the fly on the tongue of a frog.
func (w *World) eat(in rollback.Inputs[Pad], seat int) {
	f := &w.Frogs[seat]
	fly := &w.Flies[f.GrabIndex]
	kind := EventEat
	if fly.Kind == FlyGold {
		kind = EventGold
	}
	f.Score += int16(fly.Kind.Worth())
	fly.Kind, fly.Holder = FlyNone, -1
	emitAt(in, kind, seat, f.X, f.Y, int32(f.Score))
}

// dropFlies lets up to n flies rise from a splash and returns how many there
// was room for.
func (w *World) dropFlies(x, y int32, n int16) int16 {
	for dropped := range n {
		i := w.freeFly()
		if i < 0 {
			return dropped
		}
		w.placeFly(i, FlyPlain, x, y)
	}
	return n
}

// scareFlies turns the flies near a croak away from it.
func (w *World) scareFlies(x, y int32) {
	for i := range w.Flies {
		fly := &w.Flies[i]
		if fly.Kind == FlyNone || fly.Holder >= 0 || !near(x, y, fly.X, fly.Y, CroakPx*Px) {
			continue
		}
		ux, uy, _ := unit(fly.X-x, fly.Y-y)
		fly.VX, fly.VY = int16(ux*goldSpeed/256), int16(uy*goldSpeed/256)
		if fly.Kind == FlyPlain {
			fly.Frames = 30
		}
	}
}
