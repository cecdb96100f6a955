package memlink

import (
	"slices"
	"testing"
	"time"
)

// TestTimelineIsSorted compares with a sorted list, over steady, jittered and
// late times, with pops in between.
func TestTimelineIsSorted(t *testing.T) {
	for seed := range uint64(50) {
		g := generator(seed)
		var line timeline
		var model []event // sorted by time, then age
		now := time.Duration(0)
		for range 2000 {
			switch g.next() % 5 {
			case 0, 1:
				p := new(packet)
				at := now + time.Duration(g.next()%(seed+1))
				if g.next()%8 == 0 {
					line.pushAside(at, p)
				} else {
					line.push(at, p)
				}
				i, _ := slices.BinarySearchFunc(model, at, func(e event, at time.Duration) int {
					if e.at <= at {
						return -1
					}
					return 1
				})
				model = slices.Insert(model, i, event{at: at, packet: p})
			case 2:
				now += time.Duration(g.next() % 3)
			default:
				got := line.popDue(now)
				if len(model) == 0 || model[0].at > now {
					if got.packet != nil {
						t.Fatalf("seed %d: popped an event due at %v at %v; the next is not due", seed, got.at, now)
					}
					continue
				}
				if got.packet != model[0].packet || got.at != model[0].at {
					t.Fatalf("seed %d: popped the event due at %v, want the one due at %v", seed, got.at, model[0].at)
				}
				model = model[1:]
			}
		}
		for _, want := range model {
			if got := line.popDue(1 << 60); got.packet != want.packet {
				t.Fatalf("seed %d: emptying popped the event due at %v, want %v", seed, got.at, want.at)
			}
		}
		if line.first() != nil {
			t.Fatalf("seed %d: events are left", seed)
		}
	}
}
