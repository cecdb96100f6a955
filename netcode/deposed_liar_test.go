//go:build !race

package netcode

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestLiarDeposesNobody: a liar leads the host astray, who is in the match again soon, and says
// that it hosts itself. The host whom all the others hear hosts all the while.
func TestLiarDeposesNobody(t *testing.T) {
	game := lateGame(AbsentIdle, LateOwn)
	game.Desync = DesyncOutvotes
	p := newParty(t, 4, game, Conditions{DelayMs: 30, JitterMs: 5})
	p.start(0, 100)
	liar := p.lobbies[1].Match().play
	step := twoFaced(p, liar, 0)
	for range 900 {
		step()
		if c := p.lobbies[1].mesh.To(0); c != nil && p.lobbies[0].Hosting() {
			c.Send(forged(p.lobbies[0], 1))
		}
		p.tick()
	}
	for _, i := range []int{0, 2, 3} {
		if p.hosting(i) != "P0" || !p.lobbies[0].Hosting() {
			t.Errorf("%q", p.offices())
		}
	}
}

// TestNewcomerOfASilentHost: somebody is on his way into the match when the host is silent for
// a while, and is a guest then. He is with the others all the same.
func TestNewcomerOfASilentHost(t *testing.T) {
	for after := 16; after < 100; after += 6 {
		game := lateGame(AbsentBot, LateAnybody)
		p := newParty(t, 4, game, Conditions{DelayMs: 40})
		p.start(3600, 100)
		p.lobbies[3].Leave()
		p.gone[3] = true
		p.until(60, func() bool { return len(p.lobbies[0].AppendMembers(nil)) == 3 })
		who := p.enter(game, 4)
		p.ticks(after)
		p.gone[0] = true
		p.ticks(240)
		p.gone[0] = false
		p.ticks(1500)
		if l := p.lobbies[who]; l.State() != Ended && !p.together() || l.State() == Gathering {
			coming, on := l.Coming()
			t.Errorf("after %d ticks: %q, %v, coming %+v %v", after, p.offices(), l.Err(), coming, on)
		}
	}
}

// TestLeavesAfterItsEnd: the side that goes on has a result, one of it leaves, and only those on
// the other side hear that. They have no result that is agreed.
func TestLeavesAfterItsEnd(t *testing.T) {
	for later := range 12 {
		for _, who := range []int{0, 1} {
			game := lateGame(AbsentBot, LateNever)
			game.PeerTimeoutMs = 800
			p := newParty(t, 4, game, Conditions{DelayMs: 30})
			p.start(260, 230)
			for a := range 2 {
				p.dark(a, 2, true)
				p.dark(a, 3, true)
			}
			p.until(600, func() bool { m := p.lobbies[who].Match(); return m.play.over() })
			p.network.network.Path(who, 2).SetDark(false)
			p.network.network.Path(who, 3).SetDark(false)
			p.ticks(later)
			p.lobbies[who].Leave()
			p.gone[who] = true
			p.ticks(900)
			if n := p.agreedAlike(fmt.Sprintf("P%d leaves %d ticks later", who, later)); n != 2 {
				for i, l := range p.lobbies {
					r, over := l.Match().Result()
					t.Logf("P%d leaves %d later: P%d over %v %+v", who, later, i, over, r)
				}
			}
		}
	}
}

// agreedAlike fails if two have agreed results that differ.
func (p *party) agreedAlike(what string) (agreed int) {
	p.t.Helper()
	first := -1
	for i, l := range p.lobbies {
		m := l.Match()
		if m == nil || !m.play.over() {
			continue
		}
		r, _ := m.Result()
		if !r.Agreed {
			continue
		}
		agreed++
		if first < 0 {
			first = i
			continue
		}
		if f, _ := p.lobbies[first].Match().Result(); f.Frame != r.Frame || f.Hash != r.Hash {
			p.t.Errorf("%s: P%d %+v, P%d %+v", what, first, f, i, r)
		}
	}
	return agreed
}

// TestOneAgreedResult: members that are cut off, leave, crash and are silent just before the end
// never make two agreed results.
func TestOneAgreedResult(t *testing.T) {
	agreed := 0
	defer func() { t.Logf("%d agreed results", agreed) }()
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 2))
		peers := 3 + rng.IntN(4)
		late, absent := []LateJoin{LateNever, LateOwn}[rng.IntN(2)], AbsentBot
		if late == LateNever && rng.IntN(2) == 0 {
			absent = AbsentEnds
		}
		game := lateGame(absent, late)
		game.PeerTimeoutMs = 800
		p := newParty(t, peers, game, Conditions{DelayMs: 30, JitterMs: 10, LossPercent: 5})
		p.start(int32(240+rng.IntN(80)), 200)
		var story strings.Builder
		story.WriteString(fmt.Sprint(peers, game.Absent, late))
		for range 2 + rng.IntN(5) {
			switch a := rng.IntN(peers); rng.IntN(6) {
			case 0:
				if !p.gone[a] {
					p.lobbies[a].Leave()
					p.gone[a] = true
					story.WriteString(fmt.Sprintf(" P%d leaves", a))
				}
			case 1:
				if !p.gone[a] {
					vanish(p.nodes[a])
					p.gone[a] = true
					story.WriteString(fmt.Sprintf(" P%d vanishes", a))
				}
			default:
				sides, dark := rng.IntN(1<<peers), rng.IntN(3) > 0
				for a := range peers {
					for b := range peers {
						if sides>>a&1 != sides>>b&1 {
							p.network.network.Path(a, b).SetDark(dark)
						}
					}
				}
				story.WriteString(fmt.Sprintf(" cut %b %v", sides, dark))
			}
			n := rng.IntN(90)
			p.ticks(n)
			story.WriteString(fmt.Sprintf(" %d ticks", n))
		}
		p.ticks(1200)
		agreed += p.agreedAlike(fmt.Sprintf("seed %d: %s", seed, story.String()))
	}
}

// TestComersAndCuts: whatever is cut while others come and nobody or anybody comes late, all who
// have each other in their lobby follow one host, and play on.
func TestComersAndCuts(t *testing.T) {
	for seed := range uint64(80) {
		rng := rand.New(rand.NewPCG(seed, 3))
		peers := 2 + rng.IntN(4)
		late := []LateJoin{LateNever, LateAnybody}[rng.IntN(2)]
		game := lateGame(AbsentBot, late)
		game.PeerTimeoutMs = []int{0, 1500}[rng.IntN(2)]
		p := newParty(t, peers, game, Conditions{DelayMs: 30, JitterMs: 10, LossPercent: 3})
		p.start(int32(400+rng.IntN(500)), 200)
		var story strings.Builder
		story.WriteString(fmt.Sprintf("seed %d: %d peers, %v, time-out %d:", seed, peers, late, game.PeerTimeoutMs))
		if late == LateAnybody && rng.IntN(2) == 0 && peers < 4 {
			p.enter(game, peers)
			n := rng.IntN(80)
			p.ticks(n)
			story.WriteString(fmt.Sprintf(" one comes for %d ticks", n))
		}
		for range 1 + rng.IntN(2) {
			still := 80 + rng.IntN(300)
			story.WriteString(fmt.Sprintf(" the host is silent for %d ticks", still))
			p.gone[0] = true
			p.ticks(still)
			p.gone[0] = false
			p.ticks(rng.IntN(200))
		}
		p.ticks(1500)
		if !p.together() {
			t.Errorf("%s: %q", story.String(), p.offices())
		} else if why := p.playsOn(); why != "" {
			t.Errorf("%s: %s: %q", story.String(), why, p.offices())
		}
	}
}
