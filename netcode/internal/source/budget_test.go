//go:build !race

package source

import (
	"testing"
	"time"
)

func TestBudget(t *testing.T) {
	var b Budget
	taken := func(at time.Duration) (n int) {
		for b.Take(at, time.Second, 4*time.Second) {
			n++
		}
		return n
	}
	for _, c := range []struct {
		at   time.Duration
		want int
	}{{0, 4}, {time.Millisecond, 1}, {999 * time.Millisecond, 0}, {1002 * time.Millisecond, 1}, {3500 * time.Millisecond, 2}, {time.Hour, 4}, {time.Hour + time.Second, 1}} {
		if got := taken(c.at); got != c.want {
			t.Errorf("at %v: %d, want %d", c.at, got, c.want)
		}
	}
}
