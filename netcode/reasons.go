package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/rollback"
)

// hostGone is why a host is gone, and why the lobby is over if there is no other.
func (g *guest) hostGone(host *member, why *link.CloseError) error {
	switch {
	case why != nil && why.Code == link.CodeLeft:
		return &LeftError{Name: host.Name, Host: true}
	case why != nil && why.Code == link.CodeKicked:
		return &RefusedError{Code: ReasonSentAway, Reason: "the host, " + host.Name + ", asked you to leave"}
	}
	if why != nil && why.Code == link.CodeCrashed && why.Remote {
		return &CrashedError{Name: host.Name, Host: true, Frame: rollback.NoFrame, In: rollback.NoFrame}
	}
	heard := g.room.now()
	if c := g.room.mesh.Latest(host.Machine); c != nil {
		heard = c.Heard()
	}
	lost := g.room.vigil.lost("the host, "+host.Name+",", heard, why)
	if why != nil && *lost == (LostError{Name: lost.Name}) {
		return &ConnectError{Code: ReasonBroken, Reason: lost.Error() + ": " + why.Reason}
	}
	return lost
}

// connectFailure is why a call to a host has come to nothing. What the host closes
// it with is a sentence for players if it refuses or sends away; of the other
// reasons the code says what happened, whatever the words.
func connectFailure(address string, why *link.CloseError) error {
	switch {
	case !why.Remote:
	case why.Code == link.CodeLeft:
		return &LeftError{Host: true}
	case why.Code == link.CodeKicked:
		return &RefusedError{Code: ReasonSentAway, Reason: why.Reason}
	case why.Code.Base() == link.CodeRefused:
		return &RefusedError{Code: refusalOf(why.Code.Detail()), Reason: why.Reason}
	case why.Code != link.CodeBusy:
		reason := "the host's game has ended the call: try again"
		if why.Reason != "" {
			reason += " (" + why.Reason + ")"
		}
		return &ConnectError{Code: ReasonBroken, Address: address, Reason: reason}
	}
	return &ConnectError{Code: failureOf(why), Address: address, Reason: why.Reason}
}

// failureOf is the reason for which a call came to nothing, unless the host has said so.
func failureOf(why *link.CloseError) Reason {
	switch {
	case why.Unsent:
		return ReasonNoNetwork
	case why.Code == link.CodeLost:
		return ReasonUnanswered
	case why.Code == link.CodeBusy:
		return ReasonBusy
	case why.Code.Base() == link.CodeRefused:
		return ReasonStranger
	}
	return ReasonBroken
}
