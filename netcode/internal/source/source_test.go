//go:build !race

package source

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

func TestNest(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.77":               "[192.0.2.77/32 192.0.2.0/24]",
		"::ffff:192.0.2.77":        "[192.0.2.77/32 192.0.2.0/24]",
		"2001:db8:1:2345:6::7":     "[2001:db8:1:2345::/64 2001:db8:1:2300::/56 2001:db8:1::/48 2001:db8::/32]",
		"fe80::1%eth0":             "[fe80::/64 fe80::/56 fe80::/48 fe80::/32]",
		"2001:db8:ffff:ffff::ffff": "[2001:db8:ffff:ffff::/64 2001:db8:ffff:ff00::/56 2001:db8:ffff::/48 2001:db8::/32]",
	} {
		if got := fmt.Sprint(Nest(netip.MustParseAddr(addr))); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
	if Nest(netip.Addr{}) != nil {
		t.Error("no address has a nest")
	}
}

// network48 is an address in the i-th of a carrier's 10,000 networks of /48.
func network48(i int) netip.Addr {
	i %= 10_000
	return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, byte(i >> 8), byte(i), 15: 1})
}

// guesses lets addresses try for an hour as fast as they may and returns how
// often they could. next is given the number of the try.
func guesses(next func(i int) netip.Addr) (tried int) {
	var p Pauses
	for now := time.Duration(0); now < time.Hour; now += 10 * time.Millisecond {
		if addr := next(tried); p.Wait(addr, now) == 0 {
			p.Wrong(addr, now)
			tried++
		}
	}
	return tried
}

// TestPausesGrow: an hour of guessing from one address, from one /24, from the 65,536
// networks of one /48, and from 10,000 networks of /48 that are one carrier's comes to
// a try a minute.
func TestPausesGrow(t *testing.T) {
	for name, c := range map[string]struct {
		next func(i int) netip.Addr
		most int
	}{
		"address": {func(int) netip.Addr { return netip.MustParseAddr("192.0.2.7") }, 80},
		"/24":     {func(i int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}) }, 100},
		"/48": {func(i int) netip.Addr {
			return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 0, 1, byte(i), byte(i >> 8), 15: 1})
		}, 160},
		"10,000 /48s": {network48, 400},
		"nowhere":     {func(int) netip.Addr { return netip.Addr{} }, 80},
	} {
		if tried := guesses(c.next); tried > c.most || tried < 60 {
			t.Errorf("%s: %d guesses in an hour, want 60 to %d", name, tried, c.most)
		}
	}
}

// TestPausesSpareOthers: who errs a few times does not wait, and nobody waits for
// the guesses of another network.
func TestPausesSpareOthers(t *testing.T) {
	var p Pauses
	clumsy, guesser := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("198.51.100.9")
	for range freeTries - 1 {
		p.Wrong(clumsy, 0)
	}
	for range 1000 {
		p.Wrong(guesser, 0)
	}
	if wait := p.Wait(clumsy, 0); wait != 0 {
		t.Errorf("after %d slips: %v", freeTries-1, wait)
	}
	if wait := p.Wait(netip.MustParseAddr("198.51.200.9"), 0); wait != 0 {
		t.Errorf("another network waits %v", wait)
	}
	if wait := p.Wait(guesser, 0); wait != longestPause {
		t.Errorf("the guesser waits %v", wait)
	}
	p.Wrong(guesser, longestPause+forgetAfter)
	if wait := p.Wait(guesser, longestPause+forgetAfter); wait != 0 {
		t.Errorf("a slip long after: %v", wait)
	}
}

// TestPausesAreBounded: whatever comes, the table is, and whoever is in it and
// guesses on stays in it.
func TestPausesAreBounded(t *testing.T) {
	for seed := range uint64(3) {
		r := rand.New(rand.NewPCG(seed, 1))
		var p Pauses
		now := time.Duration(0)
		busy := netip.MustParseAddr("192.0.2.7")
		for range 3000 {
			now += time.Duration(r.IntN(int(time.Second)))
			var b [16]byte
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			p.Wrong(netip.AddrFrom16(b), now)
			if r.IntN(50) == 0 {
				p.Wrong(busy, now)
			}
			if len(p.tries) > maxSources {
				t.Fatalf("seed %d: %d sources", seed, len(p.tries))
			}
		}
		if got := p.tries[netip.PrefixFrom(busy, 32)]; got == nil || got.wrong < 20 {
			t.Fatalf("seed %d: the busy one was forgotten: %+v", seed, got)
		}
	}
}
