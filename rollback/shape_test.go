package rollback

import (
	"slices"
	"testing"
)

type (
	ballA struct{ X, Y int32 }
	ballB struct{ X, Y int32 }
	ballC struct{ Y, X int32 }
	ballD struct {
		X int32
		_ int32
		Y int32
	}
	ballE struct{ X, Y uint32 }
	court struct {
		Ball, Other struct{ Pos, Speed [2]float64 }
		Wind        float32
		Rand        Rand
	}
	chain struct {
		Weight float32
		Next   *chain
		More   map[int8][]chain
	}
)

// TestShape: what counts is fields, by name, kind and order; floats are named.
func TestShape(t *testing.T) {
	a := ShapeOf[ballA, uint8]()
	for name, same := range map[string]bool{"another name of the type": ShapeOf[ballB, uint8]().Hash == a.Hash, "a blank field": ShapeOf[ballD, uint8]().Hash == a.Hash} {
		if !same {
			t.Errorf("%s makes another shape", name)
		}
	}
	for name, other := range map[string]Shape{
		"another order": ShapeOf[ballC, uint8](), "another kind": ShapeOf[ballE, uint8](), "another input": ShapeOf[ballA, uint16](),
		"an array": ShapeOf[[1]ballA, uint8](), "a slice": ShapeOf[[]ballA, uint8](), "a pointer": ShapeOf[*ballA, uint8](),
	} {
		if other.Hash == a.Hash {
			t.Errorf("%s makes no other shape", name)
		}
	}
	if a.Floats != nil {
		t.Error(a.Floats)
	}
	want := []string{"court.Ball.Pos[]", "court.Ball.Speed[]", "court.Other.Pos[]", "court.Other.Speed[]", "court.Wind", "Input"}
	if got := ShapeOf[court, float32]().Floats; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := ShapeOf[chain, bool]().Floats; !slices.Equal(got, []string{"chain.Weight"}) {
		t.Errorf("%q", got)
	}
	if len(ShapeOf[struct{ A, B, C, D [2]court }, bool]().Floats) != maxFloats {
		t.Error("not bounded")
	}
}
