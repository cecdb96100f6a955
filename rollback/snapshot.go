package rollback

import "unsafe"

// historyBytes bounds the memory that keeps worlds older than a rollback
// needs. They are there for the desync report, which names the first frame
// that differs; a world too big for it still has the checksum frames' hashes.
const historyBytes = 1 << 20

// historyFrames is how many worlds are kept if they are small: two and a half
// seconds, more than a checksum's interval and its way to the others.
const historyFrames = 160

// copyBytes is how much is copied at once. The runtime copies a megabyte and more
// past the processor's cache, but the world that was just copied is stepped next.
const copyBytes = 256 << 10

// snapshots is a ring of worlds, oldest overwritten first. The newest one is
// the world that is being played: stepping copies it into the next place and
// steps it there, so that saving is the one copy and loading is none.
type snapshots[S any] struct {
	worlds []S
	frames []Frame // frames[i]: the frame that worlds[i] stands before
	at     int     // index of the world being played
	copy   func(dst, src *S)
}

func newSnapshots[S any](places int, first Frame, start *S, copyWorld func(dst, src *S)) *snapshots[S] {
	r := &snapshots[S]{worlds: make([]S, places), frames: make([]Frame, places), copy: copyWorld}
	for i := range r.frames {
		r.frames[i] = NoFrame
	}
	r.frames[0] = first
	r.assign(&r.worlds[0], start)
	return r
}

func (r *snapshots[S]) assign(dst, src *S) {
	if r.copy == nil && unsafe.Sizeof(*src) <= copyBytes {
		*dst = *src
		return
	}
	r.assignOther(dst, src)
}

// assignOther is assign for worlds that are large or not plain values.
func (r *snapshots[S]) assignOther(dst, src *S) {
	if r.copy != nil {
		r.copy(dst, src)
		return
	}
	copyInParts(unsafe.Slice((*byte)(unsafe.Pointer(dst)), unsafe.Sizeof(*dst)), unsafe.Slice((*byte)(unsafe.Pointer(src)), unsafe.Sizeof(*src)))
}

// copyInParts copies a world that is a plain value in parts of copyBytes.
func copyInParts(dst, src []byte) {
	for len(src) > copyBytes {
		copy(dst[:copyBytes], src)
		dst, src = dst[copyBytes:], src[copyBytes:]
	}
	copy(dst, src)
}

// world returns the world being played.
func (r *snapshots[S]) world() *S { return &r.worlds[r.at] }

// advance returns the world to step from frame f to f+1. If it is to be saved,
// the world before f stays behind.
func (r *snapshots[S]) advance(f Frame, save bool) *S {
	if save {
		from := &r.worlds[r.at]
		r.at++
		if r.at == len(r.worlds) {
			r.at = 0
		}
		r.assign(&r.worlds[r.at], from)
	}
	r.frames[r.at] = f + 1
	return &r.worlds[r.at]
}

// load makes the world before frame f the one being played. Worlds after it
// are forgotten: they were made from wrong guesses.
func (r *snapshots[S]) load(f Frame) bool {
	for range r.frames {
		if r.frames[r.at] == f {
			return true
		}
		r.frames[r.at] = NoFrame
		r.at = r.before(r.at)
	}
	return false
}

// find looks from the newest world backwards.
func (r *snapshots[S]) find(f Frame) (int, bool) {
	i := r.at
	if f == NoFrame {
		return 0, false // which is not a place that is empty
	}
	for range len(r.frames) {
		if r.frames[i] == f {
			return i, true
		}
		if r.frames[i] != NoFrame && r.frames[i] < f {
			break
		}
		i = r.before(i)
	}
	return 0, false
}

func (r *snapshots[S]) before(i int) int {
	if i == 0 {
		return len(r.worlds) - 1
	}
	return i - 1
}
