package membership

import (
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/rollback"
)

// instance is what a peer knows of the agreement on the next view. It begins anew
// with each view.
type instance struct {
	promised Ballot
	accepted *Accept                    // with the highest ballot that this peer has voted for,
	grounds  *Grounds                   // and what it follows from, if it is this peer's own
	byes     Machines                   // members that have left in this view,
	byeAt    [MaxMachines]time.Duration // and when they said so,
	astray   Machines                   // those of them who know another match
	highest  Ballot                     // ballot that was seen
	opened   bool                       // a message of the instance was seen: it is completed, come what may (P1c)
	openedAt time.Duration
	ballotAt time.Duration // when the highest ballot was first seen,
	turnAt   time.Duration // and the first of those in a row that its machine has begun
	each     bool          // ballots are kept of each machine
	doubts                 // among strangers

	// What was said, in order: byes, kicks, and what belongs to keptBallots ballots.
	messages []said
}

// doubts are what a peer notes of an instance among strangers.
type doubts struct {
	discounted Machines                   // whose votes count no more (H7)
	waiting    [MaxMachines]*Prepare      // the newest ballot of each machine that is still to be answered
	answeredAt time.Duration              // when this peer last answered a ballot
	rounds     [MaxMachines]uint32        // the highest round in which each machine has begun a ballot
	reported   [MaxMachines][]*Report     // what each has reported: first and last
	voted      [MaxMachines][]*Accepted   // and voted for: first and last
	answers    [MaxMachines]answer        // the newest report of each, and when it came
	vetoAt     [MaxMachines]time.Duration // when each has last vetoed a ballot
	verdict    *verdict
}

// answer is a report as others go by it: until the time of its ballot is over its author
// answers no other machine's (H11).
type answer struct {
	ballot  Ballot
	prepare Digest
	at      time.Duration
}

type said struct {
	id      identity
	message Message
}

// keptBallots is how many ballots of an instance are remembered, the highest ones.
const keptBallots = 2

func (i *instance) has(id identity) bool {
	for _, m := range i.messages {
		if m.id == id {
			return true
		}
	}
	return false
}

// note remembers a message, in place of what it replaces. It reports false for one of
// a ballot that is too old.
func (i *instance) note(now time.Duration, id identity, m Message) bool {
	if id.kind != kindBye && id.kind != kindKick {
		if !i.opened {
			i.opened, i.openedAt = true, now
		}
		if i.highest.less(id.ballot) && (!i.each || id.kind == kindPrepare) {
			if i.highest.Machine != id.ballot.Machine || i.highest.Round == 0 {
				i.turnAt = now
			}
			i.highest, i.ballotAt = id.ballot, now
		}
		if !i.keepsBallot(id.ballot) {
			return false
		}
	}
	i.messages = append(i.messages, said{id, m})
	i.forget()
	return true
}

// keepsBallot reports whether a ballot is among the highest: of all, or of those that its
// machine has begun itself where somebody may wish to have others forgotten.
func (i *instance) keepsBallot(b Ballot) bool {
	higher := map[Ballot]bool{}
	for _, m := range i.messages {
		if b.less(m.id.ballot) && (!i.each || b.Machine == m.id.ballot.Machine && m.id.kind == kindPrepare) {
			higher[m.id.ballot] = true
		}
	}
	return len(higher) < keptBallots
}

// forget drops what belongs to ballots that are too old.
func (i *instance) forget() {
	i.messages = slices.DeleteFunc(i.messages, func(m said) bool { return m.id.kind != kindBye && m.id.kind != kindKick && !i.keepsBallot(m.id.ballot) })
}

// hasGivenUp reports whether a ballot's leader has answered a later one of another machine's: what
// he has promised there does not let him propose here any more.
func (i *instance) hasGivenUp(b Ballot) bool {
	later := i.answers[b.Machine].ballot
	return later.Machine != b.Machine && b.less(later)
}

// endsAt reports whether somebody has said goodbye whose last record is that of a frame.
func (i *instance) endsAt(id records.StreamID, f rollback.Frame) bool {
	return i.byes.Has(id.Machine) && slices.ContainsFunc(i.messages, func(m said) bool {
		bye, ok := m.message.(*Bye)
		return ok && bye.Stream == id && bye.Last == f
	})
}

// hasAnswered reports whether a member has reported to a ballot.
func (i *instance) hasAnswered(m uint8) bool { return i.answers[m].ballot != Ballot{} }

// votes returns who has voted for a proposal.
func (i *instance) votes(a *Accept) (s Machines) {
	digest := digestOf(a)
	for _, m := range i.messages {
		if vote, ok := m.message.(*Accepted); ok && vote.Ballot == a.Ballot && vote.Digest == digest {
			s |= One(vote.Author)
		}
	}
	return s &^ i.discounted
}

// decided returns a proposal that a quorum of the voters has voted for in one ballot.
func (i *instance) decided(voters Machines, noTie bool) *Accept {
	for _, m := range i.messages {
		if a, ok := m.message.(*Accept); ok && i.votes(a).quorumOf(voters, noTie) {
			return a
		}
	}
	return nil
}

// find returns what a proposal follows from, nil if some of it is not here.
func (i *instance) find(a *Accept) *Grounds {
	g := &Grounds{}
	for _, m := range i.messages {
		if pr, ok := m.message.(*Prepare); ok && pr.Ballot == a.Ballot && digestOf(pr) == a.Prepare {
			g.Prepare = pr
		}
	}
	if g.Prepare == nil {
		return nil
	}
	for _, d := range a.Reports {
		for _, m := range i.messages {
			if r, ok := m.message.(*Report); ok && r.Ballot == a.Ballot && digestOf(r) == d {
				g.Reports = append(g.Reports, r)
			}
		}
	}
	if len(g.Reports) != len(a.Reports) {
		return nil
	}
	return g
}

// certificate returns what shows that a proposal is decided, of all that is here.
func (i *instance) certificate(a *Accept) *Certificate {
	why := &Certificate{Accept: a, Grounds: i.find(a)}
	digest := digestOf(a)
	for _, m := range i.messages {
		switch m := m.message.(type) {
		case *Accepted:
			if m.Ballot == a.Ballot && m.Digest == digest && !i.discounted.Has(m.Author) {
				why.Votes = append(why.Votes, m)
			}
		case *Bye:
			why.Byes = append(why.Byes, m)
		}
	}
	return why
}

// roundsAhead is by how much a ballot's round may exceed what was answered, or shown by
// two machines (H11).
const roundsAhead = 8

// tooFar reports whether a ballot's round is beyond those that the members may have come to.
// The one after the highest that was heeded is not, for others but that one's leader: they
// begin with it.
func (i *instance) tooFar(b Ballot) bool {
	highest, second := uint32(0), uint32(0)
	for _, r := range i.rounds {
		if r > highest {
			highest, second = r, highest
		} else {
			second = max(second, r)
		}
	}
	if b.Machine != i.highest.Machine && b.Round == i.highest.Round+1 {
		return false
	}
	return b.Round > max(i.promised.Round, second)+roundsAhead
}
