package simtest

import (
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// world leaves a trace of everything that was ever fed to it.
type world struct {
	Frame int32
	Seats int32
	Sum   [rollback.MaxSeats]uint64
	Mixed uint64
	Rand  rollback.Rand
}

func newWorld(s netcode.Setup) world {
	return world{Seats: int32(s.Seats), Rand: rollback.NewRand(s.Seed)}
}

func (w *world) step(in rollback.Inputs[uint32]) {
	for seat, v := range in.All() {
		if !in.Present(seat) {
			v = ^v
		}
		w.Sum[seat] = (w.Sum[seat] ^ uint64(v)) * 0x9E3779B97F4A7C15
		w.Mixed = w.Mixed*31 + w.Sum[seat] + uint64(w.Rand.Uint32())
	}
	w.Frame++
}

// bot is what an absent seat does where the plan has bots.
func bot(w *world, seat int) uint32 { return uint32(w.Mixed>>8) | uint32(seat) }

// log is what a peer's world was fed, frame by frame; what is fed last counts.
type log struct {
	fed    [][]uint32
	absent [][]int // seats that nobody played
	calls  int
}

func (l *log) note(in rollback.Inputs[uint32]) {
	l.calls++
	f := int(in.Frame())
	for len(l.fed) <= f {
		l.fed, l.absent = append(l.fed, nil), append(l.absent, nil)
	}
	l.fed[f], l.absent[f] = l.fed[f][:0], l.absent[f][:0]
	for seat, v := range in.All() {
		l.fed[f] = append(l.fed[f], v)
		if !in.Present(seat) {
			l.absent[f] = append(l.absent[f], seat)
		}
	}
}

// reference is a match without netcode: every frame's inputs, stepped once.
type reference struct {
	hashes []uint64 // of the world before each frame
}

// replay steps the inputs of a log, frames of them.
func replay(setup netcode.Setup, l *log, frames int) (reference, error) {
	hasher, err := rollback.New(rollback.Config[world, uint32]{
		Start: newWorld(setup), Step: (*world).step, Seats: 1,
	})
	if err != nil {
		return reference{}, err
	}
	var r reference
	w := newWorld(setup)
	for f := range frames {
		r.hashes = append(r.hashes, hasher.Hash(&w))
		w.step(rollback.InputsOf(l.fed[f]...).Without(l.absent[f]...))
	}
	r.hashes = append(r.hashes, hasher.Hash(&w))
	return r, nil
}

// input is what a player does in its nth sample: who it is, and a number that
// grows.
func input(seat, n, hold int) uint32 { return uint32(seat+1)<<24 | uint32(n/hold+1) }
