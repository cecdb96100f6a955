package memlink

import (
	"fmt"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// BenchmarkFrame is what the links cost per frame of a match: one datagram from
// everybody to everybody, sent, delivered and received.
func BenchmarkFrame(b *testing.B) {
	for _, players := range []int{2, 8} {
		for _, c := range []struct {
			name       string
			conditions Conditions
		}{
			{"perfect", Conditions{}},
			{"50ms", Conditions{Delay: 50 * time.Millisecond}},
			{"50±10ms_5%", Conditions{Delay: 50 * time.Millisecond, Jitter: 10 * time.Millisecond, LossPer10k: 500}},
		} {
			b.Run(fmt.Sprintf("%d/%s", players, c.name), func(b *testing.B) {
				n := NewNetwork(1, players)
				var links []link.Link
				for i := range players {
					e := n.NewEndpoint(link.Key{byte(i)})
					for j := range i {
						dialled, accepted := connect(b, n, e, n.Endpoint(j))
						links = append(links, dialled, accepted)
					}
				}
				n.SetConditions(c.conditions)
				body := make([]byte, 24)
				total := 0
				handle := func(_ link.Kind, _ time.Duration, b []byte) { total += len(b) }
				b.ReportAllocs()
				for b.Loop() {
					for _, l := range links {
						l.SendDatagram(body)
					}
					n.Advance(time.Second / 60)
					for _, l := range links {
						l.Receive(handle)
					}
				}
				if total == 0 {
					b.Fatal("nothing has arrived")
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(links)), "ns/datagram")
			})
		}
	}
}
