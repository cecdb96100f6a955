package natsim

import (
	"encoding/binary"
	"net/netip"
)

// STUNPort is where the hosts made by STUNServer listen.
const STUNPort = 3478

// STUNServer adds a host to the Internet that answers binding requests (RFC
// 8489) on port 3478 and returns its address. It is written by hand, so that
// it shares no mistake with the code under test.
func (s *Sim) STUNServer() netip.AddrPort { return stunOn(s.PublicHost(), STUNPort, netip.AddrPort{}) }

// STUNServer6 is the same with an IPv6 address.
func (s *Sim) STUNServer6() netip.AddrPort {
	return stunOn(s.PublicHost6(), STUNPort, netip.AddrPort{})
}

// STUNServerOfTwoPorts is like STUNServer, and answers on the next port as well,
// which it names as its OTHER-ADDRESS (RFC 5780 section 7.4).
func (s *Sim) STUNServerOfTwoPorts() netip.AddrPort {
	host := s.PublicHost()
	second := stunOn(host, STUNPort+1, host.AddrPort(STUNPort))
	return stunOn(host, STUNPort, second)
}

func stunOn(host *Host, port uint16, other netip.AddrPort) netip.AddrPort {
	socket := host.Listen(port)
	socket.OnPacket = func(from netip.AddrPort, b []byte) {
		if answer := stunAnswer(b, from, other); answer != nil {
			socket.Send(from, 0, answer)
		}
	}
	return socket.Addr()
}

const stunCookie = 0x2112A442

// stunAnswer is the success response to a binding request, nil to all else. Other
// is the server's second address if it has one, of IPv4.
func stunAnswer(request []byte, from, other netip.AddrPort) []byte {
	if len(request) < 20 || binary.BigEndian.Uint16(request) != 0x0001 ||
		binary.BigEndian.Uint32(request[4:]) != stunCookie ||
		int(binary.BigEndian.Uint16(request[2:])) != len(request)-20 {
		return nil
	}
	ip := from.Addr().AsSlice()
	family := byte(1)
	if len(ip) == 16 {
		family = 2
	}
	for i := range ip {
		ip[i] ^= request[4+i] // the cookie, then the transaction id
	}
	b := make([]byte, 0, 56)
	b = binary.BigEndian.AppendUint16(b, 0x0101)
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(ip)))
	b = append(b, request[4:20]...)
	b = binary.BigEndian.AppendUint16(b, 0x0020) // XOR-MAPPED-ADDRESS
	b = binary.BigEndian.AppendUint16(b, uint16(4+len(ip)))
	b = append(b, 0, family)
	b = binary.BigEndian.AppendUint16(b, from.Port()^(stunCookie>>16))
	b = append(b, ip...)
	if other.IsValid() {
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)-20+12))
		b = append(b, 0x80, 0x2C, 0, 8, 0, 1) // OTHER-ADDRESS
		b = binary.BigEndian.AppendUint16(b, other.Port())
		b = append(b, other.Addr().AsSlice()...)
	}
	return b
}
