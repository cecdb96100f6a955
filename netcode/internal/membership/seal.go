package membership

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// Among strangers everybody seals his own stream every sealFrames, a quarter of a second
// at 60 frames a second: 64 bytes and a few. Records are
// taken before they are sealed, so that play never waits for a seal, but not further
// than unsealedFrames: who does not stand by what he has sent holds everybody up, and is
// judged by that (S2). What a dead member sent and did not seal is still a part of the
// match, since somebody may have confirmed it: a liar who reports more of it than there
// was can make up that much.
//
// Seals come over the links' reliable side, are passed on as they are, and so are what
// shows that somebody is alive whom one does not hear (S1): what others say of whom they
// have heard counts for nothing among strangers.
const (
	sealFrames     = 15
	unsealedFrames = 8 * sealFrames
	sealAgain      = 500 * time.Millisecond // if there is no new link: as a sign of life
	keptSeals      = 8                      // of each member: two seconds of them
)

// seals are what a peer knows of a member's.
type seals struct {
	base   rollback.Frame // through which the stream is sealed
	beat   uint32         // of the newest seal
	early  []*Seal        // that cover records which are still to come
	kept   []*Seal        // with what they were made for, oldest first
	saidAt time.Duration  // this peer's own: when it last sealed
}

// seal seals this peer's own stream as far as it goes.
func (p *Peer) seal() {
	s := &p.seals[p.me]
	s.beat++
	s.saidAt = p.advanced
	m := &Seal{Stream: p.own, Through: p.set.Held(p.own), Beat: s.beat}
	m.Digest, _ = p.set.DigestThrough(p.own, m.Through)
	p.sign(m)
	s.keep(m)
	p.send(p.links, m.short())
}

// short is a seal as it is sent to those who have what it covers.
func (m *Seal) short() *Seal {
	plain := *m
	plain.Digest = records.Digest{}
	return &plain
}

// sealDue reports whether a frame is one that its author seals his stream through.
func sealDue(f rollback.Frame) bool { return (f+1)%sealFrames == 0 }

// keep keeps the newest seals that are of frames for that.
func (s *seals) keep(m *Seal) {
	if !sealDue(m.Through) || len(s.kept) > 0 && s.kept[len(s.kept)-1].Through >= m.Through {
		return
	}
	if s.kept = append(s.kept, m); len(s.kept) > keptSeals {
		s.kept = append(s.kept[:0], s.kept[1:]...)
	}
}

// mayTake reports whether a stream is sealed far enough for a record of a frame.
func (p *Peer) mayTake(id records.StreamID, f rollback.Frame) bool {
	return !p.strangers() || int(f-p.seals[id.Machine].base) <= unsealedFrames
}

// takeSeal takes a seal: at once if what it covers is here, or else later.
func (p *Peer) takeSeal(now time.Duration, from uint8, m *Seal) {
	id, in := p.view.Stream(m.author())
	if !in || id != m.Stream || m.author() == p.me {
		return
	}
	s := &p.seals[m.author()]
	switch {
	case m.Digest != records.Digest{}:
		p.compareSeal(m)
	case m.Beat <= s.beat:
	case m.Through <= p.set.Held(id):
		p.openSeal(now, from, m)
	case len(s.early) < 2*keptSeals && sealDue(m.Through):
		s.early = append(s.early, m)
	}
}

// openSeal looks whether a seal is of what is here. One that is not is of other records,
// or nobody's: others are shown by what seals this peer goes.
func (p *Peer) openSeal(now time.Duration, from uint8, m *Seal) {
	word := *m
	var ok bool
	if word.Digest, ok = p.set.DigestThrough(m.Stream, m.Through); !ok {
		return
	}
	s := &p.seals[m.author()]
	if !p.signedBy(&word) {
		p.showSeals(One(m.author()))
		return
	}
	s.beat, s.base = m.Beat, max(s.base, m.Through)
	s.keep(&word)
	for _, x := range p.inst.messages {
		if bye, ok := x.message.(*Bye); ok && contradict(bye, &word) {
			p.convict(&Proof{[]Message{bye, &word}})
		}
	}
	w := &p.watches[m.author()]
	w.beatAt, w.closed = now, false
	p.relay(from, m.author(), m)
}

// openSeals opens seals that came before what they cover, and has this peer's own not be
// missed for long.
func (p *Peer) openSeals(now time.Duration) {
	for x := range p.view.Machines().All {
		s := &p.seals[x]
		for len(s.early) > 0 && s.early[0].Through <= p.set.Held(s.early[0].Stream) {
			m := s.early[0]
			s.early = append(s.early[:0], s.early[1:]...)
			p.openSeal(now, x, m)
		}
	}
	if p.status == Member && now-p.seals[p.me].saidAt >= sealAgain {
		if p.seal(); p.lacksSeals() {
			p.send(p.links, &ViewAsk{p.view.Number}) // whoever has them tells them
		}
	}
}

// lacksSeals reports whether records of somebody are held far beyond what is sealed: he
// may have sealed them to others only.
func (p *Peer) lacksSeals() bool {
	for _, id := range p.view.Members {
		if id != p.own && int(p.set.Held(id)-p.seals[id.Machine].base) > unsealedFrames/2 {
			return true
		}
	}
	return false
}

// beginSeals begins to note the seals of a stream that is new here.
func (p *Peer) beginSeals(id records.StreamID) {
	p.seals[id.Machine] = seals{base: p.set.Held(id)}
}

// tellSeals tells a machine on a new link what it may have missed.
func (p *Peer) tellSeals(to uint8) {
	for x := range p.view.Machines().All {
		for _, m := range p.seals[x].kept {
			p.send(One(to), m.short())
		}
	}
}

// Compare has the members show each other by what seals they go. It is to be called when
// their worlds differ, before anybody is suspected for that: whoever has sealed two
// contents of one frame is found (H13).
func (p *Peer) Compare() {
	if p.strangers() {
		p.showSeals(p.view.Machines())
	}
}

func (p *Peer) showSeals(of Machines) {
	for x := range of.All {
		for _, m := range p.seals[x].kept {
			p.send(p.links, m)
		}
	}
}

// compareSeal looks whether the author of a seal that somebody shows has sealed something
// else here (H9i). Who holds what its author has sealed to nobody has been sent two
// contents, and takes up the match anew (X5).
func (p *Peer) compareSeal(m *Seal) {
	s := &p.seals[m.author()]
	for _, own := range s.kept {
		if contradict(own, m) {
			p.convict(&Proof{[]Message{own, m}})
			return
		}
	}
	if d, ok := p.set.DigestThrough(m.Stream, m.Through); ok && d != m.Digest && s.base < m.Through && p.status == Member {
		p.stop(Conflict{"records that their author has not sealed", m.Stream, m.Through})
	}
}
