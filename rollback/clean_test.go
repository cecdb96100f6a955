package rollback

import (
	"math"
	"testing"
	"unsafe"
)

// order is an input of which few values are legal: a target that exists and a power
// that is a number in its range.
type order struct {
	Target uint8
	Power  float32
}

const targets = 3

// legal makes any order one that a player can give. The zero order is none: there is
// no target 0.
func legal(o order) order {
	o.Target = max(1, min(o.Target, targets))
	if !(o.Power >= 0 && o.Power <= 1) { // NaN too
		o.Power = 0
	}
	return o
}

// shootingRange is a world that orders spoil or crash which are not legal.
type shootingRange struct {
	Hits  [targets]uint32
	Power float32
	Bad   uint32
}

func (w *shootingRange) Step(in Inputs[order]) {
	for _, o := range in.All() {
		if o != legal(o) {
			w.Bad++
		}
		w.Hits[o.Target-1]++
		w.Power = w.Power/2 + o.Power
	}
}

func rangeConfig(local int) Config[shootingRange, order] {
	return Config[shootingRange, order]{
		Step: (*shootingRange).Step, Seats: 2, Local: []int{local}, ChecksumFrames: 1, Clean: legal,
	}
}

// wildOrder is any order at all.
func wildOrder(r *Rand) order {
	return order{uint8(r.Uint32()), math.Float32frombits(r.Uint32())}
}

// TestClean: two machines are given wild inputs by their own players and by each
// other, guess wildly and change their delays; both step legal ones only, the same.
func TestClean(t *testing.T) {
	for seed := range uint64(20) {
		r := NewRand(seed)
		guesses := NewRand(seed + 1000)
		var sessions [2]*Session[shootingRange, order]
		for seat := range sessions {
			config := rangeConfig(seat)
			config.DelayFrames = int(r.Below(4))
			if seed%2 == 0 {
				config.Predict = func(order) order { return wildOrder(&guesses) }
			}
			sessions[seat] = mustNew(t, config)
		}
		for range 300 {
			for seat, s := range sessions {
				if r.OneIn(20) {
					s.SetDelay(int(r.Below(6)))
				}
				s.Tick(wildOrder(&r))
				other := sessions[1-seat]
				for r.OneIn(2) && other.Held(seat) < s.LocalThrough() {
					f := other.Held(seat) + 1
					packed, _ := s.AppendInput(nil, seat, f)
					if err := other.ConfirmPacked(seat, f, packed); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		sums, compared := map[Frame]Checksum{}, 0
		for _, s := range sessions {
			if world, _ := s.ConfirmedWorld(); world.Bad > 0 || s.World().Bad > 0 || s.Stats().Rollbacks == 0 {
				t.Fatalf("seed %d: %+v, %+v", seed, world, s.Stats())
			}
			for _, sum := range s.AppendChecksums(nil) {
				if other, ok := sums[sum.Frame]; ok && other != sum {
					t.Fatalf("seed %d: %+v and %+v", seed, other, sum)
				} else if ok {
					compared++
				}
				sums[sum.Frame] = sum
			}
		}
		if compared < 50 {
			t.Fatalf("seed %d: %d worlds were compared", seed, compared)
		}
	}
}

// TestCleanTakesAnyBytes: what another machine sends is cleaned like what it could
// have sent; the bytes that a game is told are the legal ones.
func TestCleanTakesAnyBytes(t *testing.T) {
	s := mustNew(t, rangeConfig(0))
	for f, sent := range [][]byte{
		{0, 0, 0, 0, 0}, {255, 255, 255, 255, 255}, {4, 0, 0, 0xc0, 0x7f}, {2, 0, 0, 0x80, 0xff}, {2, 0, 0, 0, 0x3f},
	} {
		if err := s.ConfirmPacked(1, Frame(f), sent); err != nil {
			t.Fatal(err)
		}
		s.Tick(order{})
		known, _ := s.AppendInput(nil, 1, Frame(f))
		var got order
		s.input.decode(unsafe.Pointer(&got), known)
		if want := []order{{1, 0}, {3, 0}, {3, 0}, {2, 0}, {2, 0.5}}[f]; got != want {
			t.Errorf("%x is %+v, want %+v", sent, got, want)
		}
	}
}
