//go:build !race

package rendezvous

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// Sources are told apart by address or prefix; a hall is one.
func TestPaths(t *testing.T) {
	c := ServerConfig{Rand: strings.NewReader(""), MaxPerSource: 10, Halls: []Hall{
		{netip.MustParsePrefix("198.51.100.0/24"), 35}, {netip.MustParsePrefix("198.51.100.9/32"), 5}, {netip.MustParsePrefix("2001:db8:5::/48"), 100}}}
	if err := c.fill(); err != nil {
		t.Fatal(err)
	}
	for _, f := range []struct {
		addr, want    string
		limit, weight int
	}{
		{"192.0.2.1", "192.0.2.1/32", 10, 1},
		{"::ffff:192.0.2.1", "192.0.2.1/32", 10, 1},
		{"2001:db8:1:203::4", "2001:db8:1::/48 2001:db8:1:200::/56 2001:db8:1:203::/64", 10, 1},
		{"fe80::1%eth0", "fe80::/48 fe80::/56 fe80::/64", 10, 1},
		{"198.51.100.8", "198.51.100.0/24", 35, 3},
		{"198.51.100.9", "198.51.100.9/32", 5, 1},
		{"2001:db8:5:77::1", "2001:db8:5::/48", 100, 10},
	} {
		p := c.path(netip.MustParseAddr(f.addr))
		var names []string
		for _, prefix := range p.prefixes() {
			names = append(names, prefix.String())
		}
		if got := strings.Join(names, " "); got != f.want || p.limit != f.limit || p.weight != f.weight {
			t.Errorf("%s: %s, limit %d, weight %d", f.addr, got, p.limit, p.weight)
		}
	}
}

func TestHallErrors(t *testing.T) {
	for want, halls := range map[string][]Hall{
		"no prefix":   {{}},
		"0 places":    {{netip.MustParsePrefix("192.0.2.0/24"), 0}},
		"named twice": {{netip.MustParsePrefix("192.0.2.0/24"), 1}, {netip.MustParsePrefix("192.0.2.9/24"), 2}},
		"65 halls":    make([]Hall, 65),
	} {
		_, err := NewServer(ServerConfig{Rand: strings.NewReader(strings.Repeat("x", 100)), Halls: halls})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// held are places by who has them: an address, * for one of both sides, and how
// many.
type held struct {
	addr  string
	rank  rank
	count int
}

// The place that is taken back is of the largest holder, of one side alone first,
// and of nobody if that helps nobody.
func TestSpare(t *testing.T) {
	c := ServerConfig{Rand: strings.NewReader(""), MaxPerSource: 10, Halls: []Hall{{netip.MustParsePrefix("192.0.2.200/32"), 40}}}
	if err := c.fill(); err != nil {
		t.Fatal(err)
	}
	for _, f := range []struct {
		name string
		held []held
		who  string
		from string // empty: nobody
		rank rank
	}{
		{"nobody has any", nil, "192.0.2.1", "", waiting},
		{"everybody has one", []held{{"192.0.2.1", waiting, 1}, {"192.0.2.2", active, 1}}, "192.0.2.9", "", waiting},
		{"somebody has two", []held{{"192.0.2.1", waiting, 1}, {"192.0.2.2", waiting, 2}}, "192.0.2.9", "192.0.2.2", waiting},
		{"who asks has as many", []held{{"192.0.2.1", waiting, 3}, {"192.0.2.9", waiting, 2}}, "192.0.2.9", "", waiting},
		{"who asks has most", []held{{"192.0.2.1", waiting, 3}, {"192.0.2.9", waiting, 9}}, "192.0.2.9", "", waiting},
		{"one side alone first", []held{{"192.0.2.1", active, 9}, {"192.0.2.2", waiting, 2}}, "192.0.2.9", "192.0.2.2", waiting},
		{"both sides at last", []held{{"192.0.2.1", active, 9}, {"192.0.2.2", waiting, 1}}, "192.0.2.9", "192.0.2.1", active},
		{"not both sides for one who has as many alone", []held{{"192.0.2.1", active, 9}, {"192.0.2.9", waiting, 8}}, "192.0.2.9", "", waiting},
		{"a hall is used to many", []held{{"192.0.2.200", waiting, 8}, {"192.0.2.1", waiting, 3}}, "192.0.2.9", "192.0.2.1", waiting},
		{"but has a measure", []held{{"192.0.2.200", waiting, 12}, {"192.0.2.1", waiting, 2}}, "192.0.2.9", "192.0.2.200", waiting},
		{"a hall takes from nobody who has one", []held{{"192.0.2.1", waiting, 1}}, "192.0.2.200", "", waiting},
		{"a prefix is one holder", []held{{"2001:db8:1:101::1", waiting, 1}, {"2001:db8:1:202::1", waiting, 1}, {"192.0.2.1", waiting, 1}}, "192.0.2.9", "2001:db8:1:", waiting},
		{"within a prefix the largest", []held{{"2001:db8:1:101::1", waiting, 2}, {"2001:db8:1:102::1", waiting, 3}, {"2001:db8:1:201::1", waiting, 4}}, "192.0.2.9", "2001:db8:1:102::1", waiting},
		{"a neighbour in the prefix", []held{{"2001:db8:1:101::1", waiting, 5}, {"192.0.2.1", waiting, 2}}, "2001:db8:1:301::1", "2001:db8:1:101::1", waiting},
		{"a neighbour in the /56", []held{{"2001:db8:1:101::1", waiting, 5}, {"192.0.2.1", waiting, 2}}, "2001:db8:1:102::1", "2001:db8:1:101::1", waiting},
		{"not for the same /64", []held{{"2001:db8:1:101::1", waiting, 5}, {"192.0.2.1", waiting, 2}}, "2001:db8:1:101::2", "", waiting},
	} {
		ps := newSlots()
		for i, h := range f.held {
			for range h.count {
				p := &slot{owner: h.addr}
				ps.take(time.Duration(i), p, c.path(netip.MustParseAddr(h.addr)))
				ps.set(p, h.rank)
			}
		}
		got := ps.spare(c.path(netip.MustParseAddr(f.who)))
		switch {
		case got == nil && f.from == "":
		case got == nil || f.from == "" || !strings.HasPrefix(got.owner.(string), f.from) || got.rank != f.rank:
			t.Errorf("%s: %+v, want one of %q", f.name, got, f.from)
		}
	}
}

// Of one holder the place goes that was not heard of for longest.
func TestSpareIsTheLongestUnheard(t *testing.T) {
	c := ServerConfig{MaxPerSource: 10}
	ps, who := newSlots(), c.path(netip.MustParseAddr("192.0.2.1"))
	var list [3]slot
	for i := range list {
		ps.take(0, &list[i], who)
	}
	ps.heard(1, &list[0])
	if got := ps.spare(c.path(netip.MustParseAddr("192.0.2.2"))); got != &list[1] {
		t.Errorf("%+v", got)
	}
}
