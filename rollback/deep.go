package rollback

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"unsafe"

	"github.com/visavis-netcode/visavis/rollback/internal/reach"
)

// deepLayout is what layout is for worlds that hold slices, maps, strings and
// pointers: how to copy them without sharing memory, and their canonical bytes.
// It is compiled once from the type. A copy allocates all that it holds anew: memory
// of an older world is never written to, as Step may have put it anywhere.
//
// Canonical bytes: plain values as in layout; a string, slice or map is a uvarint
// that is 0 for nil (strings: never) and one more than the length otherwise, and then
// what it holds, a map in the order of its keys' bytes; a pointer is a byte that is 0
// for nil and 1 otherwise, and what it points to.
type deepLayout struct {
	root codec
	typ  reflect.Type
	name string
}

// codec copies, writes and reads values of one type, which lie at an address.
type codec interface {
	copy(w *pass, dst, src unsafe.Pointer)
	append(w *pass, b []byte, src unsafe.Pointer) []byte
	decode(r *reader, dst unsafe.Pointer)
	// minBytes is the least that a value takes in canonical bytes. It bounds what a
	// stranger's length can make decode allocate.
	minBytes() int
}

// maxNesting bounds how many pointers, slices and maps lie within each other:
// the length of a list that is linked by pointers.
const maxNesting = 10_000

// pass is one walk over a world. It finds memory that is reached twice: a copy
// would part it, and never end if it leads back to itself.
type pass struct {
	seen  map[unsafe.Pointer]struct{}
	depth int
}

// errShared stops a walk; whoever began it names the fields.
var errShared = errors.New("memory that is reached twice")

// enter notes the memory behind a pointer, slice or map.
func (w *pass) enter(p unsafe.Pointer) {
	if w.depth++; w.depth > maxNesting {
		panic(errShared)
	}
	if _, twice := w.seen[p]; twice {
		panic(errShared)
	}
	w.seen[p] = struct{}{}
}

func (w *pass) leave() { w.depth-- }

// reader reads canonical bytes of a stranger: it never reads past the end, and
// its first fault stays.
type reader struct {
	b     []byte
	depth int
	err   error
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = errors.New("rollback: these bytes are no world: " + what)
		r.b = nil
	}
}

func (r *reader) take(n int) []byte {
	if len(r.b) < n {
		r.fail("they end too early")
		return nil
	}
	taken := r.b[:n]
	r.b = r.b[n:]
	return taken
}

// length reads how many elements follow, each of at least minBytes. isNil is
// for what may be nil.
func (r *reader) length(minBytes int) (n int, isNil bool) {
	v, used := binary.Uvarint(r.b)
	if used <= 0 || used > 1 && r.b[used-1] == 0 {
		r.fail("a length is cut off or not written shortest")
		return 0, true
	}
	r.b = r.b[used:]
	if v == 0 {
		return 0, true
	}
	if v-1 > uint64(len(r.b)/max(1, minBytes)) {
		r.fail("a length is larger than what follows")
		return 0, true
	}
	return int(v - 1), false
}

func (r *reader) enter() bool {
	if r.depth++; r.depth > maxNesting {
		r.fail("it is nested too deeply")
	}
	return r.err == nil
}

func (r *reader) leave() { r.depth-- }

// copy makes the world at dst equal to that at src, sharing no memory but
// strings'.
func (d *deepLayout) copy(dst, src unsafe.Pointer) {
	w := d.begin(src)
	defer d.explain(src)
	// What dst held is dropped: nothing that it leads to is written.
	reflect.NewAt(d.typ, dst).Elem().SetZero()
	d.root.copy(w, dst, src)
}

func (d *deepLayout) append(b []byte, src unsafe.Pointer) []byte {
	w := d.begin(src)
	defer d.explain(src)
	return d.root.append(w, b, src)
}

func (d *deepLayout) begin(src unsafe.Pointer) *pass {
	return &pass{seen: map[unsafe.Pointer]struct{}{src: {}}}
}

// explain turns the panic of a walk into one that names the fields.
func (d *deepLayout) explain(src unsafe.Pointer) {
	switch problem := recover(); problem {
	case nil:
	case errShared:
		if err := d.check(src); err != nil {
			panic(err)
		}
		panic(fmt.Sprintf("rollback: %s nests pointers deeper than %d", d.name, maxNesting))
	default:
		panic(problem)
	}
}

// check returns a *SharedError if some memory of a world is reached twice.
func (d *deepLayout) check(src unsafe.Pointer) error {
	if _, clash := reach.Of(d.name, reflect.NewAt(d.typ, src).Elem()); clash != nil {
		return &SharedError{clash.A, clash.B}
	}
	return nil
}

// decode sets the world at dst from its canonical bytes, and from no others:
// what it accepts it would write again.
func (d *deepLayout) decode(dst unsafe.Pointer, src []byte) error {
	fresh := reflect.New(d.typ)
	r := reader{b: src}
	d.root.decode(&r, fresh.UnsafePointer())
	if len(r.b) > 0 {
		r.fail("something follows them")
	}
	if r.err == nil {
		reflect.NewAt(d.typ, dst).Elem().Set(fresh.Elem())
	}
	return r.err
}

type plainCodec struct{ l *layout }

func (c plainCodec) copy(_ *pass, dst, src unsafe.Pointer) {
	n := c.l.typ.Size()
	copy(unsafe.Slice((*byte)(dst), n), unsafe.Slice((*byte)(src), n))
}

func (c plainCodec) append(_ *pass, b []byte, src unsafe.Pointer) []byte {
	n := len(b)
	b = slices.Grow(b, c.l.size)[:n+c.l.size]
	c.l.encode(b[n:], src)
	return b
}

func (c plainCodec) decode(r *reader, dst unsafe.Pointer) {
	b := r.take(c.l.size)
	if b == nil && c.l.size > 0 {
		return
	}
	if !c.l.isCanonical(b) {
		r.fail("a bool is neither 0 nor 1")
		return
	}
	c.l.decode(dst, b)
}

func (c plainCodec) minBytes() int { return c.l.size }

type stringCodec struct{}

func (stringCodec) copy(_ *pass, dst, src unsafe.Pointer) { *(*string)(dst) = *(*string)(src) }

func (stringCodec) append(_ *pass, b []byte, src unsafe.Pointer) []byte {
	s := *(*string)(src)
	b = binary.AppendUvarint(b, uint64(len(s))+1)
	return append(b, s...)
}

func (stringCodec) decode(r *reader, dst unsafe.Pointer) {
	n, isNil := r.length(1)
	if isNil {
		r.fail("a string has no length")
		return
	}
	*(*string)(dst) = string(r.take(n))
}

func (stringCodec) minBytes() int { return 1 }

type structCodec struct {
	fields []fieldCodec
	least  int
}

type fieldCodec struct {
	offset uintptr
	codec  codec
}

func (c *structCodec) copy(w *pass, dst, src unsafe.Pointer) {
	for _, f := range c.fields {
		f.codec.copy(w, unsafe.Add(dst, f.offset), unsafe.Add(src, f.offset))
	}
}

func (c *structCodec) append(w *pass, b []byte, src unsafe.Pointer) []byte {
	for _, f := range c.fields {
		b = f.codec.append(w, b, unsafe.Add(src, f.offset))
	}
	return b
}

func (c *structCodec) decode(r *reader, dst unsafe.Pointer) {
	for _, f := range c.fields {
		if f.codec.decode(r, unsafe.Add(dst, f.offset)); r.err != nil {
			return
		}
	}
}

func (c *structCodec) minBytes() int { return c.least }

type arrayCodec struct {
	elem codec
	size uintptr // of an element
	n    int
}

func (c *arrayCodec) copy(w *pass, dst, src unsafe.Pointer) {
	for i := range uintptr(c.n) {
		c.elem.copy(w, unsafe.Add(dst, i*c.size), unsafe.Add(src, i*c.size))
	}
}

// memory returns all elements at p as they stand there, if that is also how they are
// written.
func (c *arrayCodec) memory(p unsafe.Pointer) (all []byte, asWritten bool) {
	if plain, ok := c.elem.(plainCodec); !ok || !plain.l.flat {
		return nil, false
	}
	return unsafe.Slice((*byte)(p), uintptr(c.n)*c.size), true
}

func (c *arrayCodec) append(w *pass, b []byte, src unsafe.Pointer) []byte {
	if all, asWritten := c.memory(src); asWritten {
		return append(b, all...)
	}
	for i := range uintptr(c.n) {
		b = c.elem.append(w, b, unsafe.Add(src, i*c.size))
	}
	return b
}

func (c *arrayCodec) decode(r *reader, dst unsafe.Pointer) {
	if all, asWritten := c.memory(dst); asWritten {
		copy(all, r.take(len(all)))
		return
	}
	for i := range uintptr(c.n) {
		if c.elem.decode(r, unsafe.Add(dst, i*c.size)); r.err != nil {
			return
		}
	}
}

func (c *arrayCodec) minBytes() int { return c.n * c.elem.minBytes() }

// sliceCodec is an array of as many elements as there happen to be.
type sliceCodec struct {
	typ  reflect.Type
	elem codec
}

// elements returns the slice at p as an array of its length.
func (c *sliceCodec) elements(s reflect.Value) *arrayCodec {
	return &arrayCodec{elem: c.elem, size: c.typ.Elem().Size(), n: s.Len()}
}

func (c *sliceCodec) copy(w *pass, dst, src unsafe.Pointer) {
	from := reflect.NewAt(c.typ, src).Elem()
	if from.IsNil() {
		return
	}
	to := reflect.MakeSlice(c.typ, from.Len(), from.Len())
	if from.Len() > 0 {
		w.enter(from.UnsafePointer())
		if plain, ok := c.elem.(plainCodec); ok {
			n := plain.l.typ.Size() * uintptr(from.Len())
			copy(unsafe.Slice((*byte)(to.UnsafePointer()), n), unsafe.Slice((*byte)(from.UnsafePointer()), n))
		} else {
			c.elements(from).copy(w, to.UnsafePointer(), from.UnsafePointer())
		}
		w.leave()
	}
	reflect.NewAt(c.typ, dst).Elem().Set(to)
}

func (c *sliceCodec) append(w *pass, b []byte, src unsafe.Pointer) []byte {
	from := reflect.NewAt(c.typ, src).Elem()
	if from.IsNil() {
		return append(b, 0)
	}
	b = binary.AppendUvarint(b, uint64(from.Len())+1)
	if from.Len() > 0 {
		w.enter(from.UnsafePointer())
		b = c.elements(from).append(w, b, from.UnsafePointer())
		w.leave()
	}
	return b
}

func (c *sliceCodec) decode(r *reader, dst unsafe.Pointer) {
	n, isNil := r.length(c.elem.minBytes())
	if isNil || !r.enter() {
		return
	}
	to := reflect.MakeSlice(c.typ, n, n)
	if n > 0 {
		c.elements(to).decode(r, to.UnsafePointer())
	}
	reflect.NewAt(c.typ, dst).Elem().Set(to)
	r.leave()
}

func (c *sliceCodec) minBytes() int { return 1 }

type pointerCodec struct {
	typ  reflect.Type // of what it points to
	elem codec
}

func (c *pointerCodec) copy(w *pass, dst, src unsafe.Pointer) {
	from := *(*unsafe.Pointer)(src)
	if from == nil {
		return
	}
	to := reflect.New(c.typ)
	if c.typ.Size() > 0 { // otherwise all of them are one
		w.enter(from)
		c.elem.copy(w, to.UnsafePointer(), from)
		w.leave()
	}
	*(*unsafe.Pointer)(dst) = to.UnsafePointer()
}

func (c *pointerCodec) append(w *pass, b []byte, src unsafe.Pointer) []byte {
	from := *(*unsafe.Pointer)(src)
	if from == nil {
		return append(b, 0)
	}
	b = append(b, 1)
	if c.typ.Size() > 0 {
		w.enter(from)
		b = c.elem.append(w, b, from)
		w.leave()
	}
	return b
}

func (c *pointerCodec) decode(r *reader, dst unsafe.Pointer) {
	switch there := r.take(1); {
	case there == nil || there[0] == 0:
		return
	case there[0] > 1:
		r.fail("a pointer is neither 0 nor 1")
		return
	}
	if len(r.b) < c.elem.minBytes() {
		r.fail("they end too early")
	}
	if !r.enter() {
		return
	}
	to := reflect.New(c.typ)
	c.elem.decode(r, to.UnsafePointer())
	*(*unsafe.Pointer)(dst) = to.UnsafePointer()
	r.leave()
}

func (c *pointerCodec) minBytes() int { return 1 }

type mapCodec struct {
	typ       reflect.Type
	key, elem codec
}

func (c *mapCodec) copy(w *pass, dst, src unsafe.Pointer) {
	from := reflect.NewAt(c.typ, src).Elem()
	if from.IsNil() {
		return
	}
	w.enter(from.UnsafePointer())
	to := reflect.MakeMapWithSize(c.typ, from.Len())
	for entries := from.MapRange(); entries.Next(); {
		value, fresh := reflect.New(c.typ.Elem()), reflect.New(c.typ.Elem())
		value.Elem().SetIterValue(entries)
		c.elem.copy(w, fresh.UnsafePointer(), value.UnsafePointer())
		to.SetMapIndex(entries.Key(), fresh.Elem())
	}
	w.leave()
	reflect.NewAt(c.typ, dst).Elem().Set(to)
}

func (c *mapCodec) append(w *pass, b []byte, src unsafe.Pointer) []byte {
	from := reflect.NewAt(c.typ, src).Elem()
	if from.IsNil() {
		return append(b, 0)
	}
	w.enter(from.UnsafePointer())
	type entry struct{ key, value []byte }
	all := make([]entry, 0, from.Len())
	for entries := from.MapRange(); entries.Next(); {
		key, value := reflect.New(c.typ.Key()), reflect.New(c.typ.Elem())
		key.Elem().SetIterKey(entries)
		value.Elem().SetIterValue(entries)
		all = append(all, entry{c.key.append(w, nil, key.UnsafePointer()), c.elem.append(w, nil, value.UnsafePointer())})
	}
	w.leave()
	slices.SortFunc(all, func(a, b entry) int { return bytes.Compare(a.key, b.key) })
	b = binary.AppendUvarint(b, uint64(len(all))+1)
	for _, e := range all {
		b = append(append(b, e.key...), e.value...)
	}
	return b
}

func (c *mapCodec) decode(r *reader, dst unsafe.Pointer) {
	n, isNil := r.length(c.key.minBytes() + c.elem.minBytes())
	if isNil || !r.enter() {
		return
	}
	to := reflect.MakeMap(c.typ)
	var last []byte
	for i := range n {
		key, value := reflect.New(c.typ.Key()), reflect.New(c.typ.Elem())
		rest := r.b
		c.key.decode(r, key.UnsafePointer())
		if r.err != nil {
			return
		}
		written := rest[:len(rest)-len(r.b)]
		if i > 0 && bytes.Compare(last, written) >= 0 {
			r.fail("a map's keys are not in order")
			return
		}
		last = written
		if c.elem.decode(r, value.UnsafePointer()); r.err != nil {
			return
		}
		to.SetMapIndex(key.Elem(), value.Elem())
	}
	reflect.NewAt(c.typ, dst).Elem().Set(to)
	r.leave()
}

func (c *mapCodec) minBytes() int { return 1 }
