//go:build !race

package nat

import (
	"fmt"
	"net/netip"
	"testing"
)

func TestHostCandidates(t *testing.T) {
	addrs := func(list ...string) (out []netip.Addr) {
		for _, s := range list {
			out = append(out, netip.MustParseAddr(s))
		}
		return out
	}
	interfaces := []Interface{
		{Name: "docker0", Addrs: addrs("172.17.0.1")},
		{Name: "tailscale0", Addrs: addrs("100.101.1.1", "fd7a::1")},
		{Name: "wlan0", Addrs: addrs("192.168.1.7", "fe80::1%wlan0", "2001:db8::0211:22ff:fe33:4455", "2001:db8::9999", "2001:db8::8888")},
		{Name: "eth0", Addrs: addrs("10.0.0.5", "169.254.3.3", "127.0.0.1")},
	}
	for k := range 20 {
		interfaces = append(interfaces, Interface{Name: fmt.Sprint("veth", k), Addrs: addrs(fmt.Sprintf("172.18.0.%d", k+1))})
	}
	got := HostCandidates(interfaces, 7777)
	want := []string{"192.168.1.7", "10.0.0.5", "2001:db8::9999", "100.101.1.1", "fd7a::1", "172.17.0.1"}
	if len(got) != MaxHosts {
		t.Errorf("%d candidates, want %d", len(got), MaxHosts)
	}
	for k, addr := range want {
		if w := (Candidate{KindHost, netip.AddrPortFrom(netip.MustParseAddr(addr), 7777)}); got[k] != w {
			t.Errorf("candidate %d is %v, want %v", k, got[k], w)
		}
	}
}

// TestRankAddresses has computers as they are.
func TestRankAddresses(t *testing.T) {
	type cards []Interface
	on := func(name string, list ...string) Interface {
		i := Interface{Name: name}
		for _, s := range list {
			i.Addrs = append(i.Addrs, netip.MustParseAddr(s))
		}
		return i
	}
	for name, row := range map[string]struct {
		have cards
		want string
	}{
		"a bridge older than the card": {cards{on("docker0", "172.17.0.1"), on("eth0", "192.168.1.7", "fe80::7")}, "[192.168.1.7 172.17.0.1]"},
		"a cable between two": {cards{on("virbr0", "192.168.122.1"), on("eth0", "169.254.7.7", "fe80::7")},
			"[169.254.7.7 192.168.122.1]"},
		"a card that got one after all": {cards{on("eth0", "169.254.7.7", "192.168.1.7")}, "[192.168.1.7]"},
		"Wi-Fi beside a dead cable":     {cards{on("eth0", "169.254.7.7"), on("wlan0", "192.168.1.7")}, "[192.168.1.7 169.254.7.7]"},
		"a tunnel":                      {cards{on("wg0", "10.8.0.2"), on("vmnet8", "172.16.8.1"), on("wlan0", "192.168.1.7")}, "[192.168.1.7 10.8.0.2 172.16.8.1]"},
		"IPv6 alone":                    {cards{on("docker0", "172.17.0.1"), on("eth0", "2001:db8::7", "fe80::7")}, "[2001:db8::7 172.17.0.1]"},
		"nothing but fe80":              {cards{on("eth0", "fe80::7"), on("eth1", "fe80::8")}, "[fe80::7%eth0 fe80::8%eth1]"},
		"Windows":                       {cards{on("vEthernet (WSL)", "172.29.0.1"), on("Ethernet 2", "192.168.1.7")}, "[192.168.1.7 172.29.0.1]"},
		"a Mac":                         {cards{on("awdl0", "fe80::1"), on("bridge100", "192.168.64.1"), on("utun3", "100.64.0.7"), on("en0", "10.0.0.7")}, "[10.0.0.7 100.64.0.7 192.168.64.1]"},
		"two cards":                     {cards{on("eth0", "10.0.0.7"), on("wlan0", "192.168.1.7")}, "[10.0.0.7 192.168.1.7]"},
		"nothing":                       {nil, "[]"},
	} {
		if got := fmt.Sprint(RankAddresses(row.have)); got != row.want {
			t.Errorf("%s: %s, want %s", name, got, row.want)
		}
		for _, c := range HostCandidates(row.have, 7777) {
			if !c.valid() {
				t.Errorf("%s: the candidate %v is none", name, c)
			}
		}
	}
}

func TestInterfaces(t *testing.T) {
	list, err := Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		for _, a := range i.Addrs {
			if a.IsLoopback() {
				t.Errorf("%s has the loopback address %v", i.Name, a)
			}
		}
	}
}

func TestDescribe(t *testing.T) {
	own := netip.MustParseAddrPort("203.0.113.5:7777")
	ask := func(ports ...int) (list []Observation) {
		for k, port := range ports {
			list = append(list, Observation{
				netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(k)}), 3478),
				netip.AddrPortFrom(netip.MustParseAddr("203.0.113.5"), uint16(port)), netip.Addr{}})
		}
		return list
	}
	oneServer := ask(5000, 6000)
	oneServer[1].Server = netip.AddrPortFrom(oneServer[0].Server.Addr(), 3479)
	same := ask(5000, 5000)
	same[1].Server = oneServer[1].Server
	named := ask(5000, 5000, 6000, 6000) // by two servers, of two addresses each: one of them is wrong, or ports go by address
	for _, k := range []int{1, 3} {
		named[k].By = named[k-1].Server.Addr()
	}
	wrong := func(k int, list []Observation) []Observation {
		list[k].Public = netip.MustParseAddrPort("192.0.2.66:5000")
		return list
	}
	pool := ask(5000, 5001, 5002)
	pool[1].Public = netip.AddrPortFrom(netip.MustParseAddr("203.0.113.6"), 5001)
	for _, row := range []struct {
		name    string
		answers []Observation
		want    Descriptor
	}{
		{"no answer", nil, Descriptor{Mapping: MappingBlocked}},
		{"one answer", ask(5000), Descriptor{}},
		{"two ports of one server", oneServer, Descriptor{Mapping: MappingRandom}},
		{"two ports of one server, a cone", same, Descriptor{Mapping: MappingIndependent}},
		{"ports by address", named, Descriptor{Mapping: MappingRandom}},
		{"a wrong address of three", wrong(0, ask(5000, 5000, 5000)), Descriptor{Mapping: MappingIndependent}},
		{"a wrong address, the last of three", wrong(2, ask(5000, 5000, 5000)), Descriptor{Mapping: MappingIndependent}},
		{"a wrong address of two", wrong(1, ask(5000, 5000)), Descriptor{}},
		{"a wrong address beside random ports", wrong(1, ask(5000, 5000, 41000)), Descriptor{Mapping: MappingRandom}},
		{"a wrong port of three, our own address", ask(7777, 1, 7777), Descriptor{Mapping: MappingNone}},
		{"our own address", ask(7777, 7777), Descriptor{Mapping: MappingNone}},
		{"our own address, once", ask(7777), Descriptor{Mapping: MappingNone}},
		{"one port", ask(5000, 5000, 5000), Descriptor{Mapping: MappingIndependent}},
		{"counting", ask(5000, 5001, 5002), Descriptor{Mapping: MappingPredictable, Delta: 1, Port: 5002}},
		{"counting with a gap", ask(5000, 5002, 5006), Descriptor{Mapping: MappingPredictable, Delta: 2, Port: 5006}},
		{"counting down", ask(5009, 5006, 5000), Descriptor{Mapping: MappingPredictable, Delta: -3, Port: 5000}},
		{"two neighbours", ask(5000, 5003), Descriptor{Mapping: MappingPredictable, Delta: 3, Port: 5003}},
		{"two not so near", ask(5000, 5010), Descriptor{Mapping: MappingRandom}},
		{"forth and back", ask(5000, 5001, 4999), Descriptor{Mapping: MappingRandom}},
		{"a wrong port of three", ask(5000, 5000, 9000), Descriptor{Mapping: MappingIndependent}},
		{"random", ask(5000, 41000, 23000), Descriptor{Mapping: MappingRandom}},
		{"several addresses", pool, Descriptor{Mapping: MappingRandom}},
	} {
		if got := Describe([]netip.AddrPort{own}, row.answers, true); got != row.want {
			t.Errorf("%s: %+v, want %+v", row.name, got, row.want)
		}
	}
	if got := Describe(nil, nil, false); got != (Descriptor{}) {
		t.Errorf("nobody asked: %+v", got)
	}
}
