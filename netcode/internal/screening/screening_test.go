//go:build !race

package screening

import (
	"fmt"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

const tick = time.Second / 60

var reel = Reel{First: 60, End: 10_000, TickRate: 60}

// hall is some machines that look at one reel, each with a clock of its own, over ways on which
// words keep their order and nothing else is certain. Machine 0 hosts, until it is gone.
type hall struct {
	t       *testing.T
	rng     rollback.Rand
	now     time.Duration
	skew    []time.Duration
	gone    []bool
	host    int
	desk    *Desk
	all     []*Follower
	beacon  time.Duration
	mail    []letter
	arrives map[[2]int]time.Duration
	jitter  time.Duration

	spec Cue // what should be shown, found out the simple way; its At is by the true clock
}

type letter struct {
	at       time.Duration
	from, to int
	cue      *Cue
	taken    Taken
	sent     time.Duration // by the host's clock
	wish     *Wish
}

func newHall(t *testing.T, seed uint64, machines int, jitter time.Duration) *hall {
	h := &hall{t: t, rng: rollback.NewRand(seed), arrives: map[[2]int]time.Duration{}, jitter: jitter, gone: make([]bool, machines)}
	for i := range machines {
		h.skew = append(h.skew, time.Duration(h.rng.Uint32()%1_000_000)*time.Millisecond)
		h.all = append(h.all, NewFollower(reel, uint8(i)))
	}
	h.spec = Cue{Frame: reel.First, Speed: RealSpeed}
	begin := h.spec
	begin.At = h.clock(0)
	h.desk = NewDesk(reel, 0, begin)
	return h
}

func (h *hall) clock(machine int) time.Duration { return h.now + h.skew[machine] }

func (h *hall) here(machine uint8) bool { return int(machine) < len(h.gone) && !h.gone[machine] }

// post sends a letter: 50 ms, jitter, and now and then a packet that was lost.
func (h *hall) post(l letter) {
	l.at = h.now + 50*time.Millisecond + time.Duration(h.rng.Uint32())%max(h.jitter, 1)
	if h.rng.Uint32()%20 == 0 {
		l.at += 150 * time.Millisecond
	}
	way := [2]int{l.from, l.to}
	l.at = max(l.at, h.arrives[way])
	h.arrives[way] = l.at
	h.mail = append(h.mail, l)
}

// step lets a tick pass.
func (h *hall) step() {
	h.now += tick
	waiting := h.mail
	h.mail = nil
	for _, l := range waiting {
		switch {
		case l.at > h.now:
			h.mail = append(h.mail, l)
		case h.gone[l.to] || l.cue != nil && l.from != h.host || l.wish != nil && l.to != h.host:
		case l.cue != nil:
			h.all[l.to].Take(h.clock(l.to), l.sent, 100*time.Millisecond+h.jitter, *l.cue, l.taken)
		default:
			h.hear(l.from, *l.wish)
		}
	}
	for i, f := range h.all {
		if w, due := f.Outbox(h.clock(i)); due && !h.gone[i] {
			if i == h.host {
				h.hear(i, w)
			} else {
				h.post(letter{from: i, to: h.host, wish: &w})
			}
		}
	}
	if h.desk.Step(h.clock(h.host), h.here) || h.now >= h.beacon {
		h.beacon = h.now + 250*time.Millisecond
		cue, taken := h.desk.Cue()
		h.all[h.host].Take(h.clock(h.host), h.clock(h.host), 0, cue, taken)
		for i := range h.all {
			if i != h.host && !h.gone[i] {
				h.post(letter{from: h.host, to: i, cue: &cue, taken: taken, sent: h.clock(h.host)})
			}
		}
	}
	if !h.here(h.spec.Holder) {
		h.spec.Holder = uint8(h.host)
	}
}

// hear has a wish come to the host. What should be shown then is what its sender wants, if he
// has the controls.
func (h *hall) hear(from int, w Wish) {
	h.desk.Hear(uint8(from), w)
	if int(h.spec.Holder) == from {
		h.spec = w.Cue
		h.spec.At -= h.skew[h.host]
		if !h.here(h.spec.Holder) {
			h.spec.Holder = uint8(from)
		}
	}
}

// wish has a machine wish for anything.
func (h *hall) wish(machine int) {
	f := h.all[machine]
	mine := f.Mine()
	did := f.Wish(h.clock(machine), func(c *Cue) {
		switch h.rng.Uint32() % 5 {
		case 0:
			c.Playing = !c.Playing
		case 1:
			c.Frame = rollback.Frame(h.rng.Uint32()%12_000) - 500
		case 2:
			c.Speed = []int{-64, -4, 1, 4, 8}[h.rng.Uint32()%5]
		case 3:
			c.Playing = false
			c.Frame++
		case 4:
			c.Holder = uint8(h.rng.Uint32() % uint32(len(h.all)))
		}
	})
	if did != mine {
		h.t.Errorf("machine %d: has the controls: %v, may wish: %v", machine, mine, did)
	}
}

// same checks that everybody shows the same frame, within two, and knows who has the controls.
func (h *hall) same(when string) {
	want := h.spec.FrameAt(reel, h.now)
	for i, f := range h.all {
		if h.gone[i] {
			continue
		}
		c := f.Now(h.clock(i))
		slack := rollback.Frame(2)
		if h.spec.Playing && max(h.spec.Speed, -h.spec.Speed) > RealSpeed {
			slack *= rollback.Frame(max(h.spec.Speed, -h.spec.Speed) / RealSpeed)
		}
		if at := f.Frame(h.clock(i)); at < want-slack || at > want+slack || c.Holder != h.spec.Holder || f.Mine() != (int(h.spec.Holder) == i) {
			h.t.Errorf("%s: machine %d is at %d, held by %d; want %d and %d", when, i, at, c.Holder, want, h.spec.Holder)
		}
	}
}

// TestControls: whatever those do who have the controls, who comes and goes, and what the
// network does: a moment later all see the same frame, and it is what the last of them wanted.
func TestControls(t *testing.T) {
	for seed := range uint64(300) {
		h := newHall(t, seed, 2+int(seed%5), time.Duration(seed%3)*10*time.Millisecond)
		for range 20 {
			for range 60 {
				if h.rng.Uint32()%8 == 0 {
					h.wish(int(h.rng.Uint32() % uint32(len(h.all))))
				}
				if h.rng.Uint32()%200 == 0 {
					h.desk.TakeBack()
					h.spec.Holder = uint8(h.host)
				}
				h.step()
			}
			if next := int(h.rng.Uint32() % uint32(len(h.all))); next != h.host && h.rng.Uint32()%8 == 0 && !h.gone[next] {
				h.leave(next)
			}
			for range 60 {
				h.step()
			}
			h.same(fmt.Sprintf("seed %d at %v", seed, h.now))
		}
		if t.Failed() {
			return
		}
	}
}

func (h *hall) leave(machine int) { h.gone[machine] = true }

// TestNewHost: the next host goes on from what it sees itself, and with what was wished for
// meanwhile.
func TestNewHost(t *testing.T) {
	for seed := range uint64(100) {
		h := newHall(t, seed, 4, 10*time.Millisecond)
		for range 30 {
			h.step()
		}
		holder := 1 + int(seed%3)
		h.all[0].Wish(h.clock(0), func(c *Cue) { c.Playing, c.Holder = true, uint8(holder) })
		for range 60 {
			h.step()
		}
		h.same("before")
		h.leave(0)
		h.host = 1
		if seed%2 == 0 {
			h.all[holder].Wish(h.clock(holder), func(c *Cue) { c.Frame = 5000 })
		}
		var begin Cue
		for i, f := range h.all {
			if c := f.NewHost(h.clock(i)); i == h.host {
				begin = c
			}
		}
		h.desk = NewDesk(reel, 1, begin)
		h.beacon = h.now
		before := h.spec
		for range 60 {
			h.step()
		}
		h.same(fmt.Sprintf("seed %d, after", seed))
		if seed%2 == 0 && h.spec == before {
			t.Error("what was wished for while there was no host is lost")
		}
		if t.Failed() {
			return
		}
	}
}

// TestDeskIsBounded: who seeks all the time costs the others ten cues a second, and what he
// wished for last is shown.
func TestDeskIsBounded(t *testing.T) {
	all := func(uint8) bool { return true }
	d := NewDesk(reel, 0, Cue{Holder: 3, Frame: 60, Speed: RealSpeed})
	cues := 0
	for n := range 6000 {
		now := time.Duration(n) * tick
		for k := range 5 {
			d.Hear(3, Wish{Number: uint32(5*n + k), Cue: Cue{Holder: 3, Frame: rollback.Frame(60 + n), At: now, Speed: RealSpeed}})
		}
		if d.Step(now, all) {
			cues++
		}
	}
	if cues > 1010 || cues < 990 {
		t.Errorf("%d cues in 100 s", cues)
	}
	for range 20 {
		d.Step(time.Hour, all)
	}
	if c, taken := d.Cue(); c.Frame != 60+5999 || taken != (Taken{3, 5*5999 + 4}) {
		t.Errorf("%+v, %+v", c, taken)
	}
}

// TestTwoSayTheyHold: only the one counts to whom they were given last.
func TestTwoSayTheyHold(t *testing.T) {
	here := func(m uint8) bool { return m < 4 }
	d := NewDesk(reel, 0, Cue{Holder: 1, Frame: 60, Speed: RealSpeed})
	d.Hear(1, Wish{Number: 1, Cue: Cue{Holder: 2, Frame: 100, Speed: RealSpeed}})
	d.Step(tick, here)
	for n := range 100 {
		d.Hear(1, Wish{Number: uint32(n), Cue: Cue{Holder: 1, Frame: 5000, Speed: RealSpeed}})
		if d.Step(time.Duration(n)*time.Second, here) {
			t.Fatal("who has given the controls away still has them")
		}
	}
	d.Hear(2, Wish{Number: 1, Cue: Cue{Holder: 9, Frame: 1 << 30, At: time.Hour, Speed: RealSpeed}})
	d.Step(2*time.Minute, here)
	if c, _ := d.Cue(); c.Holder != 2 || c.Frame != reel.End || c.At != 2*time.Minute {
		t.Errorf("given to nobody, beyond the end, in the future: %+v", c)
	}
	d.Hear(2, Wish{Number: 2, Cue: Cue{Holder: 3, Frame: 70, At: -time.Hour, Speed: RealSpeed}})
	d.Step(3*time.Minute, here)
	if c, _ := d.Cue(); c.Holder != 3 || c.At != 3*time.Minute-maxLate {
		t.Errorf("long ago: %+v", c)
	}
	if d.Step(4*time.Minute, func(m uint8) bool { return m != 3 }); d.cue.Holder != 0 {
		t.Error("who has left has the controls")
	}
}

// TestFrameAt: forward and back, slow and fast, to the ends.
func TestFrameAt(t *testing.T) {
	for _, c := range []struct {
		cue  Cue
		ms   int
		want rollback.Frame
	}{
		{Cue{Frame: 100, Speed: 4}, 5000, 100},
		{Cue{Frame: 100, Speed: 4, Playing: true}, 500, 130},
		{Cue{Frame: 100, Speed: 4, Playing: true}, -500, 100},
		{Cue{Frame: 100, Speed: 1, Playing: true}, 1000, 115},
		{Cue{Frame: 100, Speed: 64, Playing: true}, 1000, 1060},
		{Cue{Frame: 1000, Speed: -8, Playing: true}, 1000, 880},
		{Cue{Frame: 100, Speed: -4, Playing: true}, 5000, 60},
		{Cue{Frame: 100, Speed: 64, Playing: true}, 1 << 40, 10_000},
		{Cue{Frame: 1 << 30, Speed: 64, Playing: true}, 1 << 40, 10_000},
		{Cue{Frame: -5, Speed: -4}, 0, 60},
	} {
		now := time.Duration(c.ms) * time.Millisecond
		if got := c.cue.FrameAt(reel, now); got != c.want {
			t.Errorf("%+v after %d ms: %d", c.cue, c.ms, got)
		}
	}
}
