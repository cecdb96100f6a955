package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

// halls is the flag -hall, which may be given several times.
type halls struct{ list *[]rendezvous.Hall }

func (h halls) String() string { return "" }

// Set reads PREFIX=N, where PREFIX may be an address.
func (h halls) Set(text string) error {
	prefix, places, ok := strings.Cut(text, "=")
	n, err := strconv.Atoi(places)
	if !ok || err != nil || n < 1 {
		return fmt.Errorf("it must be PREFIX=N, such as 192.0.2.7=1000 or 2001:db8:1::/48=1000")
	}
	p, err := netip.ParsePrefix(prefix)
	if addr, e := netip.ParseAddr(prefix); e == nil {
		p, err = addr.Unmap().Prefix(addr.Unmap().BitLen())
	}
	if err != nil {
		return fmt.Errorf("%s is no address and no prefix such as 2001:db8:1::/48", prefix)
	}
	*h.list = append(*h.list, rendezvous.Hall{Prefix: p, Places: n})
	return nil
}

// notice is a line for the operator.
type notice struct {
	Event  string `json:"event"`
	Source string `json:"source,omitempty"`
	Places int    `json:"places"`
	Text   string `json:"text"`
}

func newNotice(n rendezvous.Notice) notice {
	full := func(event, what, option string) notice {
		return notice{Event: event, Places: n.Limit, Text: fmt.Sprintf("All %d places for %s are taken, and nobody has more of them than one who was refused: "+
			"this server is used by many, or attacked from many addresses. %s allows for more.", n.Limit, what, option)}
	}
	switch n.Kind {
	case rendezvous.LobbiesFull:
		return full("lobbies-full", "lobbies", "-max-lobbies")
	case rendezvous.GuestsFull:
		return full("guests-full", "guests", "-max-offer-bytes")
	case rendezvous.RelaysFull:
		return full("relays-full", "relays", "-max-relays")
	}
	source := n.Source.String()
	if n.Source.IsSingleIP() {
		source = n.Source.Addr().String()
	}
	return notice{Event: "source-limit", Source: source, Places: n.Limit, Text: fmt.Sprintf("%s has %d lobbies, guests and ends of relays, as many as one source may: "+
		"more players from there are refused. If it is a hall that you know, allow it more: -hall %s=%d", source, n.Limit, source, 4*n.Limit)}
}
