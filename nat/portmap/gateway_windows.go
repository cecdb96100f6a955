package portmap

import (
	"bytes"
	"net/netip"
	"slices"
	"syscall"
	"unsafe"
)

// defaultGateways returns the IPv4 gateways of all adapters.
func defaultGateways(around []localNetwork) []netip.Addr {
	size := uint32(15000) // what the system's documentation recommends to begin with
	for range 4 {
		entries := make([]syscall.IpAdapterInfo, size/uint32(unsafe.Sizeof(syscall.IpAdapterInfo{}))+1)
		size = uint32(len(entries)) * uint32(unsafe.Sizeof(entries[0]))
		err := syscall.GetAdaptersInfo(&entries[0], &size)
		if err == syscall.ERROR_BUFFER_OVERFLOW {
			continue // size is now what is needed
		}
		if err != nil {
			break
		}
		var gateways []netip.Addr
		for adapter := &entries[0]; adapter != nil; adapter = adapter.Next {
			for g := &adapter.GatewayList; g != nil; g = g.Next {
				text, _, _ := bytes.Cut(g.IpAddress.String[:], []byte{0})
				a, err := netip.ParseAddr(string(text))
				if err == nil && a.Is4() && !a.IsUnspecified() && !slices.Contains(gateways, a) {
					gateways = append(gateways, a)
				}
			}
		}
		return gateways
	}
	return likelyGateways(around)
}
