package natboard

import (
	"fmt"
	"strings"
	"testing"

	"github.com/visavis-netcode/visavis/nat/netlab"
)

// answersOnly is a firewall that lets in answers, and what the rules besides say.
const answersOnly = `table inet wall {
	chain in {
		type filter hook input priority 0; policy drop;
		iifname lo accept
		ct state established,related accept
		%RULES%
	}
}`

// TestFirewallOnLAN joins from the list of the local network where the host's
// computer lets in answers only. The list shows the lobby, as the host's beacons go
// out. If its firewall lets in what one of the lists' ways needs, the host hears the
// guest knock and opens the door; if not, the guest reads what to do.
func TestFirewallOnLAN(t *testing.T) {
	for _, row := range []struct {
		name, rules string
		six, meet   bool
	}{
		{"multicast DNS is let in", "ip daddr 224.0.0.251 udp dport 5353 accept", false, true},
		{"multicast DNS is let in, by IPv6", "meta l4proto ipv6-icmp accept; ip6 daddr ff02::fb udp dport 5353 accept", true, true},
		{"the port of the lists is let in", "udp dport 27182 accept", false, true},
		{"nothing is let in", "", false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			ana, ben := netlab.NewPlace(t), netlab.NewPlace(t)
			if row.six {
				ana.IPv6()
				ben.IPv6()
			}
			netlab.Cable(ana, "eth0", ben, "eth0")
			for i, place := range []*netlab.Place{ana, ben} {
				if row.six {
					place.IP(fmt.Sprintf("addr add fe80::%d/64 dev eth0 nodad", 1+i))
				} else {
					place.IP(fmt.Sprintf("addr add 192.168.1.%d/24 dev eth0", 1+i))
				}
			}
			ana.Filter(strings.Replace(answersOnly, "%RULES%", row.rules, 1))
			host, guest := ana.Start(Visavis.Program), ben.Start(Visavis.Program)
			_ = host.Tell(Order{Do: "host", Meet: meetLAN, Frames: 60})
			var l Line
			if err := host.Hear(&l, meetLimit); err != nil || l.Say == "" {
				t.Fatalf("the host says %+v, %v", l, err)
			}
			_ = guest.Tell(Order{Do: "guest", Meet: meetLAN})
			for l = (Line{}); l.InputMs == 0 && l.Err == ""; {
				l = Line{}
				if err := guest.Hear(&l, meetLimit); err != nil {
					t.Fatal(err)
				}
			}
			switch {
			case !row.meet && !strings.Contains(l.Err, "firewall on the host's computer"):
				t.Errorf("the guest reads %+v", l)
			case row.meet && l.Err != "":
				t.Error(l.Err)
			case row.meet:
				t.Logf("first input %.0f ms after joining", l.InputMs)
			}
		})
	}
}
