//go:build !race

package lan

import (
	"net/netip"
	"testing"
	"time"
)

func silent(netip.Addr) time.Time { return time.Time{} }

// Whatever strangers say: at most 3 solicits to an address that does not answer,
// to at most 64 doors in a minute, and none to where nobody of ours can be.
func TestFewSolicitsToStrangers(t *testing.T) {
	home := []place{somePlace("192.168.1.1/24"), somePlace("fe80::1/64")}
	victim := netip.MustParseAddr("192.168.1.9")
	for _, flood := range []string{"one victim", "many victims"} {
		a := newAsking(nil, at(0))
		sent := make(map[netip.Addr]int)
		inAll := 0
		for ms := 0; ms < 150_000; ms += 7 {
			for n := range 20 {
				at9 := netip.AddrPortFrom(victim, uint16(1+ms+n))
				if flood == "many victims" {
					at9 = netip.AddrPortFrom(sourceAddr(ms*20+n), 53)
				}
				a.learn(at9, home, at(ms))
			}
			for _, to := range a.take(nil, silent, at(ms)) {
				sent[to.Addr()]++
				inAll++
			}
		}
		for addr, n := range sent {
			if n > maxUnanswered {
				t.Errorf("%s: %d solicits to %v", flood, n, addr)
			}
		}
		if inAll > 3*maxTargets*maxUnanswered || inAll == 0 {
			t.Errorf("%s: %d solicits", flood, inAll)
		}
	}
	for _, addr := range []string{
		"203.0.113.1", "2001:db8::1", "224.0.0.251", "255.255.255.255", "0.0.0.0", "::", "127.0.0.1", "ff02::1",
		"192.168.1.255", "192.168.1.0", "169.254.1.1", "fe80::1%other", "fe80::1",
	} {
		a := newAsking(nil, at(0))
		if a.learn(netip.AddrPortFrom(netip.MustParseAddr(addr), 9), home, at(0)) {
			t.Errorf("%s may be asked", addr)
		}
	}
	for _, addr := range []string{"192.168.1.9", "10.1.2.3", "fd00::1", "fe80::9%lan1"} {
		a := newAsking(nil, at(0))
		if !a.learn(netip.AddrPortFrom(netip.MustParseAddr(addr), 9), home, at(0)) {
			t.Errorf("%s may not be asked", addr)
		}
	}
}

// A lobby that answers is asked on, and no forged neighbour port takes its place.
func TestAnsweredIsAskedOn(t *testing.T) {
	home := []place{somePlace("192.168.1.1/24")}
	lobby := netip.MustParseAddrPort("192.168.1.9:4321")
	a := newAsking(nil, at(0))
	a.learn(lobby, home, at(0))
	asked := 0
	last := 0
	for ms := 0; ms < 120_000; ms += 10 {
		a.learn(netip.AddrPortFrom(lobby.Addr(), uint16(5000+ms/10)), home, at(ms))
		for _, to := range a.take(nil, silent, at(ms)) {
			if to == lobby {
				asked++
				last = ms
				a.answer(lobby, at(ms))
			}
		}
	}
	if asked < 70 || last < 118_000 {
		t.Errorf("asked %d times, last at %d ms", asked, last)
	}
	// It falls silent: 3 solicits, and then none for a minute.
	sent := 0
	for ms := 120_000; ms < 178_000; ms += 10 {
		for _, to := range a.take(nil, silent, at(ms)) {
			if to == lobby {
				sent++
			}
		}
	}
	if sent != maxUnanswered || a.learn(lobby, home, at(179_000)) || !a.learn(lobby, home, at(190_000)) {
		t.Errorf("%d solicits to a silent lobby, now %+v", sent, a.targets)
	}
}

// Who is heard anyway is not asked.
func TestHeardIsNotAsked(t *testing.T) {
	home := []place{somePlace("192.168.1.1/24")}
	a := newAsking(nil, at(0))
	a.learn(netip.MustParseAddrPort("192.168.1.9:4321"), home, at(0))
	for ms := 0; ms < 60_000; ms += 10 {
		beacon := at(ms / 1000 * 1000)
		if to := a.take(nil, func(netip.Addr) time.Time { return beacon }, at(ms)); to != nil {
			t.Fatalf("asked %v after %d ms", to, ms)
		}
	}
}
