package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/audience"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
)

// A match is seen later than it is played, and when it is over all that is left of it is sent at
// once. So the next one may begin to come before the end of this one is seen: it waits, and then
// is as far behind its players as this one was. Matches that are much shorter than the host's delay
// wait in a row.

const (
	maxActs      = 8        // matches that are here and not seen to their end; of more the first that waits is left out,
	maxActsBytes = 32 << 20 // as it is where those that have ceased to come are longer together
)

// act is a match for one who watches. Owner: the watching.
type act struct {
	show    *wire.Show
	header  *matchlog.Header
	viewer  *audience.Viewer
	witness witness
	over    bool // nothing more of it comes: the host shows another one
}

// mayBeSeen reports whether there is enough of a match for it to be seen without a pause. ended:
// nothing more comes of any.
func (a *act) mayBeSeen(ended bool) bool {
	n := a.viewer.Untaken()
	return n >= keptSegments || a.over || a.viewer.Over() || ended && n > 0
}

// acts are the matches that are not seen to their end, the one that is seen first. The last is the
// one that the host shows. Owner: the watching.
type acts struct {
	all     []*act
	skipped int // that were left out, since this machine watches
}

// begins adds the match that the host shows from now on.
func (a *acts) begins(next *act) {
	if n := len(a.all); n > 0 {
		a.all[n-1].over = true
		a.all[n-1].viewer.Retire()
	}
	for a.all = append(a.all, next); len(a.all) > 2 && (len(a.all) > maxActs || a.bytes() > maxActsBytes); {
		a.all = append(a.all[:1], a.all[2:]...)
		a.skipped++
	}
}

// bytes is how long those are together that are over.
func (a *acts) bytes() (n int) {
	for _, one := range a.all {
		if one.over {
			n += one.viewer.UntakenBytes()
		}
	}
	return n
}

// waiting is how many wait until the one that is seen is over.
func (a *acts) waiting() int { return max(0, len(a.all)-1) }

// untaken is how many segments those have that wait.
func (a *acts) untaken() (n int) {
	for _, one := range a.all[min(1, len(a.all)):] {
		n += one.viewer.Untaken()
	}
	return n
}

// next goes on to the next.
func (a *acts) next() *act {
	a.all[0] = nil
	a.all = a.all[1:]
	return a.all[0]
}
