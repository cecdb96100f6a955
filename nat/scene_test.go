//go:build !race

package nat_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/natsim"
)

// TestLossyWires loses packets in all four directions and reorders them.
func TestLossyWires(t *testing.T) {
	for _, row := range []struct {
		kinds [2]string
		loss  float64 // of each home's wire, so about twice that one way
		want  int     // percent
		p95   int     // ms
	}{
		{[2]string{"portrestricted", "portrestricted"}, 0.05, 100, 400},
		{[2]string{"racy", "racy"}, 0.05, 100, 800},
		{[2]string{"cgnat", "upnp"}, 0.10, 100, 800},
		{[2]string{"fullcone", "symmetric"}, 0.05, 100, 800},
		{[2]string{"portrestricted", "symmetric-sequential"}, 0.05, 95, 2500},
		{[2]string{"portrestricted", "symmetric"}, 0.02, 95, 3500},
	} {
		c := &cell{kinds: row.kinds}
		for k := range 40 {
			r, s := trial{kinds: row.kinds, first: k % 2, seed: uint64(k), skew: time.Duration(k*25) * time.Millisecond,
				options: natsim.Options{Delay: 15 * time.Millisecond, Jitter: 10 * time.Millisecond, Loss: row.loss}}.run()
			c.add(r)
			if !r.direct {
				t.Logf("%v, trial %d: %v / %v", row.kinds, k, s.players[0].punch.Report(), s.players[1].punch.Report())
			}
		}
		t.Logf("%v at %.0f %% loss a wire: %d of %d direct, median %d ms, p95 %d ms", row.kinds, row.loss*100,
			c.direct, c.runs, quantile(c.found, 0.5), quantile(c.found, 0.95))
		if c.direct*100 < row.want*c.runs || quantile(c.found, 0.95) > row.p95 {
			t.Errorf("%v: want %d %% direct, p95 of %d ms", row.kinds, row.want, row.p95)
		}
	}
}

// TestOpenerRule switches only the opener off: on a router that accepts stray
// packets the early side's punch then closes the way, until a renewed STUN
// shows the late side its new port. (With two such routers it does not help:
// each correction is met by another stray packet.)
func TestOpenerRule(t *testing.T) {
	count := func(change func(*nat.PunchConfig)) (direct int, slow int) {
		for k := range 20 {
			r, _ := trial{kinds: [2]string{"portrestricted", "racy"}, seed: uint64(k), skew: 400 * time.Millisecond,
				options: natsim.Options{Delay: 15 * time.Millisecond}, change: change}.run()
			if r.direct {
				direct++
				if r.found > 300*time.Millisecond {
					slow++
				}
			}
		}
		return direct, slow
	}
	with, slow := count(nil)
	if with != 20 || slow != 0 {
		t.Errorf("with openers %d of 20 direct, %d of them slowly", with, slow)
	}
	without, slow := count(func(c *nat.PunchConfig) { c.LearntFirst = false })
	t.Logf("without openers %d of 20 direct, %d of them only after a renewed STUN", without, slow)
	if without-slow > 4 {
		t.Errorf("without openers %d of 20 direct at once: the simulation does not punish", without-slow)
	}
	if slow < 15 {
		t.Errorf("a renewed STUN helped %d of 20", slow)
	}
}

// TestSocketsAreGivenBack looks at what a birthday search leaves open.
func TestSocketsAreGivenBack(t *testing.T) {
	for k := range 10 {
		r, s := trial{kinds: [2]string{"portrestricted", "symmetric"}, first: k % 2, seed: uint64(k),
			options: natsim.Options{Delay: 15 * time.Millisecond}}.run()
		p := s.players[1]
		if p.most != nat.BirthdaySockets || len(p.sockets) > 4 || s.players[0].most != 1 {
			t.Errorf("trial %d (direct %v): %d sockets at most, %d in the end", k, r.direct, p.most, len(p.sockets))
		}
	}
}

// TestRelayAdvice wants a relay to be advised at once where nothing else helps,
// and soon where a search takes long.
func TestRelayAdvice(t *testing.T) {
	for _, row := range []struct {
		kinds [2]string
		by    time.Duration
	}{{[2]string{"symmetric", "symmetric"}, 0}, {[2]string{"udp-blocked", "fullcone"}, 0}, {[2]string{"one-carrier", ""}, time.Second}} {
		_, s := trial{kinds: row.kinds, seed: 1, options: natsim.Options{Delay: 15 * time.Millisecond}}.run()
		for i, p := range s.players {
			if p.relayAt > p.started+row.by {
				t.Errorf("%v: player %d is told of a relay at %v, began at %v", row.kinds, i, p.relayAt, p.started)
			}
			if r := p.punch.Report(); !strings.Contains(r.Advice, "relay") {
				t.Errorf("%v: report %v", row.kinds, r)
			}
		}
	}
}

// TestCrowdedOffers has two players whose offers are full of addresses that lead
// nowhere, those first; the right one is still found.
func TestCrowdedOffers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for k := range 20 {
		tr := trial{kinds: [2]string{"portrestricted", "cgnat"}, first: k % 2, seed: uint64(k), skew: 300 * time.Millisecond,
			options: natsim.Options{Delay: 15 * time.Millisecond}}
		s := newScene(tr)
		for _, p := range s.players {
			o := p.gather.Offer()
			for len(o.Candidates) < nat.MaxCandidates {
				c := nat.Candidate{Kind: nat.KindHost, Addr: s.sim.PublicHost().AddrPort(uint16(rng.IntN(65535) + 1))}
				o.Candidates = append([]nat.Candidate{c}, o.Candidates...)
			}
			p.offer = o
		}
		s.begin(tr)
		for s.next() != natsim.Never && s.sim.Now() < 20*time.Second {
			s.step()
		}
		for i, p := range s.players {
			if p.foundAt > p.started+tr.skew+300*time.Millisecond {
				t.Errorf("trial %d: player %d found a path at %v", k, i, p.foundAt)
			}
		}
	}
}

// TestSeedReproduces compares two runs of one seed.
func TestSeedReproduces(t *testing.T) {
	for _, kinds := range [][2]string{{"portrestricted", "symmetric"}, {"racy", "cgnat"}} {
		tr := trial{kinds: kinds, seed: 11, skew: 100 * time.Millisecond,
			options: natsim.Options{Delay: 15 * time.Millisecond, Jitter: 5 * time.Millisecond, Loss: 0.05}}
		first, a := tr.run()
		second, b := tr.run()
		if first != second || a.sim.Stats != b.sim.Stats {
			t.Errorf("%v: one seed gave %+v and %+v", kinds, first, second)
		}
	}
}

func BenchmarkPair(b *testing.B) {
	for _, kinds := range [][2]string{{"portrestricted", "portrestricted"}, {"portrestricted", "symmetric"}} {
		b.Run(kinds[0]+"x"+kinds[1], func(b *testing.B) {
			b.ReportAllocs()
			seed := uint64(0)
			for b.Loop() {
				seed++
				trial{kinds: kinds, seed: seed, options: natsim.Options{Delay: 15 * time.Millisecond}}.run()
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pairs/s")
		})
	}
}
