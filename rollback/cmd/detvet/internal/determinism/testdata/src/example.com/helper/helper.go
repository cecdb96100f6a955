package helper // want package:"functions"

// It is called by simulations of other packages.

import "time"

// Now is bad two calls down.
func Now() int64 { return deeper() }

func deeper() int64 { return time.Now().Unix() }

// Fill writes to what it is given.
func Fill(dst []int32) { dst[0] = 1 }

// Double is sound.
func Double(x int32) int32 { return 2 * x }

// Timer is a type whose method is bad.
type Timer struct{ At int64 }

func (t *Timer) Set() { t.At = time.Now().Unix() }

// Apply calls what it is given.
func Apply(f func(int32) int32, x int32) int32 { return f(x) }

// Excused is known to be right.
func Excused() int64 {
	return time.Now().Unix() //detvet:ok only the log reads it
}

// World is a simulation of its own, reported here and where it is played.
type World struct{ At int64 }

func Bot(w *World, seat int) uint8 { return uint8(time.Now().Unix()) }
