package rules

import (
	"math/bits"

	"github.com/visavis-netcode/visavis/rollback"
)

// New returns the world at the start of a round. The same Setup gives the
// same world everywhere; values out of range are moved into it.
func New(setup Setup) World {
	s := setup.valid()
	w := World{
		Rand:        rollback.NewRand(s.Seed),
		Seats:       uint8(s.Seats),
		Levels:      s.levels(),
		Rounds:      uint8(s.Rounds),
		Teams:       s.Teams,
		Choice:      s.Pond,
		RoundFrames: s.DurationFrames,
	}
	w.beginRound()
	return w
}

// beginRound sets up a pond that nobody has played on.
func (w *World) beginRound() {
	w.Round++
	w.Champion = -1
	w.LeftFrames, w.GoldenFrames = w.RoundFrames, goldEveryMin
	w.Mood = w.Rand.Uint32()
	w.choosePond(w.Choice)
	w.growPond()
	for i := range w.Bubbles {
		w.Bubbles[i].Owner = -1
	}
	for i := range w.Flies {
		w.Flies[i].Holder = -1
	}
	for range w.flyTarget() / 2 {
		w.hatch(FlyPlain)
	}
	w.seatFrogs()
	for i := range w.Past {
		w.Past[i] = w.sight()
	}
}

// Step lets one frame pass. Seats that in does not have are idle, inputs
// beyond World.Seats are ignored. Once the round is over only Tick goes on.
func (w *World) Step(in rollback.Inputs[Pad]) { w.step(in, (*World).stops) }

// StepRules5 is Step as it was up to Version 5: for matches that were recorded then.
func (w *World) StepRules5(in rollback.Inputs[Pad]) { w.step(in, (*World).stopsRules5) }

func (w *World) step(in rollback.Inputs[Pad], stops func(*World, rollback.Inputs[Pad]) bool) {
	if w.Phase == Over {
		w.Tick++
		return
	}
	if stops(w, in) {
		w.Tick++
		w.Champion = -1
		w.enter(Over)
		return
	}
	if w.Phase == Rest {
		w.Tick++
		if w.PhaseFrames++; w.PhaseFrames >= RestFrames {
			w.nextRound()
		}
		return
	}
	pads := w.pads(in)
	w.Tick++
	for seat := range w.Frogs[:w.Seats] {
		w.control(in, seat, pads[seat])
	}
	for i := range int(w.Seats) {
		w.move(in, w.turn(i))
	}
	w.bumpFrogs(in)
	w.stepTongues(in)
	w.stepBubbles(in)
	w.stepFlies(in)
	w.stepLilies(in)
	w.settle(in)
	w.stepPhase(in)
	if w.Tick%SightFrames == 0 {
		w.Past[w.PastNext] = w.sight()
		w.PastNext = (w.PastNext + 1) % PastLen
	}
}

// stops reports whether most of the players end the match for everybody.
func (w *World) stops(in rollback.Inputs[Pad]) bool {
	here, hold := 0, 0
	for seat := range min(in.Len(), int(w.Seats)) {
		if !in.Present(seat) || w.Levels[seat] != 0 && w.Levels[seat]&Waits == 0 {
			continue
		}
		if here++; in.At(seat) == Stop {
			hold++
			in.Emit(EventStop, uint32(seat), 0)
		}
	}
	return 2*hold > here
}

// stopsRules5 reports whether the player of seat 0 does: up to Version 5 it was the host's.
func (w *World) stopsRules5(in rollback.Inputs[Pad]) bool {
	return in.Len() > 0 && in.At(0) == Stop && w.Levels[0] == 0
}

// pads returns what every seat does in this frame: its bot's word if one plays it, else
// its input.
func (w *World) pads(in rollback.Inputs[Pad]) (pads [MaxSeats]Pad) {
	for seat := range int(w.Seats) {
		if seat < in.Len() {
			pads[seat] = in.At(seat)
		}
		level := w.level(seat)
		switch bot := pads[seat]&Auto != 0; {
		case level == 0 && bot:
			level = AutoLevel
		case w.Levels[seat]&Waits != 0 && seat < in.Len() && in.Present(seat) && !bot:
			level = 0 // somebody has come
		}
		if level > 0 {
			pads[seat] = Bot(w, seat, level)
		}
	}
	return pads
}

// level returns the level of a seat's bot, 0 if it has none.
func (w *World) level(seat int) int { return int(w.Levels[seat] &^ Waits) }

// turn returns the i-th seat of this frame's order, for what matters who comes
// first in: it goes round, so that no seat is better than another.
func (w *World) turn(i int) int { return (int(w.Tick) + i) % int(w.Seats) }

// stepPhase advances the clock and starts the next phase when its time has
// come.
func (w *World) stepPhase(in rollback.Inputs[Pad]) {
	w.PhaseFrames++
	if w.Phase == Ready {
		if w.PhaseFrames >= ReadyFrames {
			w.enter(Play)
			in.Emit(EventCount, 0, 0)
		} else if w.PhaseFrames%(ReadyFrames/3) == 1 {
			in.Emit(EventCount, 0, int64(3-w.PhaseFrames/(ReadyFrames/3)))
		}
		return
	}
	w.LeftFrames--
	if w.LeftFrames > 0 && w.LeftFrames <= 5*secondTicks && w.LeftFrames%secondTicks == 0 {
		in.Emit(EventClock, 0, int64(w.LeftFrames/secondTicks))
	}
	switch {
	case w.Phase == Play && w.LeftFrames > 0 && w.LeftFrames <= FinalFrames:
		w.enter(Final)
		w.doomLilies(in)
		in.Emit(EventFinal, 0, 0)
	case w.Phase == Sudden:
		w.stepSudden(in)
	case w.LeftFrames <= 0:
		w.finishRound(in)
	}
}

func (w *World) enter(phase Phase) {
	w.Phase, w.PhaseFrames = phase, 0
}

// finishRound ends the round, or begins sudden death if the best are level.
func (w *World) finishRound(in rollback.Inputs[Pad]) {
	best := int32(-1)
	var leaders uint8
	for seat := range w.Frogs[:w.Seats] {
		switch points := w.Points(seat); {
		case points > best:
			best, leaders = points, 1<<seat
		case points == best:
			leaders |= 1 << seat
		}
	}
	if w.sides(leaders) > 1 {
		w.startSudden(leaders)
		in.Emit(EventSudden, 0, int64(leaders))
		return
	}
	champion := bits.TrailingZeros8(leaders)
	if mate := w.Mate(champion); mate >= 0 && w.Frogs[mate].Score > w.Frogs[champion].Score {
		champion = mate
	}
	w.finish(in, champion)
}

// startSudden puts the leaders in a ring on one big lily and everybody else
// out of the game. All flies leave, so the scores stay level.
func (w *World) startSudden(leaders uint8) {
	w.enter(Sudden)
	w.LeftFrames = SuddenFrames
	w.Rivals = leaders
	for i := range w.Flies {
		w.flyAway(i)
	}
	for i := range w.Bubbles {
		w.Bubbles[i].Owner = -1
	}
	w.Lilies = [MaxLilies]Lily{}
	x, y := w.middle()
	radius := w.ground().suddenRadius
	w.Lilies[BigLily] = Lily{X: x, Y: y, Radius: uint8(radius), State: LilyUp}
	place := 0
	for seat := range w.Frogs[:w.Seats] {
		f := &w.Frogs[seat]
		f.reset()
		if leaders&(1<<seat) == 0 {
			f.State = Out
			continue
		}
		facing := uint8(place * 8 / bits.OnesCount8(leaders))
		dx, dy := Direction(facing)
		f.X, f.Y = x+dx*radius*2/3, y+dy*radius*2/3
		f.Facing = (facing + 4) & 7
		f.Lily = BigLily
		f.Safe = SafeFrames
		place++
	}
}

// stepSudden shrinks the big lily and looks who is left. It ends after
// SuddenFrames at the latest: then, and if the last rivals fell in the same
// frame, fewer splashes decide, and then the lower seat.
func (w *World) stepSudden(in rollback.Inputs[Pad]) {
	var left uint8
	for seat := range w.Frogs[:w.Seats] {
		if w.Rivals&(1<<seat) != 0 && w.Frogs[seat].State != Out {
			left |= 1 << seat
		}
	}
	if left != 0 {
		w.Rivals = left
	}
	if w.sides(left) > 1 && w.LeftFrames > 0 {
		if l := &w.Lilies[BigLily]; w.PhaseFrames%BigShrinkEvery == 0 && l.Radius > 1 {
			l.Radius--
		}
		return
	}
	champion := -1
	for seat := range w.Frogs[:w.Seats] {
		if w.Rivals&(1<<seat) != 0 && (champion < 0 || w.Frogs[seat].Splashes < w.Frogs[champion].Splashes) {
			champion = seat
		}
	}
	w.finish(in, champion)
}
