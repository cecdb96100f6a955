//go:build !race

package netcode

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// desyncs are the events that tell of a world that differs.
func desyncs(events []Event) (all []Event) {
	for _, e := range events {
		if e.Kind == EventDesync {
			all = append(all, e)
		}
	}
	return all
}

func outvotingGame() Config[attendance, uint32] {
	game := lateGame(AbsentIdle, LateOwn)
	game.Desync = DesyncOutvotes
	return game
}

// TestOutvote: the world of one is another one than that of all the others. The match goes on
// for them; he is out, knows why, comes in again, and in the end all have one result.
func TestOutvote(t *testing.T) {
	for _, peers := range []int{3, 5} {
		for _, c := range []Conditions{{DelayMs: 30}, {DelayMs: 60, JitterMs: 15, LossPercent: 5}} {
			t.Run(fmt.Sprintf("%d peers, %+v", peers, c), func(t *testing.T) {
				game := outvotingGame()
				p := newParty(t, peers, game, c)
				p.start(2400, 200)
				who := peers - 1
				first := p.lobbies[who].Match()
				before := p.stalls()
				first.Disturb(func(w *attendance) { w.Pushed[0] ^= 1 })
				p.until(600, func() bool { return len(desyncs(p.events[0])) > 0 && first.play.over() })
				why := new(ExcludedError)
				r, _ := first.Result()
				if !errors.As(r.Err, &why) || !why.Astray || why.Desync == nil || why.Desync.Frame < 180 || why.Desync.Frame > 300 || ReasonOf(r.Err) != ReasonExcluded || !errors.As(r.Err, new(*DesyncError)) {
					t.Fatalf("%+v", r)
				}
				p.until(600, func() bool { return p.lobbies[who].Match() != first && p.lobbies[who].State() == Playing })
				results := p.end(3000)
				for i := range who {
					said := desyncs(p.events[i])
					if len(said) != 1 || said[0].Name != p.nodes[who].Name() || !strings.Contains(said[0].Err.Error(), "The match goes on") {
						t.Errorf("P%d is told %+v", i, said)
					}
					if n := p.stalls()[i] - before[i]; n > 40 {
						t.Errorf("P%d stalled for %d ticks", i, n)
					}
				}
				if results[0].Frame != 2400 || !results[0].Agreed {
					t.Errorf("%+v", results[0])
				}
				if got := p.lobbies[who].Match().LocalSeats(); len(got) != 1 || got[0] != who {
					t.Errorf("it plays %v again", got)
				}
			})
		}
	}
}

// TestHostIsOutvoted: the others go on without the host, too, his lobby lives on, and he comes
// in again.
func TestHostIsOutvoted(t *testing.T) {
	p := newParty(t, 3, outvotingGame(), Conditions{DelayMs: 30})
	p.start(1200, 200)
	first := p.lobbies[0].Match()
	first.Disturb(func(w *attendance) { w.Pushed[0] ^= 1 })
	p.until(600, first.play.over)
	if r, _ := first.Result(); !errors.As(r.Err, new(*ExcludedError)) {
		t.Fatalf("%+v", r)
	}
	p.until(300, p.plays(0))
	p.until(1500, func() bool {
		return p.lobbies[0].Match().play.over() && p.lobbies[1].Match().play.over() && p.lobbies[2].Match().play.over()
	})
	for i, l := range p.lobbies {
		if r, _ := l.Match().Result(); r.Frame != 1200 || r.Err != nil || !r.Agreed {
			t.Errorf("P%d: %+v", i, r)
		}
	}
	p.until(300, func() bool {
		return p.lobbies[0].State() == Gathering && p.lobbies[1].State() == Gathering && p.lobbies[2].State() == Gathering
	})
}

// TestHostStaysOut: a host on his way into a match that ends before he is in gives it up, and
// starts the next one.
func TestHostStaysOut(t *testing.T) {
	p := newParty(t, 3, outvotingGame(), Conditions{DelayMs: 30})
	p.start(275, 200)
	p.lobbies[0].Match().Disturb(func(w *attendance) { w.Pushed[0] ^= 1 })
	p.until(600, func() bool { return p.lobbies[0].late != nil })
	p.until(600, func() bool { return p.lobbies[0].late == nil })
	if p.lobbies[0].State() != Gathering {
		t.Fatal("he has come in")
	}
	p.until(600, func() bool { return p.lobbies[1].State() == Gathering && p.lobbies[2].State() == Gathering })
	for _, l := range p.lobbies {
		l.SetReady(true)
	}
	p.until(300, func() bool { return p.lobbies[0].Blocker() == "" })
	p.start(300, 100)
	for _, r := range p.end(600) {
		if r.Frame != 300 || !r.Agreed {
			t.Errorf("%+v", r)
		}
	}
}

// TestNoMajority: where no world is that of the most, the match ends as it does without a
// vote, with the field.
func TestNoMajority(t *testing.T) {
	for _, astray := range [][]int{{1}, {2, 3}} { // of two, and of four
		peers := 2 * len(astray)
		p := newParty(t, peers, outvotingGame(), Conditions{DelayMs: 30})
		p.start(2400, 200)
		for _, who := range astray {
			p.lobbies[who].Match().Disturb(func(w *attendance) { w.Pushed[0] ^= 1 })
		}
		p.until(1200, func() bool {
			for _, l := range p.lobbies {
				if !l.Match().play.over() {
					return false
				}
			}
			return true
		})
		for i, l := range p.lobbies {
			r, _ := l.Match().Result()
			d := new(DesyncError)
			if !errors.As(r.Err, &d) || errors.As(r.Err, new(*ExcludedError)) || r.Agreed {
				t.Errorf("%d peers, P%d: %+v", peers, i, r)
			}
			if peers == 2 && d.Field != "Pushed[0]" {
				t.Errorf("P%d: %+v", i, d)
			}
		}
	}
}

// TestOneCannotEndIt: a member who tells of a desync, or has other hashes, ends nothing where
// the most count; it is out of the match if it says so of a frame that is compared.
func TestOneCannotEndIt(t *testing.T) {
	p := newParty(t, 3, outvotingGame(), Conditions{DelayMs: 30})
	p.start(1200, 300)
	liar := p.lobbies[2].Match().play
	for _, q := range liar.peers {
		q.conn.Send(&wire.Finding{Match: liar.match, Machine: 0, Frame: 280, Text: "it is over"})
		q.conn.Send(&wire.DesyncHashes{Match: liar.match, First: 250, Hashes: []uint64{1, 2, 3}})
		q.conn.Send(&wire.Checksum{Match: liar.match, View: liar.view, Frame: 240, World: 1})
	}
	for range 400 {
		p.tick()
	}
	for i, l := range p.lobbies[:2] {
		if l.Match().play.over() || l.Match().Stats().Frame < 500 {
			t.Fatalf("P%d: %+v", i, l.Match().Stats())
		}
	}
}
