// Package reach lists the memory that a value leads to, and names the ways
// there: to find out whether two worlds share some, or whether one world leads
// to the same place twice.
//
//	regions, clash := reach.Of("World", reflect.ValueOf(&world).Elem())
//	shared := reach.Common(regions, others, 8)
//
// It reflects, and is slow: for tests, for the start and for reports.
package reach

import (
	"fmt"
	"reflect"
	"slices"
	"unsafe"
)

// Region is memory that a value leads to.
type Region struct {
	from, to uintptr // to: the first byte after it
	Path     string  // such as "World.Units[3].Name"
}

func (r Region) meets(o Region) bool { return r.from < o.to && o.from < r.to }

// Clash is two ways to the same memory.
type Clash struct{ A, B string }

// maxRegions and maxDepth bound the walk; what lies beyond is not looked at.
const (
	maxRegions = 1 << 20
	maxDepth   = 10_000
)

type walker struct {
	regions []Region
	visited map[visit]string
	clash   *Clash
	depth   int
}

type visit struct {
	at  unsafe.Pointer
	typ reflect.Type
}

// Of lists the memory that v, which is addressable, leads to, v's own first, and
// the first two ways to the same place, nil if there are none. What strings
// consist of cannot change and is not counted, nor are functions and channels.
func Of(name string, v reflect.Value) ([]Region, *Clash) {
	w := &walker{visited: map[visit]string{}}
	w.add(v.Addr().UnsafePointer(), v.Type().Size(), name)
	w.visited[visit{v.Addr().UnsafePointer(), reflect.PointerTo(v.Type())}] = name
	w.walk(v, name)
	if w.clash == nil {
		w.clash = overlap(w.regions)
	}
	return w.regions, w.clash
}

// Common returns the regions of a that b has a part of, as pairs of paths, at most
// limit of them.
func Common(a, b []Region, limit int) (found []Clash) {
	b = slices.Clone(b)
	sortRegions(b)
	for _, r := range a {
		i, _ := slices.BinarySearchFunc(b, r.from, func(o Region, from uintptr) int {
			if o.to <= from {
				return -1
			}
			return 1
		})
		if i < len(b) && r.meets(b[i]) && len(found) < limit {
			found = append(found, Clash{r.Path, b[i].Path})
		}
	}
	return found
}

func sortRegions(all []Region) {
	slices.SortStableFunc(all, func(a, b Region) int {
		switch {
		case a.from < b.from:
			return -1
		case a.from > b.from:
			return 1
		}
		return 0
	})
}

func overlap(all []Region) *Clash {
	all = slices.Clone(all)
	sortRegions(all)
	for i := 1; i < len(all); i++ {
		if all[i-1].meets(all[i]) {
			return &Clash{all[i-1].Path, all[i].Path}
		}
	}
	return nil
}

func (w *walker) add(at unsafe.Pointer, size uintptr, path string) {
	w.regions = append(w.regions, Region{uintptr(at), uintptr(at) + size, path})
}

// enter notes memory and reports whether its content is to be walked.
func (w *walker) enter(at unsafe.Pointer, t reflect.Type, size uintptr, path string) bool {
	if size == 0 || len(w.regions) >= maxRegions {
		return false
	}
	key := visit{at, t}
	if first, twice := w.visited[key]; twice {
		w.clash = &Clash{first, path}
		return false
	}
	w.visited[key] = path
	w.add(at, size, path)
	return true
}

func (w *walker) walk(v reflect.Value, path string) {
	if w.clash != nil || w.depth > maxDepth || !refers(v.Type()) {
		return
	}
	w.depth++
	defer func() { w.depth-- }()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			w.walk(v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	case reflect.Array:
		w.elements(v, path)
	case reflect.Slice:
		if v.Cap() > 0 && w.enter(v.UnsafePointer(), v.Type(), uintptr(v.Cap())*v.Type().Elem().Size(), path) {
			w.elements(v, path)
		}
	case reflect.Pointer:
		if !v.IsNil() && w.enter(v.UnsafePointer(), v.Type(), v.Type().Elem().Size(), path) {
			w.walk(v.Elem(), path)
		}
	case reflect.Map:
		if !v.IsNil() && w.enter(v.UnsafePointer(), v.Type(), 1, path) {
			for entries := v.MapRange(); entries.Next(); {
				w.walk(entries.Value(), path+"[]")
			}
		}
	case reflect.Interface:
		if !v.IsNil() {
			w.walk(v.Elem(), path)
		}
	}
}

func (w *walker) elements(v reflect.Value, path string) {
	if !refers(v.Type().Elem()) {
		return
	}
	for i := range v.Len() {
		w.walk(v.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

// refers reports whether values of a type may lead to other memory that can
// change.
func refers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Pointer, reflect.Map, reflect.Interface:
		return true
	case reflect.Array:
		return refers(t.Elem())
	case reflect.Struct:
		for f := range t.Fields() {
			if refers(f.Type) {
				return true
			}
		}
	}
	return false
}
