package natsim_test

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/nat/natsim"
)

// A home router lets in whoever was written to, and nobody else.
func Example() {
	sim := natsim.New(1)
	wire := natsim.Options{Delay: 15 * time.Millisecond}
	ana := sim.Home("portrestricted", wire).Hosts[0].Listen(7777)
	ben := sim.PublicHost().Listen(7777)
	eve := sim.PublicHost().Listen(7777)

	ana.OnPacket = func(_ netip.AddrPort, b []byte) {
		fmt.Printf("%v: Ana reads %q\n", sim.Now(), b)
	}
	ben.OnPacket = func(from netip.AddrPort, b []byte) {
		fmt.Printf("%v: Ben reads %q\n", sim.Now(), b)
		ben.Send(from, 0, []byte("hello, Ana"))
		eve.Send(from, 0, []byte("it is me, Ben")) // to the same port of her router
	}
	ana.Send(ben.Addr(), 0, []byte("hello, Ben"))
	sim.Run(time.Second)
	fmt.Println(sim.Stats.Refused, "kept out")
	// Output:
	// 15.1ms: Ben reads "hello, Ben"
	// 30.2ms: Ana reads "hello, Ana"
	// 1 kept out
}
