// Package rollback is as much of the engine as games need to be looked at.
package rollback

type Inputs[I any] struct{ seats []I }

func (in Inputs[I]) At(seat int) I { return in.seats[seat] }

type Config[S, I any] struct {
	Start          S
	Step           func(*S, Inputs[I])
	Bot            func(*S, int) I
	Clean, Predict func(I) I
	Copy           func(dst, src *S)
	Append         func([]byte, *S) []byte
	Decode         func(*S, []byte) error
}

type Rand struct{ state uint64 }

func (r *Rand) Uint32() uint32 { r.state++; return uint32(r.state) }

func (r *Rand) Uint64() uint64 { return uint64(r.Uint32())<<32 | uint64(r.Uint32()) }
