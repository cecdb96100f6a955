package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// How far apart the seals are that a log has of each player (package seals). Each is a hundred bytes
// that cannot be packed, and covers all that was before it.
const (
	attestedFrames = 12 * records.LinkFrames // some five seconds, for those who watch
	recordedFrames = 10 * attestedFrames     // likewise in a recording, which is looked at later
)

// lastAfter is how far a log is beyond a player's newest seal when that is told, as there may be no
// other: he is gone, or only two are left, of whom nobody seals. Whoever reads the log remembers no
// more than 8 links of what a seal covers (package seals).
const lastAfter = 6 * records.LinkFrames

// attester sees to it that a log tells by what the players stand: of each the seal through every
// so-many-th frame, as soon as it is there, his newest at the end and where no other follows, and if
// the log does not have his stream from its beginning the first that covers something of it.
type attester struct {
	apart  rollback.Frame                   // attestedFrames or recordedFrames
	first  rollback.Frame                   // of the log
	told   [wire.MaxMachines]rollback.Frame // by machine: one more than the frame through which that is told
	looked rollback.Frame                   // that was the log's next when there was nothing to tell
	block  matchlog.Signed                  // memory for the newest
}

// next is one that is to be told of a log with all frames before one, nil if there is none now. It
// is valid until the next. last: no more frames come.
func (a *attester) next(who *presence, before rollback.Frame, last bool) *matchlog.Signed {
	if before < a.looked+records.LinkFrames/2 && !last {
		return nil // membership keeps them for longer
	}
	for machine, s := range who.streams {
		if s == nil {
			continue
		}
		kept := who.member.KeptSeals(uint8(machine))
		for i := len(kept) - 1; i >= 0 && kept[i].Through >= max(a.first, a.told[machine]); i-- {
			begins := a.told[machine] == 0 && s.From() < a.first
			ceases := i == len(kept)-1 && before-kept[i].Through >= lastAfter
			if m := &kept[i]; m.Through < before && (last || begins || ceases || (m.Through+1)%a.apart == 0) {
				a.told[machine] = m.Through + 1
				said := membership.AppendMessage(a.block.Bytes[:0], m)
				a.block.Total, a.block.Bytes = len(said), said
				return &a.block
			}
		}
	}
	a.looked = before
	return nil
}
