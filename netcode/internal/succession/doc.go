// Package succession finds out who hosts a lobby next when its host is gone. It is pure: no
// clock, no links; its owner tells it what it sees and hears.
//
//	s := succession.New(me)
//	s.Follow(term, host)                   // who hosts
//	s.Lose(now)                            // this machine's own link to the host is over
//	s.Take(now, from, word)                // what another member says
//	switch verdict := s.Step(now, sight) { // and s.Outbox() has to be said
//	case succession.Stand:  ...            // this machine hosts from now on, in term s.Next()
//	case succession.Yield:  ...            // the host is there, but not for this machine
//	case succession.GiveWay: ...           // this machine and another one host: it does no more
//	case succession.Rise:   ...            // it hosts on, in term s.Next()
//	}
//	if s.Accepts(now, from, term) { ... }  // somebody else does, and shows it by his roster
//	else { s.Claim(now, from, term) }      // or is not believed
//
// # The rules
//
// Every change of hosts is a term, numbered from 0. The terms of machine m are those that are m
// modulo 16: so no two host in the same one.
//
//	T1  A machine believes the host of its term for as long as it hears it: no other's word
//	    ends that, only its own link to the host does, and the match as T8 says.
//	T2  Who has lost the host says so to all it has a link to, and again once a second: Gone. Who
//	    has not said it for a while has a host.
//	T3  Who hears that, and after it the host itself (a little later, for what was under way
//	    does not count), answers that it has one: Here. One who has already a newer host
//	    answers so at once.
//	T4  Next in line is, of those who have said Gone and this machine itself, the lowest who
//	    plays in the match that runs; if nobody plays, the lowest.
//	T5  It stands as soon as all it has a link to have spoken, and all it had yet to reach:
//	    or PatienceFor after its loss: who then has said nothing has not heard the host
//	    either. If as many have said Here as not, itself included, it is this machine that
//	    is cut off, and it yields.
//	T6  Who is second in line stands TurnFor later than the first, and so on: nobody waits for
//	    one who is silent.
//	T7  A new host is believed by whoever has lost his own, if its term is a later one and it
//	    is next in line, or somebody says Here of that term, or PatienceFor is over.
//	T8  A host hosts no more as soon as the match, in which its players and most others are,
//	    has agreed that it was silent for too long. It says Gone, and is a member as the others
//	    are, but that it believes whoever hosts, whatever the term. To those who play, its link
//	    counts as over from then on (T1), to others from its own Gone. It stands behind all
//	    others. If all that it has links to say nothing, they do not hear what it says: it waits
//	    for as long as they are silent and the links last, to a single one for 12 s at most.
//	T9  Two can host all the same: the next in line stood still until the one after it had
//	    stood, or the two had no link for a while. Whoever has a host and is shown another one,
//	    by its roster or its Here, answers Here, and a host who hears of another says so to all,
//	    once a second. He hosts no more if more say Here of another's term than do not say it
//	    of any other's, he himself among these; if they are as many, if the other's term is the
//	    later one, or they are still as many after TurnFor. Then he is as in T8. Whoever loses
//	    his host and has just been shown a later one believes that.
//	T10 If others than this host itself say that a host of T9 is Gone, and its term was the later
//	    one, who hosts does so in a term that is later still, so that they believe him (T7).
//
// # What they give
//
// By T1 and T7 no member makes itself host to anybody who hears the host, whatever it says.
// Where all who remain have links to each other they follow one and the same: they count
// the same words. When the host is cut off from all, so that there are two sides, each has
// a host, the old one or a new one: they are two lobbies from then on, and stay apart, with
// one number but no member in common. Whoever comes back from one to the other comes as a
// guest. Which of the two a code leads to is the rendezvous server's decision: to who has
// it, until it is silent (package nat/rendezvous).
//
// Two hosts who have a link are one soon, by T9, if those who follow them have links to both. If
// not each may see of the other only what a liar could show: that it says so itself.
//
// A liar can say Gone, and is not believed by who hears the host; Here, which counts as one;
// or nothing, which costs PatienceFor once; or that it hosts, which moves no host who has a link
// to one more member who does not say so (T9): of a lobby of two, where the word of one counts as
// much as the other's, a liar can make itself the host. If the host is really gone a liar can stand
// out of turn, after PatienceFor, when the next in line had not stood by then.
package succession
