package memlink_test

import (
	"fmt"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
)

// Two peers, 50 ms apart: the link opens after a round trip, and the listener
// sees it half a round trip later, with the first message in it.
func Example() {
	network := memlink.NewNetwork(1, 2)
	network.SetConditions(memlink.Conditions{Delay: 50 * time.Millisecond})
	ana, ben := network.NewEndpoint(link.Key{1}), network.NewEndpoint(link.Key{2})

	dialled := ana.Dial(ben.Addr(), nil)
	if err := dialled.Send([]byte("hello")); err != nil {
		fmt.Println(err)
	}
	for {
		at, ok := network.NextEvent()
		if !ok {
			break
		}
		network.AdvanceTo(at)
		if accepted := ben.Accept(); accepted != nil {
			accepted.Receive(func(_ link.Kind, at time.Duration, b []byte) {
				fmt.Printf("%v: %s from %v\n", at, b, accepted.RemoteAddr())
			})
			accepted.Close(link.CodeDone, "that was all")
		}
		if dialled.State() == link.Closed {
			fmt.Printf("%v: %v\n", network.Now(), dialled.Err())
			break
		}
	}
	// Output:
	// 150ms: hello from 10.0.0.1:1
	// 200ms: that was all
}
