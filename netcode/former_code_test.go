package netcode

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
)

// codedMatch is a match of players who have come by the code of a lobby, each in a home of his own.
type codedMatch struct {
	t       *testing.T
	nodes   []*Node
	walls   []*filtered
	lobbies []*Lobby[attendance, uint32]
	code    string
}

func newCodedMatch(t *testing.T, players, more int) *codedMatch {
	sim := natsim.New(7)
	var homes []*natsim.Home
	for range players + more {
		homes = append(homes, sim.Home("portrestricted", natsim.Options{Delay: 10 * time.Millisecond}))
	}
	stun := []string{sim.STUNServer().String(), sim.STUNServer().String()}
	sim.Start()
	t.Cleanup(sim.Stop)
	server := meetingPlace(t, sim)
	c := &codedMatch{t: t}
	for k, home := range homes {
		n, wall := filteredNode(t, home.Hosts[0], byte(k), NodeConfig{STUN: stun, Rendezvous: server})
		t.Cleanup(n.Close)
		c.nodes, c.walls = append(c.nodes, n), append(c.walls, wall)
	}
	time.Sleep(2 * time.Second) // all is gathered
	host, err := OpenLobby(c.nodes[0], lateGame(AbsentBot, LateAnybody), LobbyConfig{Code: true})
	if err != nil {
		t.Fatal(err)
	}
	c.lobbies = append(c.lobbies, host)
	c.until(5*time.Second, func() (ready bool) { c.code, ready = host.Code(); return ready })
	for k := 1; k < players; k++ {
		c.join(k)
		c.until(10*time.Second, func() bool { return len(host.AppendMembers(nil)) == k+1 && host.Blocker() == "" })
	}
	if err := host.Start(1, 0); err != nil {
		t.Fatal(err)
	}
	c.until(5*time.Second, func() bool { return c.lobbies[players-1].Match() != nil })
	return c
}

func (c *codedMatch) join(node int) *Lobby[attendance, uint32] {
	c.t.Helper()
	l, err := JoinLobby(c.nodes[node], lateGame(AbsentBot, LateAnybody), c.code, LobbyConfig{Ready: true})
	if err != nil {
		c.t.Fatal(err)
	}
	c.lobbies = append(c.lobbies, l)
	return l
}

// until plays until something is so.
func (c *codedMatch) until(limit time.Duration, so func() bool) time.Duration {
	c.t.Helper()
	began := time.Now()
	for ; !so(); time.Sleep(testTick) {
		for _, l := range c.lobbies {
			l.Poll()
			if m := l.Match(); m != nil {
				m.Tick(1)
			}
		}
		if time.Since(began) > limit {
			for _, l := range c.lobbies {
				c.t.Logf("%v hosts %v, %v, %s", l.State(), l.Hosting(), l.Err(), l.Progress())
			}
			c.t.Fatalf("not within %v", limit)
		}
	}
	return time.Since(began)
}

// TestCodeOfAFormerHost: the host of a lobby with a code is silent for a few seconds, and the
// match has another host. When he is back, as one of the others, the code leads to the new one
// within seconds, though the former has paths to all who had come by it.
func TestCodeOfAFormerHost(t *testing.T) {
	for _, silence := range []time.Duration{4 * time.Second, 8 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			c := newCodedMatch(t, 3, 1)
			former, next := c.lobbies[0], c.lobbies[1]
			silentUntil := time.Now().Add(silence)
			c.walls[0].dead.Store(true)
			c.until(2*silence, func() bool { return time.Now().After(silentUntil) })
			c.walls[0].dead.Store(false)
			c.until(5*time.Second, func() bool {
				return !former.Hosting() && next.Hosting() && former.Match() != nil && len(former.AppendMembers(nil)) == 3
			})
			newcomer := c.join(3)
			took := c.until(15*time.Second, func() bool {
				return newcomer.Match() != nil && len(next.AppendMembers(nil)) == 4 && len(former.AppendMembers(nil)) == 4
			})
			if took > 6*time.Second {
				t.Errorf("after %v of silence a newcomer is in only after %v", silence, took)
			}
		})
	}
}
