package ranges // want package:"functions"

import (
	"maps"
	"reflect"
	"sync"

	"github.com/visavis-netcode/visavis/rollback"
)

type in = rollback.Inputs[uint8]

type World struct {
	Names map[uint8]int32
	Last  int32
}

func (w *World) Step(in) {
	for _, v := range w.Names { // want `ranges over a map: its order differs from run to run`
		w.Last = v
	}
	for k := range maps.Keys(w.Names) { // want `uses maps.Keys: of a map its order`
		w.Last = int32(k)
	}
	var keys []uint8
	for k := range w.Names { // want `ranges over a map`
		keys = append(keys, k)
	}
	w.Last += int32(len(keys))
	sum := float32(0)
	for range w.Names { // want `ranges over a map`
		sum += 0.1
	}
	var pool sync.Pool
	_ = pool.Get()                         // want `takes from a sync.Pool`
	_ = reflect.ValueOf(w.Names).MapKeys() // want `asks reflect for a map's keys`
}
