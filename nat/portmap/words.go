package portmap

import (
	"errors"
	"fmt"
	"net/netip"
)

var (
	errSilent       = errors.New("no answer")
	errNoGateway    = errors.New("no gateway")
	errOwnPublic    = errors.New("a public address of its own")
	errDisconnected = errors.New("the router has no outer address")
	errMalformed    = errors.New("malformed answer")
)

// refusal is a router's no.
type refusal struct {
	via  string
	code int
}

func (r *refusal) Error() string { return fmt.Sprintf("%s error %d", r.via, r.code) }

// describe says that a port is open.
func describe(m Mapping) string {
	opened := fmt.Sprintf("the router opened port %d (%s)", m.Public.Port(), m.Via)
	switch {
	case !m.Private:
		return opened
	case shared.Contains(m.Public.Addr()):
		return opened + fmt.Sprintf(", but the provider shares its public addresses among customers (%v): "+
			"only customers of the same provider may reach it", m.Public.Addr())
	default:
		return opened + fmt.Sprintf(", but is itself behind another router (%v): "+
			"forward the port there too, or connect one of the two as a bridge", m.Public.Addr())
	}
}

// explain says why no port is open, and what can be done.
func (m *Mapper) explain(err error) string {
	var no *refusal
	byHand := fmt.Sprintf("forward UDP port %d to this computer by hand", m.config.Port)
	switch {
	case errors.Is(err, errNoGateway):
		return "this network has no router that could open a port"
	case errors.Is(err, errOwnPublic):
		return "this computer has a public address: no router needs to open a port"
	case errors.As(err, &no):
		return fmt.Sprintf("the router refused to open a port (%v): allow UPnP or NAT-PMP in its settings, or %s", no, byHand)
	case errors.Is(err, errDisconnected):
		return "the router opens no port, for it has no public address: it is offline or behind another router"
	default:
		return "the router does not open ports by itself: turn on UPnP or NAT-PMP in its settings, or " + byHand
	}
}

// shared is what providers put between their customers and the internet
// (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// special are other networks that the internet does not reach: this network,
// DS-Lite (RFC 6333) and the former class E.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
}

// isPublic reports whether the internet can reach an IPv4 address.
func isPublic(a netip.Addr) bool {
	if !a.Is4() || !a.IsGlobalUnicast() || a.IsPrivate() || shared.Contains(a) {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
