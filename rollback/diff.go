package rollback

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"unsafe"
)

// Difference is one field in which two worlds differ.
type Difference struct {
	Field string // path from the world, such as "Frogs[2].X", or "Names[7]"
	A, B  string // the two values
}

func (d Difference) String() string { return fmt.Sprintf("%s: %s here, %s there", d.Field, d.A, d.B) }

// differ collects the fields that differ. It reflects: for reports, not for frames.
type differ struct {
	found []Difference
	limit int
	depth int
}

// diff returns the fields in which two values of one type differ, in the order of
// their declaration, at most limit of them.
func diff(a, b reflect.Value, limit int) []Difference {
	d := &differ{limit: limit}
	d.compare("", a, b)
	return d.found
}

func (d *differ) note(field, a, b string) {
	if a != b && len(d.found) < d.limit {
		d.found = append(d.found, Difference{Field: field, A: a, B: b})
	}
}

func (d *differ) compare(name string, a, b reflect.Value) {
	if len(d.found) >= d.limit || d.depth > maxNesting {
		return
	}
	d.depth++
	defer func() { d.depth-- }()
	switch a.Kind() {
	case reflect.Struct:
		d.compareStructs(name, a, b)
	case reflect.Array:
		d.compareElements(name, a, b)
	case reflect.Slice:
		if d.bothThere(name, a, b) {
			d.note(name, fmt.Sprintf("len %d", a.Len()), fmt.Sprintf("len %d", b.Len()))
			d.compareElements(name, a, b)
		}
	case reflect.Map:
		if d.bothThere(name, a, b) {
			d.compareMaps(name, a, b)
		}
	case reflect.Pointer:
		if d.bothThere(name, a, b) {
			d.compare(name, a.Elem(), b.Elem())
		}
	case reflect.Interface:
		switch {
		case !d.bothThere(name, a, b):
		case a.Elem().Type() != b.Elem().Type():
			d.note(name, a.Elem().Type().String(), b.Elem().Type().String())
		default:
			d.compare(name, a.Elem(), b.Elem())
		}
	default:
		d.note(name, fieldText(a), fieldText(b))
	}
}

func (d *differ) compareStructs(name string, a, b reflect.Value) {
	for i := range a.NumField() {
		field := a.Type().Field(i).Name
		if field == "_" {
			continue
		}
		if name != "" {
			field = name + "." + field
		}
		d.compare(field, a.Field(i), b.Field(i))
	}
}

// skipElements is how many elements are passed over at once where their memory is the
// same: a report on a world of megabytes must not keep the game waiting.
const skipElements = 1024

func (d *differ) compareElements(name string, a, b reflect.Value) {
	n := min(a.Len(), b.Len())
	for i := 0; i < n && len(d.found) < d.limit; i++ {
		switch {
		case i%skipElements == 0 && sameMemory(a, b, i, min(skipElements, n-i)):
			i += skipElements - 1
		case !sameMemory(a, b, i, 1):
			d.compare(fmt.Sprintf("%s[%d]", name, i), a.Index(i), b.Index(i))
		}
	}
}

// sameMemory reports whether some elements of two arrays or slices are the same bytes,
// and with that the same values, whatever they point to.
func sameMemory(a, b reflect.Value, from, n int) bool {
	first, other := a.Index(from), b.Index(from)
	if !first.CanAddr() || !other.CanAddr() {
		return false
	}
	size := int(first.Type().Size()) * n
	return size > 0 && bytes.Equal(unsafe.Slice((*byte)(first.Addr().UnsafePointer()), size), unsafe.Slice((*byte)(other.Addr().UnsafePointer()), size))
}

// compareMaps compares entry by entry, in the order of the keys' texts.
func (d *differ) compareMaps(name string, a, b reflect.Value) {
	keys := a.MapKeys()
	for _, key := range b.MapKeys() {
		if !a.MapIndex(key).IsValid() {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(x, y reflect.Value) int { return compareKeys(x, y) })
	for _, key := range keys {
		field := fmt.Sprintf("%s[%s]", name, keyText(key))
		va, vb := a.MapIndex(key), b.MapIndex(key)
		switch {
		case !va.IsValid():
			d.note(field, "absent", "present")
		case !vb.IsValid():
			d.note(field, "present", "absent")
		default:
			d.compare(field, va, vb)
		}
	}
}

// bothThere notes a difference if one of two is nil.
func (d *differ) bothThere(name string, a, b reflect.Value) bool {
	there := func(v reflect.Value) string {
		if v.IsNil() {
			return "nil"
		}
		return "not nil"
	}
	d.note(name, there(a), there(b))
	return !a.IsNil() && !b.IsNil()
}

func compareKeys(a, b reflect.Value) int {
	switch {
	case a.CanInt():
		return sign(a.Int() < b.Int(), a.Int() > b.Int())
	case a.CanUint():
		return sign(a.Uint() < b.Uint(), a.Uint() > b.Uint())
	}
	return strings.Compare(keyText(a), keyText(b))
}

func sign(less, more bool) int {
	switch {
	case less:
		return -1
	case more:
		return 1
	}
	return 0
}

// keyText is a map's key as a path shows it.
func keyText(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Struct:
		var parts []string
		for _, field := range v.Fields() {
			parts = append(parts, keyText(field))
		}
		return "{" + strings.Join(parts, " ") + "}"
	case reflect.Array:
		var parts []string
		for i := range v.Len() {
			parts = append(parts, keyText(v.Index(i)))
		}
		return "[" + strings.Join(parts, " ") + "]"
	}
	return fieldText(v)
}

// maxFieldText bounds what a report shows of a string.
const maxFieldText = 80

// fieldText reads a field without Interface, which refuses unexported ones.
func fieldText(v reflect.Value) string {
	switch {
	case v.CanInt():
		return fmt.Sprint(v.Int())
	case v.CanUint():
		return fmt.Sprint(v.Uint())
	case v.Kind() == reflect.Float32 && v.CanAddr(): // its bits from memory: Float would quieten a NaN
		return fmt.Sprintf("%v (bits %08x)", v.Float(), *(*uint32)(v.Addr().UnsafePointer()))
	case v.CanFloat():
		return fmt.Sprintf("%v (bits %016x)", v.Float(), math.Float64bits(v.Float()))
	case v.Kind() == reflect.Bool:
		return fmt.Sprint(v.Bool())
	case v.Kind() == reflect.String:
		return quoted(v.String())
	}
	return "?" // of a world with a Copy of its own: a func, say
}

// quoted shows a string; one too long to be shown is told apart by its hash.
func quoted(s string) string {
	if len(s) <= maxFieldText {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprintf("%q... (%d bytes, hash %016x)", s[:maxFieldText], len(s), hashBytes([]byte(s)))
}
