//go:build !race

package netcode

import (
	"fmt"
	"slices"
	"testing"
)

func TestMatchesAgree(t *testing.T) {
	for _, peers := range []int{1, 2, 3, 4, 8} {
		for _, c := range []Conditions{{}, {DelayMs: 40, JitterMs: 10, LossPercent: 5}, {DelayMs: 90, JitterMs: 30, LossPercent: 20}} {
			t.Run(fmt.Sprintf("%d peers %+v", peers, c), func(t *testing.T) {
				tb := newTable(t, 1, peers, ledgerGame(), LobbyConfig{}, c)
				for match := range uint64(2) {
					tb.start(match, 600)
					results := tb.playOut(30)
					for i, r := range results {
						if r.Err != nil || !r.Agreed || r.Frame != 600 || r.Hash != results[0].Hash || r.Hash == 0 {
							t.Fatalf("match %d, peer %d: %+v, peer 0: %+v", match, i, r, results[0])
						}
					}
					if st := tb.lobbies[0].Match().Stats(); peers > 1 && c.DelayMs > 0 && st.Rollbacks < 50 {
						t.Fatalf("%d rollbacks: the test shows nothing", st.Rollbacks)
					}
				}
			})
		}
	}
}

// cut makes every path dark between those who are on different sides.
func (tb *table) cut(sides []int) {
	for a := range sides {
		for b := range sides {
			if sides[a] != sides[b] {
				tb.network.network.Path(a, b).SetDark(true)
			}
		}
	}
}

// TestCut: a match that is cut in two, at any moment, has one agreed result at most:
// that of the side on which more than half of the machines are, or half with the lowest.
func TestCut(t *testing.T) {
	for _, sides := range [][]int{{0, 1}, {0, 0, 1}, {1, 0, 0}, {0, 1, 2}, {0, 0, 1, 1}, {0, 1, 0, 1}, {1, 0, 0, 0}, {0, 0, 1, 1, 1}, {1, 1, 0, 0, 2}} {
		for seed := range uint64(4) {
			t.Run(fmt.Sprint(sides, seed), func(t *testing.T) {
				game := ledgerGame()
				game.PeerTimeoutMs = 800
				tb := newTable(t, seed, len(sides), game, LobbyConfig{}, Conditions{DelayMs: 40, JitterMs: 15, LossPercent: 5})
				tb.start(1, 0)
				tb.frame(0, 100)
				for range 5 * seed {
					tb.tick()
				}
				tb.cut(sides)
				results := tb.playOut(20)
				for i, r := range results {
					same := 0 // machines on this side
					for _, side := range sides {
						if side == sides[i] {
							same++
						}
					}
					confirmed := same - 1
					if 2*same < len(sides) || 2*same == len(sides) && sides[i] != sides[0] {
						confirmed = 0 // the others go on without them: there is nothing to agree on
					}
					if want := confirmed > 0 && 2*same >= len(sides); r.Err == nil || r.Agreed != want || len(r.ConfirmedBy) != confirmed {
						t.Errorf("peer %d: %+v, want agreed %v", i, r, want)
					}
					for _, by := range r.ConfirmedBy {
						if by == i || sides[by] != sides[i] || results[by].Hash != r.Hash || results[by].Frame != r.Frame {
							t.Errorf("peer %d is confirmed by %d: %+v, %+v", i, by, r, results[by])
						}
					}
					if !slices.IsSorted(r.ConfirmedBy) {
						t.Errorf("peer %d: %v", i, r.ConfirmedBy)
					}
				}
			})
		}
	}
}

// TestCutAtTheEnd: the cut falls into the moments in which the last world is
// compared. Nobody agrees on what another has not confirmed.
func TestCutAtTheEnd(t *testing.T) {
	agreed, alone := 0, 0
	for after := range 40 {
		game := ledgerGame()
		game.PeerTimeoutMs = 600
		game.Over = func(w *ledger) bool { return w.Frame == 120 }
		tb := newTable(t, uint64(after), 2, game, LobbyConfig{}, Conditions{DelayMs: 60, JitterMs: 20})
		tb.start(1, 0)
		tb.frame(0, 110)
		for range after {
			tb.tick()
		}
		tb.cut([]int{0, 1})
		results := tb.playOut(20)
		for i, r := range results {
			if r.Agreed != (len(r.ConfirmedBy) == 1) || r.Agreed && (r.Frame != 120 || r.Hash != results[1-i].Hash || r.Frame != results[1-i].Frame) {
				t.Fatalf("%d ticks after frame 110, peer %d: %+v, the other %+v", after, i, r, results[1-i])
			}
			if r.Agreed {
				agreed++
			} else {
				alone++
			}
		}
	}
	if agreed < 10 || alone < 10 {
		t.Fatalf("%d agreed, %d alone: the test does not meet the end", agreed, alone)
	}
}

// TestAllLeaveAtOnce: nobody is left to agree, and whoever leaves does not say so.
func TestAllLeaveAtOnce(t *testing.T) {
	for _, peers := range []int{2, 3, 4} {
		for stays := range 2 { // how many do not leave
			tb := newTable(t, 1, peers, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 50})
			tb.start(1, 0)
			tb.frame(0, 100)
			for i := stays; i < peers; i++ {
				tb.leave(i)
			}
			tb.seconds(3)
			for i, l := range tb.lobbies {
				if r, over := l.Match().Result(); !over || r.Agreed || len(r.ConfirmedBy) != 0 || r.Err == nil {
					t.Errorf("%d of %d stay, peer %d: %+v, over %v", stays, peers, i, r, over)
				}
			}
		}
	}
}
