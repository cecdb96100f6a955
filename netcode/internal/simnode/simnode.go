// Package simnode puts a node on an endpoint that its caller has made, with conditions of
// its own on every path: for package simtest and the scoreboard. No other module can make
// endpoints, so it is not a part of package netcode's public side, which fills it in.
//
//	node := simnode.New(endpoint, "Ana").(*netcode.Node)
package simnode

import "github.com/visavis-netcode/visavis/netcode/internal/link"

// New returns a *netcode.Node. Package netcode sets it when it is loaded.
var New func(endpoint link.Endpoint, name string) any
