package pathconn

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/nat"
)

// TestWary: what somebody else has named gets three packets, all its ports
// together and however often it is dialled, three bytes for each that comes from
// there, and as many as one likes when it has shown who it is.
func TestWary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMortals()
		defer m.c.Close()
		restraint := new(nat.Restraint)
		victim := netip.MustParseAddr("203.0.113.9")
		at := func(port uint16) netip.AddrPort { return m.c.Virtual(netip.AddrPortFrom(victim, port)) }
		own := at(443)
		send(t, m.c, []byte{quicByte}, own)
		if m.now.sent != 1 {
			t.Fatal("a packet to an address of our own choice did not go")
		}
		attempt := func(virtual netip.AddrPort) int {
			before := m.now.sent
			m.c.Wary(virtual, restraint)
			for range 20 {
				send(t, m.c, []byte{quicByte}, virtual)
			}
			return m.now.sent - before
		}
		total := 0
		for k := range 3600 { // dialled once a second for an hour
			total += attempt(at(uint16(1024 + k%100)))
			time.Sleep(time.Second)
		}
		if total != 3 {
			t.Errorf("%d packets in an hour", total)
		}
		for range 2 { // somebody sends from there
			if p, _, _ := m.c.sort([]byte{quicByte}, m.c.Real(own), 0); p == nil || p.virtual != own {
				t.Fatal("whose is it?")
			}
		}
		m.c.Wary(own, restraint)
		if p, _, _ := m.c.sort([]byte{quicByte}, m.c.Real(own), 0); p == nil {
			t.Fatal("whose is it?")
		}
		before := m.now.sent
		for range 20 { // a byte does not pay for a long one
			send(t, m.c, append([]byte{quicByte}, make([]byte, paidFor)...), own)
		}
		if got := m.now.sent - before; got != 0 {
			t.Errorf("%d long packets for a byte that has come", got)
		}
		if got := attempt(own); got != paidFor {
			t.Errorf("%d packets of a byte for one that has come", got)
		}
		m.c.Known(own)
		if got := attempt(own); got != 20 {
			t.Errorf("%d of 20 packets went to who has shown who it is", got)
		}
		m.c.Wary(netip.MustParseAddrPort("240.1.2.3:1"), restraint) // nobody
		m.c.Known(netip.MustParseAddrPort("240.1.2.3:1"))
	})
}
