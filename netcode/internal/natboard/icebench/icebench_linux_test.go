package icebench

import (
	"testing"

	"github.com/visavis-netcode/visavis/nat/netlab"
	"github.com/visavis-netcode/visavis/netcode/internal/natboard"
)

var flags = natboard.NewFlags()

func TestMain(m *testing.M) {
	netlab.Main(m, map[string]func(){natboard.Visavis.Program: natboard.Play, PionICE.Program: Play})
}

// few are the pairs that are played without flags.
var few = []string{"portrestricted x portrestricted", "portrestricted x symmetric", "symmetric x symmetric", "one-router"}

// TestTable plays pairs of homes and writes TABLE.md: see the package's
// documentation.
func TestTable(t *testing.T) { flags.Test(t, tableHead, few, natboard.Visavis, PionICE) }

const tableHead = `# This engine beside pion/ice

Written by ` + "`cd netcode/internal/natboard/icebench && go test -run TestTable -table -parallel 3 -timeout 4h`" + `: the trials of
[the table of homes](../TABLE.md), by both engines one after the other. What pion/ice does in a trial, and what it is
spared, stands in this package's documentation.

Times are in ms from when the guest, who learns last, knows the host's addresses: to the first input of the match (pion/ice:
to the first packet), and to the first use of a direct path.

`
