package pathconn

import (
	"net/netip"
	"sync/atomic"
)

// sorter finds out whose a payload is, by whatever way it came. What is not QUIC goes
// to the handler.
type sorter struct {
	table   *table
	counts  *counters
	clock   clock
	parting partsTable // parts of packets that wait for the others
	handler atomic.Pointer[func(b []byte, by Route)]
}

// sort finds out whose a payload is. For one of QUIC that is p, and packet is what
// is in it; of a payload of two rest is the second, of one that holds a part of a packet
// there is none until the others have come. What is not QUIC goes to the
// handler. The packet may be a part of b.
func (s *sorter) sort(b []byte, from netip.AddrPort, socket int) (p *peer, packet, rest []byte) {
	if len(b) > 0 && socket != Carried {
		if isQUIC(b) {
			return s.from(socket, from, b), b, nil
		}
		switch b[0] {
		case bundleMark:
			if first, second, ok := unbundle(b); ok {
				return s.from(socket, from, b), first, second
			}
		case partMark:
			whole, ok := s.parting.join(entrance{socket: socket, from: from}, b)
			if ok {
				p = s.from(socket, from, whole)
				p.getsParts()
			}
			return p, whole, nil
		}
	}
	if len(b) > len(Header{}) {
		if relay, d := s.relayed(b, from, socket); d != nil {
			return s.unwrapped(d, b[len(Header{}):], relay)
		}
	}
	s.handle(b, Route{Socket: socket, Addr: from})
	return nil, nil, nil
}

// unwrapped is sort for what a relay's packet holds.
func (s *sorter) unwrapped(d *door, b []byte, relay Route) (p *peer, packet, rest []byte) {
	first, second, two := unbundle(b)
	switch {
	case isQUIC(b):
		first = b
	case two:
	case b[0] == partMark:
		whole, ok := s.parting.join(d.entrance, b)
		if !ok {
			return nil, nil, nil
		}
		d.peer.getsParts()
		b, first = whole, whole
	default:
		s.handle(b, relay)
		return nil, nil, nil
	}
	s.table.pass(d, s.clock.now(), b)
	return d.peer, first, second
}

// relayed returns the relay that a packet came by and the door that it goes
// through, nil if it came by none. The relay may be a server or another peer.
func (s *sorter) relayed(b []byte, from netip.AddrPort, socket int) (relay Route, d *door) {
	relay = Route{Addr: from, Header: Header(b)}
	if d = s.table.door(relay.entrance()); d != nil {
		return relay, d
	}
	if by := s.table.door(entrance{socket: socket, from: from}); by != nil {
		relay = Route{Via: by.peer.virtual, Header: Header(b)}
		d = s.table.door(relay.entrance())
	}
	return relay, d
}

// isQUIC tells by the first byte (RFC 9443 section 3).
func isQUIC(b []byte) bool { return b[0]&0xc0 != 0 }

// from returns the peer whose packets come by a socket from an address; it is
// new if nobody's did. What came is payload.
func (s *sorter) from(socket int, from netip.AddrPort, payload []byte) *peer {
	if d := s.table.door(entrance{socket: socket, from: from}); d != nil {
		s.table.pass(d, s.clock.now(), payload)
		return d.peer
	}
	p := s.table.at(s.table.destination(Route{Socket: socket, Addr: from}), onlyPaid)
	p.paid(len(payload))
	return p
}

func (s *sorter) handle(b []byte, by Route) {
	if handle := s.handler.Load(); handle != nil && len(b) > 0 {
		(*handle)(b, by)
	} else {
		s.counts.unhandled.Add(1)
	}
}
