package simtest

import "testing"

// TestSameSeedSameMatch: the seed alone decides, also beside another match at the same
// time, with which it shares nothing.
func TestSameSeedSameMatch(t *testing.T) {
	type outcome struct {
		figures Figures
		failed  bool
	}
	play := func(s uint64) outcome {
		figures, err := RunFigures(Draw(s))
		return outcome{figures, err != nil}
	}
	for s := range uint64(6) {
		other := make(chan outcome)
		go func() { other <- play(s) }()
		if a, b := play(s), <-other; a != b {
			t.Fatalf("seed %d: %+v, and beside it %+v", s, a, b)
		}
	}
}
