package netcode

import (
	"slices"

	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/rollback"
)

// What is shown of a match is signed with what all its players know: so one of them, or whom he
// has told it, could show others a match that nobody has played. What nobody can alter is the
// host's own word. Every two seconds or so it says to each who watches, over the link to him,
// what the world is before a frame that it has shown. Who finds that he has seen another one
// believes nobody who has fed him, and begins anew with others.

const (
	maxWords    = 32 // of the host, that wait until the frame is there
	maxSeen     = 32 // worlds that were compared last: of those the host may speak later
	maxDeceived = 3  // times that one begins anew for that: then it is this computer that is not to be trusted
)

// witness is the host's word, to one who watches, and what it is compared with. Owner: the
// act.
type witness struct {
	words []audience.Sum // by ascending frame
	seen  []seenWorld
}

// seenWorld is a world before a frame, as it is computed here and as it was shown.
type seenWorld struct {
	frame        rollback.Frame
	world, shown uint64
}

// attests takes the host's word.
func (w *watching) attests(c *mesh.Conn, word *audience.Sum) {
	witness := &w.acts.all[len(w.acts.all)-1].witness
	if n := len(witness.words); c == w.host && n < maxWords && (n == 0 || witness.words[n-1].Frame < word.Frame) {
		witness.words = append(witness.words, *word)
	}
}

// saw notes a world that was compared with what was shown.
func (w *witness) saw(f rollback.Frame, world, shown uint64) {
	if len(w.seen) == maxSeen {
		w.seen = append(w.seen[:0], w.seen[1:]...)
	}
	w.seen = append(w.seen, seenWorld{f, world, shown})
}

// denies reports whether the host says that a world was another one than here: of those that
// were compared, or of the one before frame f. forged says that what was shown is to blame for
// that, not this computer.
func (w *witness) denies(f rollback.Frame, world func() uint64) (denied, forged bool) {
	for len(w.words) > 0 && rollback.Frame(w.words[0].Frame) <= f {
		word := w.words[0]
		w.words = append(w.words[:0], w.words[1:]...)
		at := rollback.Frame(word.Frame)
		i := slices.IndexFunc(w.seen, func(s seenWorld) bool { return s.frame == at })
		switch {
		case i >= 0 && w.seen[i].world != word.World:
			denied, forged = true, w.seen[i].shown != word.World
		case i < 0 && at == f && world() != word.World:
			denied, forged = true, true
		}
	}
	return denied, forged
}

// heed compares what is seen with the host's word, and reports whether it goes on.
func (w *Watcher[S, I]) heed(f rollback.Frame) bool {
	denied, forged := w.act.witness.denies(f, func() uint64 { return w.session.Hash(w.session.World()) })
	if !denied || w.status.Deceived == maxDeceived {
		return true
	}
	if forged {
		w.status.Differs = rollback.NoFrame // it was not this computer
	}
	w.deceived()
	return false
}

// heedEnd compares the end of the match with that, which the host may have seen go on.
func (w *Watcher[S, I]) heedEnd() {
	if w.act == nil {
		return
	}
	words := w.act.witness.words
	if w.result != nil && w.session != nil && w.status.Deceived < maxDeceived &&
		len(words) > 0 && rollback.Frame(words[len(words)-1].Frame) > w.session.Current() {
		w.deceived()
	}
}

// deceived begins anew.
func (w *Watcher[S, I]) deceived() {
	w.items, w.result, w.status.Waiting, w.status.Over = nil, nil, true, false
	w.status.Deceived++
	w.status.Signed = rollback.NoFrame
	w.clear()
	w.act.witness = witness{}
	w.act.viewer.Distrust(w.room.now(), w.room.watching.hostID) // of one that is over nothing more comes
}
