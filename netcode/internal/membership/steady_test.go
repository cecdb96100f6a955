//go:build !race

package membership

import (
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
)

// steady is two peers of a match in which nothing happens but play.
func steady(machines int) (p, q *Peer) {
	config := Config{Records: records.Config{LeadFrames: 24, LimitFrames: 120}, Tick: time.Second / 60}
	founding := Founding([32]byte{1}, Machines(1<<machines-1))
	return New(config, founding, 0), New(config, founding, 1)
}

// exchange is what a tick's datagram from q says to p, with all about others in it or not.
func exchange(p, q *Peer, now time.Duration, d *Data, whole bool) {
	if whole {
		q.Beat()
		q.Gossip(now, d)
		p.TakeData(now, 1, d)
	} else {
		p.TakeHead(now, 1, &Head{View: q.view.Number, Stream: q.own, Beat: q.Beat(), Held: q.set.Held(p.own)})
	}
	p.Unsettled(now)
	p.Advance(now)
	p.MayProduce()
	p.Confirm()
}

// TestSteadyStateAllocatesNothing: what datagrams say of the members costs no memory.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	for _, machines := range []int{2, 4, 16} {
		p, q := steady(machines)
		var d Data
		now := time.Duration(0)
		if n := testing.AllocsPerRun(50, func() {
			now += time.Millisecond
			exchange(p, q, now, &d, true)
			exchange(p, q, now, &d, false)
		}); n != 0 {
			t.Errorf("%d machines: %v allocations", machines, n)
		}
	}
}

func BenchmarkHead(b *testing.B) {
	p, q := steady(4)
	b.ReportAllocs()
	for b.Loop() {
		exchange(p, q, time.Second, nil, false)
	}
}

func BenchmarkGossip(b *testing.B) {
	p, q := steady(4)
	var d Data
	b.ReportAllocs()
	for b.Loop() {
		exchange(p, q, time.Second, &d, true)
	}
}
