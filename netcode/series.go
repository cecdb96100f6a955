package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// series are the matches of a lobby, one after the other: the one that runs, who has had
// which number since it began, and this machine's way into it, if it was not there. Owner:
// the room.
type series struct {
	matches uint32                           // started in this lobby, as far as this machine has been in them
	begun   uint32                           // in all, as far as it knows
	running *wire.Start                      // the match that runs, as it began
	places  [wire.MaxMachines]link.Key       // who has had which number since then, as far as this machine knows
	late    *newcomer                        // this machine's way into it
	play    *play                            // the match that runs or ran last
	early   earlyWords                       // on the next one
	begin   func(*wire.Start) (*play, error) // makes a match with the game's types
	resume  resumer
}

// begins makes a play, made of start, the match that runs. The words on it that have come
// before are still to be told it: tellEarly.
func (s *series) begins(start *wire.Start, p *play, members *roster) {
	s.play, s.late = p, nil
	s.running = new(*start)
	s.running.Running = true
	s.places = [wire.MaxMachines]link.Key{}
	for _, m := range members {
		if m != nil {
			s.places[m.Machine] = m.Key
		}
	}
}

// comesLate puts this machine on its way into the match that runs.
func (s *series) comesLate(n *newcomer) {
	s.late, s.matches = n, n.start.Match-1
	s.hasBegun(n.start.Match)
}

// Numbers are a host's word, and outlive it: nobody's makes the next one overflow.
const (
	mostMatches = 1 << 31 // that a lobby has had, as a host may say
	mostSkipped = 1 << 20 // between one and the next
)

// hasBegun notes that so many matches were started, as far as that can be.
func (s *series) hasBegun(matches uint32) {
	if matches < mostMatches || matches-s.begun <= mostSkipped {
		s.begun = max(s.begun, matches)
	}
}

// isNext reports whether a match that is said to begin can be one that comes after all that
// this machine has been in.
func (s *series) isNext(match uint32) bool {
	return match > s.matches && (match < mostMatches || match-max(s.begun, s.matches) <= mostSkipped)
}

// next is the number of the next match, which none has had.
func (s *series) next() uint32 {
	s.hasBegun(s.matches)
	s.hasBegun(s.begun + 1)
	return s.begun
}

// comesNext reports whether a match is the next one that this machine can be in.
func (s *series) comesNext(match uint32) bool {
	return match != 0 && (match == s.matches+1 || s.late == nil && match == max(s.begun, s.matches)+1)
}

// runs notes that a match runs on without this machine, which hosts.
func (s *series) runs(start *wire.Start) { s.running = start }

// staysOut ends the way into the match that runs: it does so no more.
func (s *series) staysOut() { s.matches, s.late, s.running = s.late.start.Match, nil, nil }

// cameIn makes the match that a newcomer has come into this machine's own.
func (s *series) cameIn(n *newcomer) {
	s.late, s.play, s.running = nil, n.play, n.start
	s.matches = n.start.Match
}

// over notes that no match runs any more, and returns how the last one began.
func (s *series) over() (start *wire.Start) {
	start, s.running = s.running, nil
	return start
}

// tellEarly tells a match that has begun here the words on it that came before.
func (s *series) tellEarly() {
	early := s.early
	s.early = nil
	for _, e := range early {
		if q := s.play.byID[max(0, e.conn.Machine())]; q != nil && q.conn == e.conn { // of a member of this match, on the link that is used
			s.play.message(q.machine, e.word)
		}
	}
}

// placeFor is the number that a newcomer gets, the members being those: the one that he
// had, or the lowest that nobody has, and if possible nobody in the match that runs; one too
// high if there is none.
func (s *series) placeFor(key link.Key, members *roster) int {
	free := len(members)
	for i := len(members) - 1; i >= 0; i-- {
		switch {
		case members[i] != nil:
		case s.running != nil && s.places[i] == key:
			return i
		case s.running == nil || s.places[i] == link.Key{} || free == len(members):
			free = i
		}
	}
	return free
}

// letsIn reports whether somebody may come while the match runs.
func (s *series) letsIn(key link.Key, join LateJoin) bool {
	switch join {
	case LateAnybody:
		return true
	case LateOwn:
		for _, place := range s.places {
			if place == key {
				return true
			}
		}
	}
	return false
}

// players is the set of the machines that play in the newest match, a bit for each.
func (s *series) players() (set uint16) {
	for i, q := range s.play.byID {
		if q != nil && s.play.isMember(q) {
			set |= 1 << i
		}
	}
	return set
}

// understudies are the machines that are ready to feed whom the host feeds with the match
// that runs, a bit for each.
func (s *series) understudies(members *roster, host, me uint8) (set uint16) {
	found := 0
	for i, m := range members {
		machine := uint8(i)
		if m == nil || machine == host || machine != me && !s.play.takesPart(machine) {
			continue
		}
		set |= 1 << i
		if found++; found == maxUnderstudies {
			break
		}
	}
	return set
}

// Coming reports how far this machine is on its way into the match that runs in the lobby
// without it: for a screen that waits for that. ok is false if it is not on such a way:
// there is no such match, it may not come in (Config.LateJoin), or it is in.
func (s *series) Coming() (c Coming, ok bool) {
	n := s.late
	if n == nil {
		return Coming{}, false
	}
	c = Coming{Bytes: n.got, OfBytes: max(n.all, n.got), Denied: n.past.denied}
	if n.play != nil && n.play.sim.Intake != nil {
		c.Frame = n.play.sim.Current()
	}
	return c, true
}
