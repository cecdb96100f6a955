package rules

import "fmt"

// Check reports the first thing about the world that no round can lead to, or
// nil. A world that came from somebody else (a snapshot) must pass it before
// it is stepped: Step trusts the indices in it.
func (w *World) Check() error {
	switch {
	case w.Seats < 1 || w.Seats > MaxSeats:
		return fmt.Errorf("world: Seats is %d, allowed is 1 to %d", w.Seats, MaxSeats)
	case w.Pond < Puddle || w.Pond > MaxPond:
		return fmt.Errorf("world: Pond is %d, allowed is %d to %d", w.Pond, Puddle, MaxPond)
	case w.Phase > Over:
		return fmt.Errorf("world: Phase is %d, the last is %d", w.Phase, Over)
	case w.Tick < 0 && w.Phase != Over:
		return fmt.Errorf("world: Tick is %d", w.Tick)
	case w.PhaseFrames < 0 || w.PhaseFrames > MaxRoundFrames:
		return fmt.Errorf("world: PhaseFrames is %d, allowed is 0 to %d", w.PhaseFrames, MaxRoundFrames)
	case w.LeftFrames < 0 || w.LeftFrames > MaxRoundFrames:
		return fmt.Errorf("world: LeftFrames is %d, allowed is 0 to %d", w.LeftFrames, MaxRoundFrames)
	case w.Rounds != 1 && w.Rounds != 3 && w.Rounds != 5, w.Round < 1 || w.Round > w.Rounds:
		return fmt.Errorf("world: it is round %d of %d", w.Round, w.Rounds)
	case w.Teams && (w.Seats < 4 || w.Seats%2 != 0):
		return fmt.Errorf("world: %d seats in teams of two", w.Seats)
	case w.Choice > MaxPond || w.RoundFrames < MinRoundFrames || w.RoundFrames > MaxRoundFrames:
		return fmt.Errorf("world: Choice is %d, RoundFrames %d", w.Choice, w.RoundFrames)
	case w.Champion < -1 || w.Champion >= int8(w.Seats) || w.Champion >= 0 && w.Phase < Rest || w.Champion < 0 && w.Phase == Rest:
		return fmt.Errorf("world: Champion is %d in phase %d", w.Champion, w.Phase)
	case w.PastNext >= PastLen:
		return fmt.Errorf("world: PastNext is %d, allowed is 0 to %d", w.PastNext, PastLen-1)
	}
	for seat := range w.Frogs {
		if err := w.checkFrog(seat); err != nil {
			return fmt.Errorf("frog %d: %w", seat, err)
		}
	}
	for i := range w.Lilies {
		if err := w.checkLily(i); err != nil {
			return fmt.Errorf("lily %d: %w", i, err)
		}
	}
	for i := range w.Bubbles {
		b := &w.Bubbles[i]
		if b.Owner < -1 || b.Owner >= int8(w.Seats) || b.Owner >= 0 && (b.Age >= BubbleFrames || !w.inside(b.X, b.Y, 0)) {
			return fmt.Errorf("bubble %d is %+v", i, *b)
		}
	}
	return w.checkFlies()
}

func (w *World) checkFrog(seat int) error {
	f := &w.Frogs[seat]
	if seat >= int(w.Seats) {
		if f.State != Out {
			return fmt.Errorf("its State is %d, but there are only %d seats", f.State, w.Seats)
		}
		return nil
	}
	switch {
	case !w.inside(f.X, f.Y, FrogRadius):
		return fmt.Errorf("its X, Y is %d, %d, outside of the pond", f.X, f.Y)
	case max(f.VX, f.VY, -f.VX, -f.VY) > 40*Px:
		return fmt.Errorf("its VX, VY is %d, %d", f.VX, f.VY)
	case square(int32(f.TongueX), int32(f.TongueY)) > 257*257:
		return fmt.Errorf("its TongueX, TongueY is %d, %d, longer than 256", f.TongueX, f.TongueY)
	case f.Score < 0:
		return fmt.Errorf("its Score is %d", f.Score)
	case f.State > Sunk, f.State == Out && w.Phase < Sudden:
		return fmt.Errorf("its State is %d in phase %d", f.State, w.Phase)
	case f.State == Leap && f.StateFrames >= HopFrames,
		f.State == Thrown && f.StateFrames >= ThrowFrames,
		f.State == Sunk && f.StateFrames > SunkFrames:
		return fmt.Errorf("its StateFrames is %d in state %d", f.StateFrames, f.State)
	case f.Facing > 7:
		return fmt.Errorf("its Facing is %d, allowed is 0 to 7", f.Facing)
	case f.Lily < -1 || f.Lily >= MaxLilies || f.Lily >= 0 && f.State != Sit:
		return fmt.Errorf("its Lily is %d in state %d", f.Lily, f.State)
	case f.HitStop > HitStopFrames || f.Stun > StunFrames || f.Safe > SafeFrames || f.CoolDown > CroakEvery || f.HitByFrames > CreditFor:
		return fmt.Errorf("a timer is out of range: HitStop %d, Stun %d, Safe %d, CoolDown %d, HitByFrames %d",
			f.HitStop, f.Stun, f.Safe, f.CoolDown, f.HitByFrames)
	case f.HitBy < -1 || f.HitBy >= int8(w.Seats) || int(f.HitBy) == seat:
		return fmt.Errorf("its HitBy is %d", f.HitBy)
	case f.Mouth > MouthPerfect, (f.Mouth == MouthEmpty) != (f.MouthFrames == 0), f.MouthFrames > MouthHoldFrames:
		return fmt.Errorf("its Mouth is %d for %d frames", f.Mouth, f.MouthFrames)
	case f.Charge > ChargeFrames || f.HopWanted > wantFrames || f.TongueWanted > wantFrames:
		return fmt.Errorf("its Charge is %d, HopWanted %d, TongueWanted %d", f.Charge, f.HopWanted, f.TongueWanted)
	}
	return w.checkTongue(seat)
}

func (w *World) checkTongue(seat int) error {
	f := &w.Frogs[seat]
	if f.Tongue > TongueTug || f.TongueLength > TonguePx || f.Tongue == TongueIn && f.TongueLength > 0 {
		return fmt.Errorf("its Tongue is %d, TongueLength %d", f.Tongue, f.TongueLength)
	}
	switch {
	case f.Grab == GrabNone && f.GrabIndex == -1,
		f.Grab == GrabBubble && f.GrabIndex == -1,
		f.Grab == GrabFrog && f.GrabIndex >= 0 && f.GrabIndex < int8(w.Seats):
	case f.Grab == GrabFly && f.GrabIndex >= 0 && f.GrabIndex < MaxFlies && int(w.Flies[f.GrabIndex].Holder) == seat:
	default:
		return fmt.Errorf("its Grab is %d, GrabIndex %d", f.Grab, f.GrabIndex)
	}
	if f.Grab != GrabNone && f.Tongue != TongueBack {
		return fmt.Errorf("its Grab is %d while Tongue is %d", f.Grab, f.Tongue)
	}
	if f.Tongue != TongueTug {
		if f.TugWith != -1 || f.TugFrames != 0 {
			return fmt.Errorf("its TugWith is %d for %d frames without a tug-of-war", f.TugWith, f.TugFrames)
		}
		return nil
	}
	if f.TugWith < 0 || f.TugWith >= int8(w.Seats) || f.TugFrames < 1 || f.TugFrames > TugTotalFrames {
		return fmt.Errorf("its TugWith is %d for %d frames", f.TugWith, f.TugFrames)
	}
	if o := &w.Frogs[f.TugWith]; int(f.TugWith) == seat || o.Tongue != TongueTug || int(o.TugWith) != seat || o.TugFrames != f.TugFrames {
		return fmt.Errorf("its TugWith is %d, which tugs with %d", f.TugWith, o.TugWith)
	}
	return nil
}

func (w *World) checkLily(i int) error {
	l := &w.Lilies[i]
	low, high := int16(0), int16(0)
	switch l.State {
	case LilyNone:
	case LilyGone:
		high = regrowMax
	case LilyGrowing:
		low, high = 1, GrowFrames
	case LilyUp:
		high = SinkAfterFrames - 1
	case LilySinking:
		low, high = 1, SinkFrames+doomSpread
	default:
		return fmt.Errorf("its State is %d", l.State)
	}
	if l.Frames < low || l.Frames > high {
		return fmt.Errorf("its Frames is %d in state %d", l.Frames, l.State)
	}
	if l.State == LilyNone {
		return nil
	}
	if !w.inside(l.X, l.Y, 0) || l.Radius > BigRadius {
		return fmt.Errorf("its X, Y is %d, %d, Radius %d", l.X, l.Y, l.Radius)
	}
	return nil
}

func (w *World) checkFlies() error {
	worth := w.Flown
	for seat := range w.Frogs {
		worth += int32(w.Frogs[seat].Score)
	}
	for i := range w.Flies {
		fly := &w.Flies[i]
		worth += fly.Kind.Worth()
		switch {
		case fly.Kind > FlyGold, fly.Holder < -1, fly.Holder >= int8(w.Seats), fly.Kind != FlyNone && !w.inside(fly.X, fly.Y, 0):
			return fmt.Errorf("fly %d is %+v", i, *fly)
		case fly.Holder < 0:
		case fly.Kind == FlyNone, w.Frogs[fly.Holder].Grab != GrabFly, int(w.Frogs[fly.Holder].GrabIndex) != i:
			return fmt.Errorf("fly %d says seat %d holds it, which does not", i, fly.Holder)
		}
	}
	if worth != w.Hatched {
		return fmt.Errorf("flies worth %d are in the air, in frogs and gone, but %d have hatched", worth, w.Hatched)
	}
	return nil
}
