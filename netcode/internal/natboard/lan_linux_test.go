package natboard

import (
	"testing"

	"github.com/visavis-netcode/visavis/nat/netlab"
)

// TestLAN plays a match between two computers that are joined by a cable, and by
// nothing else: no server, no router, no default route.
func TestLAN(t *testing.T) {
	ana, ben := netlab.NewPlace(t), netlab.NewPlace(t)
	netlab.Cable(ana, "eth0", ben, "eth0")
	ana.IP("addr add 192.168.1.1/24 dev eth0")
	ben.IP("addr add 192.168.1.2/24 dev eth0")
	if routes := ana.Run("ip", "route", "show", "default"); routes != "" {
		t.Fatalf("there is a default route: %s", routes)
	}
	const frames = 60
	host, guest := ana.Start(Visavis.Program), ben.Start(Visavis.Program)
	hear := func(p *netlab.Program, is func(Line) bool) Line {
		t.Helper()
		for {
			var l Line
			if err := p.Hear(&l, meetLimit); err != nil || l.Err != "" {
				t.Fatal(err, l.Err)
			}
			if is(l) {
				return l
			}
		}
	}
	// A busy machine may take a program off its processor for longer.
	for attempt := 1; ; attempt++ {
		_ = host.Tell(Order{Do: "host", Meet: meetLAN, Frames: frames})
		hear(host, func(l Line) bool { return l.Say != "" })
		_ = guest.Tell(Order{Do: "guest", Meet: meetLAN})
		found := hear(guest, func(l Line) bool { return l.FoundMs > 0 }).FoundMs
		input := hear(guest, func(l Line) bool { return l.InputMs > 0 }).InputMs
		path := hear(guest, func(l Line) bool { return l.Path != "" }).Path
		a, b := *hear(host, func(l Line) bool { return l.End != nil }).End, *hear(guest, func(l Line) bool { return l.End != nil }).End
		t.Logf("on the list after %.1f ms, first input %.1f ms after joining, by %s", found, input, path)
		if path != "lan" || a.Frame != frames || b.Frame != frames || a.Hash != b.Hash {
			t.Errorf("by %s; %+v, %+v", path, a, b)
		}
		for _, p := range []*netlab.Program{host, guest} {
			_ = p.Tell(Order{Do: "end"})
			hear(p, func(l Line) bool { return l.Ended })
		}
		if found < 200 && input < 200 {
			return
		}
		if attempt == 3 {
			t.Fatal("three times that took too long")
		}
	}
}
