package natsim_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
)

func TestRoundTripAndLoss(t *testing.T) {
	sim := natsim.New(1)
	a := sim.Home("none", natsim.Options{Delay: 15 * time.Millisecond, Jitter: 4 * time.Millisecond, Loss: 0.1}).Hosts[0].Listen(0)
	b := sim.Home("none", natsim.Options{Delay: 15 * time.Millisecond}).Hosts[0].Listen(0)
	var shortest, longest time.Duration = natsim.Never, 0
	got := 0
	var sent time.Duration
	b.OnPacket = func(netip.AddrPort, []byte) {
		got++
		shortest, longest = min(shortest, sim.Now()-sent), max(longest, sim.Now()-sent)
	}
	const packets = 10000
	for range packets {
		sent = sim.Now()
		a.Send(b.Addr(), 0, []byte("x"))
		sim.Run(sim.Now() + 100*time.Millisecond)
	}
	if shortest < 30*time.Millisecond || longest >= 34*time.Millisecond || longest-shortest < 3*time.Millisecond {
		t.Errorf("one way took %v to %v, want 30 to 34 ms", shortest, longest)
	}
	if got < packets*88/100 || got > packets*92/100 {
		t.Errorf("%d of %d packets arrived at a loss of 10 %%", got, packets)
	}
	if sim.Stats.Lost+sim.Stats.Delivered != packets {
		t.Errorf("the counters do not add up: %+v", sim.Stats)
	}
}

// TestSeedReproduces runs a noisy scene twice and compares every arrival.
func TestSeedReproduces(t *testing.T) {
	scene := func(seed uint64) (log string) {
		sim := natsim.New(seed)
		o := natsim.Options{Delay: 5 * time.Millisecond, Jitter: 5 * time.Millisecond, Loss: 0.2}
		server := sim.PublicHost().Listen(1)
		server.OnPacket = func(from netip.AddrPort, b []byte) {
			log += fmt.Sprintln(sim.Now(), from, string(b))
			server.Send(from, 0, b)
		}
		for _, kind := range natsim.Presets() {
			socket := sim.Home(kind, o).Hosts[0].Listen(0)
			socket.OnPacket = func(from netip.AddrPort, b []byte) {
				log += fmt.Sprintln(sim.Now(), socket.Addr(), string(b))
			}
			for k := range 10 {
				sim.At(time.Duration(k)*time.Millisecond, func() { socket.Send(server.Addr(), 0, []byte(kind)) })
			}
		}
		sim.Run(time.Second)
		return log
	}
	if first, again := scene(7), scene(7); first != again {
		t.Error("one seed gave two runs")
	}
	if scene(7) == scene(8) {
		t.Error("two seeds gave one run")
	}
}

func TestNextAndRun(t *testing.T) {
	sim := natsim.New(1)
	if sim.Next() != natsim.Never {
		t.Fatal("an empty simulation expects something")
	}
	var order []int
	sim.At(3*time.Second, func() { order = append(order, 3) })
	sim.At(time.Second, func() { order = append(order, 1) })
	sim.At(time.Second, func() { order = append(order, 2) })
	if sim.Next() != time.Second {
		t.Fatalf("next event at %v", sim.Next())
	}
	sim.Run(2 * time.Second)
	if fmt.Sprint(order) != "[1 2]" || sim.Now() != 2*time.Second {
		t.Fatalf("ran %v until %v", order, sim.Now())
	}
	sim.Run(time.Second) // has passed
	if sim.Now() != 2*time.Second {
		t.Fatal("the clock went backwards")
	}
}

func BenchmarkPacketThroughTwoRouters(b *testing.B) {
	sim := natsim.New(1)
	x := sim.Home("fullcone", natsim.Options{Delay: time.Millisecond}).Hosts[0].Listen(0)
	y := sim.Home("fullcone", natsim.Options{Delay: time.Millisecond}).Hosts[0].Listen(0)
	var public netip.AddrPort
	meet := sim.PublicHost().Listen(1)
	meet.OnPacket = func(from netip.AddrPort, _ []byte) { public = from }
	y.Send(meet.Addr(), 0, nil)
	sim.Run(time.Second)
	data := make([]byte, 100)
	b.ReportAllocs()
	for b.Loop() {
		x.Send(public, 0, data)
		sim.Run(sim.Now() + 10*time.Millisecond)
	}
}

// TestOnlooker: who looks on sees all that is sent on a network, what is lost, too,
// and what he sends in another's name comes from there.
func TestOnlooker(t *testing.T) {
	sim := natsim.New(1)
	ana, ben, mallory := sim.PublicHost().Listen(1), sim.PublicHost().Listen(2), sim.PublicHost().Listen(3)
	var seen []string
	sim.Internet.OnSend = func(from, to netip.AddrPort, b []byte) {
		seen = append(seen, string(b))
		if from == ana.Addr() && len(seen) == 1 {
			mallory.Forge(from, to, append([]byte("not "), b...))
		}
	}
	var got []string
	ben.OnPacket = func(from netip.AddrPort, b []byte) {
		if from != ana.Addr() {
			t.Errorf("%s comes from %v", b, from)
		}
		got = append(got, string(b))
	}
	ana.Send(ben.Addr(), 0, []byte("yes"))
	ana.Send(ben.Addr(), 1, []byte("dies on the way"))
	sim.Run(time.Second)
	if want := []string{"not yes", "yes"}; !slices.Equal(got, want) {
		t.Errorf("Ben got %q", got)
	}
	if want := []string{"yes", "not yes", "dies on the way"}; !slices.Equal(seen, want) {
		t.Errorf("Mallory saw %q", seen)
	}
}
