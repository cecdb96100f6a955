package netcode

import (
	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/simnode"
)

func init() {
	simnode.New = func(endpoint link.Endpoint, name string) any { return newMemoryNode(endpoint, name) }
}
