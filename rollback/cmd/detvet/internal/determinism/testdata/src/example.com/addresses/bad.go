package addresses // want package:"functions"

import (
	"fmt"
	"unsafe"

	"github.com/visavis-netcode/visavis/rollback"
)

type in = rollback.Inputs[uint8]

type ship struct {
	Next *ship
	Hp   int32
}

type World struct {
	X    int32
	Name string
	Boss *ship
}

func (w *World) Step(in) {
	w.X = *(*int32)(unsafe.Pointer(w))        // want `uses package unsafe: addresses and layouts differ`
	w.Name = fmt.Sprint(w.Boss)               // want `prints a pointer, of type \*ship: addresses differ from run to run`
	w.Name = fmt.Sprintf("%d %v", 1, *w.Boss) // want `prints a pointer, of type ship`
	w.Name = fmt.Sprintf("%p", w.Boss.Next)   // want `prints an address`
	w.Name = fmt.Sprintln(&w.X, []*ship{})    // want `prints a pointer`
	w.Name = fmt.Sprint(func() {})            // want `prints a pointer`
}
