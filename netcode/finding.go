package netcode

import (
	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/pathfinder"
	"github.com/visavis-netcode/visavis/nat/portmap"
	"github.com/visavis-netcode/visavis/nat/relay"
)

// Relay says whether a third party may pass packets on between two players.
type Relay = pathfinder.Relay

// When to relay.
const (
	RelayAuto  = pathfinder.Auto  // where there is no direct path, and until there is one
	RelayNever = pathfinder.Never // rather not play
	RelayOnly  = pathfinder.Only  // always: the other players do not see this machine's address
)

// startFinder makes the node look for ways to others, and pass packets on for
// them, if its socket is a real one. It asks only servers that the config names.
func (n *Node) startFinder() {
	paths := n.endpoint.Paths()
	if paths == nil {
		return
	}
	config := n.config
	if !config.NoForward {
		n.forwarder = relay.New(relay.Config{Paths: paths})
	}
	n.finder = pathfinder.New(pathfinder.Config{
		Paths: paths, Key: n.endpoint.Key(), STUN: config.STUN, Rendezvous: config.Rendezvous,
		TURN: n.turn, Relay: config.Relay, Loopback: n.Addr().Addr().IsLoopback(), Logger: config.Logger,
		Changed: n.endpoint.Wake, Forwarder: n.forwarder, Restraint: n.restraint,
		NoTCP: n.noTCP,
	})
	if n.asking() {
		n.startMapper()
	}
}

// asking reports whether there is a server that tells something of the network.
func (n *Node) asking() bool {
	return n.config.Rendezvous != "" || len(n.config.STUN) > 0 || len(n.turn) > 0
}

// startMapper asks the router for a port, if that is wanted.
func (n *Node) startMapper() {
	if n.mapper != nil || !n.config.PortMap || n.Addr().Addr().IsLoopback() {
		return
	}
	n.mapping = portmap.Config{Port: n.Addr().Port(), Description: "visavis", Logger: n.config.Logger}
	n.mapper = portmap.Start(n.mapping)
}

// PublicSTUN are servers on the internet that tell a node its public address,
// for games that have none of their own. They see that address and nothing
// else.
var PublicSTUN = []string{
	"stun.cloudflare.com:3478", "stun.l.google.com:19302", "stun1.l.google.com:19302",
	"stun.nextcloud.com:3478", "stun.sipgate.net:3478", "stun2.l.google.com:19302",
}

// Report says in words what the node knows of the network between it and
// others, and what a player can do about it.
func (n *Node) Report() nat.Report {
	if n.finder == nil || !n.asking() {
		return nat.Report{Summary: "No server was asked, so nothing is known of the network.", Advice: "Name a STUN, a TURN or a rendezvous server."}
	}
	report := n.finder.Report()
	if n.mapper != nil {
		report.Details = append(report.Details, n.mapper.Status())
	}
	return report
}

// offer is how this node is reached through routers, as far as it knows.
func (n *Node) offer() []byte {
	if n.finder == nil {
		return nil
	}
	return n.finder.Offer()
}

// PathKind is what kind of way leads to another machine: "lan", "direct",
// "player-relay" and so on.
type PathKind = pathfinder.Kind

// Helping returns for how many pairs of other members this machine passes
// packets on now, because they have no direct way to each other, and how many
// bytes the node has passed on so far.
func (n *Node) Helping() (pairs int, bytes uint64) {
	if n.forwarder == nil {
		return 0, 0
	}
	stats := n.forwarder.Stats()
	return stats.Channels, stats.Bytes
}
