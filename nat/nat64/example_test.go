//go:build !race

package nat64_test

import (
	"fmt"
	"net/netip"

	"github.com/visavis-netcode/visavis/nat/nat64"
)

// A computer with IPv6 alone reaches one of IPv4 by the translator's prefix.
func ExampleMap() {
	six, ok := nat64.Map(nat64.WellKnown, netip.MustParseAddr("192.0.2.33"))
	fmt.Println(six, ok)
	fmt.Println(nat64.Unmap(nat64.WellKnown, six))
	// Output:
	// 64:ff9b::c000:221 true
	// 192.0.2.33 true
}
