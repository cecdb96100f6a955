package screens

import (
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// twoOnline are Ana's and Ben's games on one network.
type twoOnline struct {
	t        *testing.T
	network  *netcode.MemoryNetwork
	ana, ben *App
	does     [2]ui.Input // by Ana and Ben, in each tick
	ticks    int         // that until waits at most
}

func newTwoOnline(t *testing.T, seed uint64, ticks int) *twoOnline {
	t.Helper()
	network := netcode.NewMemoryNetwork(seed)
	o := &twoOnline{t: t, network: network, ana: newTestApp(t, "Ana"), ben: newTestApp(t, "Ben"), ticks: ticks}
	o.ana.online = &online{node: network.NewNode("Ana")}
	o.ben.online = &online{node: network.NewNode("Ben")}
	return o
}

// until has both go on until something has happened.
func (o *twoOnline) until(what string, done func() bool) {
	o.t.Helper()
	for range o.ticks {
		if done() {
			return
		}
		step(o.ana, o.does[0])
		step(o.ben, o.does[1])
		o.network.Advance(time.Second / 60)
	}
	o.t.Fatalf("%s did not happen; Ben sees %T", what, o.ben.stack[len(o.ben.stack)-1])
}
