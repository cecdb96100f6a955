package machine

import (
	"io"
	"math/bits"
	"strconv"
	"strings"

	"github.com/visavis-netcode/visavis/rollback"
)

func (w *World) sound(rollback.Inputs[uint8]) {
	w.X = int32(bits.Len(3) + len(strconv.Itoa(5)) + strings.Index("a", "b"))
	if io.EOF != nil {
		w.X++
	}
}
