package rules

import (
	"math/bits"

	"github.com/visavis-netcode/visavis/rollback"
)

// Mate returns the seat that plays together with a seat, or -1 where everybody
// plays for himself.
func (w *World) Mate(seat int) int {
	if !w.Teams {
		return -1
	}
	return seat ^ 1
}

// Points returns the flies of a seat in this round, its mate's included.
func (w *World) Points(seat int) int32 {
	points := int32(w.Frogs[seat].Score)
	if mate := w.Mate(seat); mate >= 0 {
		points += int32(w.Frogs[mate].Score)
	}
	return points
}

// together reports whether two seats are one, or mates.
func (w *World) together(a, b int) bool { return a == b || w.Mate(a) == b }

// sides counts the sides that a set of seats is of.
func (w *World) sides(seats uint8) int {
	if w.Teams {
		seats = (seats | seats>>1) & 0b01010101
	}
	return bits.OnesCount8(seats)
}

// finish ends the round: for good if it was the last one, or if nobody can take
// the match from the winner any more.
func (w *World) finish(in rollback.Inputs[Pad], champion int) {
	for seat := range w.Frogs[:w.Seats] {
		if w.together(champion, seat) {
			w.Wins[seat]++
		}
	}
	w.LeftFrames = 0
	w.Champion = int8(champion)
	if w.Round < w.Rounds && w.Wins[champion] <= w.Rounds/2 {
		w.enter(Rest)
		in.Emit(EventRound, 0, int64(champion))
		return
	}
	if w.Rounds > 1 {
		w.Champion = -1 // who has won the match stands behind this round's winner no more
		best := 0
		for seat := 1; seat < int(w.Seats); seat++ {
			if w.ahead(seat, best) {
				best = seat
			}
		}
		w.Champion = int8(best)
	}
	w.enter(Over)
	in.Emit(EventOver, 0, int64(w.Champion))
}

// nextRound begins the next round of the match. Points begin anew; what was won
// and how often one fell stays.
func (w *World) nextRound() {
	fresh := World{
		Rand: w.Rand, Tick: w.Tick, Seats: w.Seats, Levels: w.Levels, Rounds: w.Rounds, Round: w.Round,
		Teams: w.Teams, Choice: w.Choice, RoundFrames: w.RoundFrames, Wins: w.Wins, Earlier: w.Earlier,
	}
	for seat := range w.Frogs {
		f := &w.Frogs[seat]
		fresh.Earlier[seat] += int32(f.Score)
		fresh.Frogs[seat] = Frog{Splashes: f.Splashes, Knocks: f.Knocks, Held: f.Held}
	}
	fresh.beginRound()
	*w = fresh
}

// Over reports whether the match has ended.
func (w *World) Over() bool { return w.Phase == Over }

// Stopped reports whether the match has ended because its players wanted it: see Stop.
func (w *World) Stopped() bool { return w.Phase == Over && w.Champion < 0 }

// Winner returns the seat of the winner of the match, or -1 until it is over, and
// if it was stopped. Its mate has won, too.
func (w *World) Winner() int {
	if w.Phase != Over {
		return -1
	}
	return int(w.Champion)
}

// AppendRanking appends the seats in play to dst, best first: the winner once
// there is one, with its mate, then by rounds won, then by the flies of all
// rounds, a mate's included, then by one's own, then by fewer splashes, then
// the lower seat.
func (w *World) AppendRanking(dst []int) []int {
	start := len(dst)
	for seat := range int(w.Seats) {
		dst = append(dst, seat)
		for i := len(dst) - 1; i > start && w.ahead(dst[i], dst[i-1]); i-- {
			dst[i], dst[i-1] = dst[i-1], dst[i]
		}
	}
	return dst
}

// ahead reports whether seat a ranks before seat b.
func (w *World) ahead(a, b int) bool {
	if champion := int(w.Champion); champion >= 0 {
		if a == champion || b == champion {
			return a == champion
		}
		if wonA, wonB := w.together(a, champion), w.together(b, champion); wonA != wonB {
			return wonA
		}
	}
	if w.Wins[a] != w.Wins[b] {
		return w.Wins[a] > w.Wins[b]
	}
	ownA, allA := w.eaten(a)
	ownB, allB := w.eaten(b)
	switch fa, fb := &w.Frogs[a], &w.Frogs[b]; {
	case allA != allB:
		return allA > allB
	case !w.together(a, b) && w.Teams: // mates stay together
		return a < b
	case ownA != ownB:
		return ownA > ownB
	case fa.Splashes != fb.Splashes:
		return fa.Splashes < fb.Splashes
	}
	return a < b
}

// eaten returns the flies of a seat in all rounds so far, and those of its side.
func (w *World) eaten(seat int) (own, side int32) {
	own = w.Earlier[seat] + int32(w.Frogs[seat].Score)
	side = own
	if mate := w.Mate(seat); mate >= 0 {
		side += w.Earlier[mate] + int32(w.Frogs[mate].Score)
	}
	return own, side
}
