package netcode

import (
	"errors"

	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// maxUnshown is how many checksums wait for AppendChecksums; the newest are kept.
const maxUnshown = 64

// AppendChecksums appends the checksums that the players have compared, as they are here,
// since the last call: for logs and tools. If nobody reads, the newest 64 are kept.
func (w *Watcher[S, I]) AppendChecksums(dst []rollback.Checksum) []rollback.Checksum {
	dst = append(dst, w.sums...)
	w.sums = w.sums[:0]
	return dst
}

// attest looks whether what was stepped is what the players have signed, as far as they have, and
// reports whether it goes on.
func (w *Watcher[S, I]) attest() bool {
	list := w.signed
	w.signed = nil
	for _, b := range list {
		if w.recorder != nil && w.recorder.Recording() {
			w.recorder.Block(b)
		}
		forged, is := errors.AsType[*matchlog.ForgedError](w.seals.Take(b))
		switch {
		case !is || w.status.Forged != nil:
		case w.status.Deceived < maxDeceived && !w.act.over:
			w.deceived()
			return false
		default:
			forged.Name = cleanName(forged.Name)
			w.status.Forged = forged
		}
	}
	w.status.Signed = w.seals.Through()
	return true
}

// compare compares the world before a frame with what the players say that it is.
func (w *Watcher[S, I]) compare(f rollback.Frame) {
	for len(w.checks) > 0 && w.checks[0].Frame <= f {
		c := w.checks[0]
		w.checks = w.checks[1:]
		if c.Frame < f {
			continue
		}
		mine := rollback.Checksum{Frame: f, World: w.session.Hash(w.session.World()), Inputs: c.Inputs}
		if sum, ok := w.session.ChecksumAt(f); ok {
			mine.Inputs = sum.Inputs
		}
		if len(w.sums) == maxUnshown {
			w.sums = append(w.sums[:0], w.sums[1:]...)
		}
		w.sums = append(w.sums, mine)
		w.act.witness.saw(f, mine.World, c.World)
		w.status.judge(f, mine.World == c.World && mine.Inputs == c.Inputs)
		if w.recorder != nil && w.recorder.Recording() {
			w.recorder.Checksum(rollback.Checksum(c))
		}
	}
}

// judge notes whether the world before a frame is the players'.
func (s *WatchStatus) judge(f rollback.Frame, same bool) {
	switch {
	case same:
		s.Verified++
	case s.Differs == rollback.NoFrame:
		s.Differs = f
	}
}
