package netcode

import (
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/mesh"
)

// venue is what a match needs of the lobby that it is played in, and all that it may
// touch there: the links, the clock, where events go, who was here when it began, and how
// this machine's player wants it. Owner: the room.
type venue struct {
	mesh    *mesh.Mesh
	vigil   *vigil
	events  *events
	members *roster
	config  *LobbyConfig
	absent  func(machine uint8, why *link.CloseError, silent bool) // is told who is in the match no more
	notary  *notary
	host    func() uint8
	id      uint64 // of the lobby
	me      uint8
}

func newVenue(r *Room) *venue {
	return &venue{mesh: r.mesh, vigil: &r.vigil, events: &r.events, members: &r.members, config: &r.config, absent: r.absent, notary: r.node.notary, host: func() uint8 { return r.office.host }, id: r.id, me: r.me}
}

func (v *venue) now() time.Duration { return v.vigil.now() }
