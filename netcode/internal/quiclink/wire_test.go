package quiclink

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// TestWireCost counts what a game's inputs cost on the wire, IPv4 and UDP
// headers included: 20 bytes, 60 times a second, both ways.
func TestWireCost(t *testing.T) {
	for _, c := range []struct {
		name  string
		phase time.Duration // between the ticks of the two sides
	}{{"in phase", 0}, {"out of phase", 5 * time.Millisecond}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newSimNet(30 * time.Millisecond)
				a, aConn := n.endpoint(t, "10.0.0.1:7777", 1)
				b, bConn := n.endpoint(t, "10.0.0.2:7777", 2)
				d, l := connect(t, a, b)
				time.Sleep(time.Second)
				const seconds = 20
				packetsA, bytesA := aConn.sent()
				packetsB, bytesB := bConn.sent()
				payload := make([]byte, 20)
				for range seconds * 60 {
					d.SendDatagram(payload)
					time.Sleep(c.phase)
					l.SendDatagram(payload)
					time.Sleep(time.Second/60 - c.phase)
					d.Receive(func(link.Kind, time.Duration, []byte) {})
					l.Receive(func(link.Kind, time.Duration, []byte) {})
				}
				p, bytes := aConn.sent()
				t.Logf("dialler:  %d packets/s, %d B/s", (p-packetsA)/seconds, (bytes-bytesA)/seconds)
				p, bytes = bConn.sent()
				t.Logf("listener: %d packets/s, %d B/s", (p-packetsB)/seconds, (bytes-bytesB)/seconds)
				if rate := (bytes - bytesB) / seconds; rate > 5500 {
					t.Errorf("%d B/s: the acknowledgments do not ride with the datagrams", rate)
				}
				if sent := d.Stats().DatagramsSent; sent != seconds*60 {
					t.Errorf("sent %d datagrams, want %d", sent, seconds*60)
				}
				if got := l.Stats().DatagramsReceived; got < seconds*60-3 {
					t.Errorf("received %d datagrams", got)
				}
				a.Close()
				b.Close()
			})
		})
	}
}
