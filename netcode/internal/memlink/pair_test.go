package memlink

import (
	"fmt"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

const ms = time.Millisecond

// pair returns two endpoints with an open link between them, over a perfect
// network, and the network.
func pair(tb testing.TB, seed uint64) (n *Network, dialled, accepted link.Link) {
	tb.Helper()
	n = NewNetwork(seed, 2)
	a, b := n.NewEndpoint(link.Key{1}), n.NewEndpoint(link.Key{2})
	dialled, accepted = connect(tb, n, a, b)
	return n, dialled, accepted
}

// connect opens a link from a to b without letting time pass.
func connect(tb testing.TB, n *Network, a, b *Endpoint) (dialled, accepted link.Link) {
	tb.Helper()
	dialled = a.Dial(b.Addr(), nil)
	n.Advance(0)
	accepted = b.Accept()
	if accepted == nil || dialled.State() != link.Open || accepted.State() != link.Open {
		tb.Fatalf("no link over a perfect network: dialled is %v, accepted %v", dialled.State(), accepted)
	}
	return dialled, accepted
}

// arrivals receives everything and returns it as lines like "D 20ms inputs".
func arrivals(l link.Link) []string {
	var lines []string
	l.Receive(func(kind link.Kind, at time.Duration, b []byte) {
		lines = append(lines, fmt.Sprintf("%c %v %s", "?DMF"[kind], at, b))
	})
	return lines
}

// number is a body that says i.
func number(i int) []byte { return fmt.Append(nil, i) }

// send hands a message to l and fails the test if it is not taken.
func send(tb testing.TB, l link.Link, b []byte) {
	tb.Helper()
	if err := l.Send(b); err != nil {
		tb.Fatalf("Send of %d bytes: %v", len(b), err)
	}
}
