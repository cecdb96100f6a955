package netcode

import (
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/nat/pathfinder"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// reachPause is how often a member's word about how it is reached is taken: each
// may make this machine search.
const reachPause = time.Second

// upkeep is what is done so that a link outlives a change of either side's address.
// Owner: the room.
type upkeep struct {
	virtual netip.AddrPort // of the link, as the finder keeps it; zero while it does not
	told    uint64         // which of this node's offers the member has been told
	reach   []byte         // how the member is reached, as it says; nil if nothing new
	reachAt time.Duration  // when that is taken next
}

// keepPaths has the finder look after the way of every link to a member, however the
// two have met, and tells both sides how the other is reached whenever that changes.
func (r *Room) keepPaths(now time.Duration) {
	if r.node.finder == nil {
		return
	}
	offers := r.node.finder.Offers()
	for _, c := range r.conns {
		if c.machine < 0 || c.link.State() != link.Open {
			continue
		}
		if virtual := c.link.Virtual(); virtual != c.keep.virtual && virtual.IsValid() {
			c.keep.virtual = virtual
			r.node.finder.Adopt(pathfinder.Link{Virtual: virtual, Peer: c.link.Peer(), Secret: c.link.PathSecret(), Received: c.link.Received})
			r.forgetPath(c.machine) // the search that led here is the link's from now on
		}
		if c.keep.told != offers {
			c.keep.told = offers
			c.send(&wire.Reach{Offer: usefulOffer(r.node.offer(), c.link.Source().Unmap().WithZone(""))})
		}
		if c.keep.reach != nil && now >= c.keep.reachAt {
			r.node.finder.Tell(c.keep.virtual, c.keep.reach)
			c.keep.reach, c.keep.reachAt = nil, now+reachPause
		}
	}
}

// releasePath ends that for a link that is over.
func (r *Room) releasePath(c *conn) {
	if c.keep.virtual.IsValid() {
		r.node.finder.Release(c.link.PathSecret())
		c.keep = upkeep{}
	}
}
