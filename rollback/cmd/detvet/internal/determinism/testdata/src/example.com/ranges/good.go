package ranges

import (
	"maps"
	"slices"
)

func (w *World) sound(_ in) {
	var keys []uint8
	for k := range w.Names {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		w.Last = w.Names[k]
	}
	for _, k := range slices.Sorted(maps.Keys(w.Names)) {
		w.Last = int32(k)
	}
	for k := range w.Names {
		delete(w.Names, k)
	}
	for _, v := range w.Names {
		w.Last += v
	}
	w.Names = maps.Clone(w.Names)
}

// draw is no part of the simulation.
func draw(w *World) {
	for range w.Names {
	}
}
