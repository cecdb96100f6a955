//go:build !race

package netcode

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/pathfinder"
)

// TestWhatMembersAreTold: each member is told those addresses of another that it
// may reach, and no others.
func TestWhatMembersAreTold(t *testing.T) {
	type who struct {
		host bool
		seen string // by the host; "" by way of a relay
		said []string
	}
	dad := who{seen: "192.168.1.3", said: []string{"192.168.1.3", "172.17.0.1", "10.9.0.3", "203.0.113.7"}} // docker, a VPN, the router's
	son := who{seen: "192.168.1.4", said: []string{"192.168.1.4", "172.17.0.1", "2001:db8:7::4", "203.0.113.7"}}
	friend := who{seen: "198.51.100.9", said: []string{"192.168.1.4", "198.51.100.9", "2001:db8:9::9"}}
	sister := who{seen: "198.51.100.9", said: []string{"192.168.1.5", "198.51.100.9"}}
	tunnelled := who{seen: "10.8.0.2", said: []string{"10.8.0.2", "192.168.77.2", "203.0.113.88"}}
	relayed := who{said: []string{"192.168.1.6", "203.0.113.66"}}
	twin := who{seen: "192.168.1.3", said: []string{"192.168.1.3", "172.17.0.1"}} // another copy on dad's computer
	here := who{seen: "127.0.0.1", said: []string{"127.0.0.1", "192.168.1.2"}}
	cardsA := who{seen: "10.1.0.5", said: []string{"10.1.0.5", "10.2.0.5"}}
	cardsB := who{seen: "10.2.0.6", said: []string{"10.2.0.6"}}
	sixA := who{seen: "2001:db8:7::5", said: []string{"fd00::5", "2001:db8:7::5"}}
	sixB := who{seen: "2001:db8:7::6", said: []string{"2001:db8:7::6"}}
	host := who{host: true, said: []string{"192.168.1.2", "172.17.0.1", "203.0.113.7"}}
	for _, row := range []struct {
		name   string
		of, to who
		want   []string
	}{
		{"one network", dad, son, []string{"192.168.1.3", "10.9.0.3"}},
		{"one network, the other way", son, dad, []string{"192.168.1.4"}},
		{"at home, to a friend elsewhere", dad, friend, []string{"203.0.113.7"}},
		{"a friend elsewhere, to home", friend, dad, []string{"198.51.100.9", "2001:db8:9::9"}},
		{"behind one router elsewhere", sister, friend, []string{"192.168.1.5", "198.51.100.9"}},
		{"a tunnel to the host", tunnelled, son, []string{"10.8.0.2", "192.168.77.2", "203.0.113.88"}},
		{"by way of a relay", relayed, friend, []string{"203.0.113.66"}},
		{"to one who is relayed", friend, relayed, []string{"198.51.100.9", "2001:db8:9::9"}},
		{"two copies on one computer", dad, twin, []string{"192.168.1.3", "172.17.0.1", "10.9.0.3"}},
		{"on the host's computer", here, here, []string{"127.0.0.1", "192.168.1.2"}},
		{"on the host's computer, to its network", here, dad, []string{"192.168.1.2"}},
		{"several cards", cardsA, cardsB, []string{"10.1.0.5", "10.2.0.5"}},
		{"IPv6 in one network", sixA, sixB, []string{"fd00::5", "2001:db8:7::5"}},
		{"the host, to its network", host, son, []string{"192.168.1.2"}},
		{"the host, elsewhere", host, friend, []string{"203.0.113.7"}},
	} {
		sights := [2]sight{}
		var texts []string
		var offer nat.Offer
		for i, w := range []who{row.of, row.to} {
			sights[i].isHost = w.host
			if w.seen != "" {
				sights[i].seen = netip.MustParseAddr(w.seen)
			}
			for _, text := range w.said {
				addr := netip.MustParseAddr(text)
				sights[i].said = append(sights[i].said, addr)
				if i == 0 {
					at := netip.AddrPortFrom(addr, 7777)
					texts = append(texts, at.String())
					offer.Candidates = append(offer.Candidates, nat.Candidate{Kind: nat.KindHost, Addr: at})
				}
			}
		}
		told, narrowed := sights[0].tell(sights[1], texts, nat.AppendOffer(append([]byte{1}, make([]byte, 32)...), offer))
		var want, offered []string
		for _, text := range row.want {
			want = append(want, netip.AddrPortFrom(netip.MustParseAddr(text), 7777).String())
		}
		for _, c := range pathfinder.Candidates(narrowed) {
			offered = append(offered, c.Addr.String())
		}
		if !slices.Equal(told, want) || !slices.Equal(offered, want) {
			t.Errorf("%s: told %v and offered %v, want %v", row.name, told, offered, want)
		}
	}
}

// TestUsefulOffer: what means something only in a home goes to whom this machine
// sees there, and a relay's address, wherever it stands, to everybody.
func TestUsefulOffer(t *testing.T) {
	var all nat.Offer
	for addr, kind := range map[string]nat.Kind{"192.168.1.2:7777": nat.KindHost, "203.0.113.7:7777": nat.KindReflexive, "10.9.0.1:3000": nat.KindRelay} {
		all.Candidates = append(all.Candidates, nat.Candidate{Kind: kind, Addr: netip.MustParseAddrPort(addr)})
	}
	offer := nat.AppendOffer(append([]byte{1}, make([]byte, 32)...), all)
	for _, row := range []struct {
		peer string
		home bool
	}{{"192.168.1.3", true}, {"203.0.113.7", true}, {"198.51.100.9", false}, {"", false}} {
		var peer netip.Addr // behind a relay
		if row.peer != "" {
			peer = netip.MustParseAddr(row.peer)
		}
		home, others := false, 0
		for _, c := range pathfinder.Candidates(usefulOffer(offer, peer)) {
			if c.Addr.Addr() == netip.MustParseAddr("192.168.1.2") {
				home = true
			} else {
				others++
			}
		}
		if home != row.home || others != 2 {
			t.Errorf("seen at %q: the address at home %v, %d others", row.peer, home, others)
		}
	}
}
