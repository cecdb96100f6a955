//go:build !race

package nat_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
)

var (
	writeTable = flag.Bool("table", false, "write TABLE.md, from -runs trials a pair")
	tableRuns  = flag.Int("runs", 6, "trials a pair of NATs and start order")
)

// cell is a pair of NATs and what came out of its trials.
type cell struct {
	kinds   [2]string
	runs    int
	direct  int
	found   []time.Duration
	both    []time.Duration
	gaveUp  []time.Duration
	probes  int
	within4 int
}

func (c *cell) add(r result) {
	c.runs++
	c.probes += r.probes
	if !r.direct {
		c.gaveUp = append(c.gaveUp, r.gaveUp)
		return
	}
	c.direct++
	c.found = append(c.found, r.found)
	c.both = append(c.both, r.both)
	if r.found <= 4*time.Second {
		c.within4++
	}
}

// quantile is in milliseconds, of times counted from when both were started;
// a path may be found before.
func quantile(list []time.Duration, q float64) int {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return int(max(0, sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]).Milliseconds())
}

// measure runs the trials of one pair, in both start orders, with skews of 0 to
// 1 s and 60 ms between the homes.
func measure(kinds [2]string, runs int, plain bool) *cell {
	c := &cell{kinds: kinds}
	for first := range 2 {
		rng := rand.New(rand.NewPCG(uint64(first), 77))
		for k := range runs {
			skew := time.Duration(rng.IntN(1000)) * time.Millisecond
			if k%5 == 0 {
				skew = 0
			}
			r, _ := trial{kinds: kinds, first: first, skew: skew, seed: uint64(1000*first + k), plain: plain,
				options: natsim.Options{Delay: 15 * time.Millisecond}}.run()
			c.add(r)
		}
	}
	return c
}

// verdict is what the NATs of a pair allow.
type verdict int

const (
	always  verdict = iota // every trial finds a path
	mostly                 // at least 95 % within 4 s, half of them within 1 s
	perhaps                // prediction on both sides: anything
	hardly                 // no path, and soon known
)

func expected(kinds [2]string) verdict {
	is := func(names ...string) int {
		n := 0
		for _, k := range kinds {
			if slices.Contains(names, k) {
				n++
			}
		}
		return n
	}
	if six := is6(kinds[0]) && is6(kinds[1]); six || strings.Contains(kinds[0]+kinds[1], "ipv6") {
		if six {
			return always // whatever becomes of IPv4
		}
		return hardly // one has IPv6 only, the other has not
	}
	for i, kind := range kinds {
		kinds[i], _, _ = strings.Cut(kind, "+v6")
		switch kind {
		case "nat64":
			kinds[i] = "portrestricted"
		case "nat64-symmetric":
			kinds[i] = "symmetric"
		}
	}
	switch {
	case kinds[0] == "one-carrier":
		return perhaps // needs the carrier-side addresses, which nobody tells
	case strings.HasPrefix(kinds[0], "one-"):
		return always
	case is("udp-blocked") > 0:
		return hardly
	case is("symmetric-sequential") == 2:
		return perhaps
	case is("symmetric", "symmetric-sequential") == 2:
		return hardly
	case is("symmetric") == 1 && is("portrestricted", "cgnat", "open-firewall", "racy") == 1:
		return mostly
	}
	return always
}

// is6 says whether a home has IPv6.
func is6(kind string) bool {
	return strings.HasPrefix(kind, "ipv6") || strings.HasPrefix(kind, "nat64") || strings.Contains(kind, "+v6")
}

// pairs6 are pairs of which at least one has IPv6.
var pairs6 = [][2]string{
	{"ipv6", "ipv6"}, {"ipv6", "ipv6-open"}, {"ipv6-open", "ipv6-open"},
	{"portrestricted+v6", "portrestricted+v6"}, {"portrestricted+v6", "portrestricted+v6-open"},
	{"symmetric+v6", "symmetric+v6"}, {"symmetric+v6", "ipv6"}, {"udp-blocked+v6", "symmetric+v6"},
	{"portrestricted+v6", "portrestricted"}, {"symmetric+v6", "portrestricted"},
	{"nat64", "none"}, {"nat64", "open-firewall"}, {"nat64", "fullcone"}, {"nat64", "restricted"},
	{"nat64", "portrestricted"}, {"nat64", "symmetric"}, {"nat64", "symmetric-sequential"}, {"nat64", "cgnat"},
	{"nat64", "racy"}, {"nat64", "upnp"}, {"nat64", "udp-blocked"}, {"nat64", "nat64"}, {"nat64", "ipv6"},
	{"nat64", "portrestricted+v6"}, {"nat64-symmetric", "fullcone"}, {"nat64-symmetric", "portrestricted"},
	{"nat64-symmetric", "symmetric"}, {"nat64-symmetric", "nat64-symmetric"}, {"ipv6", "portrestricted"},
}

func pairs() (list [][2]string) {
	kinds := natsim.Presets()
	for i, a := range kinds {
		for _, b := range kinds[i:] {
			list = append(list, [2]string{a, b})
		}
	}
	for _, s := range specials {
		list = append(list, [2]string{s, ""})
	}
	return append(list, pairs6...)
}

// TestTable plays every pair of NATs. With -table it also plays the baseline
// and writes TABLE.md:
//
//	go test ./nat -run TestTable -table -runs 30
func TestTable(t *testing.T) {
	var cells, plain []*cell
	for _, kinds := range pairs() {
		c := measure(kinds, *tableRuns, false)
		cells = append(cells, c)
		if *writeTable {
			plain = append(plain, measure(kinds, *tableRuns, true))
		}
		switch name := strings.TrimSuffix(kinds[0]+" x "+kinds[1], " x "); expected(kinds) {
		case always:
			if c.direct != c.runs {
				t.Errorf("%s: %d of %d direct, want all", name, c.direct, c.runs)
			}
			if p95 := quantile(c.found, 0.95); p95 > 600 {
				t.Errorf("%s: p95 of %d ms", name, p95)
			}
		case mostly:
			// Few trials cannot tell 95 % from 90 %, nor the median well.
			share, median := 90, 1500
			if c.runs >= 40 {
				share, median = 95, 1000
			}
			if c.within4*100 < c.runs*share || quantile(c.found, 0.5) >= median {
				t.Errorf("%s: %d of %d direct within 4 s, median %d ms", name, c.within4, c.runs, quantile(c.found, 0.5))
			}
		case hardly:
			if c.direct > 0 {
				t.Errorf("%s: %d direct: the simulation lets something through", name, c.direct)
			}
			if last := quantile(c.gaveUp, 1); last > 1100 {
				t.Errorf("%s: gave up after %d ms", name, last)
			}
		}
	}
	if *writeTable {
		if err := os.WriteFile("TABLE.md", []byte(markdown(cells, plain)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func markdown(cells, plain []*cell) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Which NATs reach each other

Written by `+"`go test ./nat -run TestTable -table -runs %d`"+`: simulated NATs (package natsim), 60 ms round trip between
the homes, no loss, %d trials a pair, in both start orders, with one side up to 1 s later than the other. It shows what the
tactics reach on routers of exactly these behaviours; it is no forecast of a success rate among real players.

A trial is direct when both sides have a path and a packet goes through each way. Times are from the moment when the later
side knows the other's offer to the first proven round trip, in ms (0: it was proven before, as a side that waits answers
checks already); *both* is until both sides have proven one. Where the
descriptors leave no hope, *no path* is known after the time in that column, and a relay is advised at once.
After a + stands what a home of IPv4 has of IPv6: *v6* a firewall that lets answers in, *v6-open* none. The homes *ipv6* and
*ipv6-open* have nothing else, nor have *nat64* and *nat64-symmetric*, whose carrier translates to IPv4 (NAT64) with a
port-restricted and a symmetric mapping.
*Plain* is the same machine without openers, prediction, birthday search and renewed STUN.

| pair | direct | median | p95 | both, p95 | no path, p95 | probes, mean | plain direct | plain median |
|---|---|---|---|---|---|---|---|---|
`, cells[0].runs/2, cells[0].runs)
	number := func(list []time.Duration, q float64) string {
		if len(list) == 0 {
			return "-"
		}
		return fmt.Sprint(quantile(list, q))
	}
	for i, c := range cells {
		fmt.Fprintf(&b, "| %s | %d %% | %s | %s | %s | %s | %d | %d %% | %s |\n",
			strings.TrimSuffix(c.kinds[0]+" × "+c.kinds[1], " × "), c.direct*100/c.runs, number(c.found, 0.5), number(c.found, 0.95),
			number(c.both, 0.95), number(c.gaveUp, 0.95), c.probes/c.runs, plain[i].direct*100/plain[i].runs, number(plain[i].found, 0.5))
	}
	return b.String()
}
