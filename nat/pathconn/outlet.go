package pathconn

import (
	"errors"
	"net"
	"sync"
)

// outlet sends one packet by whatever way a destination says.
type outlet struct {
	main *mainPort
	wire *translator
}

var (
	errNoRoom   = errors.New("the connection to the relay is congested")
	errNoSocket = errors.New("the socket of this path is closed")
	errChain    = errors.New("the player who passes packets on is reached by a relay himself")
	errNowhere  = errors.New("no path is known yet")
	errNobody   = errors.New("nobody has this virtual address")
)

// wrapped holds a packet with a relay's header before it.
var wrapped = sync.Pool{New: func() any { return new([2048]byte) }}

// write sends one packet to a destination that is not plain.
func (o *outlet) write(d *destination, b []byte) error {
	if d.relayed() {
		buf := wrapped.Get().(*[2048]byte)
		defer wrapped.Put(buf)
		b = append(append(buf[:0], d.Header[:]...), b...)
		switch {
		case d.Via.IsValid():
			return o.writeVia(d.via, b)
		case d.Carrier == nil:
		case !d.Carrier.Send(b):
			return errNoRoom
		default:
			return nil
		}
	}
	return o.writeStraight(d, b)
}

// writeVia sends one packet by the way that a peer's packets take now.
func (o *outlet) writeVia(p *peer, b []byte) error {
	if p == nil {
		return errNobody
	}
	d := p.path.Load()
	if d.relayed() || d.socket != nil && d.socket.udp == nil { // such as at a TURN server
		return errChain
	}
	return o.writeStraight(d, b)
}

func (o *outlet) writeStraight(d *destination, b []byte) error {
	switch {
	case d.Route.Socket == 0:
		return o.writeMain(b, d.addr)
	case d.Route.Socket == nowhere:
		return errNowhere
	case d.socket == nil:
		return errNoSocket
	}
	to := d.Route.Addr
	if d.socket.udp != nil {
		to = o.wire.Wire(to) // others, such as those at a TURN server, have IPv4 of their own
	}
	_, err := d.socket.socket.WriteToUDPAddrPort(b, to)
	if errors.Is(err, net.ErrClosed) {
		return errNoSocket // QUIC would take the other one for its own socket's end
	}
	return err
}

// writeMain sends one packet by the main socket.
func (o *outlet) writeMain(b []byte, to *net.UDPAddr) error {
	m := o.main.Load()
	_, err := m.conn.WriteTo(b, o.wire.onWire(to))
	o.main.judge(m, err)
	return err
}
