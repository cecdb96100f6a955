//go:build !race

package fields

import (
	"math"
	"testing"
)

// TestNumber: there is one way to write a number, and a bound on it.
func TestNumber(t *testing.T) {
	for _, x := range []struct {
		b    []byte
		most uint64
		n    uint64
		bad  bool
	}{
		{[]byte{0}, 0, 0, false},
		{[]byte{0x7f}, 127, 127, false},
		{[]byte{0x80, 1}, 128, 128, false},
		{[]byte{0x80, 1}, 127, 0, true}, // too large
		{[]byte{0x80, 0}, 127, 0, true}, // 0, but longer
		{[]byte{0x81, 0x80, 0}, 127, 0, true},
		{[]byte{0x80}, 127, 0, true}, // cut off
		{nil, 127, 0, true},
		{[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2}, math.MaxUint64, 0, true}, // over 64 bits
	} {
		r := Read(x.b)
		if n := r.Number(x.most); n != x.n || r.Bad != x.bad || len(r.Rest) != 0 {
			t.Errorf("% x at most %d: %d, bad %v, %d bytes left", x.b, x.most, n, r.Bad, len(r.Rest))
		}
	}
}

// TestAfterFault: once a field is not there nothing else is.
func TestAfterFault(t *testing.T) {
	r := Read([]byte{1, 2, 3})
	if b := r.Take(4); b != nil || r.Byte() != 0 || r.Truth() || r.Number(9) != 0 || r.Uint64() != 0 || r.Frame() != -1 || !r.Bad {
		t.Errorf("% x, and then %+v", b, r)
	}
	if r = Read([]byte{2}); r.Truth() || !r.Bad {
		t.Error("2 is neither true nor false")
	}
}

// TestTaken: who appends to what was taken does not write over what follows.
func TestTaken(t *testing.T) {
	r := Read([]byte{1, 2})
	_ = append(r.Take(1), 9)
	if b := r.Byte(); b != 2 || r.Bad {
		t.Errorf("%d follows", b)
	}
}
