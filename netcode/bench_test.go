package netcode

import (
	"fmt"
	"testing"

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
