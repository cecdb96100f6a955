package netcode

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/visavis-netcode/visavis/nat"
)

// invitation is where a lobby is: HOST:PORT or HOST:PORT#FINGERPRINT.
type invitation struct {
	text        string
	addr        netip.AddrPort
	fingerprint string    // "" if the address names none: whoever answers is taken
	keyHash     *[16]byte // of the host's key, if an invite says it
}

// fingerprintLength is that of link.Key.Fingerprint.
const fingerprintLength = 26

// parseInvitation reads an address as a player types or pastes it. Host names
// are looked up, which may block: the caller is not the game's loop.
func parseInvitation(text string) (invitation, error) {
	text = strings.TrimSpace(text)
	hostPort, fingerprint, pinned := strings.Cut(text, "#")
	inv := invitation{text: hostPort, fingerprint: strings.ToLower(fingerprint)}
	fail := func(format string, args ...any) (invitation, error) {
		return invitation{}, &ConnectError{Address: text, Reason: fmt.Sprintf(format, args...)}
	}
	if pinned && len(inv.fingerprint) != fingerprintLength {
		return fail("the part after # is %d characters long, it should be %d: was the address copied whole?", len(fingerprint), fingerprintLength)
	}
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return fail("%q is not an address: it should look like 192.168.1.5:7777", hostPort)
	}
	if addr, err := netip.ParseAddrPort(hostPort); err == nil {
		inv.addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	} else {
		resolved, err := net.ResolveUDPAddr("udp", net.JoinHostPort(host, port))
		if err != nil {
			return fail("%q cannot be found: is the name spelt right?", hostPort)
		}
		ap := resolved.AddrPort()
		inv.addr = netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	if inv.addr.Port() == 0 {
		return fail("%q has no port: it should look like 192.168.1.5:7777", hostPort)
	}
	return inv, nil
}

// localAddresses returns the addresses under which other machines may reach a
// socket bound to bound, the likeliest first, at most limit. They are those that
// are offered by code or invite, too.
func localAddresses(bound netip.AddrPort, limit int) []string {
	if !bound.Addr().IsUnspecified() {
		return []string{bound.String()}
	}
	interfaces, _ := nat.Interfaces() // none: then there is nothing to tell
	return addressesOf(interfaces, bound, limit)
}

func addressesOf(interfaces []nat.Interface, bound netip.AddrPort, limit int) (all []string) {
	ranked := nat.RankAddresses(interfaces)
	if bound.Addr().Is4() {
		ranked = slices.DeleteFunc(ranked, netip.Addr.Is6)
	}
	if len(ranked) == 0 {
		ranked = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	}
	for _, addr := range ranked[:min(len(ranked), limit)] {
		all = append(all, netip.AddrPortFrom(addr, bound.Port()).String())
	}
	return all
}

// pathWord says what kind of way leads to a peer's address.
func pathWord(addr netip.AddrPort) string {
	switch ip := addr.Addr().Unmap(); {
	case ip.IsLoopback():
		return "loopback"
	case ip.IsPrivate(), ip.IsLinkLocalUnicast():
		return "lan"
	}
	return "direct"
}
