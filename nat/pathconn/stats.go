package pathconn

import "sync/atomic"

// Stats are counts since the socket was opened. Bytes are UDP payload. A send
// that the kernel cut into segments counts as that many packets.
type Stats struct {
	PacketsSent, PacketsReceived uint64
	BytesSent, BytesReceived     uint64
	SendErrors                   uint64 // packets that could not be sent
	ReadErrors                   uint64 // reads that failed and were tried again
	Rebinds                      uint64 // sockets that took the place of a dead one
	Unhandled                    uint64 // packets that are not QUIC and had no handler
	Overflowed                   uint64 // packets of extra sockets and carriers dropped because QUIC read too slowly
}

// counters are what Stats tells. All parts of a Conn count here.
type counters struct {
	packetsSent, packetsReceived, bytesSent, bytesReceived atomic.Uint64
	sendErrors, readErrors, unhandled, overflowed, rebinds atomic.Uint64
}

// Stats returns the counts so far.
func (c *Conn) Stats() Stats {
	n := &c.counts
	return Stats{
		PacketsSent: n.packetsSent.Load(), PacketsReceived: n.packetsReceived.Load(),
		BytesSent: n.bytesSent.Load(), BytesReceived: n.bytesReceived.Load(),
		SendErrors: n.sendErrors.Load(), ReadErrors: n.readErrors.Load(), Unhandled: n.unhandled.Load(),
		Overflowed: n.overflowed.Load(), Rebinds: n.rebinds.Load(),
	}
}

func (n *counters) received(bytes int) {
	n.packetsReceived.Add(1)
	n.bytesReceived.Add(uint64(bytes))
}

func (n *counters) sent(packets, bytes int) {
	n.packetsSent.Add(uint64(packets))
	n.bytesSent.Add(uint64(bytes))
}

// tried counts one packet that is not QUIC, and gives back why it could not be sent.
func (n *counters) tried(b []byte, err error) error {
	if err != nil {
		n.sendErrors.Add(1)
		return err
	}
	n.sent(1, len(b))
	return nil
}
