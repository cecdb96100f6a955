package natboard

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/netlab"
)

// figures sums up results.
type figures struct {
	runs, direct, within, relayed, failed int // within: direct within searchLimit
	input, path                           []time.Duration
}

// searchLimit is how long a search for a port may take.
const searchLimit = 4 * time.Second

func sum(rows []*Row) (f figures) {
	for _, row := range rows {
		for _, r := range row.Results {
			f.runs++
			switch {
			case r.Err != "" || r.Input == 0:
				f.failed++
				continue
			case relays(r.Path):
				f.relayed++
			default:
				f.direct++
				f.path = append(f.path, r.Direct)
				if r.Direct <= searchLimit {
					f.within++
				}
			}
			f.input = append(f.input, r.Input)
		}
	}
	return f
}

// quantile is in milliseconds, "-" of nothing.
func quantile(list []time.Duration, q float64) string {
	if len(list) == 0 {
		return "-"
	}
	sorted := slices.Sorted(slices.Values(list))
	return fmt.Sprint(sorted[min(len(sorted)-1, int(q*float64(len(sorted))))].Milliseconds())
}

func percent(n, of int) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.4g %%", float64(n)*100/float64(of))
}

// group is rows that are expected to do the same.
type group struct {
	name, want string
	has        func(Pair) bool
}

// one reports whether both players are in one home.
func one(p Pair) bool { return p[1] == "" && !strings.HasPrefix(p[0], "one-carrier") }

// symmetric reports whether one of the routers gives each destination a port.
func symmetric(p Pair) bool {
	return strings.HasPrefix(p[0], "symmetric") || strings.HasPrefix(p[1], "symmetric")
}

var groups = []group{
	{"two computers of one home", "100 % direct; 10 / 50 ms", one},
	{"cone by cone", "98 % direct; 220 / 400 ms", func(p Pair) bool { return p.Verdict() == Direct && !one(p) && !symmetric(p) }},
	{"symmetric by one that lets it in, or counts", "98 % direct", func(p Pair) bool { return p.Verdict() == Direct && !one(p) && symmetric(p) }},
	{"a port must be searched", "95 % direct within 4 s, median below 1,000 ms", func(p Pair) bool { return p.Verdict() == Search }},
	{"ports are counted on both sides", "none failed", func(p Pair) bool { return p.Verdict() == Perhaps }},
	{"relayed", "none failed; 300 / 1,000 ms", func(p Pair) bool { return p.Verdict() == Relayed }},
}

// Markdown is the board as tables: first the groups of pairs, then all pairs.
// Several engines stand side by side.
func (b *Board) Markdown() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%d trials a pair, in %v on %d processors, linux/%s, %s, load average %s.\n\n", b.Runs, b.Took.Round(time.Second),
		runtime.NumCPU(), runtime.GOARCH, runtime.Version(), b.Load)
	b.header(&s, "pairs", "wanted |")
	for _, g := range groups {
		if b.row(&s, g.name, func(r *Row) bool { return g.has(r.Pair) }) {
			fmt.Fprintf(&s, " %s |\n", g.want)
		}
	}
	s.WriteString("\n")
	b.header(&s, "pair", "")
	for _, pair := range b.Pairs {
		if b.row(&s, pair.String(), func(r *Row) bool { return r.Pair == pair }) {
			s.WriteString("\n")
		}
	}
	return s.String()
}

// columns are what is told of each engine.
var columns = []struct {
	name  string
	alone bool // only where there is one engine
	of    func(figures) string
}{
	{"trials", false, func(f figures) string { return fmt.Sprint(f.runs) }},
	{"direct", false, func(f figures) string { return percent(f.direct, f.runs) }},
	{"within 4 s", true, func(f figures) string { return percent(f.within, f.runs) }},
	{"relayed", true, func(f figures) string { return percent(f.relayed, f.runs) }},
	{"failed", false, func(f figures) string { return fmt.Sprint(f.failed) }},
	{"input, median", false, func(f figures) string { return quantile(f.input, 0.5) }},
	{"p95", false, func(f figures) string { return quantile(f.input, 0.95) }},
	{"path, median", true, func(f figures) string { return quantile(f.path, 0.5) }},
	{"p95", true, func(f figures) string { return quantile(f.path, 0.95) }},
}

// tells says whether a table has a column for an engine: all play the same
// number of trials, and several engines leave no room for all that is known.
func (b *Board) tells(engine, column int) bool {
	return (column > 0 || engine == 0) && (len(b.Contestants) == 1 || !columns[column].alone)
}

// header writes a table's first two lines.
func (b *Board) header(s *strings.Builder, first, last string) {
	fmt.Fprintf(s, "| %s |", first)
	count := 1 + strings.Count(last, "|")
	for i, e := range b.Contestants {
		for k, c := range columns {
			switch {
			case !b.tells(i, k):
				continue
			case k > 0 && len(b.Contestants) > 1:
				fmt.Fprintf(s, " %s: %s |", e.Name, c.name)
			default:
				fmt.Fprintf(s, " %s |", c.name)
			}
			count++
		}
	}
	if last != "" {
		fmt.Fprintf(s, " %s", last)
	}
	fmt.Fprintf(s, "\n|%s\n", strings.Repeat("---|", count))
}

// row writes a line of a table, but for its end, if there are such results.
func (b *Board) row(s *strings.Builder, name string, has func(*Row) bool) bool {
	var text strings.Builder
	fmt.Fprintf(&text, "| %s |", name)
	for i, e := range b.Contestants {
		var rows []*Row
		for _, r := range b.Rows {
			if r.Engine == e.Name && has(r) {
				rows = append(rows, r)
			}
		}
		f := sum(rows)
		if f.runs == 0 {
			return false
		}
		for k, c := range columns {
			if b.tells(i, k) {
				fmt.Fprintf(&text, " %s |", c.of(f))
			}
		}
	}
	s.WriteString(text.String())
	return true
}

// Flags are those of the tests that make a table.
type Flags struct {
	Write, Log *bool
	Runs       *int
	Pairs      *string
	Meet       *string
}

// NewFlags defines -table, -runs, -pairs and -log. Call it before flag.Parse.
func NewFlags() Flags {
	return Flags{
		Write: flag.Bool("table", false, "play all pairs of homes, or -pairs, and write TABLE.md"),
		Runs:  flag.Int("runs", 10, "trials a pair, with -table or -pairs"),
		Pairs: flag.String("pairs", "", "play these, such as 'upnp x racy, one-router', or 'racy' for all with one"),
		Meet:  flag.String("meet", MeetCode, MeetCode+", or "+MeetInvite+" for an invite and a reply without a rendezvous server, and so without a relay"),
		Log:   flag.Bool("log", false, "the players tell what they do"),
	}
}

// Test plays what the flags ask for; without them a few pairs of homes once. It
// logs the table, or writes it to TABLE.md below head, and checks it: see Check.
func (f Flags) Test(t *testing.T, head string, few []string, contestants ...Contestant) {
	t.Helper()
	netlab.NewPlace(t) // skips with the reason
	o := Options{Contestants: contestants, Runs: *f.Runs, Seed: 1, Meet: *f.Meet, Log: *f.Log}
	list := few
	switch {
	case *f.Pairs != "":
		list = strings.Split(*f.Pairs, ",")
	case *f.Write:
		list = nil
	default:
		o.Runs = 1
	}
	for _, text := range list {
		pairs := Matching(strings.TrimSpace(text))
		if len(pairs) == 0 {
			t.Fatalf("there is no pair %q", text)
		}
		for _, pair := range pairs {
			if relayed := pair.Verdict() == Relayed && o.Meet == MeetInvite; !relayed && !slices.Contains(o.Pairs, pair) {
				o.Pairs = append(o.Pairs, pair)
			}
		}
	}
	if o.Pairs == nil && o.Meet == MeetInvite {
		o.Pairs = slices.DeleteFunc(Pairs(), func(p Pair) bool { return p.Verdict() == Relayed })
	}
	b := Run(t, o)
	text := b.Markdown()
	t.Log("\n" + text)
	b.Check(t)
	if *f.Write {
		if err := os.WriteFile("TABLE.md", []byte(head+text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
