package calls // want package:"functions"

import (
	"time"

	"github.com/visavis-netcode/visavis/rollback"

	"example.com/helper"
)

type World struct {
	At    int64
	X     int32
	Timer helper.Timer
}

var shared [3]int32

type mover interface{ move(*World) }

type walker struct{ steps int32 }

func (m *walker) move(w *World) { w.At = time.Now().Unix() } // want `uses time.Now: .* \(by World.Step > walker.move\)`

type stone struct{}

func (stone) roll(w *World) { w.At = time.Now().Unix() } // nobody calls it

var rules = map[string]func(*World){"rain": rain, "sun": func(w *World) { time.Sleep(1) }} // want `uses time.Sleep`

func rain(w *World) { w.At = time.Now().Unix() } // want `uses time.Now: .* \(by World.Step > rain\)`

func (w *World) Step(rollback.Inputs[uint8]) {
	w.first()
	var m mover = &walker{}
	m.move(w)
	rules["rain"](w)
	//detvet:ok
	w.At += time.Now().Unix() // want `uses time.Now`
	w.At = helper.Now()       // want `helper.Now: uses time.Now: .* \(helper.go:10\)`
	helper.Fill(shared[:])    // want `writes package variable shared`
	w.Timer.Set()             // want `helper.Timer.Set: uses time.Now`
	w.X = helper.Apply(addClock, w.X)
	later := func() { w.At = time.Now().Unix() } // want `uses time.Now`
	later()
}

func (w *World) first()  { w.second() }
func (w *World) second() { w.At = time.Now().Unix() } // want `uses time.Now: .* \(by World.Step > World.first > World.second\)`

func addClock(x int32) int32 { return x + int32(time.Now().Unix()) } // want `uses time.Now: .* \(by World.Step > addClock\)`
