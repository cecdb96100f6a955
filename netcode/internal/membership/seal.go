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
	base      rollback.Frame // through which the stream is sealed
	newest    Seal           // that was opened; of this peer's own, that was made
	shownBeat uint32         // of the newest that was shown by others, of what is not held here
	early     []earlySeal    // that cover records which are still to come
	kept      []Seal         // with what they were made for, oldest first
	saidAt    time.Duration  // this peer's own: when it last sealed,
	pending   bool           // and one is being signed,
	again     bool           // which does not cover the last that there will be
	denied    Machines       // who have shown a seal of something else than is held here, unsealed
	shownAt   time.Duration  // when the others were last shown them
	toldAt    time.Duration  // since when those were shown the newest
	told      Machines       // who have shown that they go by no newer one
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

// sealBook is what this peer and the others have sealed. Owner of the seals, and of those that
// are to be told.
type sealBook struct {
	*standing
	outbox   *outbox
	said     *instance // whose goodbyes seals are compared with
	guilt    *guilt
	hearing  *hearing
	gossip   *gossip
	seals    [MaxMachines]seals // of members' streams
	sealsOut []SealTo
}

// AppendSeals appends the seals that are to be sent, and forgets them. Those that nobody has
// asked for so are among the messages of Outbox.
func (b *sealBook) AppendSeals(dst []SealTo) []SealTo {
	dst = append(dst, b.sealsOut...)
	b.sealsOut = b.sealsOut[:0]
	return dst
}

// KeptSeals are the newest seals by which a member stands, with their digests, oldest first: at
// most one for each link of the digest's chain (package records). They are for reading, and valid
// until the next call.
func (b *sealBook) KeptSeals(machine uint8) []Seal { return b.seals[machine].kept }

// sealOf is the newest seal by which its author stands for what is held here of a stream, through a
// frame, of those that whoever has the records can look at; nil if there is none. A seal of nothing,
// of one who leaves before he has recorded anything, shows nothing.
func (b *sealBook) sealOf(id records.StreamID, held rollback.Frame) *Seal {
	for _, s := range slices.Backward(b.seals[id.Machine].kept) {
		if s.Stream == id && s.Digest != (records.Digest{}) && (s.Through == held || s.Through < held && (s.Through+1)%records.LinkFrames == 0) {
			return &s
		}
	}
	return nil
}

// seal seals this peer's own stream as far as it goes. last: it ends, now or soon.
func (b *sealBook) seal(last bool) {
	s := &b.seals[b.me]
	if s.pending {
		s.again = last // else the next one covers more
		return
	}
	s.newest = Seal{Stream: b.own, Through: b.set.Held(b.own), Beat: s.newest.Beat + 1}
	s.saidAt, s.pending = b.hearing.advanced, true
	c := b.outbox.chore(toSeal, b.me)
	c.seal = s.newest
	c.seal.Digest, _ = b.set.DigestThrough(b.own, c.seal.Through)
	c.body = appendSeal(c.body[:0], &c.seal)
	if b.outbox.begin(c) {
		b.signed(c)
	}
}

// signed tells the others a seal that is signed.
func (b *sealBook) signed(c *Chore) {
	c.seal.Signature = c.signature
	b.sealed(&c.seal)
	b.outbox.close(c)
}

func (b *sealBook) sealed(m *Seal) {
	s := &b.seals[b.me]
	again := s.again
	if s.pending, s.again = false, false; m.Stream != b.own {
		return
	}
	s.keep(m)
	if b.tellSeal(b.outbox.links, m); again {
		b.seal(true)
	}
}

// tellSeal tells a seal to those who have what it covers.
func (b *sealBook) tellSeal(to Machines, m *Seal) {
	if to &= b.outbox.links; to != 0 {
		b.sealsOut = append(b.sealsOut, SealTo{to, *m})
		b.sealsOut[len(b.sealsOut)-1].Seal.Digest = records.Digest{}
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
func (b *sealBook) mayTake(id records.StreamID, f rollback.Frame) bool {
	return !b.sealing() || int(f-b.seals[id.Machine].base) <= unsealedFrames
}

// TakeSeal takes a seal that came over the link to a machine.
func (b *sealBook) TakeSeal(now time.Duration, from uint8, m *Seal) {
	if from < MaxMachines && from != b.me && m.Digest == (records.Digest{}) && b.strangers() && b.status != Stopped && b.status != Out {
		b.take(now, from, m)
	}
}

// take takes a seal: at once if what it covers is here, or else later. It returns what
// contradicts what is here, if that is this peer's own.
func (b *sealBook) take(now time.Duration, from uint8, m *Seal) *Conflict {
	id, in := b.view.Stream(m.author())
	if !in || id != m.Stream || m.author() == b.me {
		return nil
	}
	s := &b.seals[m.author()]
	switch {
	case m.Digest != records.Digest{}:
		return b.compareSeal(now, from, m)
	case !s.isNews(m):
	case m.Through <= b.set.Held(id):
		b.openSeal(now, from, m)
	case sealDue(m.Through) && s.earlyFrom(from) < earlySeals:
		s.early = append(s.early, earlySeal{from, *m})
	}
	return nil
}

// isNews reports whether a seal covers more than the newest, or says once more that its author
// is alive. It goes by what it covers: a number says nothing that is not to be had for a lie.
func (s *seals) isNews(m *Seal) bool {
	return m.Through > s.newest.Through || m.Through == s.newest.Through && m.Beat > s.newest.Beat
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
func (b *sealBook) openSeal(now time.Duration, from uint8, m *Seal) {
	digest, ok := b.set.DigestThrough(m.Stream, m.Through)
	if !ok {
		return
	}
	if c := b.outbox.chore(toOpen, from); c != nil {
		c.seal = *m
		c.seal.Digest = digest
		c.body = appendSeal(c.body[:0], &c.seal)
		if b.outbox.begin(c) {
			b.looked(now, c)
		}
	}
}

// looked takes a seal that was looked at.
func (b *sealBook) looked(now time.Duration, c *Chore) {
	b.outbox.open(c)
	b.opened(now, c.from, &c.seal, c.genuine)
	b.outbox.close(c)
}

// opened takes what was found of a seal. One that is not of what is here is of other
// records, or nobody's: others are shown by what seals this peer goes.
func (b *sealBook) opened(now time.Duration, from uint8, m *Seal, genuine bool) {
	s := &b.seals[m.author()]
	if id, in := b.view.Stream(m.author()); !in || id != m.Stream || !s.isNews(m) {
		return
	}
	if !genuine {
		if now-s.shownAt >= showAgain {
			s.shownAt = now
			b.showSeals(One(m.author()))
		}
		return
	}
	if contradict(&s.newest, m) {
		before, word := s.newest, *m
		b.guilt.convict(&Proof{[]Message{&before, &word}})
	}
	s.newest, s.base, s.denied = *m, max(s.base, m.Through), 0
	s.keep(m)
	for _, x := range b.said.messages {
		if bye, ok := x.message.(*Bye); ok && bye.author() == m.author() && m.Through > bye.Last {
			word := *m
			b.guilt.convict(&Proof{[]Message{bye, &word}})
		}
	}
	b.hearing.lives(now, m.author(), from != m.author()) // its own may be of before its end
	b.hearing.stands(now, m.author())
	b.passOn(b.gossip.unhearing(b.outbox.links&^One(from)&^One(m.author()), m.author()), m)
}

// passOn tells a seal to those who do not hear its author. In an agreement some may hold his
// stream as it was, and no more of it: then it goes with what it was made for, or they could not
// open it, and would take him for silent whom others hear.
func (b *sealBook) passOn(to Machines, m *Seal) {
	if b.said.opened {
		word := *m
		b.outbox.send(to, &word)
		return
	}
	b.tellSeal(to, m)
}

// openSeals opens seals that came before what they cover, and has this peer's own not be
// missed for long.
func (b *sealBook) openSeals(now time.Duration, leaving bool) {
	for _, id := range b.view.Members {
		s := &b.seals[id.Machine]
		for m, ok := s.nextEarly(b.set.Held(id)); ok; m, ok = s.nextEarly(b.set.Held(id)) {
			b.openSeal(now, m.from, &m.Seal)
		}
	}
	if b.status == Member && now-b.seals[b.me].saidAt >= sealAgain {
		if b.seal(leaving); b.lacksSeals() {
			b.outbox.send(b.outbox.links, &ViewAsk{b.view.Number}) // whoever has them tells them
		}
	}
}

// lacksSeals reports whether records of somebody are held far beyond what is sealed: he
// may have sealed them to others only.
func (b *sealBook) lacksSeals() bool {
	for _, id := range b.view.Members {
		if id != b.own && int(b.set.Held(id)-b.seals[id.Machine].base) > unsealedFrames/2 {
			return true
		}
	}
	return false
}

// renew begins to note the seals of members whose streams are new here.
func (b *sealBook) renew(fresh Machines) {
	for m := range fresh.All {
		b.seals[m] = seals{base: b.set.Held(b.streamOf(m)), newest: Seal{Through: rollback.NoFrame - 1}}
	}
}

// countAsSealed goes by what is held of members' streams, and by what comes of them through a
// frame, as if it were sealed: nobody has sealed while there were two, and whoever comes in
// may be so far behind that no seal covers what it needs next.
func (b *sealBook) countAsSealed(through rollback.Frame) {
	for _, id := range b.view.Members {
		s := &b.seals[id.Machine]
		s.base = max(s.base, through, b.set.Held(id))
	}
}

// tellSeals tells a machine on a new link what it may have missed.
func (b *sealBook) tellSeals(to uint8) {
	for x := range b.view.Machines().All {
		for i := range b.seals[x].kept {
			m := b.seals[x].kept[i]
			m.Digest = records.Digest{}
			b.outbox.send(One(to), &m)
		}
	}
}

// Compare has the members show each other by what seals they go. It is to be called when
// their worlds differ, before anybody is suspected for that: whoever has sealed two
// contents of one frame is found (H13).
func (b *sealBook) Compare() {
	if b.strangers() {
		b.showSeals(b.view.Machines())
	}
}

func (b *sealBook) showSeals(of Machines) {
	for x := range of.All {
		for _, m := range b.seals[x].kept {
			b.outbox.send(b.outbox.links, &m)
		}
	}
}

// compareSeal looks whether the author of a seal that somebody shows has sealed something
// else here (H9i). Who holds what its author has sealed to nobody, and others go by something
// else, has been sent two contents, and takes up the match anew (X5): if those are at least
// half of the members without the author, or nothing more can come of what is held, and who shows
// that stays in the match: if each went for the other nobody would be left. The author alone, who
// can seal whatever he likes, leads nobody away, and with one who is deceived not so many that the
// others are too few.
//
// One that is of what is here counts as if it had come by itself, and one that covers what is not
// held here shows that its author is alive.
func (b *sealBook) compareSeal(now time.Duration, from uint8, m *Seal) *Conflict {
	s := &b.seals[m.author()]
	for _, own := range s.kept {
		if contradict(&own, m) {
			b.guilt.convict(&Proof{[]Message{&own, m}})
			return nil
		}
	}
	d, ok := b.set.DigestThrough(m.Stream, m.Through)
	switch {
	case ok && d == m.Digest:
		b.opened(now, from, m, true)
		b.showNewer(now, from, m)
	case m.Through > b.set.Held(m.Stream):
		b.shown(now, from, m)
	case ok && s.base < m.Through && b.status == Member && from != m.author():
		s.denied |= One(from) & b.view.machines
		if others := b.view.machines.Len() - 1; others > 1 && (2*s.denied.Len() >= others || b.isStuck(m.Stream) && !b.hearing.departs(from)) {
			return &Conflict{"records that their author has not sealed", m.Stream, m.Through, true}
		}
	}
	return nil
}

// isStuck reports whether no more is taken of a stream, as its author stands by nothing that is
// held here since: it never will, having sealed something else, and there is nothing to be lost.
func (b *sealBook) isStuck(id records.StreamID) bool {
	return !b.mayTake(id, b.set.Held(id)+1)
}

// showNewer shows a machine the newest seal of an author's whom it goes by an older one of: it may
// hold what the author has not sealed.
func (b *sealBook) showNewer(now time.Duration, to uint8, m *Seal) {
	s := &b.seals[m.author()]
	if now-s.toldAt >= showAgain {
		s.toldAt, s.told = now, 0
	}
	if n := len(s.kept); n > 0 && m.Through < s.kept[n-1].Through && !s.told.Has(to) {
		s.told |= One(to)
		newest := s.kept[n-1]
		b.outbox.send(One(to), &newest)
	}
}

// shown takes a seal of what is not held here as a sign of life.
func (b *sealBook) shown(now time.Duration, from uint8, m *Seal) {
	if s := &b.seals[m.author()]; m.Beat > max(s.newest.Beat, s.shownBeat) {
		s.shownBeat = m.Beat
		b.hearing.lives(now, m.author(), from != m.author())
	}
}

// compareBye looks whether somebody who leaves has sealed more than that (H9g).
func (b *sealBook) compareBye(m *Bye) {
	for _, s := range b.seals[m.author()].kept {
		if contradict(m, &s) {
			b.guilt.convict(&Proof{[]Message{m, &s}})
		}
	}
}

// flush has seals go out with the messages, if they have gone with no datagram.
func (b *sealBook) flush() {
	for i := range b.sealsOut {
		s := &b.sealsOut[i]
		b.outbox.send(s.To, &Seal{s.Seal.Stream, s.Seal.Through, s.Seal.Beat, s.Seal.Digest, s.Seal.Signed})
	}
	b.sealsOut = b.sealsOut[:0]
}
