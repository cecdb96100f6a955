package rules

// sight takes a look at the pond as it is now.
func (w *World) sight() (s Sighting) {
	for seat := range w.Frogs {
		s.Frogs[seat] = Spot{X: NoSpot}
		if f := &w.Frogs[seat]; f.State != Out && f.State != Sunk && f.Safe == 0 {
			s.Frogs[seat] = spotOf(f.X, f.Y)
		}
	}
	for i := range w.Flies {
		s.Flies[i] = Spot{X: NoSpot}
		if fly := &w.Flies[i]; fly.Kind != FlyNone && fly.Holder < 0 {
			s.Flies[i] = spotOf(fly.X, fly.Y)
		}
	}
	return s
}

func spotOf(x, y int32) Spot {
	return Spot{X: uint8(x / (SpotPx * Px)), Y: uint8(y / (SpotPx * Px))}
}

// Position returns the middle of the spot in subpixels, and false if there
// was nothing to see.
func (s Spot) Position() (x, y int32, seen bool) {
	const half = SpotPx * Px / 2
	return int32(s.X)*SpotPx*Px + half, int32(s.Y)*SpotPx*Px + half, s.X != NoSpot
}

// seen returns the newest sighting that is at least delay frames old, or the
// oldest there is. The newest of all is Tick%SightFrames frames old.
func (w *World) seen(delay int32) *Sighting {
	age := w.Tick % SightFrames
	for back := 1; back < PastLen; back++ {
		if age >= delay {
			return &w.Past[(int(w.PastNext)+PastLen-back)%PastLen]
		}
		age += SightFrames
	}
	return &w.Past[w.PastNext%PastLen]
}
