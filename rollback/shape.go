package rollback

import (
	"fmt"
	"reflect"
	"strings"
)

const (
	// maxFloats is how many fields Shape names as floating-point numbers,
	maxFloats = 16
	// and maxShapeFields how many at all.
	maxShapeFields = 128
)

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
	// Fields are those of the world and then of the input, in order, the first 128: what
	// stands in for them can be compared one by one, to name one that differs.
	Fields []ShapeField
}

// ShapeField is a field of a Shape. A struct's own fields stand in its place.
type ShapeField struct {
	Role string // "World" or "Input"
	Path string // from there, such as ".Ball.X", "" for all of it
	Kind string // such as "[8]uint16", "[]struct" or "map[uint8]string", without names of types

	root string // how errors call the type
}

// String is the whole path, such as "World.Ball.X".
func (f ShapeField) String() string { return f.root + f.Path }

// ShapeOf describes worlds of type S and inputs of type I.
func ShapeOf[S, I any]() Shape {
	d := describer{seen: map[reflect.Type]int{}}
	d.describeRoot(reflect.TypeFor[S](), "World", typeName[S]("World"))
	d.text.WriteByte('|')
	d.describeRoot(reflect.TypeFor[I](), "Input", typeName[I]("Input"))
	return Shape{Hash: hashBytes([]byte(d.text.String())), Floats: d.floats, Fields: d.fields}
}

// describer writes a type down. Names of types are left out: only fields count.
type describer struct {
	text   strings.Builder
	seen   map[reflect.Type]int // struct types by when they were first met; they may hold themselves
	floats []string
	fields []ShapeField
	root   ShapeField // without path and kind: what is being described
}

func (d *describer) describeRoot(t reflect.Type, role, name string) {
	d.root = ShapeField{Role: role, root: name}
	d.note(t, name)
	d.describe(t, name)
}

// note lists a field, unless it is a struct, whose own fields are listed.
func (d *describer) note(t reflect.Type, path string) {
	if t.Kind() == reflect.Struct || len(d.fields) == maxShapeFields {
		return
	}
	f := d.root
	f.Path, f.Kind = strings.TrimPrefix(path, f.root), kindName(t)
	d.fields = append(d.fields, f)
}

// kindName is a type without the names of types.
func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), kindName(t.Elem()))
	case reflect.Slice:
		return "[]" + kindName(t.Elem())
	case reflect.Pointer:
		return "*" + kindName(t.Elem())
	case reflect.Map:
		return fmt.Sprintf("map[%s]%s", kindName(t.Key()), kindName(t.Elem()))
	}
	return t.Kind().String()
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
			d.note(f.Type, path+"."+f.Name)
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
