package quiclink

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// TestNarrowPath: a path that lets no packet of QUIC's handshake through, in one
// direction or in both, because it is too long for a tunnel or because a firewall
// knows its header, carries a connection and all that is sent over it.
func TestNarrowPath(t *testing.T) {
	const headers = 20 + 8
	long := func(longest int) func(b []byte) bool { return func(b []byte) bool { return len(b)+headers > longest } }
	for name, lost := range map[string]func(b []byte) bool{
		"1227 bytes": long(1227), "1124 bytes": long(1124), "1100 bytes": long(1100), "576 bytes": long(576),
		"long headers": func(b []byte) bool { return b[0]&0xc0 == 0xc0 && len(b) >= 1200 },
	} {
		for _, from := range []string{"10.0.0.1:7777", "10.0.0.2:7777", "both"} {
			t.Run(fmt.Sprint(name, " ", from), func(t *testing.T) {
				inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
					n.set(func(n *simNet) {
						n.drop = func(by, _ netip.AddrPort, packet []byte) bool {
							return (from == "both" || by.String() == from) && lost(packet)
						}
					})
					a.restraint.Vouch(a.restraint.Now(), b.Addr().Addr()) // elsewhere a finder asks first
					start := a.Now()
					here, there := connect(t, a, b)
					if took := a.Now() - start; took > time.Second {
						t.Errorf("open after %v", took)
					}
					for _, way := range [][2]link.Link{{here, there}, {there, here}} {
						got, whole := 0, 0
						const message, short = 60 << 10, 800 // which is too long for 576 bytes, and not for others
						for _, bytes := range []int{short, message} {
							if err := way[0].Send(make([]byte, bytes)); err != nil {
								t.Fatal(err)
							}
						}
						way[0].SendDatagram(make([]byte, link.MaxDatagramBytes))
						for range 1000 {
							way[1].Receive(func(kind link.Kind, _ time.Duration, b []byte) {
								switch {
								case kind == link.Message:
									got += len(b)
								case len(b) == link.MaxDatagramBytes:
									whole++
								}
							})
							time.Sleep(5 * time.Millisecond)
						}
						if got != message+short || whole != 1 {
							t.Errorf("%d bytes of the message and %d of the datagrams came", got, whole)
						}
					}
				})
			})
		}
	}
}

// TestReceived: only packets that decrypt count as received, whatever else comes
// from the peer's own address.
func TestReceived(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		d, l := connect(t, a, b)
		here, there := d.(*Link), l.(*Link)
		if here.PathSecret() != there.PathSecret() || here.PathSecret() == d.Binding() || here.PathSecret() == [32]byte{} {
			t.Error("the secrets of the paths differ, or are those of the binding")
		}
		time.Sleep(time.Second)
		var last []byte
		n.set(func(n *simNet) {
			n.drop = func(_, _ netip.AddrPort, packet []byte) bool {
				last = append([]byte(nil), packet...)
				return false
			}
		})
		l.SendDatagram([]byte("hello"))
		time.Sleep(time.Second)
		before := here.Received()
		from, to := b.Addr(), a.Addr()
		n.set(func(n *simNet) {
			for i := range 50 {
				forged := append([]byte(nil), last...)
				forged[len(forged)-1-i%16] ^= 1
				n.conns[to].in <- simPacket{forged, from}
			}
			n.conns[to].in <- simPacket{last, from} // played again
		})
		time.Sleep(time.Second)
		if got := here.Received(); got != before || before == 0 {
			t.Errorf("%d packets received, %d after what was forged", before, got)
		}
		l.SendDatagram([]byte("hello"))
		time.Sleep(time.Second)
		if here.Received() == before {
			t.Error("a packet of the peer does not count")
		}
	})
}
