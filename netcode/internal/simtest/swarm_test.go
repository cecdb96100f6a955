//go:build !race

package simtest

import (
	"bufio"
	"flag"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
)

var (
	seeds = flag.Uint64("seeds", 200, "how many seeds TestSwarm plays")
	first = flag.Uint64("first", 1, "the first of them")
	seed  = flag.Uint64("seed", 0, "the only seed that TestSwarm plays, if it is not 0")
	liars = flag.Uint64("liars", 4, "how many matches TestLiars plays, from -first on")
	lie   = flag.Uint("lie", 0, "how the liars lie, if it is not 0: a number of type Lie")
)

// TestSwarm plays a few hundred whole matches; -seeds says how many.
func TestSwarm(t *testing.T) {
	if *seed != 0 {
		figures, err := RunFigures(Draw(*seed))
		t.Logf("%v%+v", Draw(*seed), figures)
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	var total Figures
	var mu sync.Mutex
	t.Run("seeds", func(t *testing.T) {
		const parts = 8
		for part := range uint64(parts) {
			t.Run(strconv.Itoa(int(part)), func(t *testing.T) {
				t.Parallel()
				for s := *first + part; s < *first+*seeds; s += parts {
					figures, err := RunFigures(Draw(s))
					if err != nil {
						t.Errorf("%v\nplay it again: go test ./netcode/internal/simtest -run TestSwarm -seed %d -v", err, s)
					}
					mu.Lock()
					total.add(figures)
					mu.Unlock()
				}
			})
		}
	})
	t.Logf("%+v", total)
	if !t.Failed() && (total.Rollbacks < 20**seeds || total.Stalls < *seeds || total.MaxDepth < 20) {
		t.Fatalf("%+v: the matches were too easy", total)
	}
}

// TestLiars plays matches in which one lies.
func TestLiars(t *testing.T) {
	for s := *first; s < *first+*liars; s++ {
		p := DrawLiar(s)
		if *lie > 0 {
			p.Lie = Lie(min(*lie, uint(lies)-1))
		}
		if err := Run(p); err != nil {
			t.Errorf("%v\nplay it again: go test ./netcode/internal/simtest -run TestLiars -liars 1 -first %d -v", err, s)
		}
	}
}

func (f *Figures) add(g Figures) {
	f.Frames += g.Frames
	f.Rollbacks += g.Rollbacks
	f.Resteps += g.Resteps
	f.Stalls += g.Stalls
	f.Ticks += g.Ticks
	f.MaxDepth = max(f.MaxDepth, g.MaxDepth)
}

// TestSeedsThatFoundBugs plays the seeds of testdata/seeds: a number and what
// it found.
func TestSeedsThatFoundBugs(t *testing.T) {
	file, err := os.Open("testdata/seeds")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		number, what, _ := strings.Cut(lines.Text(), " ")
		s, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(number, func(t *testing.T) {
			if err := Run(Draw(s)); err != nil {
				t.Errorf("again: %s\n%v", what, err)
			}
		})
	}
}

// TestTeeth: a broken game must be found, in nearly all matches: what is wrong
// in a frame that is stepped again later leaves no trace.
func TestTeeth(t *testing.T) {
	for name, sabotage := range map[string]Sabotage{"hidden variable": HiddenVariable, "disturbed world": DisturbedWorld} {
		found, played := 0, 0
		for s := uint64(1); s <= 60; s++ {
			p := Draw(s)
			if len(p.Peers) < 2 || p.Ending != Length || p.Frames < 150 {
				continue
			}
			played++
			p.Sabotage = sabotage
			if Run(p) != nil {
				found++
			}
		}
		if played < 10 || found < played*9/10 {
			t.Errorf("%s: found in %d of %d matches", name, found, played)
		}
	}
}

// TestFooledAgainAndAgain: whom a liar sends three times, within seconds, what he has not sealed
// is in the match at its end all the same: its game is not wrong.
func TestFooledAgainAndAgain(t *testing.T) {
	if err := Run(DrawLiar(17)); err != nil {
		t.Error(err)
	}
}
