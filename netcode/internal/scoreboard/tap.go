package scoreboard

import (
	"net/netip"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// tap is an endpoint that counts the input datagrams handed to its links.
type tap struct {
	link.Endpoint
	packets, bytes uint64
}

func (t *tap) Dial(addr netip.AddrPort, pin *link.Key) link.Link {
	return &tappedLink{t.Endpoint.Dial(addr, pin), t}
}

func (t *tap) Accept() link.Link {
	l := t.Endpoint.Accept()
	if l == nil {
		return nil
	}
	return &tappedLink{l, t}
}

type tappedLink struct {
	link.Link
	tap *tap
}

func (l *tappedLink) SendDatagram(b []byte) {
	l.tap.packets++
	l.tap.bytes += uint64(len(b))
	l.Link.SendDatagram(b)
}

func (l *tappedLink) SendAlso(b []byte) {
	l.tap.packets++
	l.tap.bytes += uint64(len(b))
	l.Link.SendAlso(b)
}
