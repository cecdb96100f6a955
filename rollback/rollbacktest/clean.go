package rollbacktest

import (
	"bytes"
	"fmt"
	"math"
	"runtime"

	"github.com/visavis-netcode/visavis/rollback"
)

// CleanError says that Config.Clean does not do what an input needs.
type CleanError struct {
	Input  string // that it was given, as %+v prints it
	Reason string
}

func (e *CleanError) Error() string {
	return fmt.Sprintf("rollbacktest: Config.Clean(%s) %s", e.Input, e.Reason)
}

const (
	cleanTries  = 1 << 12 // inputs that are tried; of one or two bytes, all there are
	cleanCounts = 64      // of those, how many are tried for allocations
)

// tryClean calls a game's Clean with inputs of all kinds, as strangers may send them.
func tryClean[I any](clean func(I) I, seed uint64) error {
	var given I
	codec, err := rollback.New(rollback.Config[uint8, I]{
		Seats: 1, Step: func(_ *uint8, in rollback.Inputs[I]) { given = in.At(0) },
	})
	if err != nil {
		return err
	}
	// packed returns an input's canonical bytes: what two machines compare.
	packed := func(in I) []byte {
		f := codec.Current()
		_ = codec.Confirm(0, f, in) // the next frame of the only seat
		b, _ := codec.AppendInput(nil, 0, f)
		codec.Follow(1)
		return b
	}
	chance := rollback.NewRand(seed)
	size, tries := codec.InputBytes(), cleanTries
	if size <= 2 {
		tries = 1 << (8 * size)
	}
	for n := range tries {
		_ = codec.ConfirmPacked(0, codec.Current(), strangersBytes(n, size, &chance))
		codec.Follow(1)
		input := given
		fails := func(format string, args ...any) error {
			return &CleanError{fmt.Sprintf("%+v", input), fmt.Sprintf(format, args...)}
		}
		first, problem := calmly(clean, input)
		if problem != nil {
			return fails("panics: %v", problem)
		}
		legal := packed(first)
		if again, _ := calmly(clean, input); !bytes.Equal(packed(again), legal) {
			return fails("is %+v and, asked again, %+v: it must depend on nothing but its argument", first, again)
		}
		second, problem := calmly(clean, first)
		if problem != nil {
			return fails("is %+v, for which it panics: %v", first, problem)
		}
		if !bytes.Equal(packed(second), legal) {
			return fails("is %+v, and for that it is %+v: a legal input must stay as it is", first, second)
		}
		if n < cleanCounts {
			if count := allocations(clean, input); count > 0 {
				return fails("allocates %d times: it is called in every tick", count)
			}
		}
	}
	return nil
}

// strangersBytes is the nth input that is tried: all there are of one or two bytes;
// of more, bytes of any value, and often those at the ends of a number's range.
func strangersBytes(n, size int, chance *rollback.Rand) []byte {
	b := make([]byte, size)
	for i := range b {
		switch {
		case size <= 2:
			b[i] = byte(n >> (8 * i))
		case n == 0: // the zero input, which a seat has before its first
		case n == 1 || chance.OneIn(4):
			b[i] = 0xff
		case n == 2 || chance.OneIn(4):
			b[i] = 0x7f
		default:
			b[i] = byte(chance.Uint32())
		}
	}
	return b
}

// calmly calls Clean and catches its panic.
func calmly[I any](clean func(I) I, in I) (out I, problem any) {
	defer func() { problem = recover() }()
	return clean(in), nil
}

// allocations is how often one call allocates. Other goroutines do, too: the least of
// several counts is Clean's own.
func allocations[I any](clean func(I) I, in I) uint64 {
	const calls = 100
	least := uint64(math.MaxUint64)
	for range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range calls {
			clean(in)
		}
		runtime.ReadMemStats(&after)
		least = min(least, (after.Mallocs-before.Mallocs)/calls)
	}
	return least
}
