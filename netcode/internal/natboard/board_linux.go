package natboard

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options say what a board measures.
type Options struct {
	Contestants []Contestant // nil stands for this engine
	Pairs       []Pair       // nil stands for all
	Runs        int          // trials a pair and contestant
	Seed        uint64       // draws the skews
	Meet        string       // see Trial
	Log         bool
}

// Board is what came of all trials.
type Board struct {
	Options
	Rows []*Row // by pair, then contestant
	Took time.Duration
	Load string // average of the machine, at the beginning and the end
}

// Row is a pair of homes and an engine.
type Row struct {
	Pair    Pair
	Engine  string
	Results []Result
}

// maxSkew is the longest time by which the guest learns of the host late.
const maxSkew = time.Second

// Run plays all trials, as parallel subtests of t, a pair in each: as many at a
// time as go test's flag -parallel says. Both players of a pair host in turn; the
// skew is drawn from 0 to 1 s, and is 0 in every fifth trial. All contestants
// play the same trials, one after the other.
func Run(t *testing.T, o Options) *Board {
	t.Helper()
	if o.Contestants == nil {
		o.Contestants = []Contestant{Visavis}
	}
	if o.Pairs == nil {
		o.Pairs = Pairs()
	}
	b := &Board{Options: o}
	start, before := time.Now(), load()
	var mu sync.Mutex
	t.Run("pairs", func(t *testing.T) {
		for i, pair := range o.Pairs {
			rows := make([]*Row, len(o.Contestants))
			for k, c := range o.Contestants {
				rows[k] = &Row{Pair: pair, Engine: c.Name}
			}
			t.Run(pair.String(), func(t *testing.T) {
				t.Parallel()
				b.measure(t, rows, rand.New(rand.NewPCG(o.Seed, uint64(i))))
				mu.Lock()
				defer mu.Unlock()
				b.Rows = append(b.Rows, rows...)
			})
		}
	})
	order := func(r *Row) int { return slices.Index(o.Pairs, r.Pair) }
	slices.SortStableFunc(b.Rows, func(x, y *Row) int { return order(x) - order(y) })
	b.Took, b.Load = time.Since(start), before+" to "+load()
	return b
}

// load is how many tasks were ready to run in the last minute, on average.
func load() string {
	b, _ := os.ReadFile("/proc/loadavg")
	average, _, _ := strings.Cut(string(b), " ")
	return average
}

// measure plays the trials of one pair.
func (b *Board) measure(t *testing.T, rows []*Row, rng *rand.Rand) {
	pair := rows[0].Pair
	town := NewTown(t, pair)
	for k := range b.Runs {
		trial := Trial{Host: k % 2, Meet: b.Meet, Hope: pair.Verdict() != Relayed, Log: b.Log}
		if trial.Skew = time.Duration(rng.Int64N(int64(maxSkew))); k%5 == 0 {
			trial.Skew = 0
		}
		for i, c := range b.Contestants {
			r := town.Try(c, trial)
			rows[i].Results = append(rows[i].Results, r)
			t.Logf("%s, host %d, %v late: %s, input after %v, direct after %v %s", c.Name, trial.Host,
				trial.Skew.Round(time.Millisecond), r.Path, r.Input.Round(time.Millisecond), r.Direct.Round(time.Millisecond), r.Err)
		}
	}
}

// Check fails the test if this engine has missed what its pairs promise. Few
// trials cannot tell 98 % from 90 %, so shares are taken of all such pairs
// together, and must hold but for one trial.
func (b *Board) Check(t *testing.T) {
	t.Helper()
	byVerdict := map[Verdict][]*Row{}
	for _, row := range b.Rows {
		if row.Engine != Visavis.Name {
			continue
		}
		byVerdict[row.Pair.Verdict()] = append(byVerdict[row.Pair.Verdict()], row)
		for _, r := range row.Results {
			if r.Err != "" {
				t.Errorf("%v: %s", row.Pair, r.Err)
			}
		}
	}
	if f := sum(byVerdict[Direct]); f.direct*100 < (f.runs-1)*98 {
		t.Errorf("%d of %d direct where all should be", f.direct, f.runs)
	}
	if f := sum(byVerdict[Search]); f.within*100 < (f.runs-1)*95 {
		t.Errorf("%d of %d direct within 4 s where a port must be searched", f.within, f.runs)
	}
}
