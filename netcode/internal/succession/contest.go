package succession

import "time"

// answerEvery is how long one who says that he hosts waits at least for the next answer: less than
// sayEvery, after which he asks again.
const answerEvery = sayEvery / 2

// contest is what this machine has heard of hosts beside its own, while it has one (T9). Its owner
// is the Succession.
type contest struct {
	heard    Machines                // who has said of late that it has a host
	of       [machines]uint32        // the term that each has said last, which stays when it has lost that host
	at       [machines]time.Duration // and when
	answerAt [machines]time.Duration // each that says it hosts is answered again

	sayAt  time.Duration // that this machine hosts, again
	even   bool          // as many follow another host as this one
	evenAt time.Duration // since when

	rises   bool     // members of a host that gave way have come, whose term was a later one
	orphans Machines // who they are
}

// Claim says that a member has shown by its roster that it hosts, and was not believed: it is told
// so, if this machine has a host (T9).
func (s *Succession) Claim(now time.Duration, from uint8, term uint32) {
	if from != s.me && hostOf(term) == from && term <= s.term+maxAhead+machines {
		s.follows(now, from, term)
	}
}

// Rises reports whether the host of this machine, who shows a later term, may have risen to it: it is
// one of his own, and not so far on that none could follow it any more.
func (s *Succession) Rises(term uint32) bool {
	return !s.lost && hostOf(term) == s.host && term > s.term && term-s.term <= maxAhead+machines
}

// follows notes that a member has a host, in a term; the member itself, if the term is its own.
func (s *Succession) follows(now time.Duration, from uint8, term uint32) {
	c := &s.contest
	c.heard |= One(from)
	c.of[from], c.at[from] = term, now
	if hostOf(term) == from && term != s.term && !s.lost && now >= c.answerAt[from] {
		c.answerAt[from] = now + answerEvery
		s.say(One(from), Word{Term: s.term})
	}
}

// rivals are those linked members that host, as they have said of late.
func (s *Succession) rivals(now time.Duration, sight Sight) (all Machines) {
	c := &s.contest
	for m := range c.heard.all {
		if now-c.at[m] > freshFor {
			c.heard &^= One(m)
		}
	}
	for m := range (c.heard & sight.Linked).all {
		if hostOf(c.of[m]) == m && c.of[m] != s.term {
			all |= One(m)
		}
	}
	return all
}

// followers are those linked members that have said of late that they follow a rival, itself among
// them.
func (s *Succession) followers(rival uint8, sight Sight) (all Machines) {
	for m := range (s.contest.heard & sight.Linked).all {
		if s.contest.of[m] == s.contest.of[rival] {
			all |= One(m)
		}
	}
	return all
}

// contend is a step of one who has a host, maybe itself (T9, T10).
func (s *Succession) contend(now time.Duration, sight Sight) Verdict {
	c := &s.contest
	rivals := s.rivals(now, sight)
	switch {
	case s.host != s.me:
		return Wait
	case c.rises:
		s.say(c.orphans&sight.Linked, Word{Term: s.Next()})
		return Rise
	case rivals == 0:
		c.even = false
		return Wait
	}
	if now >= c.sayAt {
		c.sayAt = now + sayEvery
		s.say(sight.Linked, Word{Term: s.term})
	}
	if s.outdone(now, rivals, sight) {
		return GiveWay
	}
	return Wait
}

// outdone reports whether this host gives way to one of its rivals.
func (s *Succession) outdone(now time.Duration, rivals Machines, sight Sight) bool {
	c := &s.contest
	others := Machines(0)
	for m := range rivals.all {
		others |= s.followers(m, sight)
	}
	mine, even := 1+(sight.Linked&^others).Len(), false
	for m := range rivals.all {
		theirs := s.followers(m, sight).Len()
		if theirs > mine || theirs == mine && c.of[m] > s.term {
			return true
		}
		even = even || theirs == mine
	}
	if even && !c.even {
		c.evenAt = now
	}
	c.even = even
	return even && now-c.evenAt >= TurnFor
}

// orphaned reports whether a member says that a host is gone who was known to host beside this one,
// in a later term. What that host says itself does not count: nobody moves a host alone.
func (s *Succession) orphaned(from uint8, term uint32) bool {
	host := hostOf(term)
	return term > s.term && from != host && host != s.me && s.contest.of[host] == term
}

// believeClaims has who has lost its host believe those who have said just before that they host, in
// a later term (T7): what they said before that counts no more.
func (s *Succession) believeClaims(now time.Duration, sight Sight) {
	for m := range s.rivals(now, sight).all {
		if s.contest.of[m] > s.term || s.resigned {
			s.gone, s.here, s.newer = s.gone&^One(m), s.here|One(m), true
		}
	}
}
