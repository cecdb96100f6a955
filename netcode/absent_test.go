//go:build !race

package netcode

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/rollback"
)

// party is a lobby of some, one tick each in turn.
type party struct {
	t       testing.TB
	network *MemoryNetwork
	nodes   []*Node
	lobbies []*Lobby[attendance, uint32]
	gone    []bool
	events  [][]Event // of each
}

func newParty(t testing.TB, peers int, game Config[attendance, uint32], c Conditions) *party {
	t.Helper()
	return newPartyOn(t, NewMemoryNetwork(uint64(peers)), peers, game, c)
}

func newPartyOn(t testing.TB, network *MemoryNetwork, peers int, game Config[attendance, uint32], c Conditions) *party {
	t.Helper()
	p := &party{t: t, network: network, gone: make([]bool, peers), events: make([][]Event, peers)}
	p.network.SetConditions(c)
	for i := range peers {
		node := p.network.NewNode(fmt.Sprintf("P%d", i))
		l, err := OpenLobby(node, game, LobbyConfig{})
		if i > 0 {
			l, err = JoinLobby(node, game, p.nodes[0].Addr().String(), LobbyConfig{Ready: true})
		}
		if err != nil {
			t.Fatal(err)
		}
		p.nodes, p.lobbies = append(p.nodes, node), append(p.lobbies, l)
		p.until(300, func() bool { return l.State() == Gathering })
	}
	p.until(900, func() bool { return p.lobbies[0].Blocker() == "" })
	return p
}

func (p *party) tick() {
	for i, l := range p.lobbies {
		p.network.Advance(testTick / time.Duration(len(p.lobbies)))
		switch m := l.Match(); {
		case p.gone[i]:
			continue
		case m != nil && l.State() == Playing:
			m.Tick(slices.Repeat([]uint32{heldInput(i, int32(m.session.Current()))}, max(len(m.LocalSeats()), l.LocalSeats()))...)
		default:
			l.Poll()
		}
		p.events[i] = l.AppendEvents(p.events[i])
	}
}

func (p *party) until(ticks int, so func() bool) {
	p.t.Helper()
	for range ticks {
		if so() {
			return
		}
		p.tick()
	}
	for i, l := range p.lobbies {
		p.t.Logf("peer %d: %v, %v, %q", i, l.State(), l.Err(), l.Blocker())
		if m := l.Match(); m != nil {
			p.t.Logf("  %+v", m.Stats())
		}
	}
	p.t.Fatalf("not within %d ticks", ticks)
}

func (p *party) start(frames int32, at rollback.Frame) {
	p.t.Helper()
	if err := p.lobbies[0].Start(1, frames); err != nil {
		p.t.Fatal(err)
	}
	p.until(600, func() bool { m := p.lobbies[0].Match(); return m != nil && m.session.Current() >= at })
}

// end plays until all who are there have a result, and demands that it is one.
func (p *party) end(ticks int) (results []Result) {
	p.t.Helper()
	p.until(ticks, func() bool {
		for i, l := range p.lobbies {
			if !p.gone[i] && !l.Match().play.over() {
				return false
			}
		}
		return true
	})
	for i, l := range p.lobbies {
		if p.gone[i] {
			continue
		}
		r, _ := l.Match().Result()
		if results = append(results, r); r.Frame != results[0].Frame || r.Hash != results[0].Hash || r.Err != nil {
			p.t.Fatalf("peer %d: %+v\nanother: %+v", i, r, results[0])
		}
	}
	return results
}

// absences are the events that tell who is in the match no more.
func absences(events []Event) (all []Event) {
	for _, e := range events {
		if e.Kind == EventAbsent {
			all = append(all, e)
		}
	}
	return all
}

func (p *party) stalls() (all []uint64) {
	for _, l := range p.lobbies {
		all = append(all, l.Match().Stats().Stalls)
	}
	return all
}

// TestLeaveStallsNobody: who leaves is gone without a stalled tick for the others, and
// they play on to the end, with what the game puts in the seat.
func TestLeaveStallsNobody(t *testing.T) {
	for _, absent := range []Absence{AbsentIdle, AbsentFrozen, AbsentBot} {
		for _, peers := range []int{2, 3, 5, 8} {
			for _, who := range []int{0, 1} {
				p := newParty(t, peers, attendanceGame(absent), Conditions{DelayMs: 40})
				p.start(600, 200)
				before := p.stalls()
				p.lobbies[who].Leave()
				p.gone[who] = true
				results := p.end(900)
				first := rollback.NoFrame
				for i, l := range p.lobbies {
					if i == who {
						continue
					}
					if n := l.Match().Stats().Stalls; n != before[i] {
						t.Errorf("%d peers, P%d leaves: P%d stalled for %d ticks", peers, who, i, n-before[i])
					}
					gone := absences(p.events[i])
					if len(gone) != 1 || gone[0].Name != p.nodes[who].Name() || ReasonOf(gone[0].Err) != ReasonLeft || first != rollback.NoFrame && gone[0].Frame != first {
						t.Fatalf("%d peers, P%d leaves: P%d is told %+v", peers, who, i, gone)
					}
					first = gone[0].Frame
					w, kept := l.Match().FinalWorld()
					if !kept || w.There[who] != int32(first) || w.There[(who+1)%peers] != 600 {
						t.Fatalf("%d peers, P%d left before frame %d: %+v", peers, who, first, w)
					}
				}
				if r := results[0]; r.Frame != 600 || r.Agreed != (peers > 2) {
					t.Errorf("%d peers, P%d leaves: %+v", peers, who, r)
				}
			}
		}
	}
}

// TestAbsentSeats: a seat that nobody plays does what the game says, from the first frame
// without him.
func TestAbsentSeats(t *testing.T) {
	for _, absent := range []Absence{AbsentIdle, AbsentFrozen, AbsentBot} {
		p := newParty(t, 3, attendanceGame(absent), Conditions{DelayMs: 60, JitterMs: 20, LossPercent: 5})
		p.start(400, 150)
		p.lobbies[2].Leave()
		p.gone[2] = true
		p.end(900)
		gone := absences(p.events[0])[0].Frame
		w, _ := p.lobbies[0].Match().FinalWorld()
		pushed, last := uint64(0), uint32(0)
		for f := range rollback.Frame(400) {
			v := uint32(0)
			switch {
			case f < gone:
				v, _ = p.lobbies[2].Match().inputAt(f)
				last = v
			case absent == AbsentFrozen:
				v = last
			case absent == AbsentBot:
				v = botPush + uint32(f)%2
			}
			pushed = pushed*31 + uint64(v)
		}
		if absent == AbsentIdle && w.Pushed[2] == 0 || w.Pushed[2] != pushed {
			t.Errorf("absence %d from frame %d on: %x, want %x", absent, gone, w.Pushed[2], pushed)
		}
	}
}

// inputAt is what was recorded of this machine's first player.
func (m *Match[S, I]) inputAt(f rollback.Frame) (uint32, bool) {
	r := m.play.own.record(f)
	if r == nil {
		return 0, false
	}
	return uint32(r[0]) | uint32(r[1])<<8 | uint32(r[2])<<16 | uint32(r[3])<<24, true
}

// TestCrashStallsOnce: one who is silent costs the others the time-out, less what the window
// hides, and one whose process has closed its connections a third of a second.
func TestCrashStallsOnce(t *testing.T) {
	for _, c := range []struct {
		name   string
		vanish bool
		most   uint64
	}{{"silent", true, 60 + 20}, {"closed", false, 18 + 20}} {
		for _, peers := range []int{3, 4, 8} {
			game := attendanceGame(AbsentIdle)
			game.PeerTimeoutMs = 1000
			p := newParty(t, peers, game, Conditions{DelayMs: 20})
			p.start(600, 200)
			before := p.stalls()
			who := peers - 1
			if c.vanish {
				vanish(p.nodes[who])
			} else {
				p.lobbies[who].end(&crashError{"Tick", "a test"}) // closes without a goodbye to the match
			}
			p.gone[who] = true
			results := p.end(1200)
			for i := range who {
				n := p.lobbies[i].Match().Stats().Stalls - before[i]
				if n > c.most || n < 5 {
					t.Errorf("%s, %d peers: P%d stalled for %d ticks", c.name, peers, i, n)
				}
				if gone := absences(p.events[i]); len(gone) != 1 || ReasonOf(gone[0].Err) == ReasonLeft {
					t.Errorf("%s, %d peers: P%d is told %+v", c.name, peers, i, gone)
				}
			}
			if r := results[0]; r.Frame != 600 || !r.Agreed {
				t.Errorf("%s, %d peers: %+v", c.name, peers, r)
			}
		}
	}
}

// TestOneAfterTheOther: the match goes on for whoever is left, to the last one.
func TestOneAfterTheOther(t *testing.T) {
	game := attendanceGame(AbsentBot)
	game.PeerTimeoutMs = 600
	p := newParty(t, 5, game, Conditions{DelayMs: 30, JitterMs: 10, LossPercent: 10})
	p.start(900, 100)
	for i, who := range []int{0, 4, 1, 3} { // the host first
		if i%2 == 0 {
			vanish(p.nodes[who])
		} else {
			p.lobbies[who].Leave()
		}
		p.gone[who] = true
		at := p.lobbies[2].Match().session.Current()
		p.until(300, func() bool { return p.lobbies[2].Match().session.Current() >= at+100 })
	}
	if r := p.end(900)[0]; r.Frame != 900 || r.Agreed {
		t.Errorf("%+v", r)
	}
	if gone := absences(p.events[2]); len(gone) != 4 {
		t.Errorf("told %+v", gone)
	}
}

// TestSmallerSide: those who are cut off from the majority wait, and then read that they
// are; the others play on.
func TestSmallerSide(t *testing.T) {
	game := attendanceGame(AbsentIdle)
	game.PeerTimeoutMs = 1000
	p := newParty(t, 5, game, Conditions{DelayMs: 30})
	p.start(2400, 200)
	for _, a := range []int{3, 4} {
		for b := range 3 {
			p.network.network.Path(a, b).SetDark(true)
			p.network.network.Path(b, a).SetDark(true)
		}
	}
	p.until(1500, func() bool { return p.lobbies[3].Match().play.over() && p.lobbies[4].Match().play.over() })
	for _, i := range []int{3, 4} {
		r, _ := p.lobbies[i].Match().Result()
		if lost := new(LostError); r.Agreed || !errors.As(r.Err, &lost) {
			t.Errorf("P%d: %+v", i, r)
		}
	}
	p.gone[3], p.gone[4] = true, true
	if r := p.end(2400)[0]; r.Frame != 2400 || !r.Agreed || len(r.ConfirmedBy) != 2 {
		t.Errorf("%+v", r)
	}
}

// TestShorterThanTheTimeout: a partition that heals in time costs nobody the match.
func TestShorterThanTheTimeout(t *testing.T) {
	p := newParty(t, 4, attendanceGame(AbsentIdle), Conditions{DelayMs: 30, LossPercent: 2})
	p.start(600, 200)
	for _, pair := range [][2]int{{0, 2}, {0, 3}, {1, 2}, {1, 3}} {
		p.network.network.Path(pair[0], pair[1]).SetDark(true)
		p.network.network.Path(pair[1], pair[0]).SetDark(true)
	}
	for range 300 {
		p.tick()
	}
	p.network.network.SetDark(false)
	at := p.lobbies[0].Match().session.Current()
	for range 30 {
		p.tick()
	}
	if now := p.lobbies[0].Match().session.Current(); now < at+15 {
		t.Errorf("%d frames in half a second after the light", now-at)
	}
	if r := p.end(900)[0]; r.Frame != 600 || len(r.ConfirmedBy) != 3 {
		t.Errorf("%+v", r)
	}
}

// TestAbsentMakesSense: what becomes of the gone, and who comes late, is said so that it can
// be.
func TestAbsentMakesSense(t *testing.T) {
	network := NewMemoryNetwork(1)
	for _, wrong := range []Config[attendance, uint32]{
		{Absent: AbsentBot}, {Absent: AbsentEnds + 1}, {LateJoin: LateAnybody + 1}, {Absent: AbsentEnds, LateJoin: LateOwn},
	} {
		game := attendanceGame(AbsentIdle)
		game.Absent, game.LateJoin = wrong.Absent, wrong.LateJoin
		if _, err := OpenLobby(network.NewNode("Cem"), game, LobbyConfig{}); err == nil {
			t.Errorf("absence %d, late %d were taken", wrong.Absent, wrong.LateJoin)
		}
	}
}

// TestOneAfterAnother: where members are lost one after another, those who are left at the end
// have the match's result, as each time more than half have agreed to go on.
func TestOneAfterAnother(t *testing.T) {
	p := newParty(t, 5, lateGame(AbsentBot, LateOwn), Conditions{DelayMs: 30, JitterMs: 5, LossPercent: 2})
	p.start(1500, 200)
	for _, gone := range []int{0, 3, 1} {
		p.gone[gone] = true
		there := len(p.lobbies[2].Match().play.member.View().Members)
		p.until(400, func() bool { return len(p.lobbies[2].Match().play.member.View().Members) < there })
	}
	for i, r := range p.end(2400) {
		if r.Frame != 1500 || !r.Agreed || len(r.ConfirmedBy) != 1 {
			t.Errorf("the %d-th of those who are left: %+v", i, r)
		}
	}
}
