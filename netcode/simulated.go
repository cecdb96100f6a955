package netcode

import "github.com/visavis-netcode/visavis/netcode/internal/link"

// NewNodeOver returns a node over an endpoint that the caller has made, with
// conditions of its own on every path: for package simtest and the scoreboard.
// It is of no use outside this module, which alone can make endpoints.
func NewNodeOver(endpoint link.Endpoint, name string) *Node {
	return newMemoryNode(endpoint, name)
}
