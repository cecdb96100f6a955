//go:build !race

package nat64

import (
	"context"
	"errors"
	"net/netip"
	"testing"
)

// examples are those of RFC 6052 section 2.4.
var examples = []struct{ prefix, six string }{
	{"2001:db8::/32", "2001:db8:c000:221::"},
	{"2001:db8:100::/40", "2001:db8:1c0:2:21::"},
	{"2001:db8:122::/48", "2001:db8:122:c000:2:2100::"},
	{"2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"},
	{"2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"},
	{"2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"},
	{"64:ff9b::/96", "64:ff9b::192.0.2.33"},
}

func TestExamples(t *testing.T) {
	four := netip.MustParseAddr("192.0.2.33")
	for _, e := range examples {
		prefix, six := netip.MustParsePrefix(e.prefix), netip.MustParseAddr(e.six)
		if got, ok := Map(prefix, four); !ok || got != six {
			t.Errorf("%v behind %v is %v, %v; want %v", four, prefix, got, ok, six)
		}
		if got, ok := Map(prefix, netip.AddrFrom16(four.As16())); !ok || got != six {
			t.Errorf("%v as an IPv6 address: %v, %v", four, got, ok)
		}
		if got, ok := Unmap(prefix, six); !ok || got != four {
			t.Errorf("%v stands for %v, %v", six, got, ok)
		}
		if _, ok := Unmap(prefix, netip.MustParseAddr("2001:dead::1")); ok {
			t.Errorf("a stranger stands for something behind %v", prefix)
		}
	}
}

func TestNotMapped(t *testing.T) {
	public := netip.MustParseAddr("198.51.100.1")
	for _, prefix := range []string{"2001:db8::/33", "2001:db8::/0", "2001:db8::/128", "192.0.0.0/8", "2001:db8:0:0:ff00::/96"} {
		if six, ok := Map(netip.MustParsePrefix(prefix), public); ok {
			t.Errorf("%v behind %s is %v", public, prefix, six)
		}
	}
	if _, ok := Map(netip.Prefix{}, public); ok {
		t.Error("the zero prefix maps")
	}
	if _, ok := Unmap(netip.Prefix{}, public); ok {
		t.Error("the zero prefix unmaps")
	}
	for _, local := range []string{"192.168.1.1", "10.0.0.1", "172.16.0.1", "127.0.0.1", "169.254.1.1", "100.64.0.1", "224.0.0.1", "240.0.0.1", "0.0.0.0"} {
		if six, ok := Map(WellKnown, netip.MustParseAddr(local)); ok {
			t.Errorf("%s is asked for at %v", local, six)
		}
	}
	if _, ok := Map(netip.MustParsePrefix("2001:db8:1::/96"), netip.MustParseAddr("10.0.0.1")); !ok {
		t.Error("a network's own prefix reaches its own private addresses")
	}
	if _, ok := Map(WellKnown, netip.MustParseAddr("2001:db8::1")); ok {
		t.Error("an IPv6 address is mapped")
	}
	if _, ok := Unmap(netip.MustParsePrefix("2001:db8::/32"), netip.MustParseAddr("2001:db8:c000:221:100::")); ok {
		t.Error("an address with bits 64 to 71 set is unmapped")
	}
}

func TestDiscover(t *testing.T) {
	ask := func(answers ...string) (netip.Prefix, error) {
		return Discover(t.Context(), func(_ context.Context, network, host string) ([]netip.Addr, error) {
			if network != "ip6" || host != "ipv4only.arpa" {
				t.Errorf("%s of %s was asked for", network, host)
			}
			var list []netip.Addr
			for _, a := range answers {
				list = append(list, netip.MustParseAddr(a))
			}
			return list, nil
		})
	}
	for _, e := range examples {
		prefix := netip.MustParsePrefix(e.prefix)
		for _, four := range known {
			six, _ := Map(netip.MustParsePrefix(e.prefix), four)
			if e.prefix == "64:ff9b::/96" {
				six = netip.MustParseAddr("64:ff9b::" + four.String()) // 192.0.0.0/24 is not global, but asked for by name
			}
			if got, err := ask(six.String()); err != nil || got != prefix {
				t.Errorf("%v reveals %v, %v; want %v", six, got, err, prefix)
			}
		}
	}
	if got, err := ask("2001:db8::1", "64:ff9b::192.0.0.171"); err != nil || got != WellKnown {
		t.Errorf("the second answer reveals %v, %v", got, err)
	}
	if got, err := ask("2001:db8:c000:aa:0:0:c000:aa"); !errors.Is(err, ErrNone) {
		t.Errorf("two places reveal %v, %v", got, err)
	}
	for _, answers := range [][]string{nil, {"2001:db8::1"}, {"192.0.0.170"}, {"::ffff:192.0.0.170"}, {"::"}} {
		if got, err := ask(answers...); !errors.Is(err, ErrNone) {
			t.Errorf("%v reveals %v, %v", answers, got, err)
		}
	}
	gone := errors.New("no such host")
	_, err := Discover(t.Context(), func(context.Context, string, string) ([]netip.Addr, error) { return nil, gone })
	if !errors.Is(err, ErrNone) || !errors.Is(err, gone) {
		t.Errorf("%v", err)
	}
}

func FuzzUnmap(f *testing.F) {
	for _, e := range examples {
		six := netip.MustParseAddr(e.six).As16()
		f.Add(six[:], uint8(netip.MustParsePrefix(e.prefix).Bits()))
	}
	f.Fuzz(func(t *testing.T, b []byte, bits uint8) {
		six, ok := netip.AddrFromSlice(b)
		if !ok {
			return
		}
		reveal(six)
		prefix, err := six.Prefix(int(bits))
		if err != nil {
			return
		}
		four, ok := Unmap(prefix, six)
		if !ok {
			return
		}
		again, ok := Map(prefix, four)
		if !ok {
			if prefix != WellKnown {
				t.Errorf("%v of %v is not mapped", four, six)
			}
			return
		}
		if back, ok := Unmap(prefix, again); !ok || back != four {
			t.Errorf("%v became %v", four, back)
		}
	})
}
