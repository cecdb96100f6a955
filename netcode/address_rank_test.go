//go:build !race

package netcode

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/visavis-netcode/visavis/nat"
)

// TestAddressesOf: what a player is shown to tell friends is the card's address,
// however many bridges are older than it.
func TestAddressesOf(t *testing.T) {
	var interfaces []nat.Interface
	for k := range 20 {
		interfaces = append(interfaces, nat.Interface{Name: fmt.Sprint("br-", k), Addrs: []netip.Addr{netip.AddrFrom4([4]byte{172, 18, byte(k), 1})}})
	}
	interfaces = append(interfaces, nat.Interface{Name: "wlan0", Addrs: []netip.Addr{netip.MustParseAddr("fe80::7"), netip.MustParseAddr("2001:db8::7"), netip.MustParseAddr("192.168.1.7")}})
	any4, any6 := netip.MustParseAddrPort("0.0.0.0:7777"), netip.MustParseAddrPort("[::]:7777")
	got := addressesOf(interfaces, any6, 3)
	if len(got) != 3 || got[0] != "192.168.1.7:7777" || got[1] != "[2001:db8::7]:7777" {
		t.Errorf("%v", got)
	}
	if got := addressesOf(interfaces, any4, 2); len(got) != 2 || got[0] != "192.168.1.7:7777" || got[1] != "172.18.0.1:7777" {
		t.Errorf("a socket of IPv4 alone: %v", got)
	}
	own := []nat.Interface{{Name: "eth0", Addrs: []netip.Addr{netip.MustParseAddr("169.254.7.7")}}}
	if got := addressesOf(own, any4, 8); len(got) != 1 || got[0] != "169.254.7.7:7777" {
		t.Errorf("a cable between two: %v", got)
	}
	if got := addressesOf(nil, any4, 8); len(got) != 1 || got[0] != "127.0.0.1:7777" {
		t.Errorf("no network: %v", got)
	}
}
