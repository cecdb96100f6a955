package rules

import "github.com/visavis-netcode/visavis/rollback"

// useMouth shoots the tongue, spits what was caught, or swells the cheeks.
//
// A press of Tongue shoots the tongue, or spits the bubble that was caught.
// Held on, with the tongue back in, it swells the cheeks; let go after
// ChargeFrames it spits a bubble of one's own.
func (w *World) useMouth(in rollback.Inputs[Pad], seat int, pad Pad) {
	f := &w.Frogs[seat]
	if f.Tongue != TongueIn {
		return
	}
	if f.TongueWanted > 0 {
		f.TongueWanted, f.Charge = 0, 0
		if f.Mouth != MouthEmpty {
			w.spit(in, seat, f.Mouth == MouthPerfect)
			f.Mouth, f.MouthFrames = MouthEmpty, 0
			return
		}
		x, y := w.aim(seat, TonguePx, true)
		f.TongueX, f.TongueY = int16(x), int16(y)
		f.stick(TongueOut)
		f.TongueLength, f.Grab, f.GrabIndex = 0, GrabNone, -1
		emitAt(in, EventTongue, seat, f.X, f.Y, 0)
		return
	}
	switch {
	case f.Mouth != MouthEmpty:
	case pad&Tongue != 0:
		f.Charge = min(f.Charge+1, ChargeFrames)
	case f.Charge >= ChargeFrames:
		f.Charge = 0
		w.spit(in, seat, false)
	default:
		f.Charge = 0
	}
}

// stick starts a phase of the tongue.
func (f *Frog) stick(phase TonguePhase) { f.Tongue, f.TongueFrames = phase, 0 }

// aim returns the unit vector (times 256) from a frog to the nearest thing in
// front of it, or straight on. In front means within about 25 degrees. A
// tongue would rather have a fly or a bubble than a frog; a bubble is only for
// frogs.
func (w *World) aim(seat int, rangePx int32, tongue bool) (x, y int32) {
	f := &w.Frogs[seat]
	a := aiming{x: f.X, y: f.Y, best: int64(rangePx+FrogRadius) * int64(rangePx+FrogRadius) * Px * Px}
	a.dx, a.dy = Direction(f.Facing)
	a.toX, a.toY = a.dx, a.dy
	if tongue {
		for i := range w.Flies {
			if fly := &w.Flies[i]; fly.Kind != FlyNone && fly.Holder < 0 {
				a.look(fly.X, fly.Y)
			}
		}
		for i := range w.Bubbles {
			if b := &w.Bubbles[i]; b.Owner >= 0 && int(b.Owner) != seat {
				a.look(b.X, b.Y)
			}
		}
	}
	if !a.found {
		for other := range w.Frogs[:w.Seats] {
			if o := &w.Frogs[other]; !w.together(seat, other) && o.touchable() {
				a.look(o.X, o.Y)
			}
		}
	}
	return a.toX, a.toY
}

// aiming is a look around for the nearest thing in front.
type aiming struct {
	x, y     int32 // of the one who aims
	dx, dy   int32 // straight on
	toX, toY int32 // towards the best so far
	best     int64 // its squared distance
	found    bool
}

func (a *aiming) look(x, y int32) {
	x, y = x-a.x, y-a.y
	distance := square(x, y)
	if distance == 0 || distance >= a.best {
		return
	}
	ahead := (int64(x)*int64(a.dx) + int64(y)*int64(a.dy)) / 256
	if ahead <= 0 || ahead*ahead*100 < distance*82 { // the cosine squared of 25 degrees
		return
	}
	a.best, a.found = distance, true
	a.toX, a.toY, _ = unit(x, y)
}

// Tip returns where the tip of the frog's tongue is, in subpixels.
func (f *Frog) Tip() (x, y int32) {
	length := int32(f.TongueLength)
	return f.X + int32(f.TongueX)*length, f.Y + int32(f.TongueY)*length
}

// stepTongues moves all tongues, knots those that meet, and then lets the
// others stick to things.
func (w *World) stepTongues(in rollback.Inputs[Pad]) {
	for seat := range w.Frogs[:w.Seats] {
		f := &w.Frogs[seat]
		if f.HitStop == 0 && f.Tongue != TongueIn {
			w.stepTongue(in, seat)
		}
		f.cool()
	}
	w.knotTongues(in)
	for i := range int(w.Seats) {
		seat := w.turn(i)
		if f := &w.Frogs[seat]; f.reaching() {
			w.catch(in, seat)
		}
	}
}

// reaching reports whether things stick to the tongue now.
func (f *Frog) reaching() bool {
	return (f.Tongue == TongueOut || f.Tongue == TongueHold) && f.HitStop == 0
}

// stepTongue lets one frame of a tongue pass.
func (w *World) stepTongue(in rollback.Inputs[Pad], seat int) {
	f := &w.Frogs[seat]
	switch {
	case f.Tongue == TongueTug:
		if partner := int(f.TugWith); seat < partner {
			w.stepTug(in, seat, partner)
		}
		return
	case f.Tongue == TongueOut && f.TongueFrames == TongueOutFrames:
		f.stick(TongueHold)
	case f.Tongue == TongueHold && f.TongueFrames == TongueHoldFrames:
		f.stick(TongueBack)
	}
	f.TongueFrames++
	switch f.Tongue {
	case TongueOut:
		f.TongueLength += tongueOutPx
	case TongueBack:
		f.TongueLength -= min(f.TongueLength, tongueBackPx)
	}
	if f.Grab == GrabFly {
		w.Flies[f.GrabIndex].X, w.Flies[f.GrabIndex].Y = f.Tip()
	}
	if f.TongueLength > 0 {
		return
	}
	if f.Grab == GrabFly {
		w.eat(in, seat)
	}
	f.stick(TongueIn)
	f.Grab, f.GrabIndex = GrabNone, -1
}

// along returns how far along the tongue (in subpixels) the point of it is
// that is nearest to x, y, and whether that is within reach of it.
func (f *Frog) along(x, y, reach int32) (int32, bool) {
	dx, dy := int32(f.TongueX), int32(f.TongueY)
	length := int32(f.TongueLength) * Px
	if !near(f.X, f.Y, x, y, length+reach) {
		return 0, false
	}
	at := ((x-f.X)*dx + (y-f.Y)*dy) / 256
	at = min(max(at, 0), length)
	return at, near(f.X+dx*at/256, f.Y+dy*at/256, x, y, reach)
}

// catch lets the nearest bubble or fly that a tongue touches stick to it, or
// the nearest frog if there is neither.
func (w *World) catch(in rollback.Inputs[Pad], seat int) {
	f := &w.Frogs[seat]
	var grab Grab
	var index int
	best := int32(1 << 30)
	for i := range w.Bubbles {
		b := &w.Bubbles[i]
		if b.Owner < 0 || int(b.Owner) == seat {
			continue
		}
		if at, ok := f.along(b.X, b.Y, tongueAirPx*Px); ok && at < best {
			best, grab, index = at, GrabBubble, i
		}
	}
	for i := range w.Flies {
		fly := &w.Flies[i]
		if fly.Kind == FlyNone || fly.Holder >= 0 {
			continue
		}
		if at, ok := f.along(fly.X, fly.Y, tongueFlyPx*Px); ok && at < best {
			best, grab, index = at, GrabFly, i
		}
	}
	for other := range w.Frogs[:w.Seats] {
		o := &w.Frogs[other]
		if grab == GrabBubble || grab == GrabFly || w.gentle() {
			break
		}
		if w.together(seat, other) || !o.touchable() || o.Tongue == TongueTug || o.State == Thrown {
			continue
		}
		if at, ok := f.along(o.X, o.Y, tongueFrogPx*Px); ok && at < best {
			best, grab, index = at, GrabFrog, other
		}
	}
	if grab == GrabNone {
		return
	}
	switch grab {
	case GrabBubble:
		w.catchBubble(in, seat, index)
		index = -1
	case GrabFly:
		w.Flies[index].Holder = int8(seat)
		emitAt(in, EventStick, seat, w.Flies[index].X, w.Flies[index].Y, 0)
	case GrabFrog:
		w.pull(in, seat, index)
	}
	f.stick(TongueBack)
	f.TongueLength = uint8(min((best+Px-1)/Px, int32(f.TongueLength)))
	f.Grab, f.GrabIndex = grab, int8(index)
}

// pull throws a frog over the one that pulls: onto its lily, if that does not
// sit with the water at its back.
func (w *World) pull(in rollback.Inputs[Pad], seat, pulled int) {
	p := &w.Frogs[pulled]
	emitAt(in, EventPull, seat, p.X, p.Y, int32(pulled))
	w.knock(pulled, 0, 0, seat)
	x, y, _ := w.behind(seat, p.X, p.Y)
	p.VX, p.VY = (x-p.X)/ThrowFrames, (y-p.Y)/ThrowFrames
	p.become(Thrown)
	p.Lily = -1
}

// behind returns where something that a frog pulls from x, y lands, and on
// which lily (-1: in the water).
func (w *World) behind(seat int, x, y int32) (int32, int32, int) {
	f := &w.Frogs[seat]
	ux, uy, distance := unit(f.X-x, f.Y-y)
	if distance == 0 {
		ux, uy = Direction(f.Facing)
	}
	return w.bend(f.X+ux*ThrowPx, f.Y+uy*ThrowPx, ThrowAssistPx)
}

// knotTongues begins a tug-of-war between frogs whose tongues meet.
func (w *World) knotTongues(in rollback.Inputs[Pad]) {
	for a := range int(w.Seats) {
		fa := &w.Frogs[a]
		for b := a + 1; b < int(w.Seats) && fa.reaching(); b++ {
			fb := &w.Frogs[b]
			if w.together(a, b) || !fb.reaching() || !fa.touchable() || !fb.touchable() {
				continue
			}
			ax, ay := fa.Tip()
			bx, by := fb.Tip()
			_, onA := fa.along(bx, by, tongueKnotPx*Px)
			_, onB := fb.along(ax, ay, tongueKnotPx*Px)
			if onA || onB {
				w.knot(fa, b)
				w.knot(fb, a)
				emitAt(in, EventTug, a, (fa.X+fb.X)/2, (fa.Y+fb.Y)/2, int32(b))
			}
		}
	}
}

// knot begins a tug-of-war for one of the two.
func (w *World) knot(f *Frog, with int) {
	f.stick(TongueTug)
	f.TugWith, f.TugFrames, f.TugPresses = int8(with), TugTotalFrames, 0
	f.HopWanted, f.TongueWanted, f.Charge = 0, 0, 0
}

// stepTug lets one frame of a tug-of-war between seats a < b pass, and
// decides it at the end: the loser is pulled, a tie flings both back.
func (w *World) stepTug(in rollback.Inputs[Pad], a, b int) {
	fa, fb := &w.Frogs[a], &w.Frogs[b]
	fa.TugFrames--
	fb.TugFrames--
	if fa.TugFrames > 0 {
		return
	}
	forA, forB := fa.TugPresses, fb.TugPresses
	w.letGo(a)
	x, y := (fa.X+fb.X)/2, (fa.Y+fb.Y)/2
	switch {
	case forA > forB:
		emitAt(in, EventTugEnd, a, x, y, int32(a))
		w.pull(in, a, b)
	case forB > forA:
		emitAt(in, EventTugEnd, a, x, y, int32(b))
		w.pull(in, b, a)
	default:
		emitAt(in, EventTugEnd, a, x, y, -1)
		ux, uy, _ := unit(fb.X-fa.X, fb.Y-fa.Y)
		w.knock(a, -ux*tugTieKnock/256, -uy*tugTieKnock/256, b)
		w.knock(b, ux*tugTieKnock/256, uy*tugTieKnock/256, a)
	}
}

// letGo takes a frog's tongue back at once: a fly on it is free again, a
// tug-of-war ends for both.
func (w *World) letGo(seat int) {
	f := &w.Frogs[seat]
	if f.Tongue == TongueTug {
		partner := &w.Frogs[f.TugWith]
		partner.endTongue()
	}
	if f.Grab == GrabFly {
		w.Flies[f.GrabIndex].Holder = -1
	}
	f.endTongue()
}

func (f *Frog) endTongue() {
	f.stick(TongueIn)
	f.TongueLength, f.Grab, f.GrabIndex = 0, GrabNone, -1
	f.TugWith, f.TugFrames, f.TugPresses = -1, 0, 0
}
