//go:build !race

package nat_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/natsim"
)

// vigilTrial is a guest of the second kind who knows the host, of the first
// kind, and a reply that a human carries to the host after some time.
func vigilTrial(host, guest string, seed uint64, carried time.Duration) trial {
	return trial{kinds: [2]string{host, guest}, first: 1, seed: seed, skew: carried,
		options: natsim.Options{Delay: 15 * time.Millisecond, Timeout: 30 * time.Second},
		change: func(c *nat.PunchConfig) {
			c.Restraint = new(nat.Restraint) // nobody vouches for either
			if c.LearntFirst {
				c.Patience, c.Knock = 10*time.Minute, []byte(knock)
			} else {
				c.Awaited, c.Entered = true, true
			}
		}}
}

// refresh asks STUN servers every 15 s, as a game does while an invite is open.
func (s *scene) refresh(until time.Duration) {
	for _, p := range s.players {
		var again func()
		again = func() {
			p.gather.Restart(s.sim.Now())
			p.flush()
			if next := s.sim.Now() + 15*time.Second; next < until {
				s.sim.At(next, again)
			}
		}
		s.sim.At(s.sim.Now()+15*time.Second, again)
	}
}

// watch runs a trial until both have a path or the time is over.
func (tr trial) watch(limit time.Duration) (*scene, time.Duration) {
	s := newScene(tr)
	s.begin(tr)
	origin := s.sim.Now() + tr.skew
	s.refresh(origin + limit)
	for s.sim.Now() < origin+limit && (s.players[0].foundAt == nat.Never || s.players[1].foundAt == nat.Never) {
		s.step()
	}
	return s, origin
}

// A reply that is pasted after three minutes, with mappings that live for 30 s.
func TestReplyAfterMinutes(t *testing.T) {
	for _, row := range []struct {
		host, guest string
		want        int // of 20
		median      time.Duration
	}{
		{"portrestricted", "portrestricted", 20, 150 * time.Millisecond},
		{"cgnat", "cgnat", 20, 150 * time.Millisecond},
		{"racy", "portrestricted", 20, 150 * time.Millisecond},
		{"portrestricted", "racy", 20, 150 * time.Millisecond},
		{"open-firewall", "portrestricted", 20, 150 * time.Millisecond},
		{"portrestricted", "symmetric", 19, time.Second},
		{"symmetric", "portrestricted", 19, 1500 * time.Millisecond},
		{"portrestricted", "symmetric-sequential", 19, time.Second},
		{"symmetric-sequential", "portrestricted", 19, time.Second},
		{"symmetric", "cgnat", 19, 1500 * time.Millisecond},
	} {
		t.Run(fmt.Sprintf("%s x %s", row.host, row.guest), func(t *testing.T) {
			var took []time.Duration
			for k := range uint64(20) {
				s, origin := vigilTrial(row.host, row.guest, k, 3*time.Minute).watch(7 * time.Second)
				if a, b := s.players[0], s.players[1]; a.foundAt != nat.Never && b.foundAt != nat.Never {
					took = append(took, max(a.foundAt, b.foundAt)-origin)
				} else {
					t.Logf("trial %d: %v / %v", k, a.punch.Report(), b.punch.Report())
				}
			}
			slices.Sort(took)
			if len(took) < row.want || took[len(took)/2] > row.median {
				t.Fatalf("%d of 20, median %v", len(took), took[len(took)/2])
			}
			t.Logf("%d of 20, median %v, longest %v", len(took), took[len(took)/2], took[len(took)-1])
		})
	}
}

// Where the host can be reached unasked, no reply is needed.
func TestInviteAlone(t *testing.T) {
	for _, host := range []string{"none", "fullcone", "upnp"} {
		for _, guest := range []string{"none", "open-firewall", "fullcone", "restricted", "portrestricted", "symmetric",
			"symmetric-sequential", "cgnat", "racy", "upnp"} {
			for k := range uint64(5) {
				s, origin := vigilTrial(host, guest, k, time.Hour).watch(0)
				began := origin - time.Hour
				for _, p := range s.players {
					if p.foundAt > began+400*time.Millisecond {
						t.Fatalf("%s x %s: paths after %v and %v", host, guest, s.players[0].foundAt-began, s.players[1].foundAt-began)
					}
				}
			}
		}
	}
}

// A guest in vain sends little, stops in time and gives everything back.
func TestVigilEnds(t *testing.T) {
	for _, row := range []struct {
		host, guest string
		most        int // packets in ten minutes
	}{{"portrestricted", "portrestricted", 300}, {"portrestricted", "symmetric", 11000}, {"symmetric", "portrestricted", 11000}, {"symmetric", "symmetric", 300}} {
		tr := vigilTrial(row.host, row.guest, 7, time.Hour)
		s := newScene(tr)
		s.begin(tr)
		began := s.sim.Now()
		for s.sim.Now() < began+11*time.Minute && s.next() != nat.Never && s.players[1].failedAt == nat.Never {
			s.step()
		}
		guest := s.players[1]
		stats := guest.punch.Stats()
		if guest.failedAt != began+10*time.Minute || stats.Openers+stats.Probes+stats.Knocks > row.most || stats.Checks != 0 || len(guest.sockets) != 1 {
			t.Errorf("%s x %s: failed after %v, %d sockets, %+v", row.host, row.guest, guest.failedAt-began, len(guest.sockets), stats)
		}
	}
}
