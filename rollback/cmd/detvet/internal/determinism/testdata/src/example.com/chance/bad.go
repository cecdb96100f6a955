package chance // want package:"functions"

import (
	crand "crypto/rand"
	"hash/maphash"
	"math/rand"
	randv2 "math/rand/v2"

	"github.com/visavis-netcode/visavis/rollback"
)

type in = rollback.Inputs[uint8]

type World struct {
	X    int32
	Rand rollback.Rand
}

func (w *World) Step(in) {
	w.X = rand.Int31()                             // want `uses math/rand.Int31: chance is a rollback.Rand inside the world`
	w.X += int32(randv2.IntN(6))                   // want `uses math/rand/v2.IntN`
	w.X += randv2.New(randv2.NewPCG(1, 2)).Int32() // want `uses math/rand/v2.NewPCG` `uses math/rand/v2.New:`
	var b [1]byte
	crand.Read(b[:])                                      // want `uses crypto/rand.Read`
	w.X += int32(maphash.Bytes(maphash.MakeSeed(), b[:])) // want `uses hash/maphash.Bytes` `uses hash/maphash.MakeSeed`
}
