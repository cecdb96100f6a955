//go:build !race

package succession

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestSleepers: the host is gone, and some of the others stand still for a while, or lose some of
// their links for good, or each notices at quite another time that it is gone. Those who have links
// to each other have one host in the end, whoever has stood meanwhile.
func TestSleepers(t *testing.T) {
	two := 0
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 4))
		n := 3 + r.IntN(5)
		c := newClub(t, seed, n)
		for _, m := range c.members {
			m.playing = r.IntN(4) > 0
		}
		c.impatient = r.IntN(2) == 0
		c.pass(time.Second)
		early := r.IntN(3) > 0
		if early { // the last loses the host some seconds before the others do
			c.cut(0, n-1)
			c.pass(3*time.Second + c.after(6*time.Second))
		}
		c.die(0, r.IntN(2) == 0)
		for k := 1; k < n; k++ {
			if r.IntN(3) == 0 {
				c.pass(c.after(3 * time.Second))
				c.members[k].asleep = c.now + c.after(8*time.Second)
			}
		}
		c.pass(60 * time.Second)
		two += min(c.gaveWay, 1)
		if last := c.members[n-1]; early && last.yielded {
			last.dead = true // the others heard the host when it did not (T5)
		}
		if host := c.agreed(seed); host < 0 || c.members[host].dead {
			t.Fatalf("seed %d: the host is %d of %d", seed, host, n)
		}
		if t.Failed() {
			return
		}
	}
	if two == 0 {
		t.Error("two have never hosted: it was not tried")
	}
}

// TestContest: some host at the same time, each with followers of his own, and all have links. One
// stays: the one whom most follow, of as many the one of the latest term.
func TestContest(t *testing.T) {
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 5))
		n, rivals := 2+r.IntN(8), 2+r.IntN(3)
		c := newClub(t, seed, n)
		follow := make([]int, n)
		for i, m := range c.members {
			host := i
			if i >= rivals {
				host = r.IntN(min(rivals, n))
			}
			follow[host]++
			m.Follow(uint32(host)+machines*uint32(1+host*int(seed)%3), uint8(host))
		}
		c.roster(0, 1)
		for a := range min(rivals, n) {
			for b := range min(rivals, n) {
				if a != b && r.IntN(2) == 0 {
					c.roster(uint8(a), uint8(b))
				}
			}
		}
		want, terms := 0, c.members[0].term
		for i := range min(rivals, n) {
			if m := c.members[i]; follow[i] > follow[want] || follow[i] == follow[want] && m.term > terms {
				want, terms = i, m.term
			}
		}
		c.pass(10 * time.Second)
		if host := c.agreed(seed); host != want && rivals == 2 {
			t.Fatalf("seed %d: %d hosts instead of %d: %v", seed, host, want, follow)
		}
		if t.Failed() {
			c.show()
			return
		}
	}
}

func (c *club) show() {
	for i, m := range c.members {
		c.t.Logf("%d dead %v host %d term %d lost %v for %v resigned %v heard %b of %v linked %b gone %b here %b newer %v", i, m.dead, m.host, m.term, m.Lost(), c.now-m.lostAt, m.resigned, m.contest.heard, m.contest.of[:len(c.members)], m.linked, m.gone, m.here, m.newer)
	}
}

// TestRises: a host's later term is followed if it is one of his own, and not so far ahead that the
// terms would come to their end.
func TestRises(t *testing.T) {
	s := New(3)
	s.Follow(1, 1)
	for term, want := range map[uint32]bool{17: true, 33: true, 1: false, 0: false, 18: false, 1<<32 - 15: false, 1601: false} {
		if s.Rises(term) != want {
			t.Errorf("term %d: %v", term, !want)
		}
	}
	if s.Lose(time.Second); s.Rises(17) {
		t.Error("a host that was lost rises")
	}
}
