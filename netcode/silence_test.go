//go:build !race

package netcode

import (
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
	"github.com/visavis-netcode/visavis/netcode/internal/spake2"
)

// TestShortSilence: where those who are lost may come back, three players wait for two seconds
// for one whose loop stands still, and go on. He is in the lobby all the while, and back in the
// match by himself soon after he is heard again. Two wait for as long as eight seconds.
func TestShortSilence(t *testing.T) {
	for _, c := range []struct {
		peers      int
		stillTicks int
		most       uint64 // stalled ticks of the others
		out        bool
	}{
		{3, 90, 90, false},
		{3, 240, 2*60 + 15, true},
		{4, 540, 2*60 + 15, true},
		{2, 420, 420, false},
	} {
		game := lateGame(AbsentBot, LateOwn)
		p := newParty(t, c.peers, game, Conditions{DelayMs: 30, JitterMs: 5, LossPercent: 2})
		p.start(1800, 200)
		before, still := p.stalls(), c.peers-1
		p.gone[still] = true
		for range c.stillTicks {
			p.tick()
		}
		p.gone[still] = false
		p.until(240, func() bool {
			m := p.lobbies[still].Match()
			return m != nil && !m.play.over() && m.play.phase == running && len(m.LocalSeats()) == 1
		})
		if n := len(p.lobbies[0].AppendMembers(nil)); n != c.peers {
			t.Errorf("%d peers, %d ticks: %d are in the lobby", c.peers, c.stillTicks, n)
		}
		results := p.end(2400)
		if r := results[0]; !r.Agreed || r.Frame != 1800 || len(r.ConfirmedBy) != c.peers-1 {
			t.Errorf("%d peers, %d ticks: %+v", c.peers, c.stillTicks, r)
		}
		for i, n := range p.stalls() {
			if i != still && n-before[i] > c.most {
				t.Errorf("%d peers, %d ticks: P%d stalled for %d ticks", c.peers, c.stillTicks, i, n-before[i])
			}
			if out := len(absences(p.events[i])) > 0; i != still && out != c.out {
				t.Errorf("%d peers, %d ticks: P%d reads that he is gone: %v", c.peers, c.stillTicks, i, out)
			}
		}
	}
}

// TestHalvesMeetAgain: a match of four that is cut into halves goes on where the lowest is;
// when the halves reach each other again, the others are back in it soon, by themselves. One
// of them may be so a second sooner, when the other, whom it reaches best, does not know yet
// that he is out.
func TestHalvesMeetAgain(t *testing.T) {
	for _, c := range []struct{ darkTicks, laterTicks, most int }{{200, 0, 90}, {300, 0, 90}, {420, 0, 90}, {200, 60, 150}, {300, 60, 150}} {
		p := newParty(t, 4, lateGame(AbsentBot, LateAnybody), Conditions{DelayMs: 20, JitterMs: 5, LossPercent: 2})
		for _, way := range [][2]int{{2, 3}, {3, 2}} {
			p.network.network.Path(way[0], way[1]).SetConditions(memlink.Conditions{Delay: 2 * time.Millisecond})
		}
		p.start(1800, 200)
		dark := func(theirs int, dark bool) {
			for ours := range 2 {
				p.network.network.Path(ours, theirs).SetDark(dark)
				p.network.network.Path(theirs, ours).SetDark(dark)
			}
		}
		dark(2, true)
		dark(3, true)
		for range c.darkTicks {
			p.tick()
		}
		dark(2, false)
		for range c.laterTicks {
			p.tick()
		}
		dark(3, false)
		p.until(c.most-c.laterTicks, func() bool {
			v := p.lobbies[0].Match().play.member.View()
			return v.Number > 0 && len(v.Members) == 4
		})
		for i, r := range p.end(2400) {
			if r.Frame != 1800 || !r.Agreed || len(r.ConfirmedBy) != 3 {
				t.Errorf("%+v, P%d: %+v", c, i, r)
			}
		}
	}
}

// TestSilentHostComesBack: a host who is not heard for so long that the others go on without
// him is a guest when he is heard again: the lowest of the others hosts, he has his seat again
// by himself, and after the match all are in one lobby and play on.
func TestSilentHostComesBack(t *testing.T) {
	for _, c := range []struct {
		peers, ticks int
		still        bool // its loop stands still; else its line is cut
	}{{3, 240, true}, {3, 240, false}, {4, 200, false}, {4, 420, true}, {5, 420, false}} {
		p := newParty(t, c.peers, lateGame(AbsentBot, LateOwn), Conditions{DelayMs: 30, JitterMs: 5, LossPercent: 2})
		p.start(1500, 200)
		cut := func(dark bool) {
			for i := 1; i < c.peers && !c.still; i++ {
				p.network.network.Path(0, i).SetDark(dark)
				p.network.network.Path(i, 0).SetDark(dark)
			}
			p.gone[0] = c.still && dark
		}
		cut(true)
		for range c.ticks {
			p.tick()
		}
		cut(false)
		p.until(240, func() bool {
			m := p.lobbies[0].Match()
			return !p.lobbies[0].Hosting() && m != nil && m.play.phase == running && len(m.LocalSeats()) == 1
		})
		for i := range p.lobbies {
			if host, n := p.hosting(i), len(p.lobbies[i].AppendMembers(nil)); host != "P1" || n != c.peers {
				t.Errorf("%+v: P%d sees %q host and %d members", c, i, host, n)
			}
			for _, e := range p.events[i] {
				if e.Kind == EventLeft || e.Kind == EventLost {
					t.Errorf("%+v: P%d reads %v of %s", c, i, e.Kind, e.Name)
				}
			}
		}
		if r := p.end(2400)[0]; r.Frame != 1500 || !r.Agreed || len(r.ConfirmedBy) != c.peers-1 {
			t.Errorf("%+v: %+v", c, r)
		}
		p.until(120, func() bool {
			for _, l := range p.lobbies {
				l.SetReady(true)
			}
			return p.lobbies[1].Blocker() == ""
		})
		if err := p.lobbies[1].Start(2, 60); err != nil {
			t.Fatal(err)
		}
		p.until(300, p.plays(c.peers-1))
		if r := p.end(600)[0]; r.Frame != 60 || !r.Agreed {
			t.Errorf("%+v: %+v", c, r)
		}
		p.lobbies[1].Leave()
		p.gone[1] = true
		p.until(600, func() bool { return p.lobbies[0].Hosting() && p.hosting(2) == "P0" })
	}
}

// TestNewcomerOfAFormerHost: somebody is proving to a host that he knows the secret when it
// becomes a guest. He is refused, at whatever moment that is.
func TestNewcomerOfAFormerHost(t *testing.T) {
	refused := 0
	for before := 5; before < 16; before++ { // ticks, in which the host asks him for a proof
		game := lateGame(AbsentBot, LateAnybody)
		p := newParty(t, 3, game, Conditions{DelayMs: 30})
		p.lobbies[0].vouchers.password = password(spake2.Listener, "a secret")
		p.start(1500, 100)
		p.gone[0] = true
		for range 240 {
			p.tick()
		}
		node := p.network.NewNode("P3")
		l, err := JoinLobby(node, game, p.nodes[0].Addr().String(), LobbyConfig{Secret: "a secret"})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 120 {
			p.gone[0] = i < before
			p.tick()
			l.Poll()
		}
		if l.State() == Ended {
			if refused++; ReasonOf(l.Err()) != ReasonNotHosting {
				t.Errorf("%d ticks: %v", before, l.Err())
			}
		}
	}
	if refused == 0 {
		t.Error("nobody was refused")
	}
}
