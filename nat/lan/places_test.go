package lan

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"
)

func ipNet(t *testing.T, cidr string) net.Addr {
	t.Helper()
	ip, network, err := net.ParseCIDR(cidr)
	if err != nil {
		t.Fatal(err)
	}
	network.IP = ip
	return network
}

func TestPlacesOf(t *testing.T) {
	const up, both = net.FlagUp, net.FlagUp | net.FlagBroadcast | net.FlagMulticast
	for _, c := range []struct {
		what  string
		flags net.Flags
		addrs []string
		want  []string // where floods go
	}{
		{"a cable", both, []string{"192.168.1.7/24", "fe80::7/64", "2001:db8::7/64"},
			[]string{"239.255.118.118:9", "192.168.1.255:9", "[ff12::7676:6c61:6e%eth0]:9"}},
		{"two addresses of each kind", both, []string{"10.1.2.3/8", "172.16.200.1/20", "fe80::7/64", "fe80::8/64"},
			[]string{"239.255.118.118:9", "10.255.255.255:9", "239.255.118.118:9", "172.16.207.255:9", "[ff12::7676:6c61:6e%eth0]:9"}},
		{"no multicast", up | net.FlagBroadcast, []string{"192.168.1.7/24", "fe80::7/64"}, []string{"192.168.1.255:9"}},
		{"a network of two", both, []string{"192.168.1.7/31"}, []string{"239.255.118.118:9"}},
		{"Linux's loopback", up | net.FlagLoopback, []string{"127.0.0.1/8", "::1/128"}, []string{"239.255.118.118:9", "127.255.255.255:9"}},
		{"a tunnel", up | net.FlagPointToPoint | net.FlagMulticast, []string{"10.8.0.2/24"}, nil},
		{"a cable that is not plugged in", net.FlagBroadcast | net.FlagMulticast, []string{"192.168.1.7/24"}, nil},
		{"no address", both, nil, nil},
	} {
		var addrs []net.Addr
		for _, a := range c.addrs {
			addrs = append(addrs, ipNet(t, a))
		}
		var got []string
		for _, p := range placesOf(net.Interface{Index: 3, Name: "eth0", Flags: c.flags}, addrs) {
			for _, to := range beaconMedium(9).destinations(p) {
				got = append(got, to.String())
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: floods go to %v, want %v", c.what, got, c.want)
		}
	}
}

func TestPlaceHolds(t *testing.T) {
	four := place{index: 3, name: "eth0", prefix: netip.MustParsePrefix("192.168.1.7/24")}
	six := place{index: 3, name: "eth0", prefix: netip.MustParsePrefix("fe80::7/64")}
	for addr, want := range map[string][2]bool{
		"192.168.1.200": {true, false}, "192.168.2.1": {}, "8.8.8.8": {},
		"fe80::9%eth0": {false, true}, "fe80::9%3": {false, true}, "fe80::9%eth1": {}, "fe80::9": {}, "2001:db8::1": {},
	} {
		a := netip.MustParseAddr(addr)
		if got := [2]bool{four.holds(a), six.holds(a)}; got != want {
			t.Errorf("%s: on the networks %v, want %v", addr, got, want)
		}
	}
}

// A computer with very many interfaces uses the first ones, and names restrict.
func TestFindPlaces(t *testing.T) {
	places, err := findPlaces(nil)
	if err != nil || len(places) > maxPlaces {
		t.Errorf("%d places, %v", len(places), err)
	}
	if places, err := findPlaces([]string{"no such interface"}); err != nil || len(places) != 0 {
		t.Errorf("places %v, %v", places, err)
	}
	if _, err := Browse(BrowseConfig{Game: "pond", Network: Network{Interfaces: []string{}}}); err != ErrNoNetwork {
		t.Errorf("a list without interfaces: %v", err)
	}
}

func BenchmarkFindPlaces(b *testing.B) {
	for b.Loop() {
		if _, err := findPlaces(nil); err != nil {
			b.Fatal(err)
		}
	}
}

// TestLikeliest: forty bridges that are older than the cards do not crowd them out.
func TestLikeliest(t *testing.T) {
	var places []place
	for i := range 40 {
		addr := netip.AddrFrom4([4]byte{172, 17, byte(i), 1})
		places = append(places, place{index: i + 2, name: fmt.Sprint("br-", i), prefix: netip.PrefixFrom(addr, 24)})
	}
	places = append(places, place{index: 1, name: "lo", prefix: netip.MustParsePrefix("127.0.0.1/8"), loopback: true},
		place{index: 90, name: "wlan0", prefix: netip.MustParsePrefix("fe80::1/64")},
		place{index: 90, name: "wlan0", prefix: netip.MustParsePrefix("192.168.1.7/24")})
	got := likeliest(places)
	if len(got) != maxPlaces || got[0].name != "lo" || got[1].name != "wlan0" || !got[1].prefix.Addr().Is4() || got[maxPlaces-1].name != "wlan0" {
		t.Errorf("%d places: %v", len(got), got)
	}
}
