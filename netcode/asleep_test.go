//go:build !race

package netcode

import (
	"errors"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// TestAsleepOnceInTheLobby: a guest's computer goes to sleep in the moment in which the
// host lets it in, before the others could meet it. The host reads whom it waits for;
// after the time-out, and not later, all read that the guest was lost, and the rest can
// play. Who wakes then reads that its own game had stood still.
func TestAsleepOnceInTheLobby(t *testing.T) {
	game := attendanceGame(AbsentIdle)
	p := newParty(t, 2, game, Conditions{DelayMs: 30, JitterMs: 5})
	who := p.enter(game, 2)
	p.until(300, func() bool { return p.lobbies[0].members[who] != nil })
	p.gone[who] = true
	p.ticks(60)
	if why := p.lobbies[0].Blocker(); why != "waiting until ready: P2" {
		t.Errorf("the host reads %q", why)
	}
	p.ticks(570)
	for i, l := range p.lobbies[:2] {
		lines := l.AppendLines(nil)
		if len(l.AppendMembers(nil)) != 2 || len(lines) == 0 || lines[len(lines)-1].Text != "P2 was lost" {
			t.Errorf("P%d reads %v, and sees %d members", i, lines, len(l.AppendMembers(nil)))
		}
	}
	p.start(120, 10)
	p.gone[who] = false
	p.until(300, func() bool { return p.lobbies[who].State() == Ended })
	if lost := new(LostError); !errors.As(p.lobbies[who].Err(), &lost) || lost.StoodStillMs < 9000 {
		t.Errorf("who wakes reads %v", p.lobbies[who].Err())
	}
	p.gone[who] = true
	p.end(300)
}

// TestHostAsleep: the host's computer goes to sleep for longer than the time-out. The others have
// another host then, in the lobby and in a match; who wakes reads why the lobby is over for him, as
// guests do, and comes back by the way that he is told.
func TestHostAsleep(t *testing.T) {
	for _, peers := range []int{2, 3, 4} {
		for _, playing := range []bool{false, true} {
			if playing && peers == 2 {
				continue // of two each waits for the other
			}
			game := lateGame(AbsentBot, LateAnybody)
			p := newParty(t, peers, game, Conditions{DelayMs: 30})
			if playing {
				p.start(3000, 60)
			} else {
				p.ticks(120)
			}
			p.gone[0] = true
			p.ticks(1200)
			p.gone[0] = false
			p.until(600, func() bool { return p.lobbies[0].State() == Ended })
			if lost := new(LostError); !errors.As(p.lobbies[0].Err(), &lost) || lost.StoodStillMs < 15000 {
				t.Fatalf("%d, playing %v: who wakes reads %v", peers, playing, p.lobbies[0].Err())
			}
			p.comesBack(0, game)
			p.until(600, func() bool { return p.lobbies[0].State() == p.lobbies[1].State() })
			if n := len(p.lobbies[0].AppendMembers(nil)); n != peers || p.lobbies[0].Hosting() {
				t.Errorf("%d, playing %v: %d members after that, %v", peers, playing, n, p.offices())
			}
		}
	}
}

// TestHostAsleepAlone: a host's game stands still while nobody is in the lobby. Whoever comes and is
// lost afterwards ends nothing.
func TestHostAsleepAlone(t *testing.T) {
	game := lateGame(AbsentBot, LateAnybody)
	p := &party{t: t, network: NewMemoryNetwork(1), gone: make([]bool, 1), events: make([][]Event, 1)}
	p.network.SetConditions(Conditions{DelayMs: 30})
	node := p.network.NewNode("P0")
	l, err := OpenLobby(node, game, LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	p.nodes, p.lobbies = append(p.nodes, node), append(p.lobbies, l)
	p.ticks(10)
	p.gone[0] = true
	p.ticks(60 * 12)
	p.gone[0] = false
	p.ticks(1)
	who := p.enter(game, 1)
	p.until(300, func() bool { return l.members[1] != nil && p.lobbies[who].State() == Gathering })
	p.ticks(60)
	p.lobbies[who].mesh.To(0).Link.Close(link.CodeProtocol, "x")
	p.ticks(300)
	if l.State() != Gathering {
		t.Errorf("%v, %v", l.State(), l.Err())
	}
}

// TestWayBackOfTheNextHost: what was the way back under the host before is none under the next one.
func TestWayBackOfTheNextHost(t *testing.T) {
	p := newParty(t, 4, lateGame(AbsentBot, LateAnybody), Conditions{DelayMs: 30})
	p.lobbies[1].WayBack()
	p.lobbies[0].Leave()
	p.gone[0] = true
	p.until(900, func() bool { return p.lobbies[1].Hosting() })
	p.ticks(120)
	p.gone[1] = true
	p.ticks(1200)
	p.gone[1] = false
	p.until(600, func() bool { return p.lobbies[1].State() == Ended })
	if way := p.lobbies[1].WayBack(); !strings.HasPrefix(way, p.nodes[2].Addr().String()) {
		t.Errorf("the way back is %q; P2 hosts at %v, and P0, who has left, was at %v", way, p.nodes[2].Addr(), p.nodes[0].Addr())
	}
}

// TestAsleepOnceInTheMatch: a computer that comes into a match that runs goes to sleep at
// every step of its way. Until it is let in nobody waits for it; from then on it is as
// anybody who is silent: the others stand for the time-out, once, and play on. Its place
// is free after that, and who wakes reads that its own game had stood still.
func TestAsleepOnceInTheMatch(t *testing.T) {
	const timeoutTicks = 120
	game := lateGame(AbsentBot, LateAnybody)
	game.PeerTimeoutMs = timeoutTicks * 1000 / 60
	members := func(p *party) (n int) {
		for _, q := range p.lobbies[0].Match().play.byID {
			if q != nil && p.lobbies[0].Match().play.isMember(q) {
				n++
			}
		}
		return n + 1 // and the host
	}
	for step, asleep := range map[string]func(p *party, who int) bool{
		"in the lobby":    func(p *party, who int) bool { return p.lobbies[0].members[who] != nil },
		"is fed":          func(p *party, who int) bool { return p.lobbies[who].late != nil && p.lobbies[who].late.donor != nil },
		"has been fed":    func(p *party, who int) bool { return p.lobbies[who].play != nil },
		"has been let in": func(p *party, who int) bool { return members(p) == 3 },
		"plays":           func(p *party, who int) bool { return len(presences(p.events[0])) > 0 },
	} {
		p := newParty(t, 3, game, Conditions{DelayMs: 30})
		p.start(1500, 200)
		p.lobbies[1].Leave()
		p.gone[1] = true
		p.ticks(60)
		before := p.stallsBelow(3)
		who := p.enter(game, 3)
		p.until(300, func() bool { return asleep(p, who) })
		wasIn := members(p) == 3
		p.gone[who] = true
		p.ticks(360)
		gone := absences(p.events[0])[1:]
		if len(gone) > 1 || wasIn && len(gone) == 0 || len(gone) == 1 && (gone[0].Name != "P3" || ReasonOf(gone[0].Err) != ReasonSilent) {
			t.Errorf("%s: the host is told %+v", step, gone)
		}
		for i, n := range p.stallsBelow(3) {
			if n -= before[i]; n > uint64(len(gone))*(timeoutTicks+12) {
				t.Errorf("%s: P%d stalled for %d ticks", step, i, n)
			}
		}
		if n := len(p.lobbies[0].AppendMembers(nil)); n != 2 {
			t.Errorf("%s: %d members", step, n)
		}
		p.gone[who] = false
		p.until(300, func() bool { return p.lobbies[who].State() == Ended })
		if lost := new(LostError); !errors.As(p.lobbies[who].Err(), &lost) || lost.StoodStillMs < 5000 {
			t.Errorf("%s: who wakes reads %v", step, p.lobbies[who].Err())
		}
		p.gone[who] = true
		if r := p.end(1500); r[0].Frame != 1500 || !r[0].Agreed {
			t.Errorf("%s: %+v", step, r)
		}
	}
}

// ticks lets so many pass.
func (p *party) ticks(n int) {
	for range n {
		p.tick()
	}
}
