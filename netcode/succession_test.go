//go:build !race

package netcode

import (
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// hostsOf are who hosts in the eyes of those who are there, each once.
func hostsOf(lobbies []*Lobby[ledger, uint32], gone []bool) (hosts []string) {
	for i, l := range lobbies {
		if gone[i] {
			continue
		}
		who := fmt.Sprintf("P%d is %v", i, l.State())
		for _, m := range l.AppendMembers(nil) {
			if m.Host {
				who = m.Name
				if m.You != l.Hosting() {
					who += ", who is not sure"
				}
			}
		}
		if !slices.Contains(hosts, who) {
			hosts = append(hosts, who)
		}
	}
	return hosts
}

// goAway ends a peer in a way that has a name.
func (tb *table) goAway(peer int, how string) {
	if how == "leaves" {
		tb.leave(peer)
	} else {
		tb.vanish(peer)
	}
}

// TestLobbyGoesOver: the host leaves its lobby, or is heard no more. The next in line hosts:
// all that the lobby was is as before, and it goes on with it.
func TestLobbyGoesOver(t *testing.T) {
	for _, peers := range []int{2, 3, 5} {
		for _, how := range []string{"leaves", "vanishes"} {
			t.Run(fmt.Sprint(peers, how), func(t *testing.T) {
				game := ledgerGame()
				game.MinSeats, game.MaxSeats = 1, 6
				tb := newTable(t, 1, peers, game, LobbyConfig{}, Conditions{DelayMs: 30, LossPercent: 2})
				host := tb.lobbies[0]
				host.SetOptions([]byte("pond 3"))
				if err := host.SetMaxSeats(5); err != nil {
					t.Fatal(err)
				}
				tb.seconds(2)
				before, soon := names(tb.lobbies[1])[len("0:P0*1 "):], 1
				if how == "vanishes" {
					soon = 12
				}
				for _, l := range tb.lobbies {
					l.AppendLines(nil)
					l.AppendEvents(nil)
				}
				tb.goAway(0, how)
				tb.lobbies[peers-1].Say("who is there?")
				tb.until(soon, func() bool { return slices.Equal(hostsOf(tb.lobbies, tb.done), []string{"P1"}) })
				tb.seconds(2)
				want := ""
				for i, l := range tb.lobbies[1:] {
					if names(l) != before || string(l.Options()) != "pond 3" || l.MaxSeats() != 5 {
						t.Errorf("P%d: %q instead of %q, %q, %d seats", i+1, names(l), before, l.Options(), l.MaxSeats())
					}
					var lines strings.Builder
					for _, line := range l.AppendLines(nil) {
						lines.WriteString(line.From + ">" + line.Text + "\n")
					}
					gone := map[string]string{"leaves": "P0 left", "vanishes": "P0 was lost"}[how]
					if want = ">" + gone + "\n>P1 hosts now\n" + fmt.Sprintf("P%d>who is there?\n", peers-1); lines.String() != want {
						t.Errorf("P%d reads %q, want %q", i+1, lines.String(), want)
					}
					n := 0
					for _, e := range l.AppendEvents(nil) {
						if e.Kind == EventHost && e.Machine == 1 && e.Name == "P1" {
							n++
						}
					}
					if n != 1 {
						t.Errorf("P%d is told %d times who hosts", i+1, n)
					}
				}
				late := tb.enterAt("Zoe", tb.nodes[1].Addr().String(), game, LobbyConfig{})
				if late.State() != Gathering {
					t.Fatal(late.Err())
				}
				tb.until(20, func() bool { return tb.lobbies[1].Blocker() == "" })
				if err := tb.lobbies[1].Start(5, 90); err != nil {
					t.Fatal(err)
				}
				for i, r := range tb.playOut(20) {
					if r.Frame != 90 || !r.Agreed {
						t.Errorf("result %d: %+v", i, r)
					}
				}
				if how == "leaves" { // and once more
					tb.seconds(1)
					tb.leave(1)
					tb.until(1, func() bool { return len(hostsOf(tb.lobbies, tb.done)) == 1 })
				}
			})
		}
	}
}

// TestNextGoesToo: the next in line is gone with the host, or goes a moment later.
func TestNextGoesToo(t *testing.T) {
	for _, peers := range []int{3, 5} {
		for _, how := range [][2]string{{"leaves", "leaves"}, {"vanishes", "vanishes"}, {"leaves", "vanishes"}, {"vanishes", "leaves"}} {
			for _, later := range []int{0, 6, 12, 660} {
				tb := newTable(t, 3, peers, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 40})
				tb.seconds(2)
				tb.goAway(0, how[0])
				for range later {
					tb.tick()
				}
				tb.goAway(1, how[1])
				tb.until(40, func() bool { return slices.Equal(hostsOf(tb.lobbies, tb.done), []string{"P2"}) })
			}
		}
	}
}

// TestHostIsCutOff: the host is cut off from the others: it has a lobby of its own, and they
// have theirs. Whoever alone loses the host, whom the others hear, has lost the lobby.
func TestHostIsCutOff(t *testing.T) {
	tb := newTable(t, 3, 4, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 40})
	tb.seconds(2)
	tb.cut([]int{0, 1, 1, 1})
	tb.until(20, func() bool { return slices.Equal(hostsOf(tb.lobbies, tb.done), []string{"P0", "P1"}) })
	tb.cut([]int{0, 0, 0, 0})
	tb.seconds(20)
	if hosts := hostsOf(tb.lobbies, tb.done); !slices.Equal(hosts, []string{"P0", "P1"}) || names(tb.lobbies[0]) != "0:P0*1" {
		t.Errorf("after the cut is healed: %q, %q", hosts, names(tb.lobbies[0]))
	}

	tb = newTable(t, 3, 4, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 40})
	tb.seconds(2)
	tb.network.network.Path(0, 1).SetDark(true)
	tb.until(20, func() bool { return tb.lobbies[1].State() == Ended })
	silent := new(LostError)
	if err := tb.lobbies[1].Err(); !errors.As(err, &silent) || silent.Name != "the host, P0," || silent.SilentMs < 9900 || silent.SilentMs > 10_500 {
		t.Error(err)
	}
	tb.done[1] = true
	tb.seconds(2)
	if hosts := hostsOf(tb.lobbies, tb.done); !slices.Equal(hosts, []string{"P0"}) || names(tb.lobbies[0]) != "0:P0*1 2:P2*1 3:P3*1" {
		t.Errorf("%q, %q", hosts, names(tb.lobbies[0]))
	}
}

// TestWillIsKept: who was sent away does not come in again under the next host, and the
// secret is asked for as before, though the next host may not know its words.
func TestWillIsKept(t *testing.T) {
	game := ledgerGame()
	game.MinSeats = 1
	secret := LobbyConfig{Secret: "reed"}
	tb := newTable(t, 4, 4, game, secret, Conditions{DelayMs: 30})
	tb.seconds(1)
	kicked := tb.nodes[3].endpoint.Key()
	if err := tb.lobbies[0].Kick(3); err != nil {
		t.Fatal(err)
	}
	tb.seconds(1)
	tb.done[3] = true
	tb.lobbies[0].SetSecret("rush")
	tb.seconds(1)
	tb.leave(0)
	tb.until(2, func() bool { return slices.Equal(hostsOf(tb.lobbies, tb.done), []string{"P1"}) })
	join := func(key link.Key, config LobbyConfig) *Lobby[ledger, uint32] {
		node := newMemoryNode(tb.network.network.NewEndpoint(key), "X")
		tb.network.nodes++
		l, err := JoinLobby(node, game, tb.nodes[1].Addr().String(), config)
		if err != nil {
			t.Fatal(err)
		}
		tb.nodes, tb.lobbies, tb.done = append(tb.nodes, node), append(tb.lobbies, l), append(tb.done, false)
		tb.until(20, func() bool { return l.State() == Gathering || l.State() == Ended })
		return l
	}
	for i, c := range []struct {
		key    link.Key
		secret string
		want   Reason
	}{
		{kicked, "rush", ReasonSentAway}, {link.Key{1}, "", ReasonSecretNeeded}, {link.Key{2}, "reed", ReasonSecretWrong}, {link.Key{3}, "rush", ReasonUnknown},
	} {
		if l := join(c.key, LobbyConfig{Secret: c.secret}); ReasonOf(l.Err()) != c.want {
			t.Errorf("case %d: %v", i, l.Err())
		}
	}
}

// TestNextHostsWill: who has not heard the will of the host before hears that of the next one, which
// is sent by somebody whom he does not follow yet when it is sent.
func TestNextHostsWill(t *testing.T) {
	for _, how := range []string{"leaves", "vanishes"} {
		tb := newTable(t, 5, 4, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 30})
		tb.seconds(1)
		for _, l := range tb.lobbies[2:] {
			l.guest.will = nil
		}
		tb.goAway(0, how)
		tb.until(25, func() bool { return slices.Equal(hostsOf(tb.lobbies, tb.done), []string{"P1"}) })
		tb.seconds(1)
		want := tb.lobbies[1].authority.will()
		for i, l := range tb.lobbies[2:] {
			if !reflect.DeepEqual(l.guest.will, want) {
				t.Errorf("the host %s: P%d has the will %+v, not %+v", how, i+2, l.guest.will, want)
			}
		}
	}
}

// TestHeirWithoutServer: who inherits a lobby with a code, but knows no rendezvous server,
// does not say that the code leads to him.
func TestHeirWithoutServer(t *testing.T) {
	tb := newTable(t, 2, 2, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 30})
	code, err := invite.NewCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	host, next := tb.lobbies[0], tb.lobbies[1]
	host.doors.leads(code.String())
	host.authority.rosterChanged()
	tb.seconds(1)
	if shown, ready := next.Code(); shown != code.String() || !ready {
		t.Errorf("a guest is shown %q, %v", shown, ready)
	}
	tb.leave(0)
	tb.until(2, func() bool { return next.Hosting() })
	if shown, ready := next.Code(); shown != code.String() || ready || !strings.Contains(next.Progress(), "no rendezvous server") {
		t.Errorf("the next host is shown %q, %v, %q", shown, ready, next.Progress())
	}
}

// TestClaims: a member that says it hosts, or that the host is gone, is believed by nobody
// who hears the host.
func TestClaims(t *testing.T) {
	tb := newTable(t, 5, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 30})
	mallory := tb.newStranger("Mallory")
	l := mallory.join(tb, ledgerGame(), 1)
	tb.seconds(3)
	welcome := last[*wire.Welcome](l)
	for _, node := range tb.nodes[1:] {
		greeting := hello(ledgerGame(), wire.JoinMesh, "Mallory", 0)
		greeting.Lobby = welcome.Lobby
		mallory.dial(node).say(greeting)
	}
	tb.seconds(1)
	say := func() {
		roster := last[*wire.Roster](l)
		for term := range uint32(5) {
			forged := *roster
			forged.Term = term
			forged.Members = slices.DeleteFunc(slices.Clone(roster.Members), func(m wire.RosterMember) bool { return term > 2 && m.Machine == 0 })
			for _, to := range mallory.links {
				to.say(&wire.HostWord{Term: term, Gone: true, Playing: true}, &forged, &wire.HostWord{Term: term}, &wire.Will{},
					&wire.News{Event: wire.SentAway, Machine: 0, Name: "P0"}, &wire.Start{Match: 1, Machines: seatedAll(3)}, &wire.NotSeated{Seats: 1})
			}
		}
	}
	for range 300 {
		say()
		tb.tick()
	}
	for i := range tb.lobbies {
		if tb.lobbies[i].mesh.To(welcome.Machine) == nil {
			t.Fatalf("P%d does not hear Mallory", i)
		}
	}
	for i, lobby := range tb.lobbies {
		for _, e := range lobby.AppendEvents(nil) {
			if e.Kind == EventHost || e.Kind == EventSentAway || e.Kind == EventStarted {
				t.Errorf("P%d: %+v", i, e)
			}
		}
	}
	if hosts := hostsOf(tb.lobbies, tb.done); !slices.Equal(hosts, []string{"P0"}) || tb.lobbies[1].office.term != 0 {
		t.Errorf("%q", hosts)
	}
}

// TestHostGoesDuringJoin: the host goes while somebody comes: the newcomer is in the lobby
// with the others, or reads why not; the others are together in any case.
func TestHostGoesDuringJoin(t *testing.T) {
	in := 0
	for _, how := range []string{"leaves", "vanishes"} {
		for after := range 24 {
			tb := newTable(t, 6, 3, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 40})
			tb.seconds(1)
			node := tb.network.NewNode("Zoe")
			l, err := JoinLobby(node, ledgerGame(), tb.nodes[0].Addr().String(), LobbyConfig{})
			if err != nil {
				t.Fatal(err)
			}
			tb.nodes, tb.lobbies, tb.done = append(tb.nodes, node), append(tb.lobbies, l), append(tb.done, false)
			for range after {
				tb.tick()
			}
			tb.goAway(0, how)
			tb.seconds(25)
			tb.done[3] = l.State() == Ended
			hosts := hostsOf(tb.lobbies, tb.done)
			switch {
			case tb.done[3] && l.Err() == nil:
				t.Errorf("%s after %d ticks: no reason", how, after)
			case !slices.Contains(hosts, "P1"), len(hosts) > 1 && !slices.Equal(hosts, []string{"P1", "Zoe"}):
				t.Errorf("%s after %d ticks: %q", how, after, hosts)
			case !tb.done[3] && len(hosts) == 1:
				in++
			}
		}
	}
	if in < 10 {
		t.Errorf("the newcomer was in %d times", in)
	}
}

// hosting is who of a party hosts, in the eyes of who.
func (p *party) hosting(who int) (name string) {
	for _, m := range p.lobbies[who].AppendMembers(nil) {
		if m.Host {
			name = m.Name
		}
	}
	return name
}

// TestMatchWithoutHost: the host goes in a match. The next in line hosts while that runs:
// others come in by it, and it can ask somebody to leave. After the match all are in the
// lobby together, and play again.
func TestMatchWithoutHost(t *testing.T) {
	for _, how := range []string{"leaves", "vanishes"} {
		for _, late := range []LateJoin{LateAnybody, LateOwn, LateNever} {
			t.Run(fmt.Sprint(how, late), func(t *testing.T) {
				game := lateGame(AbsentBot, late)
				game.PeerTimeoutMs, game.MinSeats = 1500, 1
				p := newParty(t, 4, game, Conditions{DelayMs: 30, LossPercent: 2})
				p.start(1500, 100)
				if p.gone[0] = true; how == "leaves" {
					p.lobbies[0].Leave()
				} else {
					vanish(p.nodes[0])
				}
				p.until(360, func() bool {
					return p.hosting(1) == "P1" && p.hosting(2) == "P1" && p.hosting(3) == "P1" && p.lobbies[1].Hosting()
				})
				if err := p.lobbies[1].Kick(3); err != nil {
					t.Fatal(err)
				}
				p.until(120, func() bool { return p.lobbies[3].State() == Ended })
				if p.gone[3] = true; ReasonOf(p.lobbies[3].Err()) != ReasonSentAway {
					t.Error(p.lobbies[3].Err())
				}
				host := p.nodes[0]
				p.nodes[0] = p.nodes[1] // whom those who come ask
				if late != LateNever {
					node := newMemoryNode(p.network.network.NewEndpoint(host.endpoint.Key()), "P0")
					p.network.nodes++
					l, err := JoinLobby(node, game, p.nodes[1].Addr().String(), LobbyConfig{})
					if err != nil {
						t.Fatal(err)
					}
					p.nodes[0], p.lobbies[0], p.gone[0] = node, l, false
					p.until(300, p.plays(0)) // the host comes back, to its seat, as a guest
					if l.Hosting() || l.me != 0 {
						t.Errorf("back as machine %d, hosting %v", l.me, l.Hosting())
					}
				}
				results := p.end(2400)
				if r := results[0]; r.Frame != 1500 || !r.Agreed {
					t.Errorf("%+v", r)
				}
				p.until(60, func() bool {
					for i, l := range p.lobbies {
						if !p.gone[i] && (l.State() != Gathering || p.hosting(i) != "P1") {
							return false
						}
						l.SetReady(true)
					}
					return p.lobbies[1].Blocker() == ""
				})
				if err := p.lobbies[1].Start(2, 60); err != nil {
					t.Fatal(err)
				}
				p.until(300, p.plays(2))
				if results := p.end(600); results[0].Frame != 60 {
					t.Errorf("%+v", results[0])
				}
			})
		}
	}
}

// TestHostlessNewcomer: the host goes while somebody is on his way into the match that runs,
// at each moment of that.
func TestHostlessNewcomer(t *testing.T) {
	for i, timeoutMs := range []int{1500, 0} {
		for after := 10 + i; after < 70; after += 4 {
			hostlessNewcomer(t, "leaves", after, timeoutMs)
			hostlessNewcomer(t, "vanishes", after+2, timeoutMs)
		}
	}
}

func hostlessNewcomer(t *testing.T, how string, after, timeoutMs int) {
	game := lateGame(AbsentBot, LateAnybody)
	game.PeerTimeoutMs = timeoutMs
	p := newParty(t, 4, game, Conditions{DelayMs: 40})
	p.start(3600, 100)
	p.lobbies[3].Leave() // there is a seat
	p.gone[3] = true
	p.until(60, func() bool { return len(p.lobbies[0].AppendMembers(nil)) == 3 })
	who := p.enter(game, 4)
	for range after {
		p.tick()
	}
	if p.gone[0] = true; how == "leaves" {
		p.lobbies[0].Leave()
	} else {
		vanish(p.nodes[0])
	}
	for range 1500 {
		p.tick()
	}
	l := p.lobbies[who]
	switch {
	case l.State() == Ended && after < 20: // it was not in yet
	case l.State() != Playing || p.hosting(who) != "P1" || p.hosting(1) != "P1":
		coming, on := l.Coming()
		t.Errorf("%s after %d ticks, time-out %d: %v, %v, P%d follows %s: %+v, %v\n%+v\n%+v", how, after, timeoutMs, l.State(), l.Err(), who, p.hosting(who), coming, on, p.events[who], p.events[1])
	}
}

// TestNamesUnderTheNextHost: nobody is called otherwise because the host is another, and
// who wants another name has it.
func TestNamesUnderTheNextHost(t *testing.T) {
	tb := newTable(t, 8, 1, ledgerGame(), LobbyConfig{}, Conditions{DelayMs: 20})
	for _, name := range []string{"Ana", "Ana", "P0"} {
		tb.enter(name, ledgerGame(), LobbyConfig{})
	}
	tb.seconds(1)
	tb.leave(0)
	tb.seconds(2)
	if got := names(tb.lobbies[3]); got != "1:Ana*1 2:Ana 2*1 3:P0 2*1" {
		t.Errorf("%q", got)
	}
	tb.nodes[3].SetName("Bo")
	tb.seconds(2)
	if got := names(tb.lobbies[2]); got != "1:Ana*1 2:Ana 2*1 3:Bo*1" {
		t.Errorf("%q", got)
	}
}
