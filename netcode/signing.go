package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// signing is how a match has what its members say signed and looked at. Owner: the play.
type signing struct {
	who    *presence
	over   bool // the match is: nothing is to be done any more
	keys   *keyring
	undone []*membership.Chore // that the notary has not taken yet
	seals  []membership.SealTo // that are being handed to the peers
	news   bool                // something was done since it was looked at
}

// maxPeerSeals is how many seals wait for a peer's datagrams, one of which takes one. When
// full the oldest goes: the next one of its author covers the same.
const maxPeerSeals = 4

// refreshKeys notes by which keys the members sign. A member's does not change as long as he
// is one, whatever a host says. What is proven of one who had his number before is not his.
func (s *signing) refreshKeys() {
	keys := s.keys.keys
	members := s.who.member.View().Machines()
	for i, m := range s.who.room.members {
		if m == nil || m.Key == keys[i] || keys[i] != (link.Key{}) && members.Has(uint8(i)) {
			continue
		}
		if keys[i] != (link.Key{}) {
			s.who.member.Acquit(uint8(i))
		}
		keys[i] = m.Key
	}
	if keys != s.keys.keys {
		s.keys = s.keys.with(&keys)
	}
}

// handChores gives the notary what is to be signed and looked at.
func (s *signing) handChores() {
	n := s.who.room.notary
	if list := s.who.member.Chores(); len(list) > 0 {
		s.undone = append(s.undone, list...)
	}
	if len(s.undone) == 0 {
		return
	}
	s.refreshKeys()
	taken := 0
	for taken < len(s.undone) && n.takes() {
		n.ask(deed{s, s.undone[taken], s.keys})
		taken++
	}
	s.undone = s.undone[:copy(s.undone, s.undone[taken:])]
}

// takeChores takes what the notary has done.
func (v *venue) takeChores(now time.Duration) {
	if v.notary.idle() {
		return
	}
	for d, ok := v.notary.next(); ok; d, ok = v.notary.next() {
		if s := d.signing; !s.over {
			s.who.done(now, d.chore)
			s.news = true
		}
	}
}

// take takes what is signed and looked at since, and reports whether anything is.
func (s *signing) take(now time.Duration) (news bool) {
	s.who.room.takeChores(now)
	news, s.news = s.news, false
	return news
}

// signAll waits until everything is signed that this machine has to say: it leaves.
func (s *signing) signAll(now time.Duration) {
	for {
		s.handChores()
		if s.who.room.notary.idle() {
			return
		}
		s.who.room.notary.wait()
		s.who.room.takeChores(now)
	}
}

// handSeals lays seals ready for the datagrams of those whom they go to.
func (s *signing) handSeals() {
	s.seals = s.who.member.AppendSeals(s.seals[:0])
	for i := range s.seals {
		for machine := range s.seals[i].To.All {
			if q := s.who.byID[machine]; q != nil {
				q.layReady(&s.seals[i].Seal)
			}
		}
	}
}

func (q *peer) layReady(m *membership.Seal) {
	if len(q.seals) == maxPeerSeals {
		q.seals = q.seals[:copy(q.seals, q.seals[1:])]
	}
	q.seals = append(q.seals, wire.Seal{ID: m.Stream, Through: int32(m.Through), Beat: m.Beat, Signature: m.Signature})
}

// takeSeal puts the oldest seal that waits for a peer into its datagram.
func (q *peer) takeSeal(d *wire.Data) {
	if d.HasSeal = len(q.seals) > 0; d.HasSeal {
		d.Seal = q.seals[0]
		q.seals = q.seals[:copy(q.seals, q.seals[1:])]
	}
}
