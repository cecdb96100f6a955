//go:build !race

package netcode

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/rollback"
)

func TestDesyncNamesFrameAndField(t *testing.T) {
	for _, peers := range []int{2, 3, 4} {
		for _, c := range []Conditions{{}, {DelayMs: 60, JitterMs: 20, LossPercent: 10}} {
			for seed := range uint64(6) {
				t.Run(fmt.Sprintf("%d peers, %+v, seed %d", peers, c, seed), func(t *testing.T) {
					tb := newTable(t, seed, peers, ledgerGame(), LobbyConfig{}, c)
					tb.start(1, 0)
					bad := int(seed) % peers
					tb.frame(bad, rollback.Frame(100+7*seed))
					f, good, wrong := tb.disturb(bad)
					results := tb.playOut(10)
					exact := 0
					for i, r := range results {
						d := new(DesyncError)
						if !errors.As(r.Err, &d) || r.Agreed || len(d.Text) < 40 {
							t.Fatalf("peer %d: %+v", i, r)
						}
						here, there := good, wrong
						if i == bad {
							here, there = wrong, good
						}
						switch {
						case d.Frame != f || !strings.Contains(d.Text, fmt.Sprintf("frame %d (", f)) || !strings.Contains(d.Text, good) || !strings.Contains(d.Text, wrong) || !strings.Contains(d.Text, "Sum[0]"):
							t.Fatalf("peer %d: %+v, want frame %d, %s and %s", i, d, f, good, wrong)
						case d.Field == "Sum[0]" && d.Here == here && d.There == there:
							exact++
						case d.Field != "" || i == bad:
							t.Fatalf("peer %d: %+v, want %s here, %s there", i, d, here, there)
						}
					}
					if exact < 2 {
						t.Fatalf("%d peers know both values", exact)
					}
					// The lobby goes on.
					tb.start(2, 100)
					tb.until(5, func() bool { return tb.lobbies[peers-1].State() == Playing })
					agree(t, tb.playOut(10), isNil)
				})
			}
		}
	}
}

// TestDesyncAtTheEnd: the last world differs, and nothing before it was
// compared.
func TestDesyncAtTheEnd(t *testing.T) {
	game := ledgerGame()
	game.ChecksumFrames = -1
	tb := newTable(t, 1, 3, game, LobbyConfig{}, Conditions{DelayMs: 30})
	tb.start(1, 200)
	tb.frame(1, 100)
	f, _, _ := tb.disturb(1)
	for i, r := range tb.playOut(10) {
		if d := new(DesyncError); !errors.As(r.Err, &d) || d.Frame != f || r.Agreed {
			t.Fatalf("peer %d: %+v, want frame %d", i, r, f)
		}
	}
}

// TestDesyncMovesTheEnd: for one of them the game is over where it is not for
// the others, before any checksum could tell.
func TestDesyncMovesTheEnd(t *testing.T) {
	for bad := range 3 {
		for _, by := range []int32{20, 3, 2, 1, -1, -2, -3, -20} {
			game := ledgerGame()
			game.Over = func(w *ledger) bool { return w.Frame >= 100 }
			tb := newTable(t, 1, 3, game, LobbyConfig{}, Conditions{DelayMs: 30})
			tb.start(1, 0)
			tb.frame(bad, 70)
			tb.lobbies[bad].Match().Disturb(func(w *ledger) { w.Frame += by })
			for i, r := range tb.playOut(8) {
				if d := new(DesyncError); !errors.As(r.Err, &d) || !strings.Contains(d.Text, "Frame is") || r.Agreed {
					t.Fatalf("%d is off by %d, peer %d: %+v", bad, by, i, r)
				}
			}
		}
	}
}

// TestDesyncOfInputs: one peer takes another input than was sent.
func TestDesyncOfInputs(t *testing.T) {
	for _, peers := range []int{2, 4} {
		game := ledgerGame()
		game.Absent = AbsentIdle
		tb := newTable(t, 1, peers, game, LobbyConfig{}, Conditions{DelayMs: 30})
		tb.start(1, 0)
		tb.frame(0, 100)
		p := tb.lobbies[1].Match().play
		s := p.streams[0]
		record := []byte{1, 2, 3, 4}
		if p.member.TakeRecord(s.ID(), s.Held()+1, record, false) != records.Taken {
			t.Fatal("not taken")
		}
		if peers > 2 { // the others know what its author has sealed
			tb.until(10, tb.lobbies[1].Match().play.over)
			out := new(ExcludedError)
			if r, _ := tb.lobbies[1].Match().Result(); !errors.As(r.Err, &out) || out.Conflict == "" || r.Agreed {
				t.Errorf("%+v", r)
			}
			if tb.seconds(2); tb.lobbies[0].Match().play.over() || tb.lobbies[2].Match().play.over() {
				r, _ := tb.lobbies[0].Match().Result()
				t.Errorf("it is over for the others: %+v", r)
			}
			continue
		}
		for i, r := range tb.playOut(10) {
			if d := new(DesyncError); !errors.As(r.Err, &d) || !strings.Contains(d.Text, "different inputs") || r.Agreed {
				t.Fatalf("peer %d: %+v", i, r)
			}
		}
	}
}

// TestDesyncWithAStranger: whatever a peer says in the hunt, it ends in time.
func TestDesyncWithAStranger(t *testing.T) {
	for name, words := range map[string][]wire.Message{
		"silence":          {},
		"no hashes":        {&wire.DesyncHashes{Match: 1}},
		"wrong hashes":     {&wire.DesyncHashes{Match: 1, First: 0, Hashes: make([]uint64, 50)}},
		"a world of noise": {&wire.DesyncHashes{Match: 1, First: 0, Hashes: []uint64{1}}, &wire.DesyncParts{Match: 1, Bytes: 5, Hashes: []uint64{7}}, &wire.DesyncPart{Match: 1, Frame: 0, Bytes: []byte("noise")}},
		"half a world":     {&wire.DesyncHashes{Match: 1, First: 0, Hashes: []uint64{1}}, &wire.DesyncParts{Match: 1, Bytes: 2 * wire.MaxWorldPart, Hashes: []uint64{7, 8}}, &wire.DesyncPart{Match: 1, Frame: 0, Bytes: make([]byte, wire.MaxWorldPart)}},
		"future worlds":    {&wire.DesyncParts{Match: 1, Frame: 1<<31 - 1, Bytes: 5, Hashes: []uint64{7}}, &wire.DesyncPart{Match: 1, Frame: 1<<31 - 1, Bytes: []byte("noise")}},
	} {
		t.Run(name, func(t *testing.T) {
			tb, l, m := duel(t, 1)
			for range 40 {
				l.SendDatagram(m.datagram(l))
				tb.tick()
			}
			l.say(&wire.Checksum{Match: 1, Frame: 0, World: 1})
			l.say(words...)
			for range 60 * 8 {
				l.SendDatagram(m.datagram(l))
				tb.tick()
			}
			r, over := tb.lobbies[0].Match().Result()
			if d := new(DesyncError); !over || !errors.As(r.Err, &d) || d.Frame > 100 {
				t.Fatalf("%+v, over %v", r, over)
			}
		})
	}
}
