package nat64

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// WellKnown is the prefix that networks may use without having one of their own
// (RFC 6052 section 2.1).
var WellKnown = netip.MustParsePrefix("64:ff9b::/96")

// lengths are those that a prefix may have (RFC 6052 section 2.2), the likeliest
// first.
var lengths = [...]int{96, 64, 56, 48, 40, 32}

// place returns the bytes of an address that hold the IPv4 address behind a
// prefix of so many bits, nil if there is no such length. Byte 8 is always 0.
func place(bits int) []int {
	switch bits {
	case 32:
		return []int{4, 5, 6, 7}
	case 40:
		return []int{5, 6, 7, 9}
	case 48:
		return []int{6, 7, 9, 10}
	case 56:
		return []int{7, 9, 10, 11}
	case 64:
		return []int{9, 10, 11, 12}
	case 96:
		return []int{12, 13, 14, 15}
	}
	return nil
}

// Map returns the IPv6 address that stands for an IPv4 address. It is false if
// prefix is none of RFC 6052, or if four is an address that the translator must
// not be asked for: behind the well-known prefix those that are not of the
// internet (RFC 6052 section 3.1).
func Map(prefix netip.Prefix, four netip.Addr) (six netip.Addr, ok bool) {
	four = four.Unmap()
	bytes := place(prefix.Bits())
	if bytes == nil || !prefix.Addr().Is6() || !four.Is4() || prefix.Masked() == WellKnown && !global(four) {
		return netip.Addr{}, false
	}
	b, a := prefix.Masked().Addr().As16(), four.As4()
	if b[8] != 0 {
		return netip.Addr{}, false
	}
	for i, at := range bytes {
		b[at] = a[i]
	}
	return netip.AddrFrom16(b), true
}

// Unmap returns the IPv4 address that an IPv6 address stands for, and false if
// it stands for none.
func Unmap(prefix netip.Prefix, six netip.Addr) (four netip.Addr, ok bool) {
	bytes := place(prefix.Bits())
	if bytes == nil || !six.Is6() || six.Is4In6() || !prefix.Contains(six.WithZone("")) {
		return netip.Addr{}, false
	}
	b := six.As16()
	if b[8] != 0 {
		return netip.Addr{}, false
	}
	var a [4]byte
	for i, at := range bytes {
		a[i] = b[at]
	}
	return netip.AddrFrom4(a), true
}

// global reports whether an IPv4 address can be one of the internet.
func global(a netip.Addr) bool {
	return !(a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() ||
		a.As4()[0] == 0 || a.As4()[0] >= 240 || netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10).Contains(a))
}

// name has these two IPv4 addresses and no IPv6 address (RFC 7050 section 2.2).
const name = "ipv4only.arpa"

var known = [...]netip.Addr{netip.AddrFrom4([4]byte{192, 0, 0, 170}), netip.AddrFrom4([4]byte{192, 0, 0, 171})}

// ErrNone says that the network's resolver knows of no translator.
var ErrNone = errors.New("this network reaches no IPv4 addresses: it has no translator (NAT64), or its resolver does not tell")

// maxAnswers is how many addresses of an answer are looked at.
const maxAnswers = 16

// Discover asks the resolver of this network, such as LookupNetIP of
// net.DefaultResolver, by which prefix IPv4 is reached (RFC 7050 section 3). It
// waits for as long as ctx allows. The answer is not authenticated: whoever can
// forge it could as well take our packets on their way.
func Discover(ctx context.Context, lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)) (netip.Prefix, error) {
	answers, err := lookup(ctx, "ip6", name)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%w (%w)", ErrNone, err)
	}
	for _, answer := range answers[:min(len(answers), maxAnswers)] {
		if prefix, ok := reveal(answer); ok {
			return prefix, nil
		}
	}
	return netip.Prefix{}, ErrNone
}

// reveal finds the prefix of an address that stands for a known one. An address
// in which that stands in two places reveals nothing.
func reveal(six netip.Addr) (found netip.Prefix, ok bool) {
	for _, bits := range lengths {
		prefix, err := six.WithZone("").Prefix(bits)
		if err != nil {
			return netip.Prefix{}, false
		}
		four, is := Unmap(prefix, six)
		if !is || !slices.Contains(known[:], four) {
			continue
		}
		if ok {
			return netip.Prefix{}, false
		}
		found, ok = prefix, true
	}
	return found, ok
}
