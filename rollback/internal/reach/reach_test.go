package reach

import (
	"reflect"
	"testing"
)

type thing struct {
	A, B  *int32
	List  []int32
	Part  []int32
	Names map[string]*thing
	Any   any
	Inner struct{ Self *thing }
	Word  string
}

// TestClash names both ways to the same place, and finds none where there is none.
func TestClash(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(w *thing)
		want   *Clash
	}{
		{"nothing", func(w *thing) {}, nil},
		{"apart", func(w *thing) {
			w.A, w.B, w.List, w.Part, w.Names = new(int32), new(int32), make([]int32, 3), nil, map[string]*thing{"x": nil}
		}, nil},
		{"strings", func(w *thing) { w.Word = "same"; w.Names = map[string]*thing{"x": {Word: w.Word}} }, nil},
		{"one pointer twice", func(w *thing) { w.A = new(int32); w.B = w.A }, &Clash{"w.A", "w.B"}},
		{"into a slice", func(w *thing) { w.List = make([]int32, 3); w.B = &w.List[1] }, &Clash{"w.List", "w.B"}},
		{"parts of an array", func(w *thing) { w.List = make([]int32, 3); w.Part = w.List[2:] }, &Clash{"w.List", "w.Part"}},
		{"back to itself", func(w *thing) { w.Inner.Self = w }, &Clash{"w", "w.Inner.Self"}},
		{"behind an interface", func(w *thing) { w.A = new(int32); w.Any = w.A }, &Clash{"w.A", "w.Any"}},
		{"behind a map", func(w *thing) { w.A = new(int32); w.Names = map[string]*thing{"x": {B: w.A}} }, &Clash{"w.A", "w.Names[].B"}},
	} {
		var w thing
		test.change(&w)
		if _, clash := Of("w", reflect.ValueOf(&w).Elem()); !reflect.DeepEqual(clash, test.want) {
			t.Errorf("%s: %v, want %v", test.name, clash, test.want)
		}
	}
}

// TestCommon finds what two values share, as far as the limit.
func TestCommon(t *testing.T) {
	one := thing{A: new(int32), List: make([]int32, 9)}
	two := thing{B: one.A, Part: one.List[3:5], List: make([]int32, 9)}
	a, _ := Of("one", reflect.ValueOf(&one).Elem())
	b, _ := Of("two", reflect.ValueOf(&two).Elem())
	want := []Clash{{"one.A", "two.B"}, {"one.List", "two.Part"}}
	if got := Common(a, b, 9); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := Common(a, b, 1); len(got) != 1 {
		t.Errorf("%v", got)
	}
}
