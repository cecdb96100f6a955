package membership

import (
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// Among strangers everybody seals his own stream every sealFrames, 2.5 times a second at 60
// frames a second: 64 bytes and a few. Records are
// taken before they are sealed, so that play never waits for a seal, but not further
// than unsealedFrames: who does not stand by what he has sent holds everybody up, and is
// judged by that (S2). What a dead member sent and did not seal is still a part of the
// match, since somebody may have confirmed it: a liar who reports more of it than there
// was can make up that much.
//
// Of two nobody seals: what one of them has signed proves nothing to the other that he has
// not seen, and there is no third to be told something else. As soon as a third comes in,
// what each holds by then stands for sealed, and what comes of before the third's own first
// frame; and everybody begins.
//
// A seal may be lost: the next one covers what it did. Seals are passed on as they are, and
// so are what shows that somebody is alive whom one does not hear (S1): what others say of
// whom they have heard counts for nothing among strangers.
const (
	sealFrames     = records.LinkFrames // whose digest is at hand
	unsealedFrames = 8 * sealFrames
	sealAgain      = 500 * time.Millisecond // if there is no new link: as a sign of life
	showAgain      = 500 * time.Millisecond // what a member has sealed, if somebody says something else
	keptSeals      = 8                      // of each member: three seconds of them
	earlySeals     = keptSeals              // of each member, from each machine, wait for what they cover
)

// seals are what a peer knows of a member's.
type seals struct {
	base    rollback.Frame // through which the stream is sealed
	beat    uint32         // of the newest seal
	early   []earlySeal    // that cover records which are still to come
	kept    []Seal         // with what they were made for, oldest first
	saidAt  time.Duration  // this peer's own: when it last sealed,
	pending bool           // and one is being signed,
	again   bool           // which does not cover the last that there will be
	shownAt time.Duration  // when the others were last shown them
}

// earlySeal is one that waits for what it covers, and from whom it came.
type earlySeal struct {
	from uint8
	Seal
}

// SealTo is a seal to be sent, as a rule with the next datagram: it may be lost.
type SealTo struct {
	To   Machines
	Seal Seal
}

// AppendSeals appends the seals that are to be sent, and forgets them. Those that nobody has
// asked for so are among the messages of Outbox.
func (p *Peer) AppendSeals(dst []SealTo) []SealTo {
	dst = append(dst, p.sealsOut...)
	p.sealsOut = p.sealsOut[:0]
	return dst
}

// sealing reports whether the members seal what they record.
func (p *Peer) sealing() bool { return p.strangers() && p.view.machines.Len() > 2 }

// seal seals this peer's own stream as far as it goes.
func (p *Peer) seal() {
	s := &p.seals[p.me]
	if s.pending {
		s.again = p.leaving.asked // else the next one covers more
		return
	}
	s.beat++
	s.saidAt, s.pending = p.advanced, true
	c := p.chore(toSeal, p.me)
	c.seal = Seal{Stream: p.own, Through: p.set.Held(p.own), Beat: s.beat}
	c.seal.Digest, _ = p.set.DigestThrough(p.own, c.seal.Through)
	c.body = appendSeal(c.body[:0], &c.seal)
	p.begins(p.advanced, c)
}

// sealed tells the others a seal that is signed.
func (p *Peer) sealed(m *Seal) {
	s := &p.seals[p.me]
	again := s.again
	if s.pending, s.again = false, false; m.Stream != p.own {
		return
	}
	s.keep(m)
	if p.tellSeal(p.links, m); again {
		p.seal()
	}
}

// tellSeal tells a seal to those who have what it covers.
func (p *Peer) tellSeal(to Machines, m *Seal) {
	if to &= p.links; to != 0 {
		p.sealsOut = append(p.sealsOut, SealTo{to, *m})
		p.sealsOut[len(p.sealsOut)-1].Seal.Digest = records.Digest{}
	}
}

// sealDue reports whether a frame is one that its author seals his stream through.
func sealDue(f rollback.Frame) bool { return (f+1)%sealFrames == 0 }

// keep keeps the newest seals that are of frames for that.
func (s *seals) keep(m *Seal) {
	if !sealDue(m.Through) || len(s.kept) > 0 && s.kept[len(s.kept)-1].Through >= m.Through {
		return
	}
	if len(s.kept) == keptSeals {
		s.kept = s.kept[:copy(s.kept, s.kept[1:])]
	}
	s.kept = append(s.kept, *m)
}

// mayTake reports whether a stream is sealed far enough for a record of a frame.
func (p *Peer) mayTake(id records.StreamID, f rollback.Frame) bool {
	return !p.sealing() || int(f-p.seals[id.Machine].base) <= unsealedFrames
}

// TakeSeal takes a seal that came over the link to a machine.
func (p *Peer) TakeSeal(now time.Duration, from uint8, m *Seal) {
	if from < MaxMachines && from != p.me && m.Digest == (records.Digest{}) && p.strangers() && p.status != Stopped && p.status != Out {
		p.takeSeal(now, from, m)
	}
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
	case sealDue(m.Through) && s.earlyFrom(from) < earlySeals:
		s.early = append(s.early, earlySeal{from, *m})
	}
}

// earlyFrom is how many seals from a machine wait. Nobody has looked at them yet, so whoever
// makes some up takes no room but his own.
func (s *seals) earlyFrom(from uint8) (n int) {
	for i := range s.early {
		if s.early[i].from == from {
			n++
		}
	}
	return n
}

// nextEarly takes out the first seal that waits no more, as its stream is held through a frame.
func (s *seals) nextEarly(held rollback.Frame) (m earlySeal, ok bool) {
	for i := range s.early {
		if s.early[i].Through <= held {
			m = s.early[i]
			s.early = slices.Delete(s.early, i, i+1)
			return m, true
		}
	}
	return m, false
}

// openSeal looks whether a seal is of what is here.
func (p *Peer) openSeal(now time.Duration, from uint8, m *Seal) {
	digest, ok := p.set.DigestThrough(m.Stream, m.Through)
	if !ok {
		return
	}
	if c := p.chore(toOpen, from); c != nil {
		c.seal = *m
		c.seal.Digest = digest
		c.body = appendSeal(c.body[:0], &c.seal)
		p.begins(now, c)
	}
}

// opened takes a seal that was looked at. One that is not of what is here is of other
// records, or nobody's: others are shown by what seals this peer goes.
func (p *Peer) opened(now time.Duration, from uint8, m *Seal, genuine bool) {
	s := &p.seals[m.author()]
	if id, in := p.view.Stream(m.author()); !in || id != m.Stream || m.Beat <= s.beat {
		return
	}
	if !genuine {
		if now-s.shownAt >= showAgain {
			s.shownAt = now
			p.showSeals(One(m.author()))
		}
		return
	}
	s.beat, s.base = m.Beat, max(s.base, m.Through)
	s.keep(m)
	for _, x := range p.inst.messages {
		if bye, ok := x.message.(*Bye); ok && bye.author() == m.author() && m.Through > bye.Last {
			word := *m
			p.convict(&Proof{[]Message{bye, &word}})
		}
	}
	w := &p.watches[m.author()]
	if w.beatAt = now; from != m.author() { // its own may be of before its end
		w.closed = false
	}
	p.tellSeal(p.unhearing(from, m.author()), m)
}

// openSeals opens seals that came before what they cover, and has this peer's own not be
// missed for long.
func (p *Peer) openSeals(now time.Duration) {
	for _, id := range p.view.Members {
		s := &p.seals[id.Machine]
		for m, ok := s.nextEarly(p.set.Held(id)); ok; m, ok = s.nextEarly(p.set.Held(id)) {
			p.openSeal(now, m.from, &m.Seal)
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

// countAsSealed goes by what is held of members' streams, and by what comes of them through a
// frame, as if it were sealed: nobody has sealed while there were two, and whoever comes in
// may be so far behind that no seal covers what it needs next.
func (p *Peer) countAsSealed(through rollback.Frame) {
	for _, id := range p.view.Members {
		s := &p.seals[id.Machine]
		s.base = max(s.base, through, p.set.Held(id))
	}
}

// tellSeals tells a machine on a new link what it may have missed.
func (p *Peer) tellSeals(to uint8) {
	for x := range p.view.Machines().All {
		for i := range p.seals[x].kept {
			m := p.seals[x].kept[i]
			m.Digest = records.Digest{}
			p.send(One(to), &m)
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
			p.send(p.links, &m)
		}
	}
}

// compareSeal looks whether the author of a seal that somebody shows has sealed something
// else here (H9i). Who holds what its author has sealed to nobody has been sent two
// contents, and takes up the match anew (X5).
func (p *Peer) compareSeal(m *Seal) {
	s := &p.seals[m.author()]
	for _, own := range s.kept {
		if contradict(&own, m) {
			p.convict(&Proof{[]Message{&own, m}})
			return
		}
	}
	if d, ok := p.set.DigestThrough(m.Stream, m.Through); ok && d != m.Digest && s.base < m.Through && p.status == Member && p.view.machines.Len() > 2 {
		p.stop(Conflict{"records that their author has not sealed", m.Stream, m.Through})
	}
}
