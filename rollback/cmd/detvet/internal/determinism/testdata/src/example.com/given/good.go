package given

import (
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
)

var (
	word    = regexp.MustCompile("[a-z]+")
	upper   = strings.NewReplacer("a", "A")
	root    = math.Sqrt(2)
	floor   = math.Floor
	primes  = []int32{2, 3, 5}
	level   = len(os.Args) // which only the menu uses
	nothing = twin{3, func() int { return 4 }}
)

var squares = func() (t [16]int32) {
	for i := range t {
		t[i] = int32(i * i)
	}
	return t
}()

func (w *World) sound(in) {
	if word.MatchString("a") {
		w.Name = upper.Replace(w.Name)
	}
	w.A = floor(w.A) + root
	w.X += primes[1] + squares[3] + int32(nothing.roll())
	own := slices.Clone(primes)
	slices.Sort(own)
	if i, found := slices.BinarySearch(primes, 3); found {
		w.X += int32(i)
	}
}

func menu() int { return level + cores }
