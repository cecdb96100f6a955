package portmap

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Flags of a route in Linux (include/uapi/linux/route.h).
const (
	routeUp      = 1
	routeGateway = 2
)

// parseRoutes returns the default gateways of Linux' /proc/net/route, the lowest
// metric first and each once. Addresses stand there as numbers in the byte order
// of the machine.
func parseRoutes(table []byte) []netip.Addr {
	type route struct {
		gateway netip.Addr
		metric  uint64
	}
	var routes []route
	lines := bufio.NewScanner(bytes.NewReader(table))
	for lines.Scan() {
		f := strings.Fields(lines.Text()) // Iface Destination Gateway Flags RefCnt Use Metric Mask
		if len(f) < 8 || f[1] != "00000000" || f[7] != "00000000" {
			continue
		}
		gateway, err := strconv.ParseUint(f[2], 16, 32)
		flags, err2 := strconv.ParseUint(f[3], 16, 16)
		metric, err3 := strconv.ParseUint(f[6], 10, 32)
		if err != nil || err2 != nil || err3 != nil || gateway == 0 || flags&(routeUp|routeGateway) != routeUp|routeGateway {
			continue
		}
		var a [4]byte
		binary.NativeEndian.PutUint32(a[:], uint32(gateway))
		routes = append(routes, route{netip.AddrFrom4(a), metric})
	}
	slices.SortStableFunc(routes, func(a, b route) int { return cmp.Compare(a.metric, b.metric) })
	var gateways []netip.Addr
	for _, r := range routes {
		if !slices.Contains(gateways, r.gateway) {
			gateways = append(gateways, r.gateway)
		}
	}
	return gateways
}
