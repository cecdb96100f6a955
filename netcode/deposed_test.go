//go:build !race

package netcode

import (
	"fmt"
	"slices"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// views is who hosts in the eyes of each, and whether he hosts himself.
func (p *party) offices() (all []string) {
	for i, l := range p.lobbies {
		if p.gone[i] {
			continue
		}
		s := fmt.Sprintf("P%d %v follows %s term %d of %d members", i, l.State(), p.hosting(i), l.office.term, len(l.AppendMembers(nil)))
		if l.Hosting() {
			s += " HOSTS"
		}
		all = append(all, s)
	}
	return all
}

// oneHost: all who are there follow one and the same.
func (p *party) oneHost() bool {
	var who []string
	for i := range p.lobbies {
		if !p.gone[i] {
			if h := p.hosting(i); !slices.Contains(who, h) {
				who = append(who, h)
			}
		}
	}
	return len(who) == 1
}

// forged is a roster by which the sender says that it hosts.
func forged(host *Lobby[attendance, uint32], term uint32) *wire.Roster {
	r := &wire.Roster{Options: host.options, MaxSeats: uint8(host.maxSeats), Term: term}
	if host.running != nil {
		r.Running = host.running.Match
	}
	for _, m := range host.members {
		if m != nil {
			e := m.RosterMember
			e.Addrs, e.Offer = nil, nil
			r.Members = append(r.Members, e)
		}
	}
	return r
}

// TestAstrayHostIsNotDeposed: a host that was out of a match for its world, and whom all hear,
// hosts whatever another member shows him.
func TestAstrayHostIsNotDeposed(t *testing.T) {
	p := newParty(t, 3, outvotingGame(), Conditions{DelayMs: 30})
	p.start(1200, 200)
	first := p.lobbies[0].Match()
	first.Disturb(func(w *attendance) { w.Pushed[0] ^= 1 })
	p.until(600, func() bool { return first.play.over() })
	p.until(300, p.plays(0))
	p.ticks(120)
	p.lobbies[1].mesh.To(0).Send(forged(p.lobbies[0], 1))
	p.ticks(120)
	if !p.lobbies[0].Hosting() || !p.oneHost() {
		t.Errorf("%q", p.offices())
	}
	p.ticks(1200)
	if !p.oneHost() {
		t.Errorf("later: %q", p.offices())
	}
}

// TestNextHostWasSilentToo: the host and the next in line are silent one after the other, and
// both come back: there is one host at the end.
func TestNextHostWasSilentToo(t *testing.T) {
	for _, c := range []struct{ second, back0, back1 int }{{0, 300, 300}, {20, 300, 300}, {60, 300, 300}, {180, 420, 420}, {200, 600, 600}, {200, 600, 420}, {180, 420, 600}, {20, 300, 200}, {20, 200, 300}} {
		p := newParty(t, 5, lateGame(AbsentBot, LateOwn), Conditions{DelayMs: 30, JitterMs: 5, LossPercent: 2})
		p.start(3000, 200)
		for i := range 700 {
			p.gone[0] = i < c.back0
			p.gone[1] = i >= c.second && i < c.back1
			p.tick()
		}
		p.ticks(900)
		if !p.oneHost() {
			t.Errorf("%+v: %q", c, p.offices())
		}
	}
}

// TestSilentHostWithoutComingBack: where nobody comes late, a host who was silent for about as
// long as a time-out is in no lobby with two hosts.
func TestSilentHostWithoutComingBack(t *testing.T) {
	for _, late := range []LateJoin{LateNever, LateOwn} {
		for still := 80; still < 130; still += 2 {
			game := lateGame(AbsentBot, late)
			game.PeerTimeoutMs = 1500
			p := newParty(t, 4, game, Conditions{DelayMs: 30, JitterMs: 5, LossPercent: 2})
			p.start(600, 100)
			p.gone[0] = true
			p.ticks(still)
			p.gone[0] = false
			p.ticks(1200)
			members := len(p.lobbies[1].AppendMembers(nil))
			if !p.oneHost() && members == 4 {
				t.Errorf("%v %d: %q", late, still, p.offices())
			}
		}
	}
}

// TestFormerHostHostsAgain: who was a host, a guest, and hosts again has nothing of the match
// that has ended in between.
func TestFormerHostHostsAgain(t *testing.T) {
	for still := 180; still < 320; still += 10 {
		p := newParty(t, 3, lateGame(AbsentBot, LateOwn), Conditions{DelayMs: 30})
		p.start(460, 200)
		p.gone[0] = true
		p.ticks(still)
		p.gone[0] = false
		p.ticks(900)
		if !p.oneHost() {
			t.Errorf("%d: %q", still, p.offices())
			continue
		}
		p.lobbies[1].Leave()
		p.gone[1] = true
		p.ticks(300)
		if l := p.lobbies[0]; !l.Hosting() || l.State() != Gathering || l.running != nil {
			t.Errorf("%d: %q, running %+v, late %v", still, p.offices(), l.running, l.late != nil)
		}
	}
}
