package memlink

import (
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// pair returns two endpoints with an open link between them, over a perfect
// network, and the network.
func pair(tb testing.TB, seed uint64) (n *Network, dialled, accepted link.Link) {
	tb.Helper()
	n = NewNetwork(seed, 2)
	a, b := n.NewEndpoint(link.Key{1}), n.NewEndpoint(link.Key{2})
	dialled = a.Dial(b.Addr(), nil)
	n.Advance(0)
	accepted = b.Accept()
	if accepted == nil || dialled.State() != link.Open || accepted.State() != link.Open {
		tb.Fatalf("no link over a perfect network: dialled is %v, accepted %v", dialled.State(), accepted)
	}
	return n, dialled, accepted
}

func BenchmarkFrame(b *testing.B) {
	for _, c := range []struct {
		name       string
		conditions Conditions
	}{
		{"perfect", Conditions{}},
		{"50ms", Conditions{Delay: 50 * time.Millisecond}},
		{"50ms+-10ms 5%", Conditions{Delay: 50 * time.Millisecond, Jitter: 10 * time.Millisecond, LossPer10k: 500}},
	} {
		b.Run(c.name, func(b *testing.B) {
			n, one, two := pair(b, 1)
			n.SetConditions(c.conditions)
			body := make([]byte, 24)
			total := 0
			handle := func(_ link.Kind, _ time.Duration, b []byte) { total += len(b) }
			b.ReportAllocs()
			for b.Loop() {
				one.SendDatagram(body)
				two.SendDatagram(body)
				n.Advance(time.Second / 60)
				one.Receive(handle)
				two.Receive(handle)
			}
			if total == 0 {
				b.Fatal("nothing has arrived")
			}
		})
	}
}

func TestDatagramsAndMessagesArrive(t *testing.T) {
	n, one, two := pair(t, 1)
	n.SetConditions(Conditions{Delay: 20 * time.Millisecond})
	one.SendDatagram([]byte("inputs"))
	if err := one.Send([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	n.Advance(19 * time.Millisecond)
	two.Receive(func(link.Kind, time.Duration, []byte) { t.Error("something arrived after 19 of 20 ms") })
	n.Advance(time.Millisecond)
	var got []string
	two.Receive(func(kind link.Kind, at time.Duration, b []byte) {
		got = append(got, string(b))
		if at != 20*time.Millisecond {
			t.Errorf("%q arrived at %v, want 20ms", b, at)
		}
	})
	if len(got) != 2 || got[0] != "inputs" || got[1] != "hello" {
		t.Errorf("received %q, want inputs, hello", got)
	}
}
