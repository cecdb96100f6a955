package lan

import (
	"errors"
	"net"
	"net/netip"
	"sync"
)

// door is a UDP port of one program's own, the same in both IP versions, to ask
// and to be asked at one by one. The shared port is none: it is several
// programs', of which the system picks one for what is not sent to everybody.
// Packets carry as far as the system's do: a lobby may be behind a router that
// passes DNS service discovery on.
type door interface {
	port() uint16
	// start begins to receive. Anybody can send to a door: receive has to
	// look at where a packet comes from.
	start(receive receiver)
	send(packet []byte, to netip.AddrPort)
	close()
}

// doorSockets is the door of real networks.
type doorSockets struct {
	number  uint16
	conns   [2]*net.UDPConn // IPv4, IPv6; one may be nil
	readers sync.WaitGroup
}

var errNoDoor = errors.New("lan: no UDP port of one's own")

// openDoor opens a free port.
func openDoor() (door, error) {
	d := &doorSockets{}
	const attempts = 8
	for attempt := 1; attempt <= attempts && d.number == 0; attempt++ {
		d.conns[0], _ = listenUDP(netip.AddrPortFrom(netip.IPv4Unspecified(), 0), false)
		number := localPort(d.conns[0])
		d.conns[1], _ = listenUDP(netip.AddrPortFrom(netip.IPv6Unspecified(), number), false)
		if d.conns[0] != nil && d.conns[1] == nil && attempt < attempts {
			d.conns[0].Close() // taken there, or there is no IPv6: the last attempt does without
			continue
		}
		d.number = max(number, localPort(d.conns[1]))
	}
	if d.number == 0 {
		return nil, errNoDoor
	}
	return d, nil
}

func (d *doorSockets) start(receive receiver) {
	for _, conn := range d.conns {
		if conn != nil {
			d.readers.Go(func() { read(conn, receive) })
		}
	}
}

// localPort is 0 for a socket that could not be opened.
func localPort(conn *net.UDPConn) uint16 {
	if conn == nil {
		return 0
	}
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()
}

func (d *doorSockets) port() uint16 { return d.number }

func (d *doorSockets) send(packet []byte, to netip.AddrPort) {
	if conn := d.conns[version(to.Addr())]; conn != nil {
		_ = send(conn, packet, to)
	}
}

func (d *doorSockets) close() {
	for _, conn := range d.conns {
		if conn != nil {
			conn.Close()
		}
	}
	d.readers.Wait()
}
