package netcode

import (
	"fmt"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

// BenchmarkLive is a whole match over perfect links: per frame and peer, what
// it costs to take in all datagrams, step and send. Inputs never change, so
// nothing is rolled back.
func BenchmarkLive(b *testing.B) {
	for _, players := range []int{2, 4, 8} {
		b.Run(fmt.Sprintf("%d", players), func(b *testing.B) {
			game := ledgerGame()
			game.CallerPaced, game.ChecksumFrames = true, -1
			game.Step = func(*ledger, rollback.Inputs[uint32]) {}
			tb := newTable(b, 1, players, game, LobbyConfig{ManualDelay: true}, Conditions{})
			tb.start(1, 0)
			frame := func() rollback.Frame { return tb.lobbies[0].Match().Stats().Frame }
			tb.until(20, func() bool { return tb.lobbies[0].Match() != nil && frame() >= 600 })
			b.ReportAllocs()
			first := frame()
			for b.Loop() {
				for _, l := range tb.lobbies {
					l.match.Tick(7)
				}
				tb.network.Advance(testTick)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*players), "ns/frame/peer")
			if stepped := int(frame() - first); stepped < b.N*99/100 {
				b.Fatalf("%d frames in %d ticks", stepped, b.N)
			}
		})
	}
}

// BenchmarkRecord is what recording costs the game's goroutine in a tick, of a match of 8
// with worlds of some sizes.
func BenchmarkRecord(b *testing.B) {
	for _, kb := range []int{0, 2, 64} {
		b.Run(fmt.Sprintf("%dKB", kb), func(b *testing.B) {
			game := ledgerGame()
			game.CallerPaced, game.ChecksumFrames = true, -1
			tb := newTable(b, 1, 8, game, LobbyConfig{ManualDelay: true}, Conditions{})
			tb.start(1, 0)
			tb.frame(0, 600)
			r, _ := tb.record(0)
			if world := make([]byte, kb<<10); kb > 0 {
				append0 := r.world
				r.world = func(dst []byte) []byte { append0(dst); return append(dst, world...) }
			}
			p := tb.lobbies[0].match.play
			var took time.Duration
			b.ReportAllocs()
			for b.Loop() {
				p.recording = nil
				for i, l := range tb.lobbies {
					l.match.Tick(heldInput(i, int32(l.match.session.Current())))
				}
				tb.network.Advance(testTick)
				p.recording = r
				began := time.Now()
				p.writeLog()
				took += time.Since(began)
				tb.written()
			}
			b.ReportMetric(float64(took.Nanoseconds())/float64(b.N), "ns/tick")
			b.ReportMetric(100*float64(took)/float64(b.N)/float64(testTick), "%tick")
			if r.Err() != nil {
				b.Error(r.Err())
			}
		})
	}
}
