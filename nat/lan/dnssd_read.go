package lan

import (
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// offers is what a packet says of lobbies: few records, as they came.
type offers struct {
	services []service
	hosts    []host
}

// service is an SRV record, with the game of the TXT record of the same name.
type service struct {
	instance, host dnsmessage.Name
	port           uint16
	game           string // empty if nothing is said of it
}

// host is an A or AAAA record.
type host struct {
	name dnsmessage.Name
	addr netip.Addr
}

// readDoors appends the doors of lobbies of a game that a packet names. here is
// where the packet came in: link-local addresses are taken as of that interface.
// Without an address of the lobby's host it is the sender's. Whoever sent it may
// lie about everything.
func readDoors(dst []netip.AddrPort, packet []byte, from netip.Addr, game string, here []place) []netip.AddrPort {
	said := readOffers(packet)
	room := len(dst) + maxDoorsPacket
	for _, offered := range said.services {
		if offered.game != "" && offered.game != game {
			continue
		}
		addrs := said.addrs(offered.host)
		if addrs == nil {
			addrs = []netip.Addr{from}
		}
		for _, addr := range addrs {
			if addr.Is6() && addr.IsLinkLocalUnicast() && len(here) > 0 {
				addr = addr.WithZone(here[0].name)
			}
			if at := netip.AddrPortFrom(addr, offered.port); len(dst) < room && !slices.Contains(dst, at) {
				dst = append(dst, at)
			}
		}
	}
	return dst
}

func (o *offers) addrs(name dnsmessage.Name) (addrs []netip.Addr) {
	for _, h := range o.hosts {
		if sameName(h.name, name.String()) {
			addrs = append(addrs, h.addr)
		}
	}
	return addrs
}

// isResponse tells a response from a query without reading either.
func isResponse(packet []byte) bool { return len(packet) > 2 && packet[2]&0x80 != 0 }

// readOffers reads a response, up to where it is broken.
func readOffers(packet []byte) (said offers) {
	var parser dnsmessage.Parser
	header, err := parser.Start(packet)
	if err != nil || !header.Response || header.OpCode != 0 || header.RCode != 0 || len(packet) > maxDNSPacket || parser.SkipAllQuestions() != nil {
		return offers{}
	}
	games := make(map[string]string)
	take := func(h dnsmessage.ResourceHeader, body dnsmessage.Parser) { said.take(h, body, games) }
	eachRecord(&parser, parser.AnswerHeader, parser.SkipAnswer, take)
	if parser.SkipAllAnswers() == nil && parser.SkipAllAuthorities() == nil {
		eachRecord(&parser, parser.AdditionalHeader, parser.SkipAdditional, take)
	}
	for i := range said.services {
		s := &said.services[i]
		s.game = games[strings.ToLower(s.instance.String())]
	}
	return said
}

// take takes one record. Records that are taken back have no TTL; a list does
// not need to know: it sees who has stopped to answer.
func (o *offers) take(h dnsmessage.ResourceHeader, body dnsmessage.Parser, games map[string]string) {
	if h.Class&classMask != dnsmessage.ClassINET || h.TTL == 0 {
		return
	}
	switch h.Type {
	case dnsmessage.TypeSRV:
		r, err := body.SRVResource()
		if err == nil && r.Port != 0 && isInstance(h.Name) && len(o.services) < maxDoorsPacket {
			o.services = append(o.services, service{instance: h.Name, host: r.Target, port: r.Port})
		}
	case dnsmessage.TypeTXT:
		if r, err := body.TXTResource(); err == nil && isInstance(h.Name) && len(games) < maxDoorsPacket {
			for _, text := range r.TXT {
				if game, ok := strings.CutPrefix(text, gameKey); ok {
					games[strings.ToLower(h.Name.String())] = game
				}
			}
		}
	case dnsmessage.TypeA:
		if r, err := body.AResource(); err == nil {
			o.hosts = append(o.hosts, host{h.Name, netip.AddrFrom4(r.A)})
		}
	case dnsmessage.TypeAAAA:
		if r, err := body.AAAAResource(); err == nil {
			o.hosts = append(o.hosts, host{h.Name, netip.AddrFrom16(r.AAAA).Unmap()})
		}
	}
}

// isInstance reports whether a name is that of an instance of the service.
func isInstance(name dnsmessage.Name) bool {
	text := name.String()
	at := len(text) - len(serviceName)
	return at > 1 && text[at-1] == '.' && strings.EqualFold(text[at:], serviceName)
}
