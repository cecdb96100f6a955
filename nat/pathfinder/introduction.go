package pathfinder

import (
	"net/netip"
	"time"
)

// introduction is how the two of a pair have come to know of each other. It is set
// when the pair begins.
type introduction struct {
	learntFirst bool          // we had the other's offer first
	awaited     bool          // the peer waits for us since it has learnt of us
	until       time.Duration // that we wait so for the peer; 0 for not at all
	knock       []byte        // by which the peer may learn of us
	entered     bool          // the player himself has entered the reply that names the peer's addresses
	at          netip.Addr    // where a server sees the peer; zero if none has said
}

// reserve is what the search that begins, the nth, leaves of the packets that strangers
// may be sent, and nobody vouches for the peer: one for a later search, when a firewall
// has been opened or a router has forgotten. The two sides take turns: first has its
// last one sooner.
func (i *introduction) reserve(n int, first bool) int {
	last := 3
	if first || i.awaited {
		last = 2
	}
	if n < last {
		return 1
	}
	return 0
}
