package rollback_test

import (
	"flag"
	"strconv"
	"testing"

	"github.com/visavis-netcode/visavis/rollback"
	"github.com/visavis-netcode/visavis/rollback/rollbacktest"
)

var update = flag.Bool("update", false, "write testdata/scripts anew")

// tally is the scripts' world: each seat's sum of inputs, and an event when
// somebody plays 9.
type tally struct {
	Sums [4]uint32
}

func (w *tally) Step(in rollback.Inputs[uint8]) {
	for seat, v := range in.All() {
		w.Sums[seat] += uint32(v)
		if v == 9 {
			in.Emit(1, uint32(seat), int64(w.Sums[seat]))
		}
	}
}

// bot plays what its seat has in all, and one more.
func (w *tally) bot(seat int) uint8 { return uint8(w.Sums[seat] + 1) }

// TestScripts plays testdata/scripts; go test -run Scripts -update rewrites
// them, and the difference is for a person to read.
func TestScripts(t *testing.T) {
	rollbacktest.Script[tally, uint8]{
		Config: rollback.Config[tally, uint8]{Step: (*tally).Step, Bot: (*tally).bot, Seats: 2, Local: []int{0}},
		Parse: func(word string) (uint8, error) {
			n, err := strconv.ParseUint(word, 10, 8)
			return uint8(n), err
		},
	}.RunFiles(t, "testdata/scripts/*.txt", *update)
}
