package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// signing is how a match has what its members say signed and looked at. Owner: the play.
type signing struct {
	keys   *keyring
	undone []*membership.Chore // that the notary has not taken yet
	seals  []membership.SealTo // that are being handed to the peers
	heard  membership.Seal     // the one that is being taken
	news   bool                // something was done
}

// maxPeerSeals is how many seals wait for a peer's datagrams, one of which takes one. When
// full the oldest goes: the next one of its author covers the same.
const maxPeerSeals = 4

// refreshKeys notes by which keys the members sign. A member's does not change as long as he
// is one, whatever a host says.
func (p *play) refreshKeys() {
	keys := p.signing.keys.keys
	members := p.member.View().Machines()
	for i, m := range p.room.members {
		if m != nil && (keys[i] == link.Key{} || !members.Has(uint8(i))) {
			keys[i] = m.Key
		}
	}
	if keys != p.signing.keys.keys {
		p.signing.keys = p.signing.keys.with(&keys)
	}
}

// handChores gives the notary what is to be signed and looked at.
func (p *play) handChores() {
	s, n := &p.signing, p.room.notary
	if list := p.member.Chores(); len(list) > 0 {
		s.undone = append(s.undone, list...)
	}
	if len(s.undone) == 0 {
		return
	}
	p.refreshKeys()
	taken := 0
	for taken < len(s.undone) && n.takes() {
		n.ask(deed{p, s.undone[taken], s.keys})
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
		if d.play.phase != finished {
			d.play.stirred = d.play.member.Done(now, d.chore) || d.play.stirred
			d.play.signing.news = true
		}
	}
}

// stepSigning takes what is signed and looked at since, and has the next be done.
func (p *play) stepSigning(now time.Duration) {
	p.room.takeChores(now)
	if p.signing.news {
		p.signing.news = false
		p.followViews(now)
		p.sayMembers()
	}
	p.handChores()
}

// signAll waits until everything is signed that this machine has to say: it leaves.
func (p *play) signAll(now time.Duration) {
	for {
		p.handChores()
		if p.room.notary.idle() {
			return
		}
		p.room.notary.wait()
		p.room.takeChores(now)
	}
}

// handSeals lays seals ready for the datagrams of those whom they go to.
func (p *play) handSeals() {
	s := &p.signing
	s.seals = p.member.AppendSeals(s.seals[:0])
	for i := range s.seals {
		for machine := range s.seals[i].To.All {
			if q := p.byID[machine]; q != nil {
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
