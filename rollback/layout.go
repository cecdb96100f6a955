package rollback

import (
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

	faults []LayoutFault // while it is compiled
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

// compileLayout walks t, or says what keeps it from being plain. name is how
// errors call the type ("World").
func compileLayout(t reflect.Type, name string) (*layout, error) {
	l := &layout{typ: t}
	if l.walk(t, name, 0); len(l.faults) > 0 {
		return nil, &LayoutError{Faults: l.faults}
	}
	l.flat = littleEndian && uintptr(l.size) == t.Size() && (l.size == 0 || len(l.runs) == 1 && !l.runs[0].boolean)
	return l, nil
}

func (l *layout) walk(t reflect.Type, name string, mem int) {
	switch t.Kind() {
	case reflect.Bool, reflect.Int8, reflect.Uint8, reflect.Int16, reflect.Uint16,
		reflect.Int32, reflect.Uint32, reflect.Float32,
		reflect.Int64, reflect.Uint64, reflect.Float64:
		l.add(run{mem: mem, n: int(t.Size()), width: uint8(t.Size()), boolean: t.Kind() == reflect.Bool})
	case reflect.Array:
		l.walkArray(t, name, mem)
	case reflect.Struct:
		for f := range t.Fields() {
			if f.Name != "_" { // like padding: == ignores it and a copy may leave it
				l.walk(f.Type, name+"."+f.Name, mem+int(f.Offset))
			}
		}
	default:
		l.faults = append(l.faults, LayoutFault{name, describeKind(t)})
	}
}

// walkArray compiles the element once; a flat element makes the whole array
// one run, however long it is.
func (l *layout) walkArray(t reflect.Type, name string, mem int) {
	elem := &layout{}
	if elem.walk(t.Elem(), name+"[]", 0); len(elem.faults) > 0 {
		l.faults = append(l.faults, elem.faults...)
		return
	}
	if len(elem.runs) == 1 && uintptr(elem.size) == t.Elem().Size() {
		whole := elem.runs[0]
		whole.mem, whole.n = mem, whole.n*t.Len()
		if whole.n > 0 {
			l.add(whole)
		}
		return
	}
	for i := range t.Len() {
		for _, r := range elem.runs {
			r.mem += mem + i*int(t.Elem().Size())
			l.add(r)
		}
	}
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
	if l.flat {
		copyInput(dst[:l.size], unsafe.Slice((*byte)(p), l.size))
		return
	}
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

// isCanonical reports whether canonicalize would change nothing.
func (l *layout) isCanonical(b []byte) bool {
	for _, r := range l.runs {
		if r.boolean {
			for _, v := range b[r.wire : r.wire+r.n] {
				if v > 1 {
					return false
				}
			}
		}
	}
	return true
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
