package netcode

import (
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/natsim"
)

// doorbell knocks at a host's room at once and then every second, by no network.
type doorbell struct{ ring func() }

func (d *doorbell) Close() error { d.ring = nil; return nil }

// doorway is where the host hears them.
type doorway struct {
	knocks []netip.AddrPort
	closed bool
}

func (d *doorway) AppendKnocks(dst []netip.AddrPort) []netip.AddrPort {
	dst, d.knocks = append(dst, d.knocks...), nil
	return dst
}

func (d *doorway) Close() error { d.closed = true; return nil }

// walled is a host whose computer lets in answers only, and a guest. What the guest
// knocks with comes to the host beside the network.
type walled struct {
	host, guest *Room
	guestAt     netip.AddrPort
	bells       []*doorbell
	door        doorway
	calledAfter time.Duration // from the guest's call to its first knock
}

func newWalled(t *testing.T, heard bool) *walled {
	sim := natsim.New(5)
	home, away := sim.Home("open-firewall", natsim.Options{Delay: time.Millisecond}), sim.PublicHost()
	sim.Start()
	t.Cleanup(sim.Stop)
	hosting, calling := simNode(t, home.Hosts[0], 2, NodeConfig{}), simNode(t, away, 1, NodeConfig{})
	hosting.restraint = new(nat.Restraint)
	t.Cleanup(hosting.Close)
	t.Cleanup(calling.Close)
	at := home.Hosts[0].AddrPort(7777)
	w := &walled{guestAt: away.AddrPort(7777)}
	hosting.listen = func() door { return &w.door }
	lobby, err := OpenLobby(hosting, ledgerGame(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	w.host = lobby.Room
	calling.knock = func(to netip.AddrPort) io.Closer {
		if to != at {
			t.Errorf("knocks at %v, calls %v", to, at)
		}
		w.calledAfter = w.guest.now() - w.guest.met
		bell := &doorbell{}
		if heard {
			bell.ring = func() { w.door.knocks = append(w.door.knocks, w.guestAt) }
			bell.ring()
		}
		w.bells = append(w.bells, bell)
		return bell
	}
	joined, err := JoinLobby(calling, ledgerGame(), at.String(), LobbyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	w.guest = joined.Room
	return w
}

// meet lets both go on until the guest is in or has given up, and rings.
func (w *walled) meet(t *testing.T) time.Duration {
	next := w.host.now() + time.Second
	return pollFor(t, joinTimeout+time.Second, func() bool {
		if now := w.host.now(); now >= next {
			next = now + time.Second
			for _, bell := range w.bells {
				if bell.ring != nil {
					bell.ring()
				}
			}
		}
		return w.guest.State() != Connecting
	}, w.host, w.guest)
}

// TestKnockOpensFirewall: where the host's computer lets in answers only, the guest
// is in soon if the host, whose lobby is on no list, hears it knock, and never if not.
func TestKnockOpensFirewall(t *testing.T) {
	for _, heard := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w := newWalled(t, heard)
			took := w.meet(t)
			t.Logf("knocks heard: %v, over after %v", heard, took)
			if heard != (w.guest.State() == Gathering) || heard && took > 1500*time.Millisecond {
				t.Errorf("heard %v: state %v, %v, after %v", heard, w.guest.State(), w.guest.Err(), took)
			}
			if w.calledAfter < knockAfter || w.calledAfter > knockAfter+50*time.Millisecond {
				t.Errorf("knocked %v after the call", w.calledAfter)
			}
			w.guest.Poll()
			for _, bell := range w.bells {
				if bell.ring != nil && heard {
					t.Error("still knocks")
				}
			}
			if len(w.bells) != 1 || len(w.host.knocking.knockers) != 0 {
				t.Errorf("%d knock, %d wait at the door", len(w.bells), len(w.host.knocking.knockers))
			}
			for _, line := range w.host.AppendLines(nil) {
				if strings.Contains(line.Text, "firewall") {
					t.Errorf("the host reads %q", line.Text)
				}
			}
			if w.host.Leave(); !w.door.closed {
				t.Error("a lobby that is closed listens on")
			}
		})
	}
}

// TestKnocksAreRestrained: whoever knocks, and however often, an address is sent
// three packets, unless it answers; the host reads one line in a minute; and the
// memory of it all is bounded.
func TestKnocksAreRestrained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWalled(t, false)
		w.guest.Leave()
		before := w.host.node.Traffic().PacketsSent
		victim := netip.MustParseAddr("192.0.2.7")
		lines := 0
		for tick := range 300 * 20 {
			for n := range uint16(4) {
				w.host.knocked(netip.AddrPortFrom(victim, 1000+n), w.host.now())
				w.host.knocked(netip.AddrPortFrom(victim, 2000+n*uint16(tick)), w.host.now())
			}
			w.host.Poll()
			time.Sleep(50 * time.Millisecond)
			for _, line := range w.host.AppendLines(nil) {
				if strings.Contains(line.Text, "does not get through") {
					lines++
				}
			}
		}
		if sent := w.host.node.Traffic().PacketsSent - before; sent != 3 {
			t.Errorf("%d packets went to who did not answer", sent)
		}
		if n := len(w.host.knocking.knockers); n != maxKnockers || lines > 5 {
			t.Errorf("%d remembered, %d lines in five minutes", n, lines)
		}
	})
}

// TestKnocking: when a packet is due to who knocks, and when the host is told.
func TestKnocking(t *testing.T) {
	one, other := netip.MustParseAddrPort("192.168.1.7:7777"), netip.MustParseAddrPort("192.168.1.8:7777")
	six := netip.MustParseAddrPort("[fe80::7%eth0]:7777")
	for name, row := range map[string]struct {
		script string // what comes at which millisecond: a knock of 1, 2 or 6, or c: a connection of 1, C: of 6
		want   string // the same with + where a packet is due, ! where the host is told
	}{
		"one who gives up":      {"1@0 1@500", "1+ 1"},
		"one who stays":         {"1@0 1@500 1@1500 1@3500 1@5500", "1+ 1 1+ 1+! 1+"},
		"one who comes through": {"1@0 1@500 c@900 1@1500 1@3500", "1+ 1 c 1+ 1+"},
		"one who comes twice":   {"1@0 1@1000 1@20000 1@21000", "1+ 1+ 1+ 1+"},
		"two are one line":      {"1@0 2@1 1@2000 2@2001 1@4000 2@4001 2@6001 1@66000 1@68000 1@70000", "1+ 2+ 1+ 2+ 1+! 2+ 2+ 1+ 1+ 1+!"},
		"by IPv6":               {"6@0 6@1000 C@1500 6@2000 6@4000", "6+ 6+ C 6+ 6+"},
		"another comes through": {"2@0 2@1000 c@1500 2@2000 2@4000", "2+ 2+ c 2+ 2+!"},
	} {
		var k knocking
		var got []string
		for event := range strings.FieldsSeq(row.script) {
			who, ms := event[:1], 0
			fmt.Sscanf(event[2:], "%d", &ms)
			now := time.Duration(ms) * time.Millisecond
			due := false
			switch who {
			case "c":
				k.came(netip.MustParseAddr("::ffff:192.168.1.7"))
			case "C":
				k.came(six.Addr())
			default:
				due = k.hear(map[string]netip.AddrPort{"1": one, "2": other, "6": six}[who], now)
			}
			if due {
				who += "+"
			}
			if k.stuck(now) {
				who += "!"
			}
			got = append(got, who)
		}
		if line := strings.Join(got, " "); line != row.want {
			t.Errorf("%s: %s, want %s", name, line, row.want)
		}
	}
}
