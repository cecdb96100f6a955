package order // want package:"functions"

import (
	"maps"
	"slices"
	"sort"

	"github.com/visavis-netcode/visavis/rollback"
)

type in = rollback.Inputs[uint8]

type Unit struct{ ID, Speed int32 }

type World struct {
	Units map[int32]*Unit
	N, X  int32
	Sums  [4]int32
}

func next() int32 { return 3 }

func (w *World) Step(in) {
	for _, u := range w.Units { // want `ranges over a map: its order differs from run to run`
		w.N++
		w.X += u.Speed * w.N
	}
	for _, u := range w.Units { // want `ranges over a map`
		w.X += u.Speed
		w.X ^= u.ID
	}
	for _, u := range w.Units { // want `ranges over a map`
		w.Sums[u.ID&3] += u.Speed
		w.Sums[0] += w.Sums[u.ID&3]
	}
	for range w.Units { // want `ranges over a map`
		w.X += next()
	}
	for k := range w.Units { // want `ranges over a map`
		delete(w.Units, k+1)
		w.N++
	}
	var last int32
	for last = range w.Units { // want `ranges over a map`
	}
	w.X = last
	w.sorts()
}

func (w *World) sorts() {
	var keys []int32
	for k := range w.Units { // want `ranges over a map`
		keys = append(keys, k)
	}
	w.X = int32(sort.Search(len(keys), func(i int) bool { return keys[i] >= 3 }))

	var ints []int
	for k := range w.Units { // want `ranges over a map`
		ints = append(ints, int(k))
	}
	w.X = int32(sort.SearchInts(ints, 3))

	var units []*Unit
	for _, u := range w.Units { // want `ranges over a map: .*, and where two are equal to what it is sorted by it stays so`
		units = append(units, u)
	}
	sort.Slice(units, func(i, j int) bool { return units[i].Speed < units[j].Speed })

	var fast []Unit
	for _, u := range w.Units { // want `ranges over a map: .* sort by all that there is in one`
		fast = append(fast, *u)
	}
	slices.SortFunc(fast, func(a, b Unit) int { return int(a.Speed - b.Speed) })

	var early []int32
	for k := range w.Units { // want `ranges over a map`
		early = append(early, k)
	}
	w.X = early[0]
	slices.Sort(early)

	var counted []int32
	for range w.Units { // want `ranges over a map`
		counted = append(counted, next())
	}
	slices.Sort(counted)

	bySpeed := func(a, b int32) int { return int(w.Units[a].Speed - w.Units[b].Speed) }
	w.X = slices.SortedFunc(maps.Keys(w.Units), bySpeed)[0] // want `uses maps.Keys`
}
