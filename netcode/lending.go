package netcode

import (
	"encoding/binary"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

const maxReelTimes = 2 // that one member is sent the whole of a file

// lending is whom this machine sends the file. Owner: the screening.
type lending struct {
	screening *Screening
	to        [wire.MaxMachines]loan
}

// loan is what one member is sent, and has.
type loan struct {
	visit   uint32
	conn    *mesh.Conn // nil: nothing more
	at      int
	through int // it was asked for
	bytes   int // in all
	has     wire.ReelHave
}

// loanTo is what a member is sent, who may have gone and come again.
func (l *lending) loanTo(m *member) *loan {
	to := &l.to[m.Machine]
	if to.visit != m.Visit {
		*to = loan{visit: m.Visit}
	}
	return to
}

// asked: a member wants the file.
func (l *lending) asked(c *mesh.Conn, m *wire.ReelAsk) {
	s := l.screening
	who := s.room.members[c.Machine()]
	if who == nil || m.Name != s.reel.Name {
		return
	}
	to := l.loanTo(who)
	if to.conn != c || int(m.From) < to.at {
		to.conn, to.at = c, int(m.From)
	}
	to.through = int(m.Through)
}

// had: a member says how much of the file he has.
func (l *lending) had(c *mesh.Conn, m *wire.ReelHave) {
	s := l.screening
	if who := s.room.members[c.Machine()]; who != nil && m.Name == s.reel.Name {
		l.loanTo(who).has = *m
	}
}

// Has reports whether a member has the recording, and a Lobby.SetTakeover: it gets a seat in
// Lobby.StartFromReplay. Only the host knows that of others.
func (s *Screening) Has(machine int) bool {
	switch m := s.room.members.at(machine); {
	case m == nil:
		return false
	case m.Machine == s.room.me:
		return s.file.whole() && s.room.takesOver
	default:
		return s.lending.loanTo(m).has.Plays
	}
}

// GotBy is how many bytes of the recording a member has, as it says itself, Bytes at most; 0 if
// nobody has that number. Only the host knows that of others.
func (s *Screening) GotBy(machine int) int {
	switch m := s.room.members.at(machine); {
	case m == nil:
		return 0
	case m.Machine == s.room.me:
		return min(len(s.file.log), s.Bytes())
	default:
		return min(int(s.lending.loanTo(m).has.Bytes), s.Bytes())
	}
}

// keepUp reports whether all have so many bytes who have what was before.
func (l *lending) keepUp(bytes, before int) bool {
	for _, m := range l.screening.room.members {
		if m == nil || m.Machine == l.screening.room.me {
			continue
		}
		if has := int(l.loanTo(m).has.Bytes); has >= before && has < bytes {
			return false
		}
	}
	return true
}

// step sends what there is room for.
func (l *lending) step() {
	for _, m := range l.screening.room.members {
		if m == nil {
			continue
		}
		if to := l.loanTo(m); to.conn != nil && !to.step(l.screening) {
			to.conn = nil
		}
	}
}

// step reports false if nothing more is sent over this link.
func (to *loan) step(s *Screening) bool {
	has := s.file.checked
	for through := min(to.through, has); to.at < through; {
		n := min(maxReelPiece, through-to.at)
		switch {
		case to.conn.Link.State() == link.Closed, to.bytes+n > maxReelTimes*has:
			return false
		case to.conn.Link.FeedRoom() < reelHeadBytes+n:
			return true
		}
		block := append(make([]byte, 0, link.MaxFeedBytes), feedReel)
		block = append(block, s.reel.Name[:4]...)
		block = binary.BigEndian.AppendUint32(block, uint32(to.at))
		if to.conn.Link.SendFeed(append(block, s.file.log[to.at:to.at+n]...)) != nil {
			return true
		}
		to.at, to.bytes = to.at+n, to.bytes+n
	}
	return true
}
