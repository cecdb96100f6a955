package rollback

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// kinds are the leaves that a world may have.
var kinds = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[int8](), reflect.TypeFor[uint8](),
	reflect.TypeFor[int16](), reflect.TypeFor[uint16](), reflect.TypeFor[int32](), reflect.TypeFor[uint32](),
	reflect.TypeFor[int64](), reflect.TypeFor[uint64](), reflect.TypeFor[float32](), reflect.TypeFor[float64](),
}

// drawType draws a type that a world may have, nested up to depth.
func drawType(t *rapid.T, depth int) reflect.Type {
	shape := 0
	if depth > 0 {
		shape = rapid.IntRange(0, 3).Draw(t, "shape")
	}
	switch shape {
	case 1:
		return reflect.ArrayOf(rapid.IntRange(0, 4).Draw(t, "len"), drawType(t, depth-1))
	case 2, 3:
		fields := make([]reflect.StructField, rapid.IntRange(0, 5).Draw(t, "fields"))
		for i := range fields {
			fields[i] = reflect.StructField{Name: string(rune('A' + i)), Type: drawType(t, depth-1)}
		}
		return reflect.StructOf(fields)
	}
	return rapid.SampledFrom(kinds).Draw(t, "kind")
}

// memory is the memory of the value that a pointer Value points to.
func memory(v reflect.Value) []byte {
	return unsafe.Slice((*byte)(v.UnsafePointer()), v.Type().Elem().Size())
}

// TestLayoutAgainstBinary draws types and values and compares with
// encoding/binary, which knows nothing of this package.
func TestLayoutAgainstBinary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := drawType(t, 3)
		l, err := compileLayout(typ, "World")
		if err != nil {
			t.Fatalf("%v: %v", typ, err)
		}
		if want := binary.Size(reflect.New(typ).Interface()); l.size != want {
			t.Fatalf("%v has %d canonical bytes, want %d", typ, l.size, want)
		}
		wire := rapid.SliceOfN(rapid.Byte(), l.size, l.size).Draw(t, "bytes")
		v := reflect.New(typ)
		for i, mem := 0, memory(v); i < len(mem); i++ {
			mem[i] = 0xA5 // padding stays so: nothing may depend on it
		}
		want := reflect.New(typ)
		if _, err := binary.Decode(wire, binary.LittleEndian, want.Interface()); err != nil {
			t.Fatal(err)
		}
		// What binary writes and not what was drawn: it makes a float32 that is
		// a signalling NaN a quiet one, which this package leaves as it is.
		canonical, err := binary.Append(nil, binary.LittleEndian, want.Interface())
		if err != nil {
			t.Fatal(err)
		}
		l.decode(v.UnsafePointer(), canonical)
		got := make([]byte, l.size)
		l.encode(got, v.UnsafePointer())
		if !bytes.Equal(got, canonical) {
			t.Fatalf("%v: % x decodes and encodes as % x, want % x", typ, wire, got, canonical)
		}
		var scratch []byte
		if h := l.hash(v.UnsafePointer(), &scratch); h != l.hash(want.UnsafePointer(), &scratch) || h != hashBytes(canonical) {
			t.Fatalf("%v: the hash depends on padding", typ)
		}
		if d := diff(v.Elem(), want.Elem(), 99); len(d) != 0 {
			t.Fatalf("%v: equal values differ in %v", typ, d)
		}
		if l.flat && !bytes.Equal(memory(v), canonical) {
			t.Fatalf("%v counts as flat and is not", typ)
		}
		l.decode(v.UnsafePointer(), wire)
		l.encode(got, v.UnsafePointer())
		if l.canonicalize(wire); !bytes.Equal(got, wire) {
			t.Fatalf("%v: any bytes come back as % x, canonically they are % x", typ, got, wire)
		}
	})
}

// TestLayoutHostileBools: a bool made of a stranger's byte is a proper one.
func TestLayoutHostileBools(t *testing.T) {
	type flags struct {
		A, B bool
		C    [3]bool
		N    uint8
	}
	l, err := compileLayout(reflect.TypeFor[flags](), "World")
	if err != nil {
		t.Fatal(err)
	}
	var f flags
	l.decode(unsafe.Pointer(&f), []byte{2, 0, 255, 0, 128, 7})
	if want := (flags{A: true, C: [3]bool{true, false, true}, N: 7}); f != want {
		t.Errorf("%+v, want %+v", f, want)
	}
	if mem := memory(reflect.ValueOf(&f)); !bytes.Equal(mem, []byte{1, 0, 1, 0, 1, 7}) {
		t.Errorf("in memory % x", mem)
	}
}

// TestLayoutBlankFields: Go's == and assignment may leave a blank field out,
// so it counts as padding.
func TestLayoutBlankFields(t *testing.T) {
	type padded struct {
		A uint8
		_ [3]uint8
		B uint32
	}
	s := mustNew(t, Config[padded, uint8]{Step: func(*padded, Inputs[uint8]) {}, Seats: 1})
	clean, dirty := padded{A: 1, B: 2}, padded{A: 1, B: 2}
	*(*byte)(unsafe.Add(unsafe.Pointer(&dirty), 2)) = 9
	if clean != dirty || s.Hash(&clean) != s.Hash(&dirty) || len(s.Diff(&clean, &dirty, 9)) != 0 {
		t.Errorf("equal worlds: hashes %x and %x, diff %v", s.Hash(&clean), s.Hash(&dirty), s.Diff(&clean, &dirty, 9))
	}
	if b := s.AppendWorld(nil, &dirty); !bytes.Equal(b, []byte{1, 2, 0, 0, 0}) {
		t.Errorf("canonical bytes % x", b)
	}
}

type frog struct {
	X, Y  int16
	alive bool
	Tail  [2]struct{ Angle int32 }
}

type pond struct {
	Frogs [4]frog
	Turn  uint32
	Level float64
	rand  Rand
}

func pondSession(t testing.TB) *Session[pond, uint8] {
	return mustNew(t, Config[pond, uint8]{Step: func(*pond, Inputs[uint8]) {}, Seats: 1})
}

// TestDiff: names, order, limit, fields that are not exported.
func TestDiff(t *testing.T) {
	s := pondSession(t)
	var a, b pond
	b.Frogs[2].X, b.Frogs[2].alive, b.Frogs[3].Tail[1].Angle = -7, true, 90
	b.Level, b.rand.State = 0.5, 77
	want := []string{
		"Frogs[2].X: 0 here, -7 there",
		"Frogs[2].alive: false here, true there",
		"Frogs[3].Tail[1].Angle: 0 here, 90 there",
		"Level: 0 (bits 0000000000000000) here, 0.5 (bits 3fe0000000000000) there",
		"rand.State: 0 here, 77 there",
	}
	for limit := range len(want) + 2 {
		got := s.Diff(&a, &b, limit)
		if len(got) != min(limit, len(want)) {
			t.Fatalf("limit %d: %v", limit, got)
		}
		for i, d := range got {
			if d.String() != want[i] {
				t.Errorf("difference %d is %q, want %q", i, d, want[i])
			}
		}
	}
}

// TestDiffOfNaNs: the hash sees their bits, so the diff must.
func TestDiffOfNaNs(t *testing.T) {
	type reading struct {
		A float32
		B float64
	}
	s := mustNew(t, Config[reading, uint8]{Step: func(*reading, Inputs[uint8]) {}, Seats: 1})
	signalling := []byte{1, 0, 0x80, 0x7f, 1, 0, 0, 0, 0, 0, 0xf0, 0x7f}
	quiet := []byte{1, 0, 0xc0, 0x7f, 1, 0, 0, 0, 0, 0, 0xf8, 0x7f}
	var a, b reading
	if s.DecodeWorld(&a, signalling) != nil || s.DecodeWorld(&b, quiet) != nil {
		t.Fatal("the bytes are no worlds")
	}
	d := s.Diff(&a, &b, 9)
	if len(d) != 2 || d[0].A != "NaN (bits 7f800001)" || d[0].B != "NaN (bits 7fc00001)" || d[1].A != "NaN (bits 7ff0000000000001)" {
		t.Errorf("%v", d)
	}
}

// TestDecodeWorld: what AppendWorld wrote, and nothing of another length.
func TestDecodeWorld(t *testing.T) {
	s := pondSession(t)
	a := pond{Turn: 5, Level: 1.5, rand: NewRand(3)}
	a.Frogs[1] = frog{X: 1, Y: -2, alive: true}
	b := s.AppendWorld([]byte("x"), &a)
	var back pond
	if err := s.DecodeWorld(&back, b[1:]); err != nil || back != a {
		t.Errorf("%v: %+v, want %+v", err, back, a)
	}
	for _, wrong := range [][]byte{nil, b, b[2:]} {
		if err := s.DecodeWorld(&back, wrong); err == nil || back != a {
			t.Errorf("%d bytes are taken for a world: %v", len(wrong), err)
		}
	}
}

// TestCopyReversed is what a big-endian machine does.
func TestCopyReversed(t *testing.T) {
	for width, want := range map[int]string{1: "abcdefgh", 2: "badcfehg", 4: "dcbahgfe", 8: "hgfedcba"} {
		dst := make([]byte, 8)
		if copyReversed(dst, []byte("abcdefgh"), width); string(dst) != want {
			t.Errorf("width %d: %q, want %q", width, dst, want)
		}
	}
}

// TestBigWorldCompilesSmall: an array of flat elements is one run, however
// long.
func TestBigWorldCompilesSmall(t *testing.T) {
	type cell struct{ Kind, Owner uint16 }
	type board struct {
		Cells [512][512]cell
		Turn  uint32
	}
	l, err := compileLayout(reflect.TypeFor[board](), "World")
	if err != nil || len(l.runs) != 1 || !l.flat || l.size != 512*512*4+4 {
		t.Errorf("%v: %d runs, flat %v, %d bytes", err, len(l.runs), l.flat, l.size)
	}
}

// TestLayoutErrorSays checks the words, which a newcomer reads first.
func TestLayoutErrorSays(t *testing.T) {
	for _, test := range []struct {
		typ  reflect.Type
		want string
	}{
		{reflect.TypeFor[struct{ A int }](), "World.A is an int, whose size differs between machines (use int32 or int64)"},
		{reflect.TypeFor[struct{ A uint }](), "World.A is a uint, whose size differs between machines (use uint32 or uint64)"},
		{reflect.TypeFor[struct{ A uintptr }](), "World.A is a uintptr"},
		{reflect.TypeFor[struct{ A []frog }](), "World.A is a slice (use an array and a count)"},
		{reflect.TypeFor[struct{ A string }](), "World.A is a string (use an array of bytes)"},
		{reflect.TypeFor[struct{ A map[int]int }](), "World.A is a map"},
		{reflect.TypeFor[struct{ A *frog }](), "World.A is a pointer"},
		{reflect.TypeFor[struct{ A any }](), "World.A is an interface"},
		{reflect.TypeFor[struct{ A func() }](), "World.A is a func"},
		{reflect.TypeFor[struct{ A chan int }](), "World.A is a chan"},
		{reflect.TypeFor[struct{ A complex64 }](), "World.A is a complex64"},
		{reflect.TypeFor[struct{ A unsafe.Pointer }](), "World.A is a pointer"},
		{reflect.TypeFor[struct {
			Shots [3]struct{ Trail []int32 }
		}](), "World.Shots[].Trail is a slice"},
		{reflect.TypeFor[[2][3]struct{ In [1]string }](), "World[][].In[] is a string"},
		{reflect.TypeFor[struct {
			A []uint8
			B int32
			C struct{ D [2]string }
		}](), "World.A is a slice (use an array and a count); World.C.D[] is a string (use an array of bytes)"},
	} {
		_, err := compileLayout(test.typ, "World")
		if err == nil || !strings.HasPrefix(err.Error(), "rollback: "+test.want) {
			t.Errorf("%v: %v\nwant: rollback: %s", test.typ, err, test.want)
		}
	}
}
