package netcode

import (
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
	"github.com/visavis-netcode/visavis/netcode/internal/records"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// Whether a newcomer is in, and from which frame on, all members tell it: its donor might
// keep it from it, or say something else, and the others would wait for somebody who does
// not come.

const (
	secondWordTime = 500 * time.Millisecond // for which the word of one waits for the same of another
	disputeTime    = time.Second            // and one that another contradicts
)

// admission is what members have said of the view that lets this machine in. Owner: the
// newcomer.
type admission struct {
	parts  [wire.MaxMachines]partedMessage
	words  [wire.MaxMachines]*membership.Value
	refs   [wire.MaxMachines]membership.Ref // which they name
	heard  membership.Machines              // whose words there are
	heldAt time.Duration                    // when the first of them came
}

// told takes what a member says of who is in the match, while this machine is not.
func (n *newcomer) told(c *mesh.Conn, m *wire.Members) {
	if m.Match != n.start.Match {
		return
	}
	said, err := n.admission.parts[uint8(c.Machine())].take(m)
	if err == errTooLong {
		c.Link.Close(link.CodeProtocol, err.Error())
	}
	if commit, is := said.(*membership.Commit); is {
		if n.renounce(c, commit.Value); n.play != nil {
			n.letIn(uint8(c.Machine()), commit.Value)
		}
	}
}

// giveUp gives this attempt up for good.
func (n *newcomer) giveUp() {
	n.past.given = append(n.past.given, n.attempt)
	if more := len(n.past.given) - maxGiven; more > 0 {
		n.past.given = n.past.given[more:]
	}
	for m := range n.admission.heard.All {
		if c := n.room.mesh.To(m); c != nil {
			n.renounce(c, n.admission.words[m])
		}
	}
}

// renounce says goodbye for the member that this machine would have been by an attempt that
// it has given up, if that was let in all the same, to each who tells it so: all do. Nobody
// else can: it has no part in any agreement, and with a donor who left at that very moment
// the others might be too few for one without it. It is no goodbye for good: by another attempt it
// may come in yet.
func (n *newcomer) renounce(c *mesh.Conn, v *membership.Value) {
	for _, j := range v.Joins {
		if j.Machine != n.room.me || !slices.Contains(n.past.given, j.Attempt) {
			continue
		}
		bye := &membership.Bye{Stream: records.StreamID{Machine: n.room.me, Born: v.Number}, Base: v.Ref(), Last: v.From - 1, Astray: true}
		membership.SignedBy(newKeyring(n.room.node.endpoint, matchID(n.room.id, n.start.Match)), bye) // here and now: nobody plays here
		for _, part := range parted(n.start.Match, bye) {
			c.Send(part)
		}
	}
}

// letIn notes that a member says that this machine is let in. It reports false if it does
// not say that.
func (n *newcomer) letIn(machine uint8, v *membership.Value) bool {
	a := &n.admission
	for _, j := range v.Joins {
		if j.Machine != n.room.me || j.Attempt != n.attempt {
			continue
		}
		if a.heard == 0 {
			a.heldAt = n.room.now()
		}
		a.heard |= membership.One(machine)
		a.words[machine], a.refs[machine] = v, v.Ref()
		return true
	}
	return false
}

// decide returns the view that lets this machine in, nil while that is not known.
func (n *newcomer) decide(now time.Duration) *membership.Value {
	a, view := &n.admission, n.play.member.View()
	said := a.heard & view.Machines()
	var best *membership.Value
	most, alike := 0, true
	for m := range said.All {
		same := 0
		for x := range said.All {
			if a.refs[x] == a.refs[m] {
				same++
			}
		}
		if same > most {
			best, most = a.words[m], same
		}
		alike = alike && same == said.Len()
	}
	switch {
	case best == nil || best.Number != view.Number+1: // what is between the two is still to be fed
		return nil
	case most > 1, n.speakers() < 2, alike && now-a.heldAt >= secondWordTime:
		return best
	}
	return nil
}

// speakers are how many members can tell this machine that it is in.
func (n *newcomer) speakers() (count int) {
	for m := range n.play.member.View().Machines().All {
		if c := n.room.mesh.To(m); c != nil && c.Link.State() == link.Open {
			count++
		}
	}
	return count
}

// disputed reports whether this attempt comes to nothing, since members contradict each
// other, or the donor does not feed what the others know.
func (n *newcomer) disputed(now time.Duration) bool {
	return n.admission.heard != 0 && now-n.admission.heldAt >= disputeTime
}
