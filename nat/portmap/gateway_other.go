//go:build !linux && !windows && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly

package portmap

import "net/netip"

// defaultGateways guesses: this system does not tell its routes.
func defaultGateways(around []localNetwork) []netip.Addr { return likelyGateways(around) }
