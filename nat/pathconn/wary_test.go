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
			if p, _, _ := m.c.in.sort([]byte{quicByte}, m.c.Real(own), 0); p == nil || p.virtual != own {
				t.Fatal("whose is it?")
			}
		}
		m.c.Wary(own, restraint)
		if p, _, _ := m.c.in.sort([]byte{quicByte}, m.c.Real(own), 0); p == nil {
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

// TestWhoComesIsPaidFor: to who comes by himself go three bytes for each of his, in
// whole packets, until it is known who he is or this side wants to send there itself.
func TestWhoComesIsPaidFor(t *testing.T) {
	for name, free := range map[string]func(c *Conn, p *peer){
		"known": func(c *Conn, p *peer) { c.Known(p.virtual) },
		"named": func(c *Conn, p *peer) { c.Virtual(c.Real(p.virtual)) },
	} {
		m := newMortals()
		from := netip.MustParseAddrPort("203.0.113.9:443")
		comes := func(bytes int) *peer {
			p, _, _ := m.c.in.sort(append([]byte{quicByte}, make([]byte, bytes-1)...), from, 0)
			return p
		}
		stranger := comes(10)
		virtual := stranger.virtual
		for _, row := range []struct{ bytes, went int }{{31, 0}, {20, 1}, {11, 0}, {10, 1}, {1, 0}} {
			before := m.now.sent
			send(t, m.c, append([]byte{quicByte}, make([]byte, row.bytes-1)...), virtual)
			if got := m.now.sent - before; got != row.went {
				t.Errorf("%d bytes: %d packets went", row.bytes, got)
			}
		}
		if p := comes(11); p != stranger {
			t.Fatal("whose is it?")
		}
		for _, row := range []struct{ bytes, size, sent int }{{40, 10, 30}, {5, 10, 0}, {3, 0, 3}, {1, 0, 0}, {0, 0, 0}} {
			if got := len(stranger.spared(make([]byte, row.bytes), row.size)); got != row.sent {
				t.Errorf("of %d bytes in packets of %d go %d, want %d", row.bytes, row.size, got, row.sent)
			}
		}
		free(m.c, stranger)
		before := m.now.sent
		for range 20 {
			send(t, m.c, make([]byte, 1200), virtual)
		}
		if got := m.now.sent - before; got != 20 {
			t.Errorf("%s: %d of 20 packets went", name, got)
		}
		comes(1)
		if stranger.wary.restraint.Load() != nil {
			t.Errorf("%s, and yet a stranger again", name)
		}
		m.c.Close()
	}
}
