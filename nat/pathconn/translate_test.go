package pathconn

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// TestTranslated: a computer with IPv6 only speaks to what it takes for IPv4
// addresses. Here the translator is the loopback interface, which calls ::1 the
// address 0.0.0.1.
func TestTranslated(t *testing.T) {
	prefix := netip.MustParsePrefix("::/96")
	four := func(c *Conn) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{0, 0, 0, 1}), c.Addr().Port())
	}
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprintf("plain %v", plain), func(t *testing.T) {
			c, err := Open(netip.MustParseAddrPort("[::1]:0"))
			if err != nil {
				t.Skip("no IPv6 here: ", err)
			}
			defer c.Close()
			far := open(t, "[::1]:0")
			if plain {
				c.main.Store(&mainSocket{conn: c.main.Load().conn})
			}
			c.SetNAT64(prefix)
			if c.NAT64() != prefix {
				t.Errorf("the prefix is %v", c.NAT64())
			}
			peer := c.Virtual(four(far))
			if !peer.Addr().Is4() || c.Real(peer) != four(far) || c.Virtual(far.Addr()) != peer {
				t.Errorf("%v is %v, and by its other name %v", peer, c.Real(peer), c.Virtual(far.Addr()))
			}
			send(t, c, []byte{quicByte, 1}, peer)
			if got, from := read(t, far); got != "\x40\x01" || far.Real(from) != c.Addr() {
				t.Errorf("got %x from %v; %v", got, far.Real(from), c.SendError(peer))
			}
			send(t, far, []byte{quicByte, 2}, far.Virtual(c.Addr()))
			if got, from := read(t, c); got != "\x40\x02" || from != peer {
				t.Errorf("got %x from %v, want %v", got, from, peer)
			}
			heard := make(chan Route, 10)
			far.Handle(func(b []byte, by Route) { heard <- by })
			far.SetReadDeadline(time.Now().Add(5 * time.Second))
			go far.ReadFrom(make([]byte, 100))
			if err := c.Send([]byte{1}, four(far)); err != nil {
				t.Error(err)
			}
			if !plain && canSetTTL {
				if err := c.SendTTL([]byte{1}, four(far), 5); err != nil {
					t.Error(err)
				}
				<-heard
			}
			if by := <-heard; by.Addr != c.Addr() {
				t.Errorf("heard by %v", by)
			}
			c.SetNAT64(netip.Prefix{})
			if c.NAT64().IsValid() || c.Virtual(far.Addr()) == peer {
				t.Error("it still translates")
			}
			far.Close()
		})
	}
}
