package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
)

// introducer sees to it that a log tells of everybody who has come into the match who it is:
// before his first frame, and again behind each snapshot.
type introducer struct {
	born     [records.MaxMachines]uint32 // by machine, the stream that the log knows; 0: none
	newcomer matchlog.Newcomer           // memory for the newest
}

// anew forgets whom the log knows: a snapshot is told, with which a reader may begin.
func (i *introducer) anew() { clear(i.born[:]) }

// lacks reports whether the log does not know yet whose stream it is, and takes it that it
// is told now. Founders stand in the log's header.
func (i *introducer) lacks(id records.StreamID) bool {
	if i.born[id.Machine] == id.Born {
		return false
	}
	i.born[id.Machine] = id.Born
	return id.Born > 0
}
