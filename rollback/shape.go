package rollback

import (
	"fmt"
	"reflect"
	"strings"
)

// maxFloats is how many fields Shape names.
const maxFloats = 16

// Shape is what two copies of a game can compare before they play, so that a
// world that was changed without a new version of the rules is found at once, and
// not by the first checksum.
type Shape struct {
	// Hash stands for the names, kinds and order of all fields of world and input.
	Hash uint64
	// Floats are the paths of fields that hold floating-point numbers, such as
	// "World.Ball.X", the first 16. The same source rounds differently on different
	// kinds of processors: machines with such fields had better be of one kind.
	Floats []string
}

// ShapeOf describes worlds of type S and inputs of type I.
func ShapeOf[S, I any]() Shape {
	d := describer{seen: map[reflect.Type]int{}}
	d.describe(reflect.TypeFor[S](), typeName[S]("World"))
	d.text.WriteByte('|')
	d.describe(reflect.TypeFor[I](), typeName[I]("Input"))
	return Shape{Hash: hashBytes([]byte(d.text.String())), Floats: d.floats}
}

// describer writes a type down. Names of types are left out: only fields count.
type describer struct {
	text   strings.Builder
	seen   map[reflect.Type]int // struct types by when they were first met; they may hold themselves
	floats []string
}

func (d *describer) describe(t reflect.Type, path string) {
	switch t.Kind() {
	case reflect.Struct:
		d.describeStruct(t, path)
	case reflect.Array:
		fmt.Fprintf(&d.text, "[%d]", t.Len())
		d.describe(t.Elem(), path+"[]")
	case reflect.Slice:
		d.text.WriteString("[]")
		d.describe(t.Elem(), path+"[]")
	case reflect.Pointer:
		d.text.WriteString("*")
		d.describe(t.Elem(), path)
	case reflect.Map:
		d.text.WriteString("map[")
		d.describe(t.Key(), path+"[key]")
		d.text.WriteString("]")
		d.describe(t.Elem(), path+"[]")
	default:
		if k := t.Kind(); k >= reflect.Float32 && k <= reflect.Complex128 && len(d.floats) < maxFloats {
			d.floats = append(d.floats, path)
		}
		d.text.WriteString(t.Kind().String())
	}
}

func (d *describer) describeStruct(t reflect.Type, path string) {
	if first, again := d.seen[t]; again && !plainStruct(t) {
		fmt.Fprintf(&d.text, "as %d", first)
		return
	}
	d.seen[t] = len(d.seen)
	d.text.WriteString("{")
	for f := range t.Fields() {
		if f.Name != "_" {
			d.text.WriteString(f.Name + " ")
			d.describe(f.Type, path+"."+f.Name)
			d.text.WriteString(";")
		}
	}
	d.text.WriteString("}")
}

// plainStruct reports whether a struct cannot hold itself, so that it may be
// written down each time: its floats have other paths then.
func plainStruct(t reflect.Type) bool {
	_, err := compileLayout(t, "")
	return err == nil
}
