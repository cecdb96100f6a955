package rules

import "github.com/visavis-netcode/visavis/rollback"

// spit lets a bubble fly from a frog's mouth. If the pool is full it is
// swallowed.
func (w *World) spit(in rollback.Inputs[Pad], seat int, fast bool) {
	f := &w.Frogs[seat]
	for i := range w.Bubbles {
		b := &w.Bubbles[i]
		if b.Owner >= 0 {
			continue
		}
		ux, uy := w.aim(seat, bubbleAimPx, false)
		speed, extra := int32(bubbleSpeed), int32(0)
		if fast {
			speed, extra = fastSpeed, 1
		}
		const mouthPx = FrogRadius + 2
		*b = Bubble{
			X: f.X + ux*mouthPx, Y: f.Y + uy*mouthPx,
			VX: ux * speed / 256, VY: uy * speed / 256,
			Owner: int8(seat), Fast: fast, Generation: b.Generation + 1,
		}
		b.X, b.Y = w.within(b.X, b.Y, 0)
		emitAt(in, EventSpit, seat, f.X, f.Y, extra)
		return
	}
}

// stepBubbles moves all bubbles; they pop on frogs, at the edge and of age.
func (w *World) stepBubbles(in rollback.Inputs[Pad]) {
	for i := range w.Bubbles {
		b := &w.Bubbles[i]
		if b.Owner < 0 {
			continue
		}
		x, y := b.X+b.VX, b.Y+b.VY
		b.X, b.Y = w.within(x, y, 0)
		b.Age++
		if b.Age >= BubbleFrames || b.X != x || b.Y != y {
			b.Owner = -1
			emitAt(in, EventPop, i, b.X, b.Y, 0)
			continue
		}
		for k := range int(w.Seats) {
			seat := w.turn(k)
			f := &w.Frogs[seat]
			if !w.together(int(b.Owner), seat) && f.touchable() && near(f.X, f.Y, b.X, b.Y, (FrogRadius+BubbleRadius)*Px) {
				w.burst(in, i, seat)
				break
			}
		}
	}
}

// burst knocks a frog away with a bubble.
func (w *World) burst(in rollback.Inputs[Pad], i, seat int) {
	b := &w.Bubbles[i]
	force := int32(bubbleKnock)
	if b.Fast {
		force = fastKnock
	}
	ux, uy, _ := unit(b.VX, b.VY)
	w.knock(seat, ux*force/256, uy*force/256, int(b.Owner))
	b.Owner = -1
	emitAt(in, EventHit, i, b.X, b.Y, int32(seat))
}

// catchBubble puts a bubble that stuck to a tongue into the mouth. If it would
// have struck within PerfectFrames of the press the catch is perfect: both
// frogs freeze for a moment, and it goes back at double speed.
func (w *World) catchBubble(in rollback.Inputs[Pad], seat, i int) {
	f, b := &w.Frogs[seat], &w.Bubbles[i]
	spitter := b.Owner
	speed := int32(bubbleSpeed)
	if b.Fast {
		speed = fastSpeed
	}
	f.Mouth, f.MouthFrames = MouthBubble, MouthHoldFrames
	left := PerfectFrames + 1 - int32(f.TongueFrames)
	if f.Tongue == TongueOut && near(f.X, f.Y, b.X, b.Y, (FrogRadius+BubbleRadius)*Px+left*speed) {
		f.Mouth = MouthPerfect
		f.HitStop = HitStopFrames
		w.Frogs[spitter].HitStop = HitStopFrames
		emitAt(in, EventPerfect, seat, b.X, b.Y, int32(spitter))
	}
	b.Owner = -1
	emitAt(in, EventCatch, seat, b.X, b.Y, 0)
}
