package lan

import (
	"fmt"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// deafen drops our own packets to everybody in both namespaces, as access
// points do that let multicast DNS through and little else.
func (h *house) deafen() {
	h.t.Helper()
	for _, name := range h.name {
		for _, line := range []string{
			"add table inet deaf",
			"add chain inet deaf input { type filter hook input priority 0 ; }",
			fmt.Sprintf("add rule inet deaf input udp dport %d drop", Port),
		} {
			words := append([]string{"netns", "exec", name, "nft"}, strings.Fields(line)...)
			if out, err := exec.Command("ip", words...).CombinedOutput(); err != nil {
				h.t.Skipf("nft does not work here: %v: %s", err, out)
			}
		}
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
			select {
			case s := <-list.sights:
				t.Errorf("the list did not stay as it was: %+v", s)
			case <-time.After(2 * GoneAfter):
			}

			start := time.Now()
			lobby.stdin.Close()
			list.next(2*time.Second, "the goodbye", listed(0))
			t.Logf("gone %v after its program was told to close", time.Since(start))

			second := h.start(0, "lobby")
			second.next(10*time.Second, "the lobby is open again", listed(0))
			start = time.Now()
			list.next(2*time.Second, "the list shows the lobby again", listed(1))
			t.Logf("an open list showed a new lobby after %v", time.Since(start))

			start = time.Now()
			_ = second.cmd.Process.Kill()
			list.next(10*time.Second, "the crashed lobby is gone", listed(0))
			if took := time.Since(start); took > GoneAfter+time.Second {
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
	router := newHouse(t).name[0]
	for i, name := range h.name {
		h.ip(fmt.Sprintf("-n %s link add lan1 type veth peer name lan%d netns %s", name, i, router),
			fmt.Sprintf("-n %s link set lan1 up", name),
			fmt.Sprintf("-n %s addr add 192.168.%d.2/24 dev lan1", name, i),
			fmt.Sprintf("-n %s link set lan%d up", router, i),
			fmt.Sprintf("-n %s addr add 192.168.%d.1/24 dev lan%d", router, i, i),
			fmt.Sprintf("-n %s route add default via 192.168.%d.1", name, i))
	}
	if out, err := exec.Command("ip", "netns", "exec", router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward").CombinedOutput(); err != nil {
		t.Skipf("no forwarding here: %v: %s", err, out)
	}
	h.startIn(router, "reflector").next(10*time.Second, "the router is there", listed(0))
	lobby := h.start(0, "lobby")
	lobby.next(10*time.Second, "the lobby is open", listed(0))
	list := h.start(1, "list")
	s := list.next(10*time.Second, "the list shows the lobby", listed(1))
	t.Logf("a new list showed a lobby of another network after %.2f ms", s.AfterMs)
	if want := []netip.AddrPort{netip.MustParseAddrPort("192.168.0.2:7777")}; !slices.Equal(s.Found[0].Addrs, want) {
		t.Errorf("found at %v, want %v", s.Found[0].Addrs, want)
	}
	lobby.stdin.Close()
	list.next(2*time.Second, "the goodbye", listed(0))
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
