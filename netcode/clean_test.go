//go:build !race

package netcode

import (
	"fmt"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
)

// TestCleanInputs: everybody's players put in anything, and a changed copy of the
// game sends it as it is; the rules of the others are given legal inputs only, the
// same ones everywhere.
func TestCleanInputs(t *testing.T) {
	game := ledgerGame()
	step := game.Step
	game.Clean = func(v uint32) uint32 { return v % 1000 }
	game.Step = func(w *ledger, in rollback.Inputs[uint32]) {
		for seat, v := range in.All() {
			if v >= 1000 {
				panic(fmt.Sprintf("seat %d, frame %d: %d", seat, in.Frame(), v))
			}
		}
		step(w, in)
	}
	changed := game
	changed.Clean = func(v uint32) uint32 { return v }
	changed.Step = func(w *ledger, in rollback.Inputs[uint32]) {
		var legal []uint32
		for _, v := range in.All() {
			legal = append(legal, v%1000)
		}
		step(w, rollback.InputsOf(legal...))
	}
	tb := newTable(t, 1, 2, game, LobbyConfig{}, Conditions{DelayMs: 60, LossPercent: 5})
	tb.enter("Mallory", changed, LobbyConfig{})
	tb.start(1, 600)
	results := tb.playOut(30)
	for i, r := range results {
		if r.Err != nil || r.Frame != 600 || r.Hash != results[0].Hash || r.Hash == 0 {
			t.Errorf("peer %d: %+v, peer 0: %+v", i, r, results[0])
		}
		if st := tb.lobbies[i].Match().Stats(); st.Rollbacks < 20 {
			t.Errorf("peer %d rolled back %d times: the test shows nothing", i, st.Rollbacks)
		}
	}
}
