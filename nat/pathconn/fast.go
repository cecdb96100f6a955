package pathconn

import (
	"net"
	"sync"
	"syscall"

	"golang.org/x/net/ipv4"
)

// fast is a Conn as quic-go likes it best: with the methods of
// quic.OOBCapablePacketConn and ReadBatch, so that on Linux and macOS it keeps
// packet info and segmentation. ReadBatch must be here and not just
// promoted from a *net.UDPConn: otherwise quic-go reads the file descriptor
// itself, past this package. On Windows quic-go uses ReadFrom and WriteTo.
type fast struct{ *Conn }

// SyscallConn gives access to the socket of now. What is done to it by Control is
// done again to one that takes its place.
func (f fast) SyscallConn() (syscall.RawConn, error) {
	raw, err := f.main.Load().udp.SyscallConn()
	if err != nil {
		return nil, err
	}
	return recorder{raw, &f.main.setup}, nil
}

// ReadBatch reads one packet. A game's packets come one at a time, and for one
// packet a plain read costs less than recvmmsg and allocates nothing.
func (f fast) ReadBatch(messages []ipv4.Message, flags int) (int, error) {
	m := &messages[0]
	n, oobn, msgFlags, addr, err := f.ReadMsgUDP(m.Buffers[0], m.OOB)
	if err != nil {
		return 0, err
	}
	m.N, m.NN, m.Flags, m.Addr = n, oobn, msgFlags, addr
	return 1, nil
}

func (f fast) ReadMsgUDP(b, oob []byte) (n, oobn, flags int, addr *net.UDPAddr, err error) {
	for failures := 0; ; {
		if p, n, oobn, flags := f.main.queued(b, oob); p != nil {
			return n, oobn, flags, p.addr, nil
		}
		m, err := f.main.ready()
		if err != nil {
			return 0, 0, 0, nil, err
		}
		if m == nil {
			continue
		}
		n, oobn, flags, from, err := m.udp.ReadMsgUDPAddrPort(b, oob)
		if err != nil {
			if err := f.main.failed(m, err, &failures); err != nil {
				return 0, 0, 0, nil, err
			}
			continue
		}
		failures = 0
		if p, first, rest := f.received(b[:n], from); p != nil {
			if rest != nil {
				f.main.rest.keep(p, rest, oob[:oobn], flags)
			}
			return copy(b, first), oobn, flags, p.addr, nil
		}
	}
}

var oobPool = sync.Pool{New: func() any { return new([128]byte) }}

// WriteMsgUDP sends b, which may be several packets for the kernel to cut.
func (f fast) WriteMsgUDP(b, oob []byte, addr *net.UDPAddr) (n, oobn int, err error) {
	p := f.table.fromVirtual(addrPort(addr))
	if p == nil {
		f.counts.sendErrors.Add(1)
		return len(b), len(oob), nil
	}
	n, oobn = len(b), len(oob)
	if b = p.spared(b, segmentSize(oob)); len(b) == 0 && n > 0 {
		return n, oobn, nil
	}
	unmark(oob)
	room := bundlePool.Get().(*[maxBundleBytes]byte)
	defer bundlePool.Put(room)
	first, firstOOB, whole, held := f.out.gather(p, b, oob, room)
	if held {
		return n, oobn, nil
	}
	if first != nil {
		err = f.out.sendMarked(p, first, firstOOB)
	}
	if err == nil {
		err = f.out.sendMarked(p, whole, oob)
	}
	if err != nil && cannotSegment(err, oob) {
		return 0, 0, err
	}
	return n, oobn, err
}

// sendMarked is send with the control messages of a real socket.
func (s *sender) sendMarked(p *peer, b, oob []byte) error {
	if p.also.Load() != nil {
		s.double(p, b, segmentSize(oob))
	}
	path, moved := p.path.Load(), p.moved.Load()
	size := segmentSize(oob)
	s.note(p, b, size, path)
	first := b
	if size > 0 && len(b) > size {
		first = b[:size]
	}
	if !path.plain() || s.parts(p, first) {
		return s.writeBy(p, path, b, size)
	}
	to, m := path.Addr, s.main.Load()
	var err error
	if s.wire.nat64.Load() != nil {
		to, moved = s.wire.Wire(to), true // the control messages may be for the other family
	}
	if !moved {
		_, _, err = m.udp.WriteMsgUDPAddrPort(b, oob, to)
	}
	if moved || err != nil && hasPacketInfo(oob) && !cannotSegment(err, oob) {
		// QUIC names the local address that this peer was first heard at. On
		// another path, or when that interface is gone, it is the wrong one.
		buf := oobPool.Get().(*[128]byte)
		_, _, err = m.udp.WriteMsgUDPAddrPort(b, withoutPacketInfo(buf[:0], oob, to.Addr().Is4()), to)
		oobPool.Put(buf)
	}
	if err != nil && cannotSegment(err, oob) {
		return err
	}
	s.main.judge(m, err)
	return s.wrote(p, segments(len(b), oob), len(b), err)
}
