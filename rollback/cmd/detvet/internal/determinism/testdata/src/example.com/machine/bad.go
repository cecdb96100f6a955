package machine // want package:"functions"

import (
	"net"
	"os"
	"runtime"

	"github.com/visavis-netcode/visavis/rollback"
)

type World struct{ X int32 }

func (w *World) Step(rollback.Inputs[uint8]) {
	w.X = int32(os.Getpid())                       // want `uses os.Getpid: machines differ in that`
	if _, err := net.LookupHost("x"); err != nil { // want `uses net.LookupHost`
		w.X += int32(runtime.NumCPU()) // want `uses runtime.NumCPU`
	}
}
