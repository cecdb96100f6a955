package fields

import "github.com/visavis-netcode/visavis/rollback"

type plainWorld struct {
	X     int32
	Names []string
	Next  *plainWorld
	Turn  uint8
	_     int
}

// copied may hold anything: its own functions know how.
type copied struct {
	Count int
	Any   any
}

var _ = rollback.Config[plainWorld, uint8]{}

func ownCopy() rollback.Config[copied, uint8] {
	return rollback.Config[copied, uint8]{Copy: func(dst, src *copied) { *dst = *src }}
}

func generic[S any](start S) rollback.Config[S, uint8] {
	return rollback.Config[S, uint8]{Start: start}
}
