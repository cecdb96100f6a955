package rollback

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestRandIsPCG compares with the definition of PCG-XSH-RR 64/32 in numbers of
// any size: x*a + c modulo 2^64, xorshifted, rotated by the top five bits.
func TestRandIsPCG(t *testing.T) {
	mod := new(big.Int).Lsh(big.NewInt(1), 64)
	a, c := new(big.Int).SetUint64(pcgMultiplier), new(big.Int).SetUint64(pcgIncrement)
	for _, seed := range []uint64{0, 1, 42, 1<<64 - 1} {
		r := NewRand(seed)
		x := new(big.Int).SetUint64(seed)
		x.Add(x, c).Mod(x, mod)
		x.Mul(x, a).Add(x, c).Mod(x, mod)
		for i := range 1000 {
			word := new(big.Int).Rsh(x, 18)
			word.Xor(word, x).Rsh(word, 27)
			low := uint32(word.Uint64())
			rot := uint(new(big.Int).Rsh(x, 59).Uint64())
			want := uint32((uint64(low)<<32 | uint64(low)) >> rot)
			if got := r.Uint32(); got != want {
				t.Fatalf("seed %d, number %d: %d, want %d", seed, i, got, want)
			}
			x.Mul(x, a).Add(x, c).Mod(x, mod)
		}
	}
}

// TestRandRanges: bounds, both ends reached, and evenly enough.
func TestRandRanges(t *testing.T) {
	r := NewRand(1)
	for _, n := range []int32{0, -1, -1 << 31} {
		if got := r.Below(n); got != 0 {
			t.Errorf("Below(%d) is %d", n, got)
		}
	}
	for _, n := range []int32{1, 2, 3, 10} {
		count := make([]int, n)
		for range 10000 {
			count[r.Below(n)]++
		}
		for v, c := range count {
			if want := 10000 / int(n); c < want*8/10 || c > want*12/10 {
				t.Errorf("Below(%d) gave %d %d times of 10000", n, v, c)
			}
		}
	}
	// Without rejection a third value would come in two of eight draws here.
	thirds := [3]int{}
	for range 30000 {
		thirds[r.Below(3<<29)%3]++
	}
	for _, c := range thirds {
		if c < 9500 || c > 10500 {
			t.Errorf("Below(3<<29) modulo 3 is uneven: %v", thirds)
			break
		}
	}
	const least, most = -1 << 31, 1<<31 - 1
	for _, test := range [][2]int32{{5, 5}, {-3, 3}, {least, most}, {least, 0}, {-1, most}, {most - 1, most}, {least, least + 1}} {
		low, high := test[0], test[1]
		seen := map[int32]bool{}
		for range 200 {
			v := r.Between(low, high)
			if v < low || v > high {
				t.Fatalf("Between(%d, %d) is %d", low, high, v)
			}
			seen[v] = true
		}
		if span := int64(high) - int64(low) + 1; int64(len(seen)) < min(span, 150) {
			t.Errorf("Between(%d, %d) gave %d numbers in 200 draws", low, high, len(seen))
		}
	}
	if got := r.Between(4, -4); got != 4 {
		t.Errorf("Between(4, -4) is %d", got)
	}
	hits := 0
	for range 9000 {
		if r.OneIn(9) {
			hits++
		}
		if !r.OneIn(1) || !r.OneIn(0) || !r.OneIn(-5) {
			t.Fatal("OneIn(1) and below is always true")
		}
	}
	if hits < 850 || hits > 1150 {
		t.Errorf("OneIn(9) was true %d times of 9000", hits)
	}
}

// TestRandIsWritten: a world that writes itself, by whatever means, goes on with the same
// numbers when it is read back; and what the standard library makes of chance follows from it.
func TestRandIsWritten(t *testing.T) {
	type world struct{ Rand Rand }
	w := world{NewRand(7)}
	w.Rand.Uint32()
	text, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	var flat bytes.Buffer
	if err := binary.Write(&flat, binary.LittleEndian, w); err != nil {
		t.Fatal(err)
	}
	var one, two world
	if err := json.Unmarshal(text, &one); err != nil || one != w {
		t.Errorf("%s is read back as %+v, %v", text, one, err)
	}
	if err := binary.Read(&flat, binary.LittleEndian, &two); err != nil || two != w {
		t.Errorf("bytes are read back as %+v, %v", two, err)
	}
	a, b := rand.New(&one.Rand), rand.New(&two.Rand)
	for range 100 {
		if x, y := a.Float64(), b.Float64(); x != y {
			t.Fatalf("%v and %v", x, y)
		}
	}
	if one.Rand == w.Rand || one != two {
		t.Error("what was drawn is not in the world")
	}
}
