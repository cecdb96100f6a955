package netcode

import "github.com/visavis-netcode/visavis/netcode/internal/link"

// NewNodeOver returns a node on an endpoint that somebody else has made and
// drives: a simulated one. It is for the packages below netcode, which measure
// and test whole matches over links of their own; nobody else can name the type
// of its first argument. From elsewhere use Listen, or a MemoryNetwork.
func NewNodeOver(endpoint link.Endpoint, name string) *Node {
	return newMemoryNode(endpoint, name)
}
