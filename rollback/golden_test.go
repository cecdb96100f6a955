package rollback

import (
	"encoding/hex"
	"testing"
)

// The numbers below were made once. They must be the same on every machine and
// in every later version: two players of one match may run different builds of
// this package, and replays are kept for years.

// TestGoldenHash: XXH3-64 with seed 0. The first is the reference
// implementation's own test vector for no bytes at all.
func TestGoldenHash(t *testing.T) {
	bytes := make([]byte, 300)
	for i := range bytes {
		bytes[i] = byte(i*7 + 3)
	}
	for n, want := range map[int]uint64{
		0:   0x2d06800538d394c2,
		1:   0x13e608bc156defed,
		3:   0xa9088dda485b481c,
		8:   0x60539db630471163,
		16:  0xb8c859b0f030b585,
		17:  0x714a04408e79b80f,
		128: 0x67425a03650261bf,
		129: 0xc664bf3311c6abc4,
		240: 0x64556dc6b462a6cf,
		241: 0x8beadd3a8874fe17,
		300: 0xfd9aa0f0d62e0227,
	} {
		if got := hashBytes(bytes[:n]); got != want {
			t.Errorf("%d: %#016x, want %#016x", n, got, want)
		}
	}
}

// goldenWorld has every kind of field, and padding on some machines.
type goldenWorld struct {
	A bool
	B int64
	C uint8
	D [3]int16
	E struct{ F, G uint32 }
	H float32
	I [2]struct {
		J uint8
		K uint64
	}
	L    float64
	M    int8
	N    int32
	O    uint16
	Rand Rand
}

func newGoldenWorld() goldenWorld {
	w := goldenWorld{A: true, B: -2, C: 3, D: [3]int16{-4, 5, -6}, H: 0.5, L: -1.25, M: -8, N: -9, O: 10, Rand: NewRand(11)}
	w.E.F, w.E.G = 0xDEADBEEF, 7
	w.I[0].J, w.I[0].K, w.I[1].J, w.I[1].K = 1, 2, 3, 1<<63
	return w
}

// TestGoldenLayout: canonical bytes and their hash.
func TestGoldenLayout(t *testing.T) {
	s := mustNew(t, Config[goldenWorld, uint8]{Step: func(*goldenWorld, Inputs[uint8]) {}, Seats: 1})
	w := newGoldenWorld()
	const bytes = "01" + "feffffffffffffff" + "03" + "fcff0500faff" + "efbeadde07000000" + "0000003f" +
		"010200000000000000" + "030000000000000080" + "000000000000f4bf" + "f8" + "f7ffffff" + "0a00" + "21e426cf036c8ee5"
	if got := hex.EncodeToString(s.AppendWorld(nil, &w)); got != bytes {
		t.Errorf("canonical bytes\n%s, want\n%s", got, bytes)
	}
	if got := s.Hash(&w); got != 0xc944004b98a670e5 {
		t.Errorf("hash %#016x", got)
	}
}

// TestGoldenRand: the first numbers of two seeds, and what is drawn from them.
func TestGoldenRand(t *testing.T) {
	for seed, want := range map[uint64][8]uint32{
		0:  {0xe823a24e, 0x7a7ecbd9, 0x89fd6c06, 0xae646aa8, 0xcd3cf945, 0x6204b303, 0x198c8585, 0x49fce611},
		42: {0xc2f57bd6, 0x6b07c4a9, 0x72b7b29b, 0x44215383, 0xf5af5ead, 0x68beb632, 0xcbc7312c, 0xd5efc7d7},
	} {
		r, got := NewRand(seed), [8]uint32{}
		for i := range got {
			got[i] = r.Uint32()
		}
		if got != want {
			t.Errorf("seed %d: %#v", seed, got)
		}
	}
	r := NewRand(1)
	got, want := [9]int32{}, [9]int32{328, 1791099446, -5, 458, 1080415314, 1, 489, 1218125110, -4}
	for i := 0; i < 9; i += 3 {
		got[i], got[i+1], got[i+2] = r.Below(1000), r.Between(-1<<31, 1<<31-1), r.Between(-5, 5)
	}
	if got != want {
		t.Errorf("ranges %#v", got)
	}
}

// TestGoldenSession: the checksums of a scripted match, played late and with
// rollbacks. A difference means that replays no longer play.
func TestGoldenSession(t *testing.T) {
	config := ledgerConfig(4, 1)
	config.ChecksumFrames = 100
	s := mustNew(t, config)
	play(t, s, 601, 6, 12, nil)
	if s.Stats().Rollbacks < 100 {
		t.Fatal("no rollbacks")
	}
	want := []Checksum{
		{0, 0x31335fcacd43757d, 0x0000000000000000},
		{100, 0xd5017016cb7583ff, 0x4a408fcd3b0b60c8},
		{200, 0x6f9f6bda21270da3, 0x05bfb9db4ff75d6b},
		{300, 0x698c6b179122cdf7, 0xf7a320a2df763eeb},
		{400, 0x047323aeec7f4f9b, 0x36c87f3f2aa3fbe5},
		{500, 0xe6db080e672b8488, 0x18629d34e630bdea},
	}
	got := s.AppendChecksums(nil)
	for i, sum := range got {
		if i >= len(want) || sum != want[i] {
			t.Errorf("{%d, %#016x, %#016x},", sum.Frame, sum.World, sum.Inputs)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d checksums, want %d", len(got), len(want))
	}
}

// TestGoldenDigest: rows shorter, as long as and longer than a word.
func TestGoldenDigest(t *testing.T) {
	var d digester
	for _, test := range []struct {
		bytes int
		want  uint64
	}{{3, 0x9218070f189ee41c}, {8, 0x7a60c346606c05b5}, {21, 0xc489b58cc4c2e168}} {
		row := make([]byte, test.bytes)
		for i := range row {
			row[i] = byte(200 + i)
		}
		if d.add(row); d.sum != test.want {
			t.Errorf("%d bytes: %#016x, want %#016x", test.bytes, d.sum, test.want)
		}
	}
}
