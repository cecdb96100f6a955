package game

import "time"

// Loop is the loop of a game: it runs the ticks that are due, by a Metronome, as far as there
// is time for them, by a Budget. Call Run once per update; the zero value is ready.
//
//	loop.Run(lobby.Now(), match.TickPeriod(), func(slow bool) {
//		status = match.Tick(pad)
//		graph.ObserveMatch(match, status, slow)
//	})
type Loop struct {
	Budget Budget // what leaves time to draw; the zero value will do

	metronome Metronome
	refused   bool // a tick, by the budget, in the last update
}

// Run runs the ticks, of one period each, that are due by now and that there is time for. slow
// says that this machine does not keep up: ticks were lost within the last second, or there was
// no time for one in the update before.
func (l *Loop) Run(now, period time.Duration, tick func(slow bool)) {
	due := l.metronome.Due(now, period)
	slow := l.refused || l.metronome.Behind(now)
	l.refused = false
	for range due {
		began := time.Now() // the simulation has no clock: this is for the budget
		if l.refused = !l.Budget.Allow(began); l.refused {
			return
		}
		tick(slow)
		l.Budget.Spend(time.Since(began))
	}
}

// Fraction returns how far a picture at now lies from the newest tick to the next one, 0 to 1:
// see Metronome.Fraction.
func (l *Loop) Fraction(now time.Duration) float64 { return l.metronome.Fraction(now) }
