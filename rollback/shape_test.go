package rollback

import (
	"fmt"
	"slices"
	"strings"
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
	if many := ShapeOf[struct{ A, B, C, D [2]court }, bool](); len(many.Floats) != maxFloats {
		t.Error("not bounded")
	}
	for got, want := range map[string]string{
		listed(ShapeOf[ballD, uint8]()):               "ballD.X int32, ballD.Y int32, Input uint8",
		listed(ShapeOf[chain, ballE]()):               "chain.Weight float32, chain.Next *struct, chain.More map[int8][]struct, ballE.X uint32, ballE.Y uint32",
		listed(ShapeOf[[2]ballA, [2]bool]()):          "World [2]struct, World[].X int32, World[].Y int32, Input [2]bool",
		fmt.Sprint(ShapeOf[ballA, ballA]().Fields[2]): "ballA.X",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	type wide struct{ A, B, C, D, E, F, G, H court }
	type wider struct{ A, B, C, D wide }
	if n := len(ShapeOf[wider, bool]().Fields); n != maxShapeFields {
		t.Errorf("%d fields are listed", n)
	}
}

func listed(s Shape) string {
	var all []string
	for _, f := range s.Fields {
		all = append(all, f.String()+" "+f.Kind)
	}
	return strings.Join(all, ", ")
}
