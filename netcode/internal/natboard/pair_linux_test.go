package natboard

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPairs(t *testing.T) {
	count := map[Verdict]int{}
	for _, p := range Pairs() {
		if list := Matching(p.String()); len(list) != 1 || list[0] != p {
			t.Errorf("%v names %v", p, list)
		}
		count[p.Verdict()]++
		if n := len(slices.DeleteFunc(slices.Clone(groups), func(g group) bool { return !g.has(p) })); n != 1 {
			t.Errorf("%v is in %d groups", p, n)
		}
	}
	if want := (map[Verdict]int{Direct: 53, Search: 4, Perhaps: 1, Relayed: 14}); !maps.Equal(count, want) {
		t.Errorf("%v, want %v", count, want)
	}
	for text, want := range map[string]int{"racy x upnp": 1, "upnp x racy": 1, "racy": 11, "x racy": 11, "one-carrier": 1, "racy x": 0, "": 0, "x": 0, "racy x nobody": 0} {
		if got := len(Matching(text)); got != want {
			t.Errorf("%q names %d pairs, want %d", text, got, want)
		}
	}
}

func TestFigures(t *testing.T) {
	const ms = time.Millisecond
	pair := Pair{"none", "none"}
	b := &Board{Options: Options{Contestants: []Contestant{Visavis}, Pairs: []Pair{pair}}, Rows: []*Row{{Pair: pair, Engine: Visavis.Name, Results: []Result{
		{Path: "direct", Input: 100 * ms, Direct: 100 * ms}, {Path: "birthday", Input: 200 * ms, Direct: 5000 * ms},
		{Path: "server-relay", Input: 300 * ms}, {Err: "no input in time"}}}}}
	if text := b.Markdown(); !strings.Contains(text, "| none × none | 4 | 50 % | 25 % | 25 % | 1 | 200 | 300 | 5000 | 5000 |\n") {
		t.Error(text)
	}
	b.Contestants = append(b.Contestants, Contestant{Name: "other"})
	b.Rows = append(b.Rows, &Row{Pair: pair, Engine: "other", Results: b.Rows[0].Results[:1]})
	if text := b.Markdown(); !strings.Contains(text, "| none × none | 4 | 50 % | 1 | 200 | 300 | 100 % | 0 | 100 | 100 |\n") {
		t.Error(text)
	}
}
