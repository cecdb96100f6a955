package netcode

import (
	"fmt"
	"strings"

	"github.com/visavis-netcode/visavis/netcode/internal/agreement"
	"github.com/visavis-netcode/visavis/netcode/internal/membership"
)

// With DesyncOutvotes a match goes on with the world that more than half of its machines
// have: whoever has another one goes out, and may come in again by one of them. Here stands
// what is said of that.

// outvoted is what this machine's player reads whose world is not that of the most.
func (a *accord) outvoted(v *agreement.Verdict) *DesyncError {
	e := a.voted(v)
	e.Text = fmt.Sprintf("%s: %s have another one. Your game is out of the match, and may come in again.", since(e, "your game"), a.named(v.Alike))
	return e
}

// strayed is what the others read.
func (a *accord) strayed(v *agreement.Verdict) *DesyncError {
	e := a.voted(v)
	e.Text = fmt.Sprintf("%s: %s have the same one. The match goes on with that.", since(e, e.Peer+"'s game"), a.named(v.Alike))
	return e
}

// voted is the finding about a machine's world, but for its text.
func (a *accord) voted(v *agreement.Verdict) *DesyncError {
	return &DesyncError{Peer: a.who.byID[v.Machine].name, machine: int(v.Machine), Frame: v.Frame, Agreed: v.Agreed, Inputs: v.Inputs}
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
func (a *accord) named(machines membership.Machines) string {
	var names []string
	for _, q := range a.who.peers {
		if machines.Has(q.machine) {
			names = append(names, q.name)
		}
	}
	if machines.Has(a.who.room.me) {
		names = append(names, "you")
	}
	return strings.Join(names, " and ")
}
