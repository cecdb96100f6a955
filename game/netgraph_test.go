package game

import (
	"image"
	"strings"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"
)

func TestNetgraphBars(t *testing.T) {
	g := Netgraph{Mode: GraphFull}
	for i := range GraphFrames + 10 {
		g.Observe(GraphSample{RolledBack: i, Waited: i == GraphFrames+9})
	}
	want, last := 10, false
	for rolled, waited := range g.Bars {
		if rolled != want {
			t.Fatalf("a bar of %d frames where %d were expected: they must come oldest first", rolled, want)
		}
		want, last = want+1, waited
	}
	if want != GraphFrames+10 || !last {
		t.Errorf("the last bar was %d, waited %v", want-1, last)
	}
}

func TestNetgraphWords(t *testing.T) {
	g := Netgraph{Mode: GraphFull}
	peers := []GraphPeer{{Name: "Ana", PingMs: 84, JitterMs: 3, LossPercent: 2, FramesAhead: -0.5, Path: "direct"}}
	s := GraphSample{Frame: 1240, Confirmed: 1235, DelayFrames: 2, RolledBack: 3, ResimMicros: 250, AgreedFrame: 1200, Helping: 1, Peers: peers}
	g.Observe(s)
	text := strings.Join(g.Lines(), "\n")
	for _, want := range []string{"in sync ✓ frame 1200", "confirmed 1235 (4 ahead)", "delay 2", "max 3", "0.25 ms", "Ana 84 ms ±3", "loss 2%", "-0.5", "direct", "passes packets on for two others"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	peers[0].Name = "changed" // Observe must have taken a copy
	s.Desynced, s.Slow = true, true
	for range refreshTicks {
		g.Observe(GraphSample{Desynced: true, Slow: true, Peers: []GraphPeer{{Name: "Ana"}}})
	}
	if line := g.Line(); !strings.Contains(line, "OUT OF SYNC") || !strings.Contains(line, "SLOW MACHINE") {
		t.Errorf("the small line hides trouble: %q", line)
	}
}

// A machine that is as far as the other is neither ahead nor behind.
func TestLead(t *testing.T) {
	for frames, want := range map[float64]string{0: "0.0", 0.04: "0.0", -0.04: "0.0", 0.06: "+0.1", -0.5: "-0.5", 12: "+12.0"} {
		if got := Lead(frames); got != want {
			t.Errorf("%v frames are written as %q", frames, got)
		}
	}
}

func TestNetgraphCycles(t *testing.T) {
	g := Netgraph{}
	for _, want := range []GraphMode{GraphSmall, GraphFull, GraphOff} {
		if g.Cycle(); g.Mode != want {
			t.Errorf("mode %d, want %d", g.Mode, want)
		}
	}
}

func TestNetgraphDrawStaysInItsRectangle(t *testing.T) {
	dst := ebiten.NewImage(640, 360)
	g := Netgraph{}
	if r := g.Draw(dst, nil, 4, 4); !r.Empty() {
		t.Errorf("off, it covered %v", r)
	}
	g.Observe(GraphSample{RolledBack: 4, AgreedFrame: -1, Peers: make([]GraphPeer, 3)})
	for _, mode := range []GraphMode{GraphSmall, GraphFull} {
		for _, x := range []int{4, 380} { // there, its lines are broken
			g.Mode = mode
			if r := g.Draw(dst, nil, x, 4); !r.In(image.Rect(0, 0, 640, 360)) || r.Empty() || r.Dy() != g.Height(dst, nil, x) {
				t.Errorf("mode %d, it covered %v, and was to be %d high", mode, r, g.Height(dst, nil, x))
			}
		}
	}
}
