package pathconn

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// TestPassed: what a peer names as the latest that came proves by which route it
// came, how much was sent after it, and nothing if it was not sent.
func TestPassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMortals()
		defer m.c.Close()
		one := Route{Addr: netip.MustParseAddrPort("192.0.2.1:1")}
		two := Route{Addr: netip.MustParseAddrPort("192.0.2.2:1")}
		to := m.c.VirtualBy(one)
		packet := func(n byte) []byte { return []byte{quicByte, 1, 2, 3, 4, 5, 6, 7, 8, n} }
		send(t, m.c, packet(0), to)
		if _, ok := m.c.Passed(to, one, markOf(packet(0)), 0); ok || m.c.Again(to, two, 100) {
			t.Error("a peer that no connection uses is remembered")
		}
		m.c.Hold(to)
		for n := range byte(10) {
			send(t, m.c, packet(n), to)
			time.Sleep(10 * time.Millisecond)
		}
		check := func(what string, by Route, mark Mark, ago time.Duration, later int, ok bool) {
			t.Helper()
			if gotLater, gotOK := m.c.Passed(to, by, mark, ago); gotLater != later || gotOK != ok {
				t.Errorf("%s: %d later, %v; want %d, %v", what, gotLater, gotOK, later, ok)
			}
		}
		check("the last", one, markOf(packet(9)), 0, 0, true)
		check("an older one", one, markOf(packet(3)), 0, 6, true)
		check("an older one, asked 35 ms ago", one, markOf(packet(3)), 35*time.Millisecond, 3, true)
		check("by another route", two, markOf(packet(9)), 0, 0, false)
		check("nothing", one, 0, 0, 10, false)
		check("never sent", one, markOf(packet(77)), 0, 10, false)
		if m.c.Again(to, two, 9) || !m.c.Again(to, two, 10) {
			t.Error("what is sent again is not what fits")
		}
		check("again", two, markOf(packet(9)), 0, 0, true)
		for range sentKept {
			send(t, m.c, packet(10), to)
		}
		check("forgotten", one, markOf(packet(9)), 0, sentKept, false)
		if m.c.Latest(one) != 0 {
			t.Error("something came")
		}
		m.c.in.sort(packet(5), one.Addr, 0)
		if m.c.Latest(one) != markOf(packet(5)) || m.c.Latest(two) != 0 {
			t.Error("what came last is not known")
		}
	})
}
