package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/matchlog"
	"github.com/visavis-netcode/visavis/rollback"
)

// telling is what a log of a match is made of: that of a recording (recording.go), and that
// which those who watch are shown (showing.go). It changes nothing else. Owner: the play.
type telling struct {
	who    *presence
	deal   *dealing
	worlds toldWorlds

	newcomer matchlog.Newcomer // memory for the newest
}

// toldWorlds is what a log tells of the simulation.
type toldWorlds interface {
	ChecksumAt(f rollback.Frame) (rollback.Checksum, bool)
	LineupAt(f rollback.Frame) (rollback.Lineup, bool)
	CommandsAt(f rollback.Frame) []rollback.Command
	ReadOrigin(o *rollback.Origin, f rollback.Frame) bool
	AppendWorldAt(dst []byte, f rollback.Frame) ([]byte, bool)
}

// frame is who takes part in a settled frame, and what it consists of, valid until the next.
// It reports false if that is no longer known.
func (t *telling) frame(f rollback.Frame) (rollback.Lineup, []matchlog.Record, bool) {
	lineup, known := t.worlds.LineupAt(f)
	if !known {
		return lineup, nil, false
	}
	return lineup, t.deal.logged(f), true
}

// whose says who has come into the match with a stream, valid until the next; nil if that is not
// known. What members are called now is what they were called then, but for who has left since:
// that needs no name any more.
func (t *telling) whose(id records.StreamID) *matchlog.Newcomer {
	m := t.who.room.members[id.Machine]
	if s := t.who.streams[id.Machine]; m == nil || s == nil || s.ID() != id {
		return nil
	}
	b := &t.newcomer
	b.Stream, b.Key, b.Players = id, [32]byte(m.Key), b.Players[:0]
	for _, player := range m.shown {
		b.Players = append(b.Players, matchlog.Newcome{Name: player.Name, Own: player.Own})
	}
	return b
}
