package rollback

import (
	"fmt"
	"math"
	"reflect"
	"unsafe"

	"github.com/zeebo/xxh3"
)

// layout is the compiled shape of a pointer-free type: where its fields lie in
// this machine's memory and where they stand in the canonical bytes, which are
// the fields in order, little-endian, without padding, the same on every
// machine. It is made once by New; nothing reflects per frame.
type layout struct {
	typ  reflect.Type
	size int   // canonical bytes
	runs []run // in canonical order, adjacent ones merged
	flat bool  // memory and canonical bytes are the same
}

// run is a stretch that is copied as one: n bytes of elements of one width.
type run struct {
	mem, wire, n int
	width        uint8
	boolean      bool // bytes from a peer become 0 or 1
}

var littleEndian = func() bool {
	one := uint16(1)
	return *(*byte)(unsafe.Pointer(&one)) == 1
}()

// compileLayout walks t. name is how errors call the type ("World").
func compileLayout(t reflect.Type, name string) (*layout, error) {
	l := &layout{typ: t}
	if err := l.walk(t, name, 0); err != nil {
		return nil, err
	}
	l.flat = littleEndian && uintptr(l.size) == t.Size() && (l.size == 0 || len(l.runs) == 1 && !l.runs[0].boolean)
	return l, nil
}

func (l *layout) walk(t reflect.Type, name string, mem int) error {
	switch t.Kind() {
	case reflect.Bool, reflect.Int8, reflect.Uint8, reflect.Int16, reflect.Uint16,
		reflect.Int32, reflect.Uint32, reflect.Float32,
		reflect.Int64, reflect.Uint64, reflect.Float64:
		l.add(run{mem: mem, n: int(t.Size()), width: uint8(t.Size()), boolean: t.Kind() == reflect.Bool})
		return nil
	case reflect.Array:
		return l.walkArray(t, name, mem)
	case reflect.Struct:
		for f := range t.Fields() {
			if f.Name == "_" {
				continue // like padding: == ignores it and a copy may leave it
			}
			if err := l.walk(f.Type, name+"."+f.Name, mem+int(f.Offset)); err != nil {
				return err
			}
		}
		return nil
	}
	return &LayoutError{Field: name, Kind: describeKind(t)}
}

// walkArray compiles the element once; a flat element makes the whole array
// one run, however long it is.
func (l *layout) walkArray(t reflect.Type, name string, mem int) error {
	elem, err := compileLayout(t.Elem(), name+"[]")
	if err != nil {
		return err
	}
	if len(elem.runs) == 1 && uintptr(elem.size) == t.Elem().Size() {
		whole := elem.runs[0]
		whole.mem, whole.n = mem, whole.n*t.Len()
		if whole.n > 0 {
			l.add(whole)
		}
		return nil
	}
	for i := range t.Len() {
		for _, r := range elem.runs {
			r.mem += mem + i*int(t.Elem().Size())
			l.add(r)
		}
	}
	return nil
}

// add appends a run and merges it with the one before where a copy of both is
// one copy.
func (l *layout) add(r run) {
	r.wire = l.size
	l.size += r.n
	if last := len(l.runs) - 1; last >= 0 {
		p := &l.runs[last]
		mergeable := p.boolean == r.boolean && (p.width == r.width || littleEndian)
		if mergeable && p.mem+p.n == r.mem {
			p.n += r.n
			return
		}
	}
	l.runs = append(l.runs, r)
}

// encode writes the canonical bytes of the value at p to dst, which has room
// for l.size bytes.
func (l *layout) encode(dst []byte, p unsafe.Pointer) {
	for _, r := range l.runs {
		mem := unsafe.Slice((*byte)(unsafe.Add(p, r.mem)), r.n)
		if littleEndian {
			copy(dst[r.wire:r.wire+r.n], mem)
		} else {
			copyReversed(dst[r.wire:r.wire+r.n], mem, int(r.width))
		}
	}
}

// decode sets the value at p from l.size canonical bytes. Every byte string of
// that length is a value: a bool is true if its byte is not 0.
func (l *layout) decode(p unsafe.Pointer, src []byte) {
	for _, r := range l.runs {
		mem := unsafe.Slice((*byte)(unsafe.Add(p, r.mem)), r.n)
		switch wire := src[r.wire : r.wire+r.n]; {
		case r.boolean:
			for i, b := range wire {
				mem[i] = min(b, 1)
			}
		case littleEndian:
			copy(mem, wire)
		default:
			copyReversed(mem, wire, int(r.width))
		}
	}
}

// canonicalize turns l.size bytes from a stranger into the canonical ones of
// the value they decode to.
func (l *layout) canonicalize(b []byte) {
	for _, r := range l.runs {
		if r.boolean {
			for i := r.wire; i < r.wire+r.n; i++ {
				b[i] = min(b[i], 1)
			}
		}
	}
}

func copyReversed(dst, src []byte, width int) {
	for i := 0; i < len(src); i += width {
		for k := range width {
			dst[i+k] = src[i+width-1-k]
		}
	}
}

// hash is XXH3-64 of the canonical bytes. scratch is used, and may grow, where
// memory is not canonical as it stands.
func (l *layout) hash(p unsafe.Pointer, scratch *[]byte) uint64 {
	if l.flat {
		return xxh3.Hash(unsafe.Slice((*byte)(p), l.size))
	}
	if cap(*scratch) < l.size {
		*scratch = make([]byte, l.size)
	}
	b := (*scratch)[:l.size]
	l.encode(b, p)
	return xxh3.Hash(b)
}

// Difference is one field in which two worlds differ.
type Difference struct {
	Field string // path from the world, such as "Frogs[2].X"
	A, B  string // the two values
}

func (d Difference) String() string { return fmt.Sprintf("%s: %s here, %s there", d.Field, d.A, d.B) }

// diff appends the fields that differ, in the order of the canonical bytes, at
// most limit of them. It reflects: for reports, not for frames.
func diff(dst []Difference, name string, a, b reflect.Value, limit int) []Difference {
	if len(dst) >= limit {
		return dst
	}
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			field := a.Type().Field(i).Name
			if field == "_" {
				continue
			}
			if name != "" {
				field = name + "." + field
			}
			dst = diff(dst, field, a.Field(i), b.Field(i), limit)
		}
	case reflect.Array:
		for i := range a.Len() {
			dst = diff(dst, fmt.Sprintf("%s[%d]", name, i), a.Index(i), b.Index(i), limit)
		}
	default:
		if va, vb := fieldText(a), fieldText(b); va != vb {
			dst = append(dst, Difference{Field: name, A: va, B: vb})
		}
	}
	return dst
}

// fieldText reads a field without Interface, which refuses unexported ones.
func fieldText(v reflect.Value) string {
	switch {
	case v.CanInt():
		return fmt.Sprint(v.Int())
	case v.CanUint():
		return fmt.Sprint(v.Uint())
	case v.Kind() == reflect.Float32: // its bits from memory: Float would quieten a NaN
		return fmt.Sprintf("%v (bits %08x)", v.Float(), *(*uint32)(v.Addr().UnsafePointer()))
	case v.Kind() == reflect.Float64:
		return fmt.Sprintf("%v (bits %016x)", v.Float(), math.Float64bits(v.Float()))
	case v.Kind() == reflect.Bool:
		return fmt.Sprint(v.Bool())
	}
	return "?"
}

// describeKind says what stands in the way and, where it is not plain, what to
// use instead.
func describeKind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int:
		return "an int, whose size differs between machines (use int32 or int64)"
	case reflect.Uint:
		return "a uint, whose size differs between machines (use uint32 or uint64)"
	case reflect.Slice:
		return "a slice (use an array and a count)"
	case reflect.String:
		return "a string (use an array of bytes)"
	case reflect.Pointer, reflect.UnsafePointer:
		return "a pointer (use an index into an array)"
	case reflect.Interface:
		return "an interface"
	}
	return "a " + t.Kind().String()
}

func hashBytes(b []byte) uint64 { return xxh3.Hash(b) }
