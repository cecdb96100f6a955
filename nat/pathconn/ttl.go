package pathconn

import (
	"errors"
	"net/netip"
)

// ErrTTL is returned where the TTL of one packet cannot be set. Such a packet
// must be left out: with the usual TTL it would do what it was meant to avoid.
var ErrTTL = errors.New("this system cannot set the TTL of a single packet")

// ttlWriter is a simulated socket that can do it.
type ttlWriter interface {
	WriteTTL(b []byte, to netip.AddrPort, ttl int) (int, error)
}

// CanTTL reports whether packets can have a TTL of their own here.
func (c *Conn) CanTTL() bool {
	main := c.main.Load()
	_, simulated := main.conn.(ttlWriter)
	return canSetTTL && main.udp != nil || simulated
}

// SendTTL sends one packet that is not QUIC from the main socket with a TTL
// (IPv6: hop limit) of its own, 1 to 255.
func (c *Conn) SendTTL(b []byte, to netip.AddrPort, ttl int) error {
	return c.SendFrom(0, b, to, ttl)
}

// SendFrom sends one packet that is not QUIC from the main socket, number 0, or
// an extra one. A ttl of 0 is the system's own.
func (c *Conn) SendFrom(socket int, b []byte, to netip.AddrPort, ttl int) error {
	if ttl == 0 {
		return c.SendBy(b, Route{Socket: socket, Addr: to})
	}
	main := c.main.Load()
	udp := main.udp
	if socket != 0 {
		e := c.extras.at(socket)
		if e == nil {
			return errNoSocket
		}
		udp = e.udp
	}
	to = c.Wire(to)
	var err error
	if simulated, ok := main.conn.(ttlWriter); ok && socket == 0 {
		_, err = simulated.WriteTTL(b, to, ttl)
	} else if canSetTTL && udp != nil {
		_, _, err = udp.WriteMsgUDPAddrPort(b, ttlControl(ttl, to.Addr().Is4()), to)
	} else {
		return ErrTTL
	}
	return c.counts.tried(b, err)
}
