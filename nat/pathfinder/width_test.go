package pathfinder

import (
	"net/netip"
	"testing"
	"time"
)

// widths is a duo of which both sides send long packets by and by, or none.
type widths struct {
	*flows
	wide int // long questions and answers that were sent
}

func newWidths(t *testing.T) *widths {
	w := &widths{flows: newFlows(t, wayA, wayB)}
	w.narrow = map[netip.AddrPort]bool{}
	w.onSend = func(p flying) {
		if len(p.b) == wideBytes {
			w.wide++
		}
	}
	return w
}

// send lets time pass in which both sides send a long packet each half second.
func (w *widths) send(long time.Duration) {
	for end := w.now + long; w.now < end; {
		w.longs[0]++
		w.longs[1]++
		w.run(w.now + 500*time.Millisecond)
	}
}

// TestWidth: long questions are asked while QUIC sends long packets, and seldom. A
// path that turns narrow is known to be within three seconds, and to be wide again
// soon after it is.
func TestWidth(t *testing.T) {
	w := newWidths(t)
	w.run(w.now + time.Minute)
	if w.wide != 0 {
		t.Errorf("%d long questions and answers without a reason", w.wide)
	}
	w.send(time.Minute)
	if most := 4 * int(time.Minute/wideFor+1); w.wide == 0 || w.wide > most || w.parted != [2]bool{} {
		t.Errorf("%d long questions and answers in a minute of long packets; in parts: %v", w.wide, w.parted)
	}
	for range 3 {
		w.narrow[wayA.Addr] = true
		w.send(3 * time.Second)
		if w.parted != [2]bool{true, true} || !w.both(wayA) {
			t.Errorf("by a narrow path: in parts %v; the path is left: %v", w.parted, !w.both(wayA))
		}
		w.narrow[wayA.Addr] = false
		w.send(narrowFor + time.Second)
		if w.parted != [2]bool{} {
			t.Error("by a wide path: in parts")
		}
	}
}

// TestWidthOfSilence: by a path on which nothing comes long questions are not
// repeated, and say nothing.
func TestWidthOfSilence(t *testing.T) {
	w := newWidths(t)
	w.send(time.Second)
	w.run(w.now + wideFor)
	delete(w.delay, wayA.Addr)
	delete(w.delay, wayB.Addr)
	w.run(w.now + time.Second) // what was under way has come
	w.longs[0]++
	w.longs[1]++
	asked, times := [2]time.Duration{}, [2]int{}
	for end := w.now + 20*time.Second; w.now < end; {
		w.run(w.now + 10*time.Millisecond)
		for i, k := range w.sides {
			if at := k.find(wayA).width.asked; at != asked[i] {
				asked[i], times[i] = at, times[i]+1
			}
		}
	}
	for i, k := range w.sides {
		if times[i] > 2 || k.find(wayA).width.missed > 0 || w.parted[i] {
			t.Errorf("side %d asked %d times, %+v, in parts %v", i, times[i], k.find(wayA).width, w.parted[i])
		}
	}
}

// TestWidthOfDeaf: of a path by which questions pass and QUIC does not, it becomes
// known whether that is because it is narrow.
func TestWidthOfDeaf(t *testing.T) {
	for _, narrow := range []bool{false, true} {
		w := newWidths(t)
		w.run(w.now + 5*time.Second)
		w.deaf[wayA.Addr], w.narrow[wayA.Addr] = true, narrow
		w.run(w.now + 6*time.Second)
		if !w.both(wayB) {
			t.Fatal("the deaf path is used")
		}
		for i, k := range w.sides {
			way := k.find(wayA)
			if way.barren <= w.now || way.width.known < way.missedAt || way.width.narrow != narrow {
				t.Errorf("narrow %v: side %d knows %+v", narrow, i, way.width)
			}
		}
		before := w.wide
		w.run(w.now + 20*time.Second)
		if w.wide != before {
			t.Errorf("narrow %v: what is known is asked for again, %d times", narrow, w.wide-before)
		}
	}
}
