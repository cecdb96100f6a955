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

// introduce reports whether a log has to be told whose stream it is, and puts that into the
// introducer's newcomer. What members are called now is what they were called then, but for
// who has left since: that needs no name any more.
func (p *play) introduce(i *introducer, id records.StreamID) bool {
	if !i.lacks(id) {
		return false
	}
	m := p.room.members[id.Machine]
	if s := p.streams[id.Machine]; m == nil || s == nil || s.ID() != id {
		return false
	}
	b := &i.newcomer
	b.Stream, b.Key, b.Players = id, [32]byte(m.Key), b.Players[:0]
	for _, player := range m.shown {
		b.Players = append(b.Players, matchlog.Newcome{Name: player.Name, Own: player.Own})
	}
	return true
}
