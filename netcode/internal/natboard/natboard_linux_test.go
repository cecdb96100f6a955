package natboard

import (
	"testing"

	"github.com/visavis-netcode/visavis/nat/netlab"
)

var flags = NewFlags()

func TestMain(m *testing.M) {
	netlab.Main(m, map[string]func(){Visavis.Program: Play})
}

// few are the pairs that are always played.
var few = []string{"portrestricted x portrestricted", "portrestricted x symmetric", "symmetric x symmetric",
	"racy x cgnat", "upnp x symmetric", "udp-blocked x none", "one-router", "one-carrier"}

// TestTable plays pairs of homes and writes TABLE.md: see the package's
// documentation.
func TestTable(t *testing.T) { flags.Test(t, tableHead, few, Visavis) }

const tableHead = `# Which homes get into a match

Written by ` + "`go test ./netcode/internal/natboard -run TestTable -table -parallel 3 -timeout 90m`" + `: real routers of the Linux kernel in network
namespaces, 60 ms round trip between the homes, three hops on each wire that low TTLs do not survive, players in processes
of their own that host and join by a code, both hosting in turn. The guest learns of the host up to 1 s later than it could.
What a trial is stands in the package's documentation; [nat/TABLE.md](../../nat/TABLE.md) has the same pairs in simulation.

Times are in ms from when the guest, who learns last, knows the host's addresses: to its first input of the host (the lobby and
the start of the match included), and to the first use of a direct path, where a relay was used before. They say what the
tactics reach on routers of exactly these behaviours, and are no forecast of a success rate among real players.

`
