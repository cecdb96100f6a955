package lan

import (
	"sync"
	"time"
)

// loop calls work when it is due, or woken, until it is stopped.
type loop struct {
	woken, done chan struct{}
	once        sync.Once
	running     sync.WaitGroup
}

// newLoop makes a loop that may be woken, but works only after start.
func newLoop() *loop {
	return &loop{woken: make(chan struct{}, 1), done: make(chan struct{})}
}

// start begins: work is called at once, and then whenever it said it wants to be.
func (l *loop) start(work func(now time.Time) (next time.Time)) {
	l.running.Go(func() {
		timer := time.NewTimer(0)
		defer timer.Stop()
		for {
			select {
			case <-l.done:
				return
			case <-l.woken:
			case <-timer.C:
			}
			now := time.Now()
			timer.Reset(work(now).Sub(now))
		}
	})
}

// wake calls work soon.
func (l *loop) wake() {
	select {
	case l.woken <- struct{}{}:
	default: // it will be called anyway
	}
}

func (l *loop) stopped() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// stop ends the loop and waits for it; it reports whether it was the first to.
func (l *loop) stop() (first bool) {
	l.once.Do(func() {
		close(l.done)
		l.running.Wait()
		first = true
	})
	return first
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
