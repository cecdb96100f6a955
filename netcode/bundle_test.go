package netcode

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// TestBundle: a recording of a match that ends because worlds differ has on each side the
// finding, the frame, this side's world and, for the two who have compared theirs, the other's.
func TestBundle(t *testing.T) {
	for _, peers := range []int{2, 3} {
		t.Run(fmt.Sprint(peers, " peers"), func(t *testing.T) {
			tb := newTable(t, 5, peers, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 60, JitterMs: 20, LossPercent: 5})
			tb.start(1, 0)
			tb.frame(0, 1)
			tb.frame(peers-1, 1)
			var recordings []*Recording
			var files []*tapeFile
			for i := range peers {
				r, f := tb.record(i)
				recordings, files = append(recordings, r), append(files, f)
			}
			tb.frame(1, 400)
			f, good, wrong := tb.disturb(1)
			tb.playOut(10)
			bothWorlds := 0
			for i, r := range recordings {
				<-r.Done()
				l := files[i].open(t)
				d := l.Desync
				if r.Err() != nil || l.Cut != nil || l.Result == nil || d == nil {
					t.Fatalf("peer %d: %v, %+v", i, r.Err(), l)
				}
				if d.Frame != f || d.Agreed >= f || d.Agreed < f-240 || d.Inputs || d.System == "" || d.Text == "" || len(d.Rollbacks) == 0 || l.Frames < f {
					t.Errorf("peer %d: %+v", i, d)
				}
				for _, back := range d.Rollbacks {
					if back.Frames < 1 || back.From+rollback.Frame(back.Frames) > l.Frames+60 {
						t.Errorf("peer %d: rolled back %+v", i, back)
					}
				}
				own := l.Worlds[uint8(i)]
				if own == nil {
					t.Errorf("peer %d: without its own world", i)
				}
				if theirs := l.Worlds[d.Peer]; theirs != nil {
					bothWorlds++
					here, there := good, wrong
					if i == 1 {
						here, there = wrong, good
					}
					if bytes.Equal(own, theirs) || d.Field != "Sum[0]" || d.Here != here || d.There != there {
						t.Errorf("peer %d: %+v", i, d)
					}
				}
			}
			if bothWorlds < 2 {
				t.Errorf("%d bundles have both worlds", bothWorlds)
			}
		})
	}
}
