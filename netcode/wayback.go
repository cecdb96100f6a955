package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// wayBack is where a lobby goes on that this machine has lost, as far as it knows. Owner: the room.
type wayBack struct {
	host    uint8  // who hosts there, or does next
	address string // "": not known
	told    bool   // by another, who knows better than this machine
}

// WayBack returns an address for JoinLobby by which this machine's player may come back into the
// lobby after it has left or lost it: that of who hosts, as far as is known here. It is the
// lobby's code, if there is one, and "" if nobody is known, or is reached by a relay only. It is of
// use when Err is about ReasonSilent, ReasonStoodStill, ReasonUnheard, ReasonLost, ReasonYouLeft or
// ReasonNotHosting. A host who leaves, or whose game has stood still for so long that the others
// have another host, finds them by it.
func (r *Room) WayBack() string {
	if r.doors.coded {
		return r.doors.code.String()
	}
	if r.state != Ended {
		r.noteWayBack()
	}
	return r.back.address
}

// noteWayBack notes who hosts, or does next, while the link is known.
func (r *Room) noteWayBack() {
	if r.state == Connecting || r.back.told {
		return
	}
	if m := r.members[r.office.host]; r.guest != nil && m != nil {
		r.goesOn(m)
		return
	}
	for _, m := range r.members {
		if m != nil && r.mesh.To(m.Machine) != nil {
			r.goesOn(m) // the next in line, where all play (T4)
			return
		}
	}
}

// goesOn notes that the lobby goes on at a member, or does so next.
func (r *Room) goesOn(m *member) {
	c := r.mesh.Latest(m.Machine)
	if c == nil || r.pathOf(m.Machine, c).Relayed() {
		return
	}
	r.back = wayBack{host: m.Machine, address: c.Link.RemoteAddr().String() + "#" + link.Key(m.Key).Fingerprint()}
}

// elsewhere: the host before, who had let this machine in before he knew better, says where the
// lobby is. Names are not looked up for him.
func (r *Room) elsewhere(m *wire.Elsewhere) {
	inv, err := parseInvitation(m.Address)
	if err != nil || inv.name != "" || inv.fingerprint == "" {
		return
	}
	r.back = wayBack{address: m.Address, told: true}
}

// leftBehind: a member is lost to this host, whose own game has stood still for longer than the
// others wait. They have another host by now, of whom those who are left here would never know; if
// nobody is, the lobby is there.
func (a *authority) leftBehind(m *member, why *link.CloseError) {
	r, c := a.room, a.room.mesh.Latest(m.Machine)
	if c == nil || c.Made() > r.vigil.stoodAt-r.vigil.stood {
		return // it has come since
	}
	lost := r.vigil.lost("the others", c.Heard(), why)
	if lost.StoodStillMs < r.terms.peerTimeoutMs || why == nil || saysGoodbye(why) || why.Code == link.CodeKicked {
		return
	}
	if r.back.address == "" || m.Machine < r.back.host {
		r.goesOn(m)
	}
	for _, other := range r.members {
		if other != nil && other != m && other.Machine != r.me {
			return
		}
	}
	r.end(lost)
}
