package netcode

import (
	"context"
	"time"

	"github.com/visavis-netcode/visavis/nat/portmap"
)

// follow does what the computer's moves to other networks ask for, and tells the
// finder which port the router forwards.
func (n *Node) follow() {
	if n.finder == nil {
		return
	}
	if moves := n.finder.Moves(); moves != n.moves {
		n.moves = moves
		n.addrs = localAddresses(n.endpoint.Addr(), 8)
		if n.mapper != nil {
			n.remap()
		}
	}
	if n.mapper == nil {
		return
	}
	if addr, _ := n.mapper.Mapped(); addr != n.mapped {
		n.mapped = addr
		n.finder.SetMapped(addr)
	}
}

// remap asks the router of now for the port that the socket has now.
func (n *Node) remap() {
	if port := n.endpoint.Addr().Port(); port != n.mapping.Port {
		go unmap(n.mapper) // ends within a second
		n.mapping.Port = port
		n.mapper = portmap.Start(n.mapping)
		return
	}
	n.mapper.Refresh()
}

// unmap lets the router close the port. What does not answer within a second
// forgets it by itself.
func unmap(m *portmap.Mapper) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	m.Close(ctx)
}
