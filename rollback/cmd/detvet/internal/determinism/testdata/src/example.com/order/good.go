package order

import (
	"cmp"
	"maps"
	"slices"
	"sort"
)

func (w *World) sound(in) {
	for k, u := range w.Units {
		w.N++
		w.X += u.Speed - int32(uint8(k))
		w.X -= k
		w.Sums[u.ID&3] |= u.Speed
	}
	for k := range w.Units {
		delete(w.Units, k)
		w.N--
	}
	var keys []int32
	for k := range w.Units {
		keys = append(keys, k)
	}
	w.N = 3
	slices.SortFunc(keys, func(a, b int32) int { return cmp.Compare(b, a) })

	var ints []int
	if w.N > 0 {
		for k := range w.Units {
			ints = append(ints, int(k))
		}
	}
	sort.Slice(ints, func(i, j int) bool { return ints[i] > ints[j] })

	var more []int32
	for range 3 {
		for k := range w.Units {
			more = append(more, k)
		}
	}
	slices.SortFunc(more, cmp.Compare[int32])
	w.X = slices.SortedFunc(maps.Keys(w.Units), cmp.Compare)[0]
}
