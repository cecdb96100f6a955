//go:build !race

package rendezvous

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
)

func TestMeeting(t *testing.T) {
	w := newWorld(t, 1, ServerConfig{})
	host := w.host(w.config1(7, "the host's"), dsl)
	w.run(time.Second)
	if host.count(Registered) != 1 || host.Status() != "The code works: waiting for guests." {
		t.Fatalf("%v, %q", host.events, host.Status())
	}
	guest := w.guest(w.config1(7, "the guest's"), dsl)
	took, ok := w.until(time.Second, func() bool { return guest.met("the host's") })
	if !ok {
		t.Fatalf("no meeting: %q and %q", host.Status(), guest.Status())
	}
	if took > 200*time.Millisecond {
		t.Errorf("the meeting took %v at 40 ms to the server and back, want three round trips", took)
	}
	if !host.met("the guest's") {
		t.Fatal("the guest met the host before the host had its offer")
	}
	h, _ := host.last(Met)
	g, _ := guest.last(Met)
	if !h.LearntFirst || g.LearntFirst {
		t.Errorf("the host learnt first: %v, the guest: %v", h.LearntFirst, g.LearntFirst)
	}
	if h.Peer != guest.Self() || g.Peer != guest.Self() {
		t.Error("the two call their pair by different names")
	}
	w.run(5 * time.Minute)
	if host.count(Met) != 1 || guest.count(Met) != 1 || host.count(Problem)+guest.count(Problem) != 0 {
		t.Errorf("after five minutes: %v and %v", host.events, guest.events)
	}
	if s := w.server.Stats(); s.Lobbies != 1 || s.Guests != 1 || s.Met != 1 || s.Malformed != 0 {
		t.Errorf("%+v", s)
	}
}

// The server says where it sees the other side, unless that one hides it, and
// whatever the offer says.
func TestWhereabouts(t *testing.T) {
	for k := range 4 {
		w := newWorld(t, uint64(k), ServerConfig{})
		var from [2]netip.Addr // of host and guest, in the order in which they speak
		w.upward = func(a netip.AddrPort, _ []byte) {
			if from[0] == (netip.Addr{}) {
				from[0] = a.Addr()
			} else if a.Addr() != from[0] {
				from[1] = a.Addr()
			}
		}
		hostConfig, guestConfig := w.config1(7, "203.0.113.9"), w.config1(7, "203.0.113.9")
		hostConfig.Hidden, guestConfig.Hidden = k&1 != 0, k&2 != 0
		host := w.host(hostConfig, dsl)
		w.run(time.Second)
		guest := w.guest(guestConfig, dsl)
		w.run(time.Second)
		for i, hidden := range []bool{hostConfig.Hidden, guestConfig.Hidden} {
			if hidden {
				from[i] = netip.Addr{}
			}
		}
		h, _ := host.last(Met)
		g, _ := guest.last(Met)
		if h.Seen != from[1] || g.Seen != from[0] {
			t.Errorf("the host is told %v and the guest %v; want %v and %v", h.Seen, g.Seen, from[1], from[0])
		}
	}
}

// Whatever the wire loses, delays and reorders, and whoever comes first, they
// all meet, and everybody reads what was sent last.
func TestMeetingOnBadWires(t *testing.T) {
	for seed := range uint64(40) {
		w := newWorld(t, seed, ServerConfig{})
		bad := natsim.Options{Delay: 60 * time.Millisecond, Jitter: 120 * time.Millisecond, Loss: 0.12}
		var host *person
		var guests []*person
		if seed%2 == 0 {
			host = w.host(w.config1(1, "host"), bad)
		}
		for i := range 3 {
			guests = append(guests, w.guest(w.config1(1, fmt.Sprint("guest ", i)), bad))
		}
		if host == nil {
			w.run(3 * time.Second)
			host = w.host(w.config1(1, "host"), bad)
		}
		all := func(offer string) func() bool {
			return func() bool {
				for _, g := range guests {
					if !g.met(offer) {
						return false
					}
				}
				return true
			}
		}
		if took, ok := w.until(20*time.Second, all("host")); !ok {
			t.Fatalf("seed %d: no meeting in %v: %q", seed, took, guests[0].Status())
		}
		if err := host.SetOffer(w.sim.Now(), []byte("host elsewhere")); err != nil {
			t.Fatal(err)
		}
		if err := guests[1].SetOffer(w.sim.Now(), []byte("guest elsewhere")); err != nil {
			t.Fatal(err)
		}
		ok := func() bool { return all("host elsewhere")() && host.met("guest elsewhere") }
		if _, ok := w.until(20*time.Second, ok); !ok {
			t.Fatalf("seed %d: new offers do not come through", seed)
		}
		w.run(10 * time.Second)
		if host.count(Met) != 4 {
			t.Errorf("seed %d: the host met %d times, want 3 guests and one new offer", seed, host.count(Met))
		}
		w.known("host", "host elsewhere", "guest elsewhere", "guest 0", "guest 1", "guest 2")
	}
}

func TestWrongCode(t *testing.T) {
	w := newWorld(t, 3, ServerConfig{})
	host := w.host(w.config1(1, "host"), dsl)
	guest := w.guest(w.config1(2, "guest"), dsl)
	w.run(2 * time.Second)
	guest.reads(Problem, "Nobody hosts with this code")
	if host.count(Met)+guest.count(Met) != 0 {
		t.Error("two codes met")
	}
	late := w.host(w.config1(2, "late"), dsl)
	if _, ok := w.until(4*time.Second, func() bool { return guest.met("late") && late.met("guest") }); !ok || guest.count(Recovered) != 1 {
		t.Errorf("the host that came later was not met: %q", guest.Status())
	}
}

func TestServerRestart(t *testing.T) {
	w := newWorld(t, 4, ServerConfig{})
	host := w.host(w.config1(1, "host"), dsl)
	w.run(time.Second)
	first := w.guest(w.config1(1, "first"), dsl)
	w.run(3 * time.Second)
	w.restart()
	second := w.guest(w.config1(1, "second"), dsl)
	if took, ok := w.until(15*time.Second, func() bool { return second.met("host") }); !ok || took > 13*time.Second {
		t.Fatalf("after a restart the next guest came in after %v: %q", took, second.Status())
	}
	if host.count(Registered) != 2 || first.count(Met) != 1 || first.count(Problem) != 0 {
		t.Errorf("host %v, first guest %v", host.events, first.events)
	}
}

func TestServerOutage(t *testing.T) {
	w := newWorld(t, 5, ServerConfig{})
	host := w.host(w.config1(1, "host"), dsl)
	w.run(time.Second)
	w.down = true
	guest := w.guest(w.config1(1, "guest"), dsl)
	w.run(20 * time.Second)
	host.reads(Problem, "does not answer")
	guest.reads(Problem, "does not answer")
	w.down = false
	if _, ok := w.until(6*time.Second, func() bool { return guest.met("host") }); !ok {
		t.Fatalf("%q", guest.Status())
	}
	if host.count(Recovered) != 1 || guest.count(Recovered) == 0 || guest.Status() != "The host has answered." {
		t.Errorf("host %v, guest %v", host.events, guest.events)
	}
}

// A host that crashes and comes again has its lobby back, at once if it has
// kept its owner key, and its guests find it without doing anything.
func TestHostRestart(t *testing.T) {
	for _, kept := range []bool{true, false} {
		w := newWorld(t, 6, ServerConfig{})
		config := w.config1(1, "host")
		if kept {
			config.Owner = [16]byte{42}
		}
		w.host(config, dsl)
		guest := w.guest(w.config1(1, "guest"), dsl)
		w.run(3 * time.Second)
		w.people = w.people[1:] // the host is gone without a word
		config.Offer = []byte("host again")
		again := w.host(config, dsl)
		w.run(time.Second)
		if !kept {
			again.reads(Problem, "Another computer is hosting")
		}
		took, ok := w.until(40*time.Second, func() bool { return guest.met("host again") && again.met("guest") })
		if !ok || kept && took > 2*time.Second {
			t.Errorf("kept %v: back after %v: %q and %q", kept, took, again.Status(), guest.Status())
		}
	}
}

func TestGuestRestart(t *testing.T) {
	w := newWorld(t, 7, ServerConfig{})
	host := w.host(w.config1(1, "host"), dsl)
	w.guest(w.config1(1, "guest"), dsl)
	w.run(2 * time.Second)
	w.people = w.people[:1]
	again := w.guest(w.config1(1, "guest again"), dsl)
	if _, ok := w.until(time.Second, func() bool { return again.met("host") && host.met("guest again") }); !ok {
		t.Fatal(again.Status())
	}
}

func TestUsedUp(t *testing.T) {
	w := newWorld(t, 8, ServerConfig{})
	config := w.config1(1, "host")
	config.MaxGuests = 1
	host := w.host(config, dsl)
	first := w.guest(w.config1(1, "first"), dsl)
	w.run(2 * time.Second)
	second := w.guest(w.config1(1, "second"), dsl)
	w.run(2 * time.Second)
	second.reads(Refused, "used up")
	if second.count(Met) != 0 || host.count(Met) != 1 || first.count(Met) != 1 {
		t.Error("the second guest met somebody")
	}
	host.Remove(first.Self())
	third := w.guest(w.config1(1, "third"), dsl)
	w.run(10 * time.Second)
	first.reads(Refused, "ask for a new one")
	if !third.met("host") || !host.met("third") {
		t.Error("the place that came free was not given away")
	}
}

func TestExpiredInvite(t *testing.T) {
	w := newWorld(t, 9, ServerConfig{})
	config := w.config1(1, "host")
	config.Expires = 10 * time.Second
	host := w.host(config, dsl)
	early := w.guest(w.config1(1, "early"), dsl)
	w.run(10 * time.Second)
	late := w.guest(w.config1(1, "late"), dsl)
	w.run(2 * time.Second)
	late.reads(Refused, "expired")
	if err := early.SetOffer(w.sim.Now(), []byte("early elsewhere")); err != nil {
		t.Fatal(err)
	}
	w.run(2 * time.Second)
	if !host.met("early elsewhere") || late.count(Met) != 0 {
		t.Error("who came in time is served on, who came late is not")
	}
}

func TestLeaving(t *testing.T) {
	w := newWorld(t, 10, ServerConfig{})
	host := w.host(w.config1(1, "host"), dsl)
	guest := w.guest(w.config1(1, "guest"), dsl)
	w.run(2 * time.Second)
	guest.Close()
	guest.flush()
	w.run(time.Second)
	if s := w.server.Stats(); s.Lobbies != 1 || s.Guests != 0 {
		t.Errorf("the guest left: %+v", s)
	}
	host.Close()
	host.flush()
	w.run(time.Second)
	if s := w.server.Stats(); s.Lobbies != 0 || s.OfferBytes != 0 {
		t.Errorf("the host left: %+v", s)
	}
	other := w.guest(w.config1(1, "other"), dsl)
	w.run(time.Second)
	other.reads(Problem, "Nobody hosts")
}

// A host who hosts no more leaves the code to another, as soon as the server hears of it,
// and keeps the relays to his guests; new addresses of his change nothing.
func TestYield(t *testing.T) {
	for _, lost := range []time.Duration{0, time.Second, 8 * time.Second} {
		w, host, guest := relayed(t, 12, ServerConfig{})
		config := w.config1(1, "next")
		config.Owner = [16]byte{43}
		next := w.host(config, dsl)
		w.run(3 * time.Second)
		next.reads(Problem, "Another computer is hosting")
		host.Yield(w.sim.Now())
		w.down = true
		w.run(lost)
		w.down = false
		host.SetOffer(w.sim.Now(), []byte("host elsewhere"))
		newcomer := w.guest(w.config1(1, "newcomer"), dsl)
		if took, ok := w.until(6*time.Second, func() bool { return newcomer.met("next") }); !ok {
			t.Errorf("after %v: after %v the code leads to %v: %q", lost, took, newcomer.events, next.Status())
		}
		w.run(2 * time.Minute)
		host.pass("still there")
		w.run(time.Second)
		if len(guest.relayed) == 0 || host.count(RelayClosed)+guest.count(RelayClosed) != 0 {
			t.Errorf("after %v: the relay did not last: %v and %v", lost, host.events, guest.events)
		}
		if newcomer.count(Met) != 1 || host.count(Met) != 1 {
			t.Errorf("after %v: the newcomer met %v, the former host %v", lost, newcomer.events, host.events)
		}
		host.Close()
		host.flush()
		w.run(5 * time.Second)
		if s := w.server.Stats(); s.Lobbies != 1 {
			t.Errorf("after %v: the former host has closed the next one's lobby: %+v", lost, s)
		}
	}
}

// Those who vanish without a word are forgotten, all of them.
func TestExpiry(t *testing.T) {
	w := newWorld(t, 11, ServerConfig{})
	for code := range byte(5) {
		host := w.host(w.config1(code, "host"), dsl)
		w.run(time.Second)
		guest := w.guest(w.config1(code, "guest"), dsl)
		w.run(time.Second)
		host.Relay(w.sim.Now(), guest.Self())
		guest.Relay(w.sim.Now(), guest.Self())
	}
	w.run(time.Second)
	if s := w.server.Stats(); s.Lobbies != 5 || s.Guests != 5 || s.Relays != 5 || len(w.server.channels) != 10 {
		t.Fatalf("%+v", s)
	}
	w.people = nil
	w.run(lobbyExpiry + 2*time.Second)
	checkEmpty(t, w.server)
}

func TestConfigs(t *testing.T) {
	w := newWorld(t, 12, ServerConfig{})
	good := w.config1(1, "host")
	for name, break1 := range map[string]func(*Config){
		"no chance":   func(c *Config) { c.Rand = nil },
		"no server":   func(c *Config) { c.Server = netip.AddrPort{} },
		"long offer":  func(c *Config) { c.Offer = make([]byte, MaxOffer+1) },
		"many guests": func(c *Config) { c.MaxGuests = 256 },
	} {
		config := good
		break1(&config)
		if _, err := NewHost(config, 0); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := NewServer(ServerConfig{}); err == nil {
		t.Error("a server without chance")
	}
	if _, err := NewServer(ServerConfig{Rand: w.random, MaxRelays: -1}); err == nil {
		t.Error("a server with -1 relays")
	}
	if _, err := NewServer(ServerConfig{Rand: w.random, RelayRate: 100}); err == nil {
		t.Error("a relay that passes no packet")
	}
}

// TestOfferWhileAsking: an offer that changes while a request is under way, at whatever
// moment, is with the other side soon: the answer to that request puts nothing off.
func TestOfferWhileAsking(t *testing.T) {
	for after := time.Duration(0); after < 12*time.Second; after += 37 * time.Millisecond {
		w := newWorld(t, 1, ServerConfig{})
		host := w.host(w.config1(7, "host"), dsl)
		w.run(time.Second)
		guest := w.guest(w.config1(7, "guest"), dsl)
		w.run(after)
		for i, p := range []*person{guest, host} {
			other := []*person{host, guest}[i]
			offer := fmt.Sprint("elsewhere ", i)
			p.SetOffer(w.sim.Now(), []byte("on the way"))
			p.flush()
			w.run(time.Duration(after.Milliseconds()%60) * time.Millisecond)
			p.SetOffer(w.sim.Now(), []byte(offer))
			p.flush()
			if took, ok := w.until(5*time.Second, func() bool { return other.met(offer) }); !ok || took > 500*time.Millisecond {
				t.Errorf("changed %v after joining, %d: known after %v (%v)", after, i, took, ok)
			}
		}
	}
}

// Who has lost the way to the other side asks for its news, and so learns a new offer
// soon whose one packet got lost; a host in a hurry repeats its own as often. The haste
// is over after a while.
func TestUrge(t *testing.T) {
	for _, urged := range []bool{false, true} {
		w := newWorld(t, 4, ServerConfig{})
		host := w.host(w.config1(7, "host"), dsl)
		guest := w.guest(w.config1(7, "guest"), dsl)
		w.run(8 * time.Second)
		asks := 0
		w.upward = func(netip.AddrPort, []byte) { asks++ }
		lost := false
		w.meddle = func(s Send) []Send {
			if !lost && kind(s.Data[2]) == hostOffer {
				lost = true
				return nil
			}
			return []Send{s}
		}
		if urged {
			host.Urge(w.sim.Now())
			guest.Urge(w.sim.Now())
			w.run(30 * time.Millisecond)
		}
		host.SetOffer(w.sim.Now(), []byte("elsewhere"))
		took, ok := w.until(10*time.Second, func() bool { return guest.met("elsewhere") })
		if !ok || !lost || urged != (took < 400*time.Millisecond) {
			t.Errorf("urged %v: the new offer came after %v", urged, took)
		}
		w.run(4 * time.Second)
		asks = 0
		if w.run(5 * time.Second); asks > 8 {
			t.Errorf("urged %v: %d packets in five seconds, long after it", urged, asks)
		}
	}
}

// Who has lost the way to the other side, while the server has not got that side's new
// address either, hears of it only that it is there. The guest asks on every 200 ms, and
// not ever more rarely.
func TestUrgeWhileTheHostMoves(t *testing.T) {
	for _, urged := range []bool{false, true} {
		w := newWorld(t, 5, ServerConfig{})
		host := w.host(w.config1(7, "host"), dsl)
		guest := w.guest(w.config1(7, "guest"), dsl)
		w.run(8 * time.Second)
		var asks []time.Duration
		w.upward = func(netip.AddrPort, []byte) { asks = append(asks, w.sim.Now()) }
		away := true
		w.meddle = func(s Send) []Send {
			if away && kind(s.Data[2]) == guestOffer {
				return nil
			}
			return []Send{s}
		}
		if urged {
			guest.Urge(w.sim.Now())
		}
		guest.SetOffer(w.sim.Now(), []byte("elsewhere"))
		w.run(2 * time.Second)
		longest := time.Duration(0)
		for i := 1; i < len(asks); i++ {
			longest = max(longest, asks[i]-asks[i-1])
		}
		if urged != (longest < 400*time.Millisecond) || len(asks) < 3 {
			t.Errorf("urged %v: %d packets, %v apart at most", urged, len(asks), longest)
		}
		away = false
		if took, ok := w.until(10*time.Second, func() bool { return host.met("elsewhere") }); !ok || urged && took > 400*time.Millisecond {
			t.Errorf("urged %v: the guest's offer came %v after the host was there again", urged, took)
		}
	}
}
