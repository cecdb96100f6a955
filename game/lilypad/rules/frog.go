package rules

import "github.com/visavis-netcode/visavis/rollback"

// reset takes a frog out of whatever it was doing; its place, its score and
// what it counts stay.
func (f *Frog) reset() {
	*f = Frog{
		X: f.X, Y: f.Y, Facing: f.Facing, Held: f.Held,
		Score: f.Score, Splashes: f.Splashes, Knocks: f.Knocks,
		State: Sit, Lily: -1, TugWith: -1, GrabIndex: -1, HitBy: -1,
	}
}

// become starts a state.
func (f *Frog) become(state FrogState) { f.State, f.StateFrames = state, 0 }

// touchable reports whether anything can happen to the frog from outside.
func (f *Frog) touchable() bool {
	if f.Safe > 0 || f.HitStop > 0 {
		return false
	}
	return f.State == Sit || f.State == Thrown || f.State == Leap && f.StateFrames > HopSafeFrames
}

// sliding reports whether the frog moves over the ground against its will.
func (f *Frog) sliding() bool { return f.State == Sit && (f.VX != 0 || f.VY != 0) }

// control does what the player of a seat asks for.
func (w *World) control(in rollback.Inputs[Pad], seat int, pad Pad) {
	f := &w.Frogs[seat]
	pressed := pad &^ f.Held
	f.Held = pad
	f.HopWanted = remember(f.HopWanted, pressed&Hop != 0)
	f.TongueWanted = remember(f.TongueWanted, pressed&Tongue != 0)
	if f.Tongue == TongueTug {
		if pressed&Tongue != 0 && f.TugPresses < 255 {
			f.TugPresses++
		}
		f.HopWanted, f.TongueWanted = 0, 0
		return
	}
	if f.HitStop > 0 || f.State != Sit && f.State != Leap {
		return
	}
	if pressed&Croak != 0 && f.CoolDown == 0 {
		f.CoolDown = CroakEvery
		emitAt(in, EventCroak, seat, f.X, f.Y, 0)
		w.scareFlies(f.X, f.Y)
	}
	steer := pad.steering()
	if w.Phase == Ready {
		if steer != noFacing {
			f.Facing = steer
		}
		f.HopWanted, f.TongueWanted = 0, 0
		return
	}
	if f.Stun > 0 {
		f.Charge = 0
		return
	}
	if steer != noFacing {
		f.Facing = steer
	}
	switch {
	case f.State != Sit:
	case f.HopWanted > 0:
		w.hop(in, seat, steer)
	case steer != noFacing && !f.sliding():
		w.walk(f, steer)
	}
	w.useMouth(in, seat, pad)
}

// remember starts or goes on with the frames for which a press is remembered,
// so that one made a little too early still counts.
func remember(left uint8, pressed bool) uint8 {
	if pressed {
		return wantFrames
	}
	return left - min(left, 1)
}

// walk moves a sitting frog one step, but never off its lily: along the rim
// if straight on is water.
func (w *World) walk(f *Frog, facing uint8) {
	dx, dy := Direction(facing)
	dx, dy = dx*walkSpeed/256, dy*walkSpeed/256
	if !w.shift(f, dx, dy) && !w.shift(f, dx, 0) {
		w.shift(f, 0, dy)
	}
}

// shift moves a frog if there is a lily where it would be.
func (w *World) shift(f *Frog, dx, dy int32) bool {
	if dx == 0 && dy == 0 {
		return false
	}
	x, y := w.within(f.X+dx, f.Y+dy, FrogRadius*Px)
	if w.lilyAt(x, y, 0) < 0 {
		return false
	}
	f.X, f.Y = x, y
	return true
}

// hop starts a leap where the player steers, or on the spot.
func (w *World) hop(in rollback.Inputs[Pad], seat int, steer uint8) {
	f := &w.Frogs[seat]
	f.HopWanted = 0
	f.VX, f.VY = 0, 0
	if steer != noFacing {
		x, y, _ := w.landing(f.X, f.Y, steer)
		f.VX, f.VY = (x-f.X)/HopFrames, (y-f.Y)/HopFrames
	}
	f.become(Leap)
	f.Lily = -1
	emitAt(in, EventHop, seat, f.X, f.Y, 0)
}

// landing returns where a leap from x, y would end, and on which lily (-1:
// in the water, as far as one can tell now).
func (w *World) landing(x, y int32, facing uint8) (int32, int32, int) {
	dx, dy := Direction(facing)
	return w.bend(x+dx*HopPx, y+dy*HopPx, HopAssistPx)
}

// bend moves the end of a flight onto the lily that it would miss by less than
// slackPx, and into the arena. It returns the lily too, -1 for the water.
func (w *World) bend(x, y, slackPx int32) (int32, int32, int) {
	x, y = w.within(x, y, FrogRadius*Px)
	lily := w.lilyAt(x, y, slackPx*Px)
	if lily < 0 {
		return x, y, lily
	}
	l := &w.Lilies[lily]
	ux, uy, distance := unit(x-l.X, y-l.Y)
	if inside := int32(l.Radius) - LandPx; distance > inside*Px {
		x, y = l.X+ux*inside, l.Y+uy*inside
	}
	return x, y, lily
}

// move lets a frog slide, fly, land or come back.
func (w *World) move(in rollback.Inputs[Pad], seat int) {
	f := &w.Frogs[seat]
	if f.State == Out || f.HitStop > 0 || f.Tongue == TongueTug {
		return
	}
	f.StateFrames += min(1, 255-f.StateFrames)
	switch f.State {
	case Sit:
		if f.VX|f.VY != 0 {
			w.slide(f)
		}
	case Leap, Thrown:
		f.X, f.Y = w.within(f.X+f.VX, f.Y+f.VY, FrogRadius*Px)
		if f.State == Leap && f.StateFrames >= HopFrames || f.State == Thrown && f.StateFrames >= ThrowFrames {
			w.land(in, seat)
		}
	}
}

// slide moves a frog that was hit, and slows it down.
func (w *World) slide(f *Frog) {
	f.X, f.Y = w.within(f.X+f.VX, f.Y+f.VY, FrogRadius*Px)
	f.VX, f.VY = f.VX*slideKeep/256, f.VY*slideKeep/256
	if near(f.VX, f.VY, 0, 0, slideStop) {
		f.VX, f.VY = 0, 0
	}
}

// land ends a leap or a throw. Whoever sits where a leap ends is knocked away.
func (w *World) land(in rollback.Inputs[Pad], seat int) {
	f := &w.Frogs[seat]
	leapt := f.State == Leap
	f.become(Sit)
	f.VX, f.VY = 0, 0
	f.Stun = LandStun
	if w.lilyAt(f.X, f.Y, toePx*Px) < 0 {
		return // settle finds it in the water
	}
	emitAt(in, EventLand, seat, f.X, f.Y, 0)
	if !leapt || w.gentle() {
		return
	}
	for other := range w.Frogs[:w.Seats] {
		o := &w.Frogs[other]
		if !w.together(seat, other) && o.State == Sit && o.touchable() && near(f.X, f.Y, o.X, o.Y, SlamPx*Px) {
			w.slam(in, seat, other)
		}
	}
}

// slam knocks a frog away from the one that landed beside it.
func (w *World) slam(in rollback.Inputs[Pad], seat, other int) {
	f, o := &w.Frogs[seat], &w.Frogs[other]
	ux, uy, distance := unit(o.X-f.X, o.Y-f.Y)
	if distance == 0 {
		ux, uy = Direction(f.Facing)
	}
	w.knock(other, ux*slamKnock/256, uy*slamKnock/256, seat)
	emitAt(in, EventSlam, seat*MaxSeats+other, o.X, o.Y, int32(other))
}

// knock hits a frog: it lets go of everything and slides, or is blown off its
// course in the air.
func (w *World) knock(seat int, vx, vy int32, by int) {
	w.letGo(seat)
	f := &w.Frogs[seat]
	if f.State == Sit {
		f.VX, f.VY = vx, vy
	} else {
		f.VX, f.VY = f.VX+vx/2, f.VY+vy/2
	}
	f.Stun = StunFrames
	f.Charge = 0
	f.HitBy, f.HitByFrames = int8(by), CreditFor
}

// settle finds out who sits on what, who is in the water and who comes back.
// A frog that slides fast skims the water like a stone.
func (w *World) settle(in rollback.Inputs[Pad]) {
	for seat := range w.Frogs[:w.Seats] {
		f := &w.Frogs[seat]
		switch f.State {
		case Sit:
			if f.Lily = int8(w.lilyAt(f.X, f.Y, toePx*Px)); f.Lily < 0 && f.Tongue != TongueTug && near(f.VX, f.VY, 0, 0, skimSpeed) {
				w.splash(in, seat)
			}
		case Sunk:
			if f.StateFrames >= SunkFrames {
				w.respawn(in, seat)
			}
		}
	}
}

// splash drops a frog into the water, and its flies into the air. In sudden
// death it is out.
func (w *World) splash(in rollback.Inputs[Pad], seat int) {
	w.letGo(seat)
	f := &w.Frogs[seat]
	culprit := int8(-1)
	if f.HitBy >= 0 && f.HitByFrames > 0 {
		culprit = f.HitBy
		w.Frogs[culprit].Knocks++
	}
	f.reset()
	f.Splashes++
	emitAt(in, EventSplash, seat, f.X, f.Y, int32(culprit))
	if w.Phase == Sudden {
		f.become(Out)
		return
	}
	f.become(Sunk)
	if w.Phase == Play && w.PhaseFrames < GentleFrames {
		return
	}
	if lost := w.dropFlies(f.X, f.Y, min(f.Score, SplashFlies)); lost > 0 {
		f.Score -= lost
		emitAt(in, EventLoss, seat, f.X, f.Y, int32(lost))
	}
}

// respawn puts a frog on the safest lily.
func (w *World) respawn(in rollback.Inputs[Pad], seat int) {
	f := &w.Frogs[seat]
	lily := w.safestLily()
	f.reset()
	f.X, f.Y, f.Lily = w.Lilies[lily].X, w.Lilies[lily].Y, int8(lily)
	f.Safe = SafeFrames
	emitAt(in, EventRespawn, seat, f.X, f.Y, 0)
}

// cool counts down what frogs wait for. A frozen frog stays as it is.
func (f *Frog) cool() {
	if f.HitStop > 0 {
		f.HitStop--
		return
	}
	f.Stun -= min(f.Stun, 1)
	f.Safe -= min(f.Safe, 1)
	f.CoolDown -= min(f.CoolDown, 1)
	f.HitByFrames -= min(f.HitByFrames, 1)
	if f.Mouth != MouthEmpty {
		if f.MouthFrames--; f.MouthFrames == 0 {
			f.Mouth = MouthEmpty
		}
	}
}

// bumpFrogs parts frogs that overlap. One that slides passes its speed on to
// the one it meets, and so on: a chain.
func (w *World) bumpFrogs(in rollback.Inputs[Pad]) {
	for a := range int(w.Seats) {
		if !w.Frogs[a].solid() {
			continue
		}
		for b := a + 1; b < int(w.Seats); b++ {
			if w.Frogs[b].solid() && near(w.Frogs[a].X, w.Frogs[a].Y, w.Frogs[b].X, w.Frogs[b].Y, 2*FrogRadius*Px-1) {
				w.bump(in, a, b)
			}
		}
	}
}

// solid reports whether other frogs run into this one.
func (f *Frog) solid() bool {
	return f.State == Sit && f.Safe == 0 && f.HitStop == 0 && f.Tongue != TongueTug
}

func (w *World) bump(in rollback.Inputs[Pad], a, b int) {
	fa, fb := &w.Frogs[a], &w.Frogs[b]
	nx, ny, distance := unit(fb.X-fa.X, fb.Y-fa.Y)
	if distance == 0 {
		nx, ny = Direction(uint8(a))
	}
	closing := ((fa.VX-fb.VX)*nx + (fa.VY-fb.VY)*ny) / 256
	if closing > bumpMin {
		pass := closing * bumpPass / 256
		px, py := pass*nx/256, pass*ny/256
		hit, slid := b, a // the faster one slid into the other
		if square(fb.VX, fb.VY) > square(fa.VX, fa.VY) {
			hit, slid = a, b
		}
		ax, ay, bx, by := fa.VX-px, fa.VY-py, fb.VX+px, fb.VY+py
		w.bumped(in, hit, slid)
		fa.VX, fa.VY, fb.VX, fb.VY = ax, ay, bx, by
	}
	overlap := (2*FrogRadius*Px-distance)/2 + 1
	ox, oy := nx*overlap/256, ny*overlap/256
	w.shove(fa, -ox, -oy)
	w.shove(fb, ox, oy)
}

// bumped stuns the frog that was hit; the credit goes to whoever started the
// chain.
func (w *World) bumped(in rollback.Inputs[Pad], hit, slid int) {
	by := slid
	if starter := w.Frogs[slid].HitBy; starter >= 0 && int(starter) != hit && w.Frogs[slid].HitByFrames > 0 {
		by = int(starter)
	}
	w.knock(hit, 0, 0, by)
	w.Frogs[hit].Stun = BumpStun
	emitAt(in, EventBump, slid*MaxSeats+hit, w.Frogs[hit].X, w.Frogs[hit].Y, int32(hit))
}

// shove parts a frog from another, but not off its lily unless it slides. In
// sudden death it does, as there will not be room for two.
func (w *World) shove(f *Frog, dx, dy int32) {
	if f.sliding() || w.Phase == Sudden {
		f.X, f.Y = w.within(f.X+dx, f.Y+dy, FrogRadius*Px)
		return
	}
	w.shift(f, dx, dy)
}
