package globals // want package:"functions"

import (
	"flag"
	"sync/atomic"

	"github.com/visavis-netcode/visavis/rollback"
)

type in = rollback.Inputs[uint8]

type World struct{ X int32 }

type counter struct{ n int32 }

func (c *counter) add()      { c.n++ }
func (c counter) get() int32 { return c.n }
func fill(dst []int32)       { again(dst) }
func again(dst []int32)      { dst[0] = 1 }

var (
	frames     int32
	table      [4]int32
	cache      = map[int32]int32{}
	scratch    []int32
	count      counter
	dice       rollback.Rand
	games      atomic.Int32
	total      int64
	difficulty int32 // set by the menu
	speed      = flag.Int("speed", 1, "")
)

func menu() { difficulty = 3 }

func (w *World) Step(in) {
	frames++         // want `writes package variable frames: a rollback does not bring it back`
	table[1] = w.X   // want `writes package variable table`
	cache[w.X] = 1   // want `writes package variable cache`
	delete(cache, 1) // want `writes package variable cache`
	entry := &table[2]
	*entry = 5 // want `writes package variable table`
	buffer := scratch[:0]
	buffer[0] = 1              // want `writes package variable scratch`
	fill(scratch)              // want `writes package variable scratch`
	w.X = int32(dice.Uint32()) // want `writes package variable dice`
	games.Add(1)               // want `writes package variable games`
	atomic.AddInt64(&total, 1) // want `writes package variable total`
	count.add()                // want `writes package variable count`
	w.X += difficulty          // want `uses package variable difficulty, which is written to \(bad.go:34\)`
	w.X += int32(*speed)       // want `uses package variable speed, which is written to`
}
