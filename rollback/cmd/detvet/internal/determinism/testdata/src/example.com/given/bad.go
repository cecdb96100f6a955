package given // want package:"functions"

import (
	"hash/maphash"
	"math"
	"math/rand"
	"os"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/visavis-netcode/visavis/rollback"

	"example.com/helper"
)

type in = rollback.Inputs[uint8]

type World struct {
	X    int32
	At   int64
	A    float64
	Name string
}

type device struct{ read func() int64 }

type twin struct {
	n    int32
	roll func() int
}

var (
	rng     = rand.New(rand.NewSource(1))
	source  rand.Source
	sine    = math.Sin
	now     = time.Now
	roll    = rng.Intn
	cores   = runtime.NumCPU()
	debug   = os.Getenv("DEBUG") != ""
	began   = helper.Now()
	waves   = table()
	sines   [256]int32
	half    = cores / 2
	order   = []int{3, 1, 2}
	builder = new(strings.Builder)
	clock   = device{read: func() int64 { return time.Now().Unix() }} // want `uses time.Now: .* \(by World.Step > a function literal\)`
	dice    = twin{3, rand.Int}
)

func table() (t [4]float64) {
	for i := range t {
		t[i] = math.Cos(float64(i))
	}
	return t
}

func init() {
	source = rand.NewSource(3)
	for i := range sines {
		sines[i] = int32(min(max(math.Sin(float64(i)), -1), 1))
	}
}

func (w *World) Step(in) {
	w.X += int32(rng.Intn(6))   // want `writes package variable rng: a rollback does not bring it back` `package variable rng uses math/rand.NewSource`
	w.At = source.Int63()       // want `package variable source uses math/rand.NewSource`
	w.A = sine(w.A)             // want `package variable sine uses math.Sin: its last bit differs`
	w.At = now().Unix()         // want `package variable now uses time.Now`
	w.X += int32(roll(6))       // want `package variable roll uses math/rand.New`
	w.X += int32(cores)         // want `package variable cores uses runtime.NumCPU: machines differ in that`
	w.X += int32(half)          // want `package variable half uses runtime.NumCPU`
	w.At += began               // want `package variable began is made by Now: uses time.Now`
	w.A += waves[1]             // want `package variable waves is made by table: uses math.Cos`
	w.X += sines[w.X&255]       // want `package variable sines uses math.Sin`
	sort.Ints(order)            // want `writes package variable order`
	builder.WriteString("a")    // want `writes package variable builder`
	w.At += clock.read()        // it is found where it stands
	w.X += int32(dice.roll())   // want `package variable dice uses math/rand.Int`
	if w.Name = "live"; debug { // want `package variable debug uses os.Getenv`
		w.fields()
	}
	chance := rng                // want `package variable rng uses`
	w.X += int32(chance.Intn(6)) // want `writes package variable rng`
	var h maphash.Hash
	w.At = int64(h.Sum64()) // want `uses hash/maphash.Hash.Sum64: chance`
	var all sync.WaitGroup
	all.Go(func() { w.X++ }) // want `starts a goroutine`
}

func (w *World) fields() {
	var d device
	d.read = w.elapsed
	w.At = d.read()
}

func (w *World) elapsed() int64 { return int64(time.Since(time.Time{})) } // want `uses time.Since`
