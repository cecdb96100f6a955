package rules

// answer looks for a bubble that is about to strike: a good bot catches it
// with its tongue, others leap over it, or do not notice.
func (b *bot) answer() (Pad, bool) {
	f := b.f
	if f.Safe > 0 {
		return 0, false
	}
	for i := range b.w.Bubbles {
		a := &b.w.Bubbles[i]
		if a.Owner < 0 || b.w.together(b.seat, int(a.Owner)) || int32(a.Age) < b.delay {
			continue
		}
		frames, strikes := strike(f, a)
		if !strikes || frames > 2*botWakeUp || b.percent(1<<30, uint32(i)<<8|uint32(a.Generation)) >= b.dodge {
			continue
		}
		if b.delay < PerfectFrames*2 && f.Tongue == TongueIn && f.Mouth == MouthEmpty {
			if frames <= botCatch {
				return b.toward(a.X, a.Y) | b.tap(Tongue), true
			}
		} else if frames <= botWakeUp {
			return b.tap(Hop), true
		}
	}
	return 0, false
}

// strike returns in how many frames a bubble will be nearest to a frog that
// stays where it is, and whether it touches it then.
func strike(f *Frog, a *Bubble) (frames int32, strikes bool) {
	const touch = (FrogRadius + BubbleRadius) * Px
	dx, dy := f.X-a.X, f.Y-a.Y
	speed := square(a.VX, a.VY)
	ahead := int64(dx)*int64(a.VX) + int64(dy)*int64(a.VY)
	if ahead <= 0 || speed == 0 {
		return 0, false
	}
	frames = int32(ahead / speed)
	return frames, near(dx, dy, a.VX*frames, a.VY*frames, touch+2*Px)
}

// flee leaves a lily that sinks or soon will. In sudden death it keeps away
// from the rim.
func (b *bot) flee() (Pad, bool) {
	f := b.f
	if f.Lily < 0 || f.sliding() {
		return b.saveItself()
	}
	l := &b.w.Lilies[f.Lily]
	if b.w.Phase == Sudden {
		if !near(f.X, f.Y, l.X, l.Y, int32(l.Radius)*Px*2/3) {
			return b.toward(l.X, l.Y), true
		}
		return 0, false
	}
	if l.State == LilyUp && l.Frames < b.leave {
		return 0, false
	}
	x, y := b.goal()
	if facing, _ := b.bestLeap(x, y, false); facing != noFacing {
		return padToward[facing] | b.tap(Hop), true
	}
	return 0, false
}

// saveItself leaps from a slide that will end in the water.
func (b *bot) saveItself() (Pad, bool) {
	f := b.f
	if b.w.lilyAt(f.X+4*f.VX, f.Y+4*f.VY, 0) >= 0 {
		return 0, false
	}
	if facing, _ := b.bestLeap(f.X, f.Y, true); facing != noFacing {
		return padToward[facing] | b.tap(Hop), true
	}
	return 0, false
}

// spit throws a bubble that it caught at the nearest frog.
func (b *bot) spit() (Pad, bool) {
	if b.f.Mouth == MouthEmpty || b.f.Tongue != TongueIn {
		return 0, false
	}
	x, y, distance := b.nearestFrog()
	if distance > 2*botShotMax && b.f.MouthFrames > MouthHoldFrames/2 {
		return 0, false
	}
	return b.toward(x, y) | b.tap(Tongue), true
}

// snap shoots the tongue at a fly in reach.
func (b *bot) snap() (Pad, bool) {
	f := b.f
	if f.Tongue != TongueIn || f.Mouth != MouthEmpty || f.Charge > 0 || b.percent(botSnap, saltEager) >= b.eager {
		return 0, false
	}
	for i := range b.seen.Flies {
		if x, y, seen := b.seen.Flies[i].Position(); seen && near(f.X, f.Y, x, y, botReach) {
			return b.beside(b.toward(x, y)) | b.tap(Tongue), true
		}
	}
	return 0, false
}

// pullOver pulls a frog in reach if that throws it into the water.
func (b *bot) pullOver() (Pad, bool) {
	f := b.f
	if f.Tongue != TongueIn || f.Mouth != MouthEmpty || f.Charge > 0 || b.percent(32, saltPull) >= b.pull {
		return 0, false
	}
	for seat := range b.seen.Frogs[:b.w.Seats] {
		x, y, seen := b.seen.Frogs[seat].Position()
		if b.w.together(b.seat, seat) || !seen || !near(f.X, f.Y, x, y, botReach) {
			continue
		}
		if _, _, lily := b.w.behind(b.seat, x, y); lily < 0 {
			return b.toward(x, y) | b.tap(Tongue), true
		}
	}
	return 0, false
}

// charge holds Tongue until a bubble is ready, and then spits it at the
// nearest frog.
func (b *bot) charge() (Pad, bool) {
	f := b.f
	if f.Mouth != MouthEmpty || b.percent(128, saltShoot) >= b.shoot && f.Charge == 0 {
		return 0, false
	}
	x, y, distance := b.nearestFrog()
	if distance < botShotMin || distance > botShotMax || b.hoard && distance > botNear {
		return 0, false
	}
	switch {
	case f.Charge >= ChargeFrames:
		return b.beside(b.toward(x, y)), true // lets go of Tongue
	case f.Held&Tongue == 0 && f.Tongue != TongueIn:
		return 0, false
	}
	return b.toward(x, y) | Tongue, true
}

// nearestFrog returns where the nearest other frog was seen, and how far that
// is.
func (b *bot) nearestFrog() (x, y, distance int32) {
	best := int64(1 << 40)
	for seat := range b.seen.Frogs[:b.w.Seats] {
		fx, fy, seen := b.seen.Frogs[seat].Position()
		if d := square(fx-b.f.X, fy-b.f.Y); seen && !b.w.together(b.seat, seat) && d < best {
			best, x, y = d, fx, fy
		}
	}
	return x, y, int32(root(uint64(best)))
}

// home returns the place near which a bot that hoards stays: one of four.
func (b *bot) home() (x, y int32) {
	left, top, right, bottom := b.w.flyRange()
	corner := (uint32(b.seat) + b.w.Mood) % 4
	x, y = left+(right-left)/5, top+(bottom-top)/5
	if corner%2 == 1 {
		x = right - (right-left)/5
	}
	if corner/2 == 1 {
		y = bottom - (bottom-top)/5
	}
	return x * Px, y * Px
}

// goal returns where it wants to be: at the nearest frog if it hunts, else at
// the nearest fly, a golden one counting as three times nearer, or in the middle
// of the pond if it sees none. Who hoards minds only the flies around its home,
// and goes there if there are none.
func (b *bot) goal() (x, y int32) {
	if b.percent(botHunt, saltHunt) < b.hunt {
		if fx, fy, distance := b.nearestFrog(); distance < botFar {
			return fx, fy
		}
	}
	x, y = b.w.middle()
	if b.hoard {
		x, y = b.home()
	}
	homeX, homeY := x, y
	best := int64(1 << 40)
	for i := range b.seen.Flies {
		fx, fy, seen := b.seen.Flies[i].Position()
		d := square(fx-b.f.X, fy-b.f.Y)
		if b.w.Flies[i].Kind == FlyGold {
			d /= 9
		}
		if seen && d < best && (!b.hoard || near(homeX, homeY, fx, fy, botGarden)) {
			best, x, y = d, fx, fy
		}
	}
	return x, y
}

// bestLeap returns the direction of the leap that ends nearest to x, y on a
// lily that will hold, or noFacing. With home it may end on the same lily. When
// it feels like it, landing on another frog counts as twice as near.
func (b *bot) bestLeap(x, y int32, home bool) (facing uint8, distance int32) {
	facing = noFacing
	best := int64(1 << 40)
	slam := b.percent(64, saltSlam) < b.slam
	for d := range uint8(8) {
		lx, ly, lily := b.w.landing(b.f.X, b.f.Y, d)
		if lily < 0 || lily == int(b.f.Lily) && !home {
			continue
		}
		if l := &b.w.Lilies[lily]; l.State != LilyUp || l.Frames > botTired {
			continue
		}
		score := square(lx-x, ly-y)
		if slam && b.frogNear(lx, ly) {
			score /= 4
		}
		if score < best {
			best, facing = score, d
		}
	}
	return facing, int32(root(uint64(best)))
}

// frogNear reports whether another frog was seen where a landing slams it.
func (b *bot) frogNear(x, y int32) bool {
	for seat := range b.seen.Frogs[:b.w.Seats] {
		fx, fy, seen := b.seen.Frogs[seat].Position()
		if seen && !b.w.together(b.seat, seat) && near(x, y, fx, fy, botSlam) {
			return true
		}
	}
	return false
}

// travel leaps nearer to the goal every now and then, and walks between.
func (b *bot) travel() Pad {
	f := b.f
	x, y := b.goal()
	if b.w.Phase == Sudden {
		x, y, _ = b.nearestFrog()
	}
	if b.w.Tick%b.think == b.percent(b.think, saltThink)%b.think {
		if b.percent(1, saltBlind) < b.blind {
			return b.toward(x, y) | b.tap(Hop)
		}
		_, _, distance := unit(x-f.X, y-f.Y)
		facing, left := b.bestLeap(x, y, b.w.Phase == Sudden)
		if facing != noFacing && left < distance-botWorth {
			return padToward[facing] | b.tap(Hop)
		}
	}
	if f.Lily < 0 {
		return 0
	}
	if l := &b.w.Lilies[f.Lily]; !near(f.X, f.Y, x, y, botStroll) || b.w.Phase == Sudden {
		if near(f.X, f.Y, l.X, l.Y, int32(l.Radius)*Px-botRim) {
			return 0
		}
		x, y = l.X, l.Y
	}
	if near(f.X, f.Y, x, y, botDeadZone) {
		return 0
	}
	return b.toward(x, y)
}
