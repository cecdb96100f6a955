package addresses

import "fmt"

type named struct{ next *named }

func (n *named) String() string { return "named" }

func (w *World) sound(in) {
	w.Name = fmt.Sprint(w.X, w.Boss.Hp, "x", [2]uint8{}, map[string]int32{})
	w.Name = fmt.Sprintf("%v %+v", &struct{ A int32 }{}, &named{})
}

func log(w *World) { fmt.Println(w.Boss) }
