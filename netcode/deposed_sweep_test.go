//go:build !race

package netcode

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// sweepSeeds is how many cuts are tried.
const sweepSeeds = 60

// together: whom somebody has in his lobby follows the same host as he himself.
func (p *party) together() bool {
	for i, l := range p.lobbies {
		if p.gone[i] || l.State() == Ended {
			continue
		}
		for _, m := range l.AppendMembers(nil) {
			for j, other := range p.lobbies {
				if p.nodes[j].Name() == m.Name && !p.gone[j] && other.State() != Ended && p.hosting(j) != p.hosting(i) {
					return false
				}
			}
		}
	}
	return true
}

// playsOn says why those who are in one lobby cannot play another match, "" if they do.
func (p *party) playsOn() string {
	if !p.together() {
		return ""
	}
	for i, host := range p.lobbies {
		if !host.Hosting() || p.gone[i] || host.State() == Ended {
			continue
		}
		for range 300 {
			for _, l := range p.lobbies {
				l.SetReady(true)
			}
			if p.tick(); host.Blocker() == "" {
				break
			}
		}
		before := max(host.begun, host.matches)
		if err := host.Start(3, 60); err != nil {
			if len(host.AppendMembers(nil)) > 1 {
				return fmt.Sprintf("P%d cannot start: %v", i, err)
			}
			continue
		}
		p.ticks(600)
		for j, l := range p.lobbies {
			if p.hosting(j) != p.nodes[i].Name() || p.gone[j] || l.State() == Ended {
				continue
			}
			if r, over := l.Match().Result(); !over || r.Frame != 60 || !r.Agreed || l.Match().play.match != before+1 || r.Err != nil {
				return fmt.Sprintf("P%d has %v %+v of match %d", j, over, r, l.Match().play.match)
			}
		}
	}
	return ""
}

// dark cuts the way between two machines, or makes it whole.
func (p *party) dark(a, b int, dark bool) {
	p.network.network.Path(a, b).SetDark(dark)
	p.network.network.Path(b, a).SetDark(dark)
}

// TestCutsHealed: whatever is cut and healed, all who have each other in their lobby follow one
// host, and all results that are agreed are the same.
func TestCutsHealed(t *testing.T) {
	for seed := range uint64(sweepSeeds) {
		rng := rand.New(rand.NewPCG(seed, 1))
		peers := 3 + rng.IntN(3)
		p := newParty(t, peers, lateGame(AbsentBot, LateOwn), Conditions{DelayMs: 30, JitterMs: 10, LossPercent: 5})
		frames := int32(300 + rng.IntN(600))
		p.start(frames, 200)
		agreed, story := map[string][]int{}, ""
		look := func() {
			p.tick()
			for i, l := range p.lobbies {
				if m := l.Match(); m != nil && m.play.over() {
					if r, _ := m.Result(); r.Agreed {
						key := fmt.Sprint(m.play.match, r.Frame, r.Hash)
						if n := len(agreed[key]); n == 0 || agreed[key][n-1] != i {
							agreed[key] = append(agreed[key], i)
						}
					}
				}
			}
		}
		for range 1 + rng.IntN(2) {
			sides, still := rng.IntN(1<<peers), rng.IntN(3) == 0
			ticks := 120 + rng.IntN(500)
			story += fmt.Sprintf("sides %b still %v for %d ticks; ", sides, still, ticks)
			set := func(on bool) {
				for a := range peers {
					for b := range a {
						if sides>>a&1 != sides>>b&1 && !still {
							p.dark(a, b, on)
						}
					}
					if still && a < 2 {
						p.gone[a] = on && (sides>>a&1 != 0 || a == 0)
					}
				}
			}
			set(true)
			for range ticks {
				look()
			}
			set(false)
			for range rng.IntN(300) {
				look()
			}
		}
		for range 1800 {
			look()
		}
		if !p.together() {
			t.Errorf("seed %d, %d peers, %d frames, %s: %q", seed, peers, frames, story, p.offices())
		}
		if why := p.playsOn(); why != "" {
			t.Errorf("seed %d, %d peers, %d frames, %s: %s: %q", seed, peers, frames, story, why, p.offices())
		}
		if len(agreed) > 1 {
			t.Errorf("seed %d, %d peers, %d frames, %s: agreed %v", seed, peers, frames, story, agreed)
		}
	}
}

// TestFormerHostDoesWhatItIsAsked: nothing that a game calls at a host who has stepped down
// panics, at any moment, nor does what a member says to it.
func TestFormerHostDoesWhatItIsAsked(t *testing.T) {
	p := newParty(t, 4, lateGame(AbsentBot, LateOwn), Conditions{DelayMs: 30, LossPercent: 2})
	p.start(600, 200)
	l := p.lobbies[0]
	for i := range 2400 {
		p.gone[0] = i < 240 || i > 900 && i < 1200
		p.tick()
		if p.gone[0] {
			continue
		}
		_, _, _, _, _ = l.Blocker(), l.Start(1, 60), l.SetOptions([]byte{1}), l.SetLateSeats(1), l.SetMaxSeats(4)
		_, _, _, _ = l.SetSecret(""), l.NewCode(), l.NewWatchCode(), l.ShowReplay(nil)
		_, _ = l.AcceptReply("x"), l.SetPlayer(0, Player{})
		l.Code()
		l.WatchCode()
		l.Invite()
		l.InviteLetters()
		l.InviteStatus()
		l.Progress()
		l.Seating()
		l.Watching()
		l.AppendWatching(nil)
		l.ShownAll()
		l.Doing()
		l.Coming()
		l.Reply()
		l.InLine()
		l.doors.words()
		l.SetLocalSeats(1)
		if i%7 == 0 {
			l.Say("x")
		}
		if i == 1500 {
			p.lobbies[1].SetReady(true)
		}
		if c := p.lobbies[3].mesh.To(0); c != nil && i%5 == 0 {
			f := forged(p.lobbies[0], uint32(i))
			c.Send(f)
			c.Send(&wire.Roster{Term: uint32(i)})
			c.Send(&wire.HostWord{Term: uint32(i % 3), Gone: true, Playing: true})
			c.Send(&wire.Checksum{Match: 1, View: uint32(i % 4), Frame: int32(i), Last: true})
			c.Send(&wire.Checksum{Match: 2, View: uint32(i % 4), Frame: int32(i), Last: true})
		}
	}
	if l.Hosting() {
		t.Errorf("%q", p.offices())
	}
}

// TestWatchersOfASilentHost: those who watch a host that is silent, and steps down, see the
// match to its end, and so they do when it hosts again.
func TestWatchersOfASilentHost(t *testing.T) {
	for _, still := range []int{150, 200, 260, 420} {
		g := newGalleryOf(t, 4, lateGame(AbsentBot, LateOwn), Conditions{DelayMs: 20, JitterMs: 5}, 500)
		g.party.start(1500, 100)
		for range 4 {
			g.watch()
		}
		for range 120 {
			g.tick()
		}
		g.gone[0] = true
		for range still {
			g.tick()
		}
		g.gone[0] = false
		for range 2400 {
			g.tick()
		}
		for i, w := range g.watchers {
			if s := w.Status(); !s.Over || s.Frame != 1500 || w.State() == Ended || w.Foyer().Host != g.party.hosting(0) {
				t.Errorf("%d: V%d: %v %v %+v, at %q", still, i, w.State(), w.Err(), s, w.Foyer().Host)
			}
		}
		if !g.party.together() {
			t.Errorf("%d: %q", still, g.party.offices())
		}
		if n := g.lobbies[1].Watching(); n != len(g.watchers) {
			t.Errorf("%d: %d watch at P1", still, n)
		}
	}
}

// TestTooLateToComeAgain: a guest who was on its way into a match that has ended meanwhile
// counts it, and hears what is said of the next one before it starts here.
func TestTooLateToComeAgain(t *testing.T) {
	tried := 0
	for still := 150; still < 320; still += 10 {
		p := newParty(t, 3, lateGame(AbsentBot, LateOwn), Conditions{DelayMs: 30})
		p.start(460, 200)
		p.gone[2] = true
		p.ticks(still)
		p.gone[2] = false
		on := false
		for range 600 {
			p.tick()
			if l := p.lobbies[2]; l.late != nil {
				on = true
			} else if on && l.State() == Gathering {
				tried, on = tried+1, false
			}
		}
		if l := p.lobbies[2]; l.State() == Gathering && l.late == nil && l.matches != p.lobbies[0].matches {
			t.Errorf("%d ticks: it counts %d matches, its host %d", still, l.matches, p.lobbies[0].matches)
		}
	}
	if tried == 0 {
		t.Error("it was never on its way")
	}
}
