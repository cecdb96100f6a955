//go:build !race

package membership

import "flag"

var (
	walks     = flag.Int("walks", 1000, "random walks of TestWalks")
	firstWalk = flag.Uint64("walk", 1, "seed of the first one")
	scenes    = flag.Int("scenes", 2, "runs of each scenario")
	churns    = flag.Int("churns", 6, "matches of TestChurn")
)
