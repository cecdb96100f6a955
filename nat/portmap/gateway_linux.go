package portmap

import (
	"io"
	"net/netip"
	"os"
)

// defaultGateways returns the gateways of the IPv4 default routes, the preferred
// first.
func defaultGateways(around []localNetwork) []netip.Addr {
	f, err := os.Open("/proc/net/route")
	if err != nil {
		return likelyGateways(around) // Android does not let programs see it
	}
	defer f.Close()
	table, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return likelyGateways(around)
	}
	return parseRoutes(table)
}
