package rendezvous_test

import (
	"crypto/rand"
	"fmt"
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/nat/invite"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// Two who know a code exchange their addresses. Server and clients are state machines: in
// place of sockets and clocks stand a loop and a number here.
func Example() {
	code, err := invite.NewCode(rand.Reader)
	if err != nil {
		panic(err)
	}
	keys := code.Keys()
	server, err := rendezvous.NewServer(rendezvous.ServerConfig{Rand: rand.Reader})
	if err != nil {
		panic(err)
	}
	at := netip.MustParseAddrPort("192.0.2.1:3478")
	client := func(open func(rendezvous.Config, time.Duration) (*rendezvous.Client, error), offer string) *rendezvous.Client {
		c, err := open(rendezvous.Config{Server: at, Keys: keys, Offer: []byte(offer), Rand: rand.Reader}, 0)
		if err != nil {
			panic(err)
		}
		return c
	}
	clients := map[netip.AddrPort]*rendezvous.Client{
		netip.MustParseAddrPort("198.51.100.1:7777"): client(rendezvous.NewHost, "where the host is"),
		netip.MustParseAddrPort("203.0.113.1:7777"):  client(rendezvous.NewGuest, "where the guest is"),
	}

	var met []string
	for now := time.Duration(0); len(met) < 2 && now < 5*time.Second; now += 10 * time.Millisecond {
		server.Advance(now)
		for from, c := range clients {
			c.Advance(now)
			for _, s := range c.AppendSends(nil) {
				server.Packet(now, rendezvous.Source{Addr: from}, s.Data)
			}
			for _, e := range c.AppendEvents(nil) {
				if e.Kind == rendezvous.Met {
					met = append(met, string(e.Offer))
				}
			}
		}
		for _, s := range server.AppendSends(nil) {
			clients[s.To.Addr].Packet(now, at, s.Data)
		}
	}
	for _, offer := range met {
		fmt.Println(offer)
	}
	// Unordered output:
	// where the host is
	// where the guest is
}
