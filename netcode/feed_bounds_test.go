//go:build !race

package netcode

import (
	"runtime"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
)

// TestWaitingFeed: what waits of a feed takes about as much memory as it has bytes, whatever
// it unfolds to, and what was followed waits no more.
func TestWaitingFeed(t *testing.T) {
	frames := &matchlog.Frames{Spans: []matchlog.Span{{Count: matchlog.MaxFrames}}}
	for machine := range uint8(records.MaxMachines) {
		run := matchlog.Run{Stream: records.StreamID{Machine: machine}, Records: make([][]byte, matchlog.MaxFrames)}
		frames.Spans[0].Runs = append(frames.Spans[0].Runs, run)
	}
	block := logBlock(frames)
	n := &newcomer{donor: mesh.Nowhere(), begun: true}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 1000 {
		n.fed(n.donor, 0, block)
	}
	runtime.ReadMemStats(&after)
	if took, most := after.TotalAlloc-before.TotalAlloc, uint64(4*1000*len(block)); took > most {
		t.Errorf("%d bytes for 1000 blocks of %d", took, len(block))
	}
	n = &newcomer{donor: n.donor, begun: true}
	piece := matchlog.Piece{Total: 9, Bytes: []byte("abc")}
	for piece.Offset = 0; piece.Offset < 6; piece.Offset += 3 {
		n.fed(n.donor, 0, logBlock(&matchlog.View{Number: 1, Piece: piece}))
	}
	if all := n.waiting; !n.follow(0) || n.waiting != all/2 || !n.follow(0) || n.waiting != 0 {
		t.Errorf("%d of %d bytes wait", n.waiting, all)
	}
}
