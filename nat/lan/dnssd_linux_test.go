package lan

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/netlab"
)

// deafen drops our own packets to everybody in both namespaces, as access
// points do that let multicast DNS through and little else.
func (h *house) deafen() {
	h.t.Helper()
	for _, place := range h.at {
		place.Filter(fmt.Sprintf("table inet deaf {\nchain input {\ntype filter hook input priority 0\nudp dport %d drop\n}\n}", Port))
	}
}

// Where nothing of ours passes that is sent to everybody, DNS service discovery
// says where to ask: found in under 0.2 s, kept, shown when it is new, gone at
// once after a goodbye and 5 s after a crash. There is no default route.
func TestNamespacesDNSSD(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"IPv4", "IPv6"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.cable(1, version == "IPv4", version == "IPv6")
			h.deafen()
			lobby := h.start(0, "lobby")
			lobby.next(10*time.Second, "the lobby is open", listed(0))
			list, s := h.quickly()
			want := netip.MustParseAddrPort("192.168.1.1:7777")
			if version == "IPv6" {
				want = netip.MustParseAddrPort("[fe80::1%lan1]:7777")
			}
			if got := s.Found[0]; got.Addr != want || got.Key != public(key(1)) || got.Title != someInfo.Title {
				t.Errorf("found %+v", got)
			}
			if err := list.Hear(&s, 2*GoneAfter); !errors.Is(err, netlab.ErrSilent) {
				t.Errorf("the list did not stay as it was: %+v, %v", s, err)
			}

			start := time.Now()
			lobby.Hangup()
			list.next(goodbyeLimit, "the goodbye", listed(0))
			t.Logf("gone %v after its program was told to close", time.Since(start))

			second := h.start(0, "lobby")
			second.next(10*time.Second, "the lobby is open again", listed(0))
			start = time.Now()
			list.next(goodbyeLimit, "the list shows the lobby again", listed(1))
			t.Logf("an open list showed a new lobby after %v", time.Since(start))

			start = time.Now()
			second.Kill()
			list.next(10*time.Second, "the crashed lobby is gone", listed(0))
			if took := time.Since(start); took > GoneAfter+busy {
				t.Errorf("a crashed lobby was gone after %v", took)
			}
		})
	}
}

// Two networks behind a router that passes multicast DNS on, with nothing else
// in common: the lobby is asked through the router.
func TestNamespacesReflected(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	router := netlab.NewPlace(t)
	router.Forward()
	for i, place := range h.at {
		name := fmt.Sprintf("lan%d", i)
		netlab.Cable(place, "lan1", router, name)
		place.IP(fmt.Sprintf("addr add 192.168.%d.2/24 dev lan1", i), fmt.Sprintf("route add default via 192.168.%d.1", i))
		router.IP(fmt.Sprintf("addr add 192.168.%d.1/24 dev %s", i, name))
	}
	startAt(t, router, "reflector").next(10*time.Second, "the router is there", listed(0))
	lobby := h.start(0, "lobby")
	lobby.next(10*time.Second, "the lobby is open", listed(0))
	list := h.start(1, "list")
	s := list.next(10*time.Second, "the list shows the lobby", listed(1))
	t.Logf("a new list showed a lobby of another network after %.2f ms", s.AfterMs)
	if want := []netip.AddrPort{netip.MustParseAddrPort("192.168.0.2:7777")}; !slices.Equal(s.Found[0].Addrs, want) {
		t.Errorf("found at %v, want %v", s.Found[0].Addrs, want)
	}
	lobby.Hangup()
	list.next(goodbyeLimit, "the goodbye", listed(0))
}

// reflect passes multicast DNS on from each network to the others, as mDNS
// repeaters of routers do, until ended.
func reflect(t *testing.T, ended <-chan struct{}) {
	medium := mdnsMedium
	medium.fromPort = true
	var s carrier
	s = openSockets(medium, nil, func(packet []byte, from netip.AddrPort) {
		places := s.places()
		source := near(places, from.Addr())
		if slices.ContainsFunc(places, func(p place) bool { return p.addr() == from.Addr() }) {
			return // our own
		}
		for _, p := range places {
			if !slices.Contains(source, p) && !p.loopback {
				for _, l := range s.(*sockets).links {
					if l.place == p {
						_ = s.(*sockets).send(l, packet, l.to[0])
					}
				}
			}
		}
	})
	if err := s.refresh(); err != nil {
		t.Fatal(err)
	}
	<-ended
	s.close()
}
