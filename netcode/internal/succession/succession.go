package succession

import (
	"math/bits"
	"time"
)

const (
	// PatienceFor is how long the words of others are waited for: as long as it takes all
	// to notice a silence, whose signs of life came at other times.
	PatienceFor = 3 * time.Second
	// TurnFor is how much later the next in line stands than the one before.
	TurnFor = 3 * time.Second

	sayEvery   = time.Second            // what was said is said again: there may be new links
	unheardFor = 12 * time.Second       // so long may it be that nothing of this machine reaches the others, whose links to it last less
	stragglers = 500 * time.Millisecond // what was under way from a host that is gone comes within that
	freshFor   = 5 * sayEvery / 2       // who does not say it again has found a host
	maxAhead   = 3 * machines           // that a word's term is believed to be ahead of this machine's

	machines = 16 // of a lobby, at most
)

// Machines is a set of the machines of a lobby.
type Machines uint16

// One is the set of one machine.
func One(m uint8) Machines { return 1 << m }

// Has reports whether a machine is one of them.
func (s Machines) Has(m uint8) bool { return s>>m&1 != 0 }

// Len is how many they are.
func (s Machines) Len() int { return bits.OnesCount16(uint16(s)) }

// lowest is the first of them; there must be one.
func (s Machines) lowest() uint8 { return uint8(bits.TrailingZeros16(uint16(s))) }

func (s Machines) all(yield func(uint8) bool) {
	for ; s != 0; s &= s - 1 {
		if !yield(s.lowest()) {
			return
		}
	}
}

// Word is what a member says of the host.
type Word struct {
	Term    uint32 // whose host it means
	Gone    bool   // it has lost it; else it has it
	Playing bool   // the sender is in the match that runs
}

// Said is a word to be said.
type Said struct {
	To   Machines
	Word Word
}

// Sight is what a machine sees.
type Sight struct {
	Linked  Machines      // other members that it has a link to
	Coming  Machines      // and those that it has yet to reach for the first time
	Heard   time.Duration // the newest sign of life of the host; now at the host
	Playing bool          // this machine is in the match that runs
}

// Verdict is what Step has found.
type Verdict uint8

const (
	Wait    Verdict = iota // nothing to be done
	Stand                  // this machine hosts from now on
	Yield                  // the host is there for others: it is this machine that is cut off
	GiveWay                // this machine hosts, and another one that stays: see Resign (T9)
	Rise                   // this machine hosts, and does so from now on in term Next (T10)
)

// Succession is one machine's part. The zero Succession is not ready: see New.
type Succession struct {
	me, host uint8
	term     uint32
	lost     bool
	lostAt   time.Duration
	sayAt    time.Duration // again

	resigned   bool // this machine hosted, and does no more (T8, T9)
	resignedAt time.Duration
	toldTo     Machines // to whom it was said

	gone, playing, here Machines          // by the others' newest words
	dropped             Machines          // who have ended their links to this machine, because their host says so
	asked               [16]time.Duration // when each began to say Gone,
	saidAt              [16]time.Duration // and when it did last
	newest              uint32            // term that anybody has spoken of
	newer               bool              // somebody has a newer host
	outbox              []Said
	contest             contest
}

// New is the part of a machine whose lobby has machine 0 as its host, in term 0.
func New(me uint8) *Succession { return &Succession{me: me} }

// Follow says who hosts, in which term. What was said of hosts before counts no more.
func (s *Succession) Follow(term uint32, host uint8) {
	*s = Succession{me: s.me, host: host, term: term, newest: term, outbox: s.outbox}
}

// Lost reports whether this machine is without a host.
func (s *Succession) Lost() bool { return s.lost }

// Next is the term in which this machine would host: the first of its own after all that anybody
// has spoken of.
func (s *Succession) Next() uint32 {
	next := s.newest&^(machines-1) | uint32(s.me)
	if next <= s.newest {
		next += machines
	}
	return next
}

// hostOf is the machine that hosts in a term.
func hostOf(term uint32) uint8 { return uint8(term % machines) }

// Lose says that this machine's link to the host is over (T2).
func (s *Succession) Lose(now time.Duration) {
	if !s.lost && s.me != s.host {
		s.lost, s.lostAt, s.sayAt = true, now, now
	}
}

// Resign says that this machine, which hosts, does so no more: the others have lost it (T8), or
// another one hosts that stays (T9).
func (s *Succession) Resign(now time.Duration) {
	if !s.lost {
		s.lost, s.lostAt, s.sayAt, s.resigned, s.resignedAt = true, now, now, true, now
	}
}

// Take takes what another member says.
func (s *Succession) Take(now time.Duration, from uint8, w Word) {
	one := One(from)
	s.playing &^= one
	if w.Playing {
		s.playing |= one
	}
	switch {
	case from == s.me || w.Term > s.term+maxAhead:
		return
	case !w.Gone && !s.lost:
		s.follows(now, from, w.Term)
		return
	case !w.Gone && s.lost && (w.Term >= s.term || s.resigned):
		s.gone, s.here = s.gone&^one, s.here|one
		s.newer = s.newer || w.Term != s.term
	case !w.Gone:
		return
	case !s.lost && s.host == s.me && s.orphaned(from, w.Term):
		s.contest.rises = true
		s.contest.orphans |= one
	case !s.lost && w.Term < s.term:
		s.say(one, Word{Term: s.term}) // T3
		return
	default:
		if !s.gone.Has(from) {
			s.gone, s.here = s.gone|one, s.here&^one
			s.asked[from] = now
		}
		s.saidAt[from] = now
	}
	if w.Gone {
		s.contest.heard &^= one
	}
	s.newest = max(s.newest, w.Term)
}

// Drop says that a member has ended its link to this machine, which is not on its host's
// roster any more (T3).
func (s *Succession) Drop(by uint8) { s.dropped |= One(by) }

func (s *Succession) say(to Machines, w Word) {
	if to != 0 {
		s.outbox = append(s.outbox, Said{to, w})
	}
}

// Outbox returns what is to be said, once.
func (s *Succession) Outbox() []Said {
	said := s.outbox
	s.outbox = nil
	return said
}

// Step does what is due.
func (s *Succession) Step(now time.Duration, sight Sight) Verdict {
	for m := range s.gone.all {
		if now-s.saidAt[m] > freshFor {
			s.gone &^= One(m)
		}
	}
	if !s.lost {
		s.answer(sight)
		return s.contend(now, sight)
	}
	s.believeClaims(now, sight)
	if now >= s.sayAt || sight.Linked&^s.toldTo != 0 {
		s.sayAt, s.toldTo = now+sayEvery, sight.Linked
		s.say(sight.Linked, Word{Term: s.term, Gone: true, Playing: sight.Playing})
	}
	waited := now - s.lostAt
	unsaid := (sight.Linked | sight.Coming) &^ (s.gone | s.here)
	rank := s.rank(sight)
	s.dropped &^= sight.Linked    // and has made another
	mute := unsaid & sight.Linked // have not heard the host either since they were asked
	switch gone := s.gone & sight.Linked; {
	case s.host == s.me && mute == sight.Linked && (mute.Len() > 1 || mute.Len() == 1 && now-s.resignedAt < unheardFor):
		s.lostAt = now // when one of them is the first to say something, the others are waited for
		return Wait    // T8
	case waited < PatienceFor && (unsaid != 0 || s.newer):
		return Wait // T5
	case s.newer && waited < PatienceFor+TurnFor:
		return Wait // its roster may come
	case (s.here&sight.Linked | s.dropped).Len() > (gone | mute).Len():
		return Yield
	case rank > 0 && waited < PatienceFor+time.Duration(rank)*TurnFor:
		return Wait // T6
	}
	return Stand
}

// rank is how many stand before this machine (T4).
func (s *Succession) rank(sight Sight) (rank int) {
	for m := range (s.gone & sight.Linked).all {
		if s.before(m, sight.Playing) {
			rank++
		}
	}
	return rank
}

// before reports whether a machine stands before this one.
func (s *Succession) before(m uint8, playing bool) bool {
	if s.host == s.me {
		return true // T8
	}
	if s.playing.Has(m) != playing {
		return s.playing.Has(m)
	}
	return m < s.me
}

// answer tells those who have lost the host that this machine has it, if it has heard it
// since (T3).
func (s *Succession) answer(sight Sight) {
	for m := range s.gone.all {
		if sight.Heard >= s.asked[m]+stragglers {
			s.gone &^= One(m)
			s.say(One(m), Word{Term: s.term})
		}
	}
}

// Accepts reports whether somebody who shows that he hosts in a term is believed (T7).
func (s *Succession) Accepts(now time.Duration, from uint8, term uint32, sight Sight) bool {
	if !s.lost || hostOf(term) != from || term > s.term+maxAhead+machines || !sight.Linked.Has(from) {
		return false
	}
	if term <= s.term && !s.resigned {
		return false
	}
	return s.newer || now-s.lostAt >= PatienceFor || s.next(sight) == from
}

// next is who is next in line, as far as he has spoken: maybe this machine itself.
func (s *Succession) next(sight Sight) uint8 {
	said := s.gone&sight.Linked | One(s.me)
	if others := s.gone & sight.Linked; s.host == s.me && others != 0 {
		said = others // T8
	}
	playing := s.playing & said &^ One(s.me)
	if sight.Playing {
		playing |= One(s.me) & said
	}
	if playing != 0 {
		return playing.lowest()
	}
	return said.lowest()
}
