package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// introducer tells a log what stands before a frame: who everybody is who has come into the
// match since, again behind each snapshot, and the commands that come into effect. Founders stand
// in the log's header.
type introducer struct {
	born [records.MaxMachines]uint32 // by machine, the stream that the log knows; 0: none
}

// anew forgets whom the log knows: a snapshot is told, with which a reader may begin.
func (i *introducer) anew() { clear(i.born[:]) }

// introduce tells what stands before a frame with such records and commands. Of whom whose
// knows nothing (nil) nothing is told.
func (i *introducer) introduce(f rollback.Frame, content []matchlog.Record, commands []rollback.Command, whose func(records.StreamID) *matchlog.Newcomer, say func(matchlog.Block)) {
	for k := range content {
		id := content[k].Stream
		if id.Born == 0 || i.born[id.Machine] == id.Born {
			continue
		}
		if newcomer := whose(id); newcomer != nil {
			i.born[id.Machine] = id.Born
			say(newcomer)
		}
	}
	for _, c := range commands {
		say(&matchlog.Command{Frame: f, Command: c})
	}
}
