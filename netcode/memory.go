package netcode

import (
	"crypto/sha256"
	"encoding/binary"
	"log/slog"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
)

// maxMemoryNodes is how many nodes one MemoryNetwork takes.
const maxMemoryNodes = 16

// MemoryNetwork is a small internet in memory under virtual time: for tests,
// and to have several whole peers in one window. Everything follows from its
// seed and from the order of the calls. It and all that runs on its nodes
// belong to one goroutine.
type MemoryNetwork struct {
	// Logger gets what happens on the nodes that are made from now on; nil discards it.
	Logger *slog.Logger

	network *memlink.Network
	seed    uint64
	nodes   int
}

// Conditions are what a path of a MemoryNetwork is like one way. The zero value is
// perfect; what is out of range is brought into it.
type Conditions struct {
	DelayMs     int // one way
	JitterMs    int // uniform, plus and minus
	LossPercent int // 100: nothing gets through
}

// NewMemoryNetwork returns a network without nodes whose paths are perfect.
func NewMemoryNetwork(seed uint64) *MemoryNetwork {
	return &MemoryNetwork{network: memlink.NewNetwork(seed, maxMemoryNodes), seed: seed}
}

func (c Conditions) path() memlink.Conditions {
	return memlink.Conditions{
		Delay:      time.Duration(max(0, c.DelayMs)) * time.Millisecond,
		Jitter:     time.Duration(max(0, c.JitterMs)) * time.Millisecond,
		LossPer10k: 100 * max(0, min(c.LossPercent, 100)),
	}
}

// SetConditions changes all paths, both ways, from now on; what is on its way
// arrives as it was sent.
func (m *MemoryNetwork) SetConditions(c Conditions) { m.network.SetConditions(c.path()) }

// SetPath changes one path one way, from now on: what one node sends to another.
// The way back stays as it is, so that a path may lose in one direction only. One
// player with a bad line is all paths from and to his node. Both nodes must be of
// this network, or it panics.
func (m *MemoryNetwork) SetPath(from, to *Node, c Conditions) {
	m.network.Path(m.index(from), m.index(to)).SetConditions(c.path())
}

// index is a node's place on the network.
func (m *MemoryNetwork) index(n *Node) int {
	for i := range m.nodes {
		if n != nil && m.network.Endpoint(i) == n.endpoint {
			return i
		}
	}
	panic("netcode: SetPath wants two nodes of this MemoryNetwork")
}

// NewNode adds a peer, at most 16. Its identity follows from the seed.
func (m *MemoryNetwork) NewNode(name string) *Node {
	m.nodes++
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], m.seed)
	binary.LittleEndian.PutUint64(b[8:], uint64(m.nodes))
	endpoint := m.network.NewEndpoint(link.Key(sha256.Sum256(b[:])))
	n := newMemoryNode(endpoint, name)
	n.config.Logger = m.Logger
	return n
}

func newMemoryNode(endpoint link.Endpoint, name string) *Node {
	n := &Node{
		endpoint: endpoint, name: cleanName(name), release: func() {}, notary: new(notary),
		addrs: []string{endpoint.Addr().String()},
	}
	n.turnAway()
	return n
}

// Advance lets virtual time pass; what is due by then arrives.
func (m *MemoryNetwork) Advance(d time.Duration) { m.network.Advance(d) }
