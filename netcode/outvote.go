package netcode

import (
	"fmt"
	"strings"

	"github.com/visavis-netcode/visavis/netcode/internal/agreement"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
	"github.com/visavis-netcode/visavis/rollback"
)

// What the jury has judged (package agreement) is done here: with DesyncOutvotes a match goes
// on with the world that more than half of its machines have; whoever has another one goes
// out, and may come in again by one of them.

// heedJury does what the jury has judged.
func (p *play) heedJury() {
	for v, more := p.jury.Next(); more; v, more = p.jury.Next() {
		switch v.Kind {
		case agreement.Differs:
			p.startHunt(v.Machine, v.Mine, &v.Theirs)
		case agreement.EndedEarlier:
			p.endedEarlier(&v)
		case agreement.Astray:
			p.goOut(&ExcludedError{Astray: true})
		case agreement.Outvoted:
			e := p.outvoted(&v)
			e.Text = fmt.Sprintf("%s: %s have another one. Your game is out of the match, and may come in again.", since(e, "your game"), p.named(v.Alike))
			p.goOut(&ExcludedError{Astray: true, Desync: e})
		case agreement.Strayed:
			e := p.outvoted(&v)
			e.Text = fmt.Sprintf("%s: %s have the same one. The match goes on with that.", since(e, e.Peer+"'s game"), p.named(v.Alike))
			p.room.events.happened(Event{Kind: EventDesync, Machine: e.machine, Name: e.Peer, Frame: e.Frame, Err: e})
		case agreement.ShowSeals:
			p.member.Compare()
			p.stirred = true
		case agreement.Expel:
			p.member.Expel(v.Machine)
		case agreement.Gone:
			p.member.Closed(v.Machine)
			p.stirred = true
		}
	}
}

// endedEarlier handles a peer for whom the game ended earlier, by itself.
func (p *play) endedEarlier(v *agreement.Verdict) {
	f := rollback.Frame(v.Theirs.Frame)
	mine, ok := p.sim.ChecksumAt(f)
	if !ok {
		mine = rollback.Checksum{Frame: f, Inputs: v.Theirs.Inputs}
	}
	p.startHunt(v.Machine, mine, &v.Theirs)
}

// goOut ends this machine's part: its world is not the match's.
func (p *play) goOut(why *ExcludedError) {
	p.farewell(p.room.now())
	p.ending.err = why
	p.conclude(p.sim.settled())
}

// outvoted is the finding about a machine's world, but for its text.
func (p *play) outvoted(v *agreement.Verdict) *DesyncError {
	return &DesyncError{Peer: p.byID[v.Machine].name, machine: int(v.Machine), Frame: v.Frame, Agreed: v.Agreed, Inputs: v.Inputs}
}

// since says whose world is known to be another one, and from when on.
func since(e *DesyncError, whose string) string {
	says := fmt.Sprintf("The world of %s is another one at frame %d, and was the others' at frame %d", whose, e.Frame, e.Agreed)
	if e.Inputs {
		says += "; it was fed other inputs"
	}
	return says
}

// named lists machines by their players, this one's last.
func (p *play) named(machines membership.Machines) string {
	var names []string
	for _, q := range p.peers {
		if machines.Has(q.machine) {
			names = append(names, q.name)
		}
	}
	if machines.Has(p.room.me) {
		names = append(names, "you")
	}
	return strings.Join(names, " and ")
}
