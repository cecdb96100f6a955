package pathconn

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// TestWary: an address that somebody has named gets three packets, and another
// three after ever longer pauses, until something comes from there.
func TestWary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMortals()
		defer m.c.Close()
		victim := m.c.Virtual(netip.MustParseAddrPort("203.0.113.9:443"))
		send(t, m.c, []byte{quicByte}, victim)
		if m.now.sent != 1 {
			t.Fatal("a packet to an address of our own choice did not go")
		}
		attempt := func() int {
			before := m.now.sent
			m.c.Wary(victim)
			for range 20 {
				send(t, m.c, []byte{quicByte}, victim)
			}
			return m.now.sent - before
		}
		total := 0
		for range 3600 { // dialled once a second for an hour
			got := attempt()
			if got > waryPackets {
				t.Fatalf("%d packets at once", got)
			}
			total += got
			time.Sleep(time.Second)
		}
		if total < 2*waryPackets || total > 20*waryPackets {
			t.Errorf("%d packets in an hour", total)
		}
		// It answers, so it is the peer.
		if p, _, _ := m.c.sort([]byte{quicByte}, m.c.Real(victim), 0); p == nil || p.virtual != victim {
			t.Fatal("whose is the answer?")
		}
		if got := attempt(); got != 20 {
			t.Errorf("%d of 20 packets went to who has answered", got)
		}
		m.c.Wary(netip.MustParseAddrPort("240.1.2.3:1")) // nobody
	})
}
