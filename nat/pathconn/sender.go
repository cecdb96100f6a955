package pathconn

import (
	"errors"
	"net"
	"sync/atomic"
)

// sender takes QUIC's packets where those of a peer go: two in one payload
// (bundle.go), one in several (parts.go), by a second way as well, and noted so that
// the peer can prove what has come (evidence.go).
type sender struct {
	outlet
	counts *counters
	clock  clock
	parted atomic.Uint32 // packets that went in parts
}

// send sends one packet where those of a peer go.
func (s *sender) send(p *peer, b []byte) error {
	s.double(p, b, 0)
	to := p.path.Load()
	s.note(p, b, 0, to)
	if !to.plain() || s.parts(p, b) {
		return s.writeBy(p, to, b, 0)
	}
	return s.wrote(p, 1, len(b), s.writeMain(b, to.addr))
}

// double sends what QUIC writes by the other route of a peer, if there is one. It
// is an attempt: what cannot be sent is counted and otherwise not spoken of.
func (s *sender) double(p *peer, b []byte, size int) {
	to := p.also.Load()
	if to != nil {
		s.note(p, b, size, to)
	}
	for to != nil && len(b) > 0 {
		packet := b
		if size > 0 && len(b) > size {
			packet = b[:size]
		}
		s.counts.tried(packet, s.writeQUIC(p, to, packet))
		b = b[len(packet):]
	}
}

// writeBy sends what QUIC writes, which the kernel would have cut at size, by a
// destination that is not plain. Control messages are left out: they are for
// the main socket, and a relay's header must stand before each packet.
func (s *sender) writeBy(p *peer, d *destination, b []byte, size int) error {
	for {
		packet := b
		if size > 0 && len(b) > size {
			packet = b[:size]
		}
		if err := s.wrote(p, 1, len(packet), s.writeQUIC(p, d, packet)); err != nil {
			return err
		}
		if b = b[len(packet):]; len(b) == 0 {
			return nil
		}
	}
}

// wrote counts what was sent to p, or swallows why it was not.
func (s *sender) wrote(p *peer, packets, bytes int, err error) error {
	if err == nil {
		if p.failed.Load() != nil {
			p.failed.Store(nil)
		}
		s.counts.sent(packets, bytes)
		return nil
	}
	if errors.Is(err, net.ErrClosed) && (s.main.open == nil || s.main.over()) {
		return err
	}
	failure := err // so that err itself need not be on the heap
	p.failed.Store(&failure)
	s.counts.sendErrors.Add(uint64(packets))
	return nil
}
