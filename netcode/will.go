package netcode

import (
	"reflect"

	"github.com/visavis-netcode/visavis/nat/lan"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// A host tells all members what the next host must know to keep the lobby's doors: by what
// it can be joined, and who may not come. It is sent again whenever it changes, so that it
// is there when the host is not.
//
// So everybody who has been let in can let others in: he knows the code, and what proves
// the secret, though not its words. He cannot do that by being asked, while the host is
// there, for guests ask the host; but he can tell them. The registration of the code at the
// rendezvous server is not in the will: the server gives it to the next host when the one
// before has been silent, and to nobody as long as he is not.

// will is what this host leaves.
func (a *authority) will() *wire.Will {
	r := a.room
	will := &wire.Will{LAN: r.config.LAN, Invite: r.config.Invite, Title: cleanText(r.config.Title, lan.MaxTitle)}
	if r.vouchers.password != nil {
		will.Password = r.vouchers.password.Scalar()
	}
	will.Code, _ = r.doors.Code()
	will.WatchCode, _ = r.doors.WatchCode()
	if r.spectators != nil {
		will.Watched, will.WatchDelayMs, will.WatchSecret = true, uint32(r.config.watchDelayMs()), a.watchSecret
	}
	will.Matches = max(r.series.begun, r.series.matches)
	for _, k := range a.guarding.kicked {
		will.Kicked = append(will.Kicked, k.key)
	}
	return will
}

// tellWill tells a member the will, if he has not been told just that: who has been told none by
// the first host knows that there is nothing in it.
func (a *authority) tellWill(to *member, will *wire.Will) {
	if to.will == nil && a.room.office.term == 0 {
		to.will = new(wire.Will)
	}
	if !reflect.DeepEqual(to.will, will) {
		to.will = will
		a.room.mesh.To(to.Machine).Send(will)
	}
}

// takeWill keeps what the host leaves. Its codes are shown here, too: they may be new ones.
func (g *guest) takeWill(will *wire.Will) {
	g.will = will
	g.room.series.hasBegun(will.Matches)
	g.room.doors.leads(will.Code)
	g.room.doors.watchers.leads(will.WatchCode)
}
