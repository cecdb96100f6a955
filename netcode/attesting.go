package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// attestedFrames is how far apart the seals are that a log has of each player (package seals):
// of what they seal one in twelve, some five seconds. Each is a hundred bytes that cannot be packed.
const attestedFrames = 12 * records.LinkFrames

// attester sees to it that a log tells by what the players stand: of each the seal through every
// attestedFrames-th frame, as soon as it is there, and at the end his newest.
type attester struct {
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
	for machine := range a.told {
		kept := who.member.KeptSeals(uint8(machine))
		for i := len(kept) - 1; i >= 0 && kept[i].Through >= a.told[machine]; i-- {
			if m := &kept[i]; m.Through < before && (last || (m.Through+1)%attestedFrames == 0) {
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
