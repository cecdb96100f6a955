package mesh

import (
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/nat/pathfinder"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// reachPause is how often a machine's word about how it is reached is taken: each
// may make this one search.
const reachPause = time.Second

// upkeep is what is done so that a link outlives a change of either side's address.
// Owner: the conn.
type upkeep struct {
	virtual netip.AddrPort // of the link, as the finder keeps it; zero while it does not
	told    uint64         // which of this node's offers the other side has been told
	reach   []byte         // how the other side is reached, as it says; nil if nothing new
	reachAt time.Duration  // when that is taken next
}

// Keep has the finder look after the way of every link to a wanted machine, however the
// two have met, and tells both sides how the other is reached whenever that changes.
func (m *Mesh) Keep(now time.Duration) {
	if m.config.Finder == nil {
		return
	}
	offers := m.config.Finder.Offers()
	for _, c := range m.conns {
		if c.machine < 0 || c.Link.State() != link.Open {
			continue
		}
		if virtual := c.Link.Virtual(); virtual != c.keep.virtual && virtual.IsValid() {
			c.keep.virtual = virtual
			m.config.Finder.Adopt(pathfinder.Link{Virtual: virtual, Peer: c.Link.Peer(), Secret: c.Link.PathSecret(), Received: c.Link.Received})
			if p := m.peers[c.machine]; p != nil {
				p.search.end() // the search that led here is the link's from now on
			}
		}
		if c.keep.told != offers {
			c.keep.told = offers
			c.Send(&wire.Reach{Offer: m.config.Offer(c.Link.Source().Unmap().WithZone(""))})
		}
		if c.keep.reach != nil && now >= c.keep.reachAt {
			m.config.Finder.Tell(c.keep.virtual, c.keep.reach)
			c.keep.reach, c.keep.reachAt = nil, now+reachPause
		}
	}
}

// Help asks others to pass packets on where there is no direct way, and does so for them.
func (m *Mesh) Help(now time.Duration) { m.relays.step(now) }

// release ends that for a link that is over.
func (m *Mesh) release(c *Conn) {
	if c.keep.virtual.IsValid() {
		m.config.Finder.Release(c.Link.PathSecret())
		c.keep = upkeep{}
	}
}

// Kind says what kind of way a link to a machine takes, or took last. met is what is
// known by how the two have met, of a link that is not kept yet.
func (m *Mesh) Kind(machine uint8, c *Conn, met pathfinder.Kind) pathfinder.Kind {
	kind := met
	switch p := m.peers[machine]; {
	case c.keep.virtual.IsValid():
		kind = m.config.Finder.KindOf(c.keep.virtual)
	case met == pathfinder.NoPath && p != nil && p.search.attempt != nil:
		kind = p.search.attempt.Kind()
	}
	if kind != pathfinder.NoPath {
		c.path = kind
	}
	if c.path == pathfinder.NoPath {
		return pathfinder.KindTo(c.Link.RemoteAddr().Addr())
	}
	return c.path
}
