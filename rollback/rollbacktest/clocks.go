package rollbacktest

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

// clocks says what time it is for the two sessions of a run. Whoever reads a clock in
// Step reads two that never agree, or one that has gone on until the frame is stepped
// again.
type clocks struct {
	// aside steps the session that steps each frame once.
	aside func(step func())
	// pause is called between a frame's first step and its next.
	pause func()
}

// oneClock is the clock as it is.
var oneClock = clocks{aside: func(step func()) { step() }, pause: func() {}}

// twoClocks calls play in a bubble of package testing/synctest, whose clock begins now
// and goes by leaps; what its clocks' aside is given runs outside, where nearly no time
// goes by.
func twoClocks(t *testing.T, seed uint64, play func(clocks)) {
	now, outside := time.Now(), newErrand()
	defer outside.close()
	synctest.Test(t, func(*testing.T) {
		time.Sleep(time.Until(now.Round(0))) // by the calendar: a bubble begins in the year 2000
		chance := rollback.NewRand(seed)
		play(clocks{aside: outside.run, pause: func() { time.Sleep(leap(&chance)) }})
	})
}

// leap is some time between a nanosecond and an hour, every order of magnitude as
// likely: what looks at nanoseconds and what looks at the hour must both see a change.
func leap(chance *rollback.Rand) time.Duration {
	longest := time.Duration(1) << chance.Between(0, 41)
	return longest + time.Duration(chance.Uint64()%uint64(longest))
}

// isFastClock reports whether the caller is in a bubble of testing/synctest already,
// which begins at the year 2000. One cannot be made inside another.
func isFastClock() bool { return time.Now().Year() < 2020 }

// errand is a goroutine that was started outside the bubble and runs what it is given.
// Its channels belong to no bubble.
type errand struct {
	work chan func()
	done chan any // nil, a panic's value, or goexit
}

// goexit: the work has ended its goroutine, as t.FailNow does.
type goexit struct{}

func newErrand() *errand {
	e := &errand{work: make(chan func()), done: make(chan any)}
	go func() {
		for work := range e.work {
			e.try(work)
		}
	}()
	return e
}

func (e *errand) close() { close(e.work) }

// try runs work; what ends it otherwise than by returning is the caller's.
func (e *errand) try(work func()) {
	var end any = goexit{}
	defer func() {
		if problem := recover(); problem != nil {
			end = fmt.Sprintf("%v\n\n%s", problem, debug.Stack())
		}
		e.done <- end
	}()
	work()
	end = nil
}

// run runs work and returns when it is done. A panic in it is one here.
func (e *errand) run(work func()) {
	e.work <- work
	switch end := (<-e.done).(type) {
	case nil:
	case goexit:
		runtime.Goexit()
	default:
		panic(end)
	}
}
