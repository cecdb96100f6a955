package netcode

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/visavis-netcode/visavis/nat"
)

// invitation is where a lobby is: HOST:PORT or HOST:PORT#FINGERPRINT.
type invitation struct {
	text        string
	addr        netip.AddrPort // if the host is given in digits, and always the port
	name        string         // if not
	fingerprint string         // "" if the address names none: whoever answers is taken
	keyHash     *[16]byte      // of the host's key, if an invite says it
}

// fingerprintLength is that of link.Key.Fingerprint.
const fingerprintLength = 26

// isAddress reports whether what a player has entered is meant as an address, and
// not as a code, in which there is neither a colon nor a dot.
func isAddress(text string) bool {
	host, _, _ := strings.Cut(strings.TrimSpace(text), "#")
	return strings.ContainsAny(host, ":.") || strings.EqualFold(host, "localhost")
}

// parseInvitation reads an address as a player types or pastes it. Names are not
// looked up. Its errors are sentences for the player.
func parseInvitation(text string) (invitation, error) {
	text = strings.TrimSpace(text)
	hostPort, fingerprint, pinned := strings.Cut(text, "#")
	inv := invitation{text: hostPort, fingerprint: strings.ToLower(fingerprint)}
	fail := func(format string, args ...any) (invitation, error) {
		return invitation{}, &ConnectError{Code: ReasonAddress, Address: text, Reason: fmt.Sprintf(format, args...)}
	}
	if pinned && len(inv.fingerprint) != fingerprintLength {
		return fail("the part after # is %d characters long, it should be %d: was the address copied whole?", len(fingerprint), fingerprintLength)
	}
	if strings.Contains(hostPort, "/") {
		return fail("%q is not an address: leave out everything with a slash, so that it looks like 192.168.1.5:7777", hostPort)
	}
	bare := hostPort
	if strings.HasPrefix(bare, "[") && strings.HasSuffix(bare, "]") {
		bare = bare[1 : len(bare)-1]
	}
	if addr, err := netip.ParseAddr(bare); err == nil {
		return fail("%q has no port: ask the host for the whole address, which looks like %v", hostPort, netip.AddrPortFrom(addr, 7777))
	}
	host, service, err := net.SplitHostPort(hostPort)
	switch {
	case err != nil && !strings.Contains(hostPort, ":"):
		return fail("%q has no port: ask the host for the whole address, which looks like %s:7777", hostPort, hostPort)
	case err != nil:
		return fail("%q is not an address: it should look like 192.168.1.5:7777", hostPort)
	case host == "":
		return fail("%q names no computer: it should look like 192.168.1.5:7777", hostPort)
	case service == "":
		return fail("%q has no port: it should look like %s", hostPort, net.JoinHostPort(host, "7777"))
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil || port == 0 {
		return fail("%q is no port: what stands behind the colon is a number from 1 to 65535", service)
	}
	addr, err := netip.ParseAddr(host)
	addr = addr.Unmap()
	inv.addr = netip.AddrPortFrom(addr, uint16(port))
	switch {
	case err == nil && (addr.IsUnspecified() || addr.IsMulticast() || addr == netip.AddrFrom4([4]byte{255, 255, 255, 255})):
		return fail("%v is the address of no single computer: ask the host for its own", addr)
	case err == nil:
		return inv, nil
	case onlyNumbers(host):
		return fail("%q is not an address: it should be four numbers from 0 to 255, such as 192.168.1.5", host)
	case !isName(host):
		return fail("%q is no name of a computer: it should look like 192.168.1.5:7777 or play.example.org:7777", host)
	}
	inv.name = host
	return inv, nil
}

// onlyNumbers reports whether a host looks like an IPv4 address, and so is no name.
func onlyNumbers(host string) bool { return strings.Trim(host, "0123456789.") == "" }

// isName reports whether a host may be a name that the name service knows.
func isName(host string) bool {
	return len(host) <= 253 && strings.IndexFunc(host, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '.' && r != '_'
	}) < 0
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
