package quiclink

import (
	"net/netip"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// BenchmarkRoundTrip sends one datagram to and fro between two sockets of this
// computer, through all goroutines and the owner's polling on either side.
func BenchmarkRoundTrip(b *testing.B) {
	here, there := loopback(b, 1), loopback(b, 2)
	d, l := connect(b, here, there)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		echo := func(_ link.Kind, _ time.Duration, p []byte) { l.SendDatagram(p) }
		for {
			select {
			case <-stop:
				return
			default:
				there.Wait(10 * time.Millisecond)
				l.Receive(echo)
			}
		}
	}()
	back := false
	handle := func(link.Kind, time.Duration, []byte) { back = true }
	payload := make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		back = false
		d.SendDatagram(payload)
		for !back {
			here.Wait(time.Second)
			d.Receive(handle)
		}
	}
	close(stop)
	<-stopped
}

// BenchmarkMessages sends 64 KiB messages one way as fast as they go.
func BenchmarkMessages(b *testing.B) {
	here, there := loopback(b, 1), loopback(b, 2)
	d, l := connect(b, here, there)
	message := make([]byte, link.MaxMessageBytes)
	got := 0
	handle := func(link.Kind, time.Duration, []byte) { got++ }
	b.SetBytes(link.MaxMessageBytes)
	b.ReportAllocs()
	sent := 0
	for b.Loop() {
		for d.Send(message) != nil {
			there.Wait(time.Millisecond)
			l.Receive(handle)
		}
		sent++
	}
	for got < sent {
		there.Wait(time.Second)
		l.Receive(handle)
	}
}

// BenchmarkSteadyFrame is what the owner pays for one frame of one link.
func BenchmarkSteadyFrame(b *testing.B) {
	l := newLink(&Endpoint{wake: make(chan struct{}, 1)}, netip.AddrPort{})
	l.opened = true
	datagram := make([]byte, 100)
	handle := func(link.Kind, time.Duration, []byte) {}
	b.ReportAllocs()
	for b.Loop() {
		l.inbox.addDatagram(0, datagram)
		l.Receive(handle)
		l.SendDatagram(datagram)
		if l.State() != link.Open {
			b.Fatal("not open")
		}
	}
}
