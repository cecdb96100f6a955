package quiclink

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/visavis-netcode/visavis/nat/pathconn"
	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// dial is the life of a link on the side that opens it.
func (l *Link) dial() {
	defer l.cancel()
	to := l.to
	if !to.IsValid() {
		to = l.e.paths.Virtual(l.addr)
		if l.pin != nil { // whoever told us of the key told us of the address
			l.e.paths.Wary(to, l.e.restraint)
		}
	}
	addr := net.UDPAddrFromAddrPort(to)
	l.held.take(addr)
	defer l.held.release()
	unanswered := time.AfterFunc(handshakeTimeout, l.giveUp)
	defer unanswered.Stop()
	signal(l.outReady)
	conn, err := l.e.transport.Dial(l.ctx, addr, newTLS(l.e.certificate, l.e.key, l.pin), newQUIC(-1))
	if err != nil {
		l.end(explain(err, l.addr, false, l.e.paths.SendError(to)))
		l.e.log.Debug("quiclink: dial", "addr", l.addr, "err", err)
		return
	}
	stream, err := conn.OpenStream()
	if err != nil {
		reason := explain(err, l.addr, false, nil) // it was closed at once
		if _, full := errors.AsType[*quic.StreamLimitReachedError](err); full {
			reason = closed(link.CodeProtocol, "somebody answers at %v, but not as this game does", l.addr)
		}
		l.end(reason)
		conn.CloseWithError(quic.ApplicationErrorCode(link.CodeProtocol), "no stream")
		return
	}
	l.talk(conn, stream)
}

// giveUp ends a link that is not open in time. quic-go has its own idea of the
// time that a handshake may take, but that of the dialler does not include the
// listener's byte.
func (l *Link) giveUp() {
	l.mu.Lock()
	opened, conn := l.opened, l.conn
	l.mu.Unlock()
	switch {
	case opened:
		return
	case conn == nil:
		l.end(explain(context.DeadlineExceeded, l.addr, false, nil))
	default:
		l.end(closed(link.CodeLost, "the game at %v answered, and then did not", l.addr))
	}
	l.kill()
}

// serve is the life of a link on the side that accepts it.
func (l *Link) serve() {
	conn := l.accepted
	defer l.cancel()
	l.held.take(conn.RemoteAddr())
	defer l.held.release()
	select {
	case <-conn.HandshakeComplete():
	case <-conn.Context().Done():
		return
	}
	ctx, cancel := context.WithTimeout(conn.Context(), handshakeIdle)
	stream, err := conn.AcceptStream(ctx)
	cancel()
	if err != nil {
		conn.CloseWithError(quic.ApplicationErrorCode(link.CodeProtocol), "no stream was opened")
		return
	}
	l.talk(conn, stream)
}

// talk carries everything until the connection is over.
func (l *Link) talk(conn *quic.Conn, stream *quic.Stream) {
	if err := l.attach(conn); err != nil {
		l.end(closed(link.CodeProtocol, "no secure connection with %v: %v", l.addr, err))
		conn.CloseWithError(quic.ApplicationErrorCode(link.CodeProtocol), "no datagrams")
		return
	}
	rider, feed := openLanes(conn)
	var tasks sync.WaitGroup
	tasks.Go(func() { l.read(conn, stream) })
	tasks.Go(func() { l.write(conn, stream) })
	tasks.Go(func() { l.sendDatagrams(conn, rider) })
	tasks.Go(func() { l.receiveDatagrams(conn) })
	tasks.Go(func() { l.feed.send(conn, feed) })
	tasks.Go(func() { l.feed.receive(conn) })
	<-conn.Context().Done()
	err := context.Cause(conn.Context())
	tasks.Wait() // what the reader has got comes before the end
	l.mu.Lock()
	established := l.opened
	if l.flush != nil {
		l.flush.Stop()
	}
	l.mu.Unlock()
	l.end(explain(err, l.addr, established, nil))
	l.e.log.Debug("quiclink: closed", "addr", l.addr, "err", err)
}

// attach takes over a connection whose handshake is complete.
func (l *Link) attach(conn *quic.Conn) error {
	state := conn.ConnectionState()
	key, err := peerKey(state.TLS)
	if err != nil {
		return err
	}
	binding, err := state.TLS.ExportKeyingMaterial(bindingLabel, nil, len(l.binding))
	if err != nil {
		return err
	}
	paths, err := state.TLS.ExportKeyingMaterial(pathsLabel, nil, len(l.paths))
	if err != nil {
		return err
	}
	if !state.SupportsDatagrams.Remote {
		return errors.New("it takes no datagrams")
	}
	l.e.paths.Known(virtual(conn.RemoteAddr()))
	l.e.restraint.Trust(l.e.restraint.Now(), l.e.real(conn.RemoteAddr()))
	l.mu.Lock()
	l.conn, l.peer, l.binding, l.paths = conn, key, [32]byte(binding), [32]byte(paths)
	if l.dialled {
		l.notify() // whoever waits for the binding need not wait for the other side's byte
	}
	killed := l.killed
	l.mu.Unlock()
	if killed {
		l.kill()
	}
	return nil
}

// read takes the stream apart until its goodbye or the connection's end.
func (l *Link) read(conn *quic.Conn, stream *quic.Stream) {
	if !l.dialled {
		stream.SetReadDeadline(time.Now().Add(handshakeIdle))
	}
	frames := newFrameReader(stream)
	first, err := frames.r.ReadByte()
	if err == nil && first != preamble {
		err = errFrame
	}
	if err != nil {
		l.violated(conn, err)
		return
	}
	stream.SetReadDeadline(time.Time{})
	l.open()
	for {
		body, goodbye, err := frames.next()
		switch {
		case err != nil:
			l.violated(conn, err)
			return
		case goodbye != nil:
			l.end(goodbye)
			conn.CloseWithError(quic.ApplicationErrorCode(link.CodeDone), "")
			return
		case !l.deliver(conn, body):
			return
		}
	}
}

// violated closes the connection after an error of the stream. The end of the
// connection shows as an error of the stream too, and says more elsewhere.
func (l *Link) violated(conn *quic.Conn, err error) {
	var reset *quic.StreamError
	switch {
	case err == errFrame, err == io.EOF, err == io.ErrUnexpectedEOF:
	case errors.As(err, &reset), errors.Is(err, os.ErrDeadlineExceeded):
	default:
		return
	}
	l.e.log.Debug("quiclink: stream", "addr", l.addr, "err", err)
	reason := closed(link.CodeProtocol, "%v", errFrame)
	l.end(reason)
	conn.CloseWithError(quic.ApplicationErrorCode(reason.Code), reason.Reason)
}

// open makes the link Open, and shows one that was accepted to the owner.
func (l *Link) open() {
	l.mu.Lock()
	l.opened = true
	over := l.left || l.err != nil
	if l.dialled {
		l.notify()
	}
	l.mu.Unlock()
	if l.dialled {
		return
	}
	if !over {
		if away := l.e.show(l); away != nil {
			l.Close(away())
		}
	}
	signal(l.outReady) // the byte that opens the dialler's side
}

// deliver puts a message into the inbox and waits as long as it is full, which
// holds the peer back by flow control.
func (l *Link) deliver(conn *quic.Conn, body []byte) bool {
	for {
		l.mu.Lock()
		if l.left || !l.inbox.full() {
			if !l.left {
				l.inbox.addMessage(l.e.Now(), body)
				l.notify()
			}
			l.mu.Unlock()
			return true
		}
		l.mu.Unlock()
		select {
		case <-l.space:
		case <-conn.Context().Done():
			return false
		}
	}
}

// write writes what Send queues, as much at a time as there is.
func (l *Link) write(conn *quic.Conn, stream *quic.Stream) {
	const keep = 64 << 10 // a larger buffer is not kept
	var buf []byte
	for {
		select {
		case <-l.outReady:
		case <-conn.Context().Done():
			return
		}
		l.mu.Lock()
		buf, l.out = l.out, buf[:0]
		l.writing = len(buf)
		l.mu.Unlock()
		if len(buf) == 0 {
			continue
		}
		_, err := stream.Write(buf)
		l.mu.Lock()
		l.writing = 0
		l.mu.Unlock()
		if err != nil {
			return // the reader hears of it
		}
		if cap(buf) > keep {
			buf = nil
		}
	}
}

// nothing is the limit of the rider: see the package comment.
func nothing(int) int { return 0 }

// sendDatagrams sends what is in the mailbox.
func (l *Link) sendDatagrams(conn *quic.Conn, rider *quic.SendStream) {
	one := []byte{0}
	var buf []byte
	for {
		select {
		case <-l.boxReady:
		case <-conn.Context().Done():
			return
		}
		for full := true; full; {
			l.mu.Lock()
			buf, full = l.box.take(buf)
			l.mu.Unlock()
			if !full || conn.SendDatagram(buf) != nil {
				break
			}
			l.datagramsSent.Add(1)
			l.datagramBytesSent.Add(uint64(len(buf)))
			if rider != nil {
				rider.WriteWithLimit(one, nothing)
			}
		}
	}
}

// receiveDatagrams moves datagrams from quic-go's queue, which drops the newest
// when it is full, to the inbox, which drops the oldest.
func (l *Link) receiveDatagrams(conn *quic.Conn) {
	for {
		b, err := conn.ReceiveDatagram(context.Background())
		if err != nil {
			return
		}
		at := l.e.Now()
		l.datagramsReceived.Add(1)
		l.mu.Lock()
		switch {
		case len(b) > link.MaxDatagramBytes:
			l.datagramsMissed.Add(1)
		case l.left || l.err != nil: // the owner has seen, or will see, the end
		default:
			if l.inbox.addDatagram(at, b) {
				l.datagramsMissed.Add(1)
			}
			if l.opened {
				l.notify()
			}
		}
		l.mu.Unlock()
		if conn.RemoteAddr() != l.held.addr {
			l.held.release()
			l.held.take(conn.RemoteAddr())
			l.e.paths.Known(virtual(conn.RemoteAddr())) // QUIC has validated it
		}
	}
}

// holding keeps the peer's virtual address from being forgotten. It is the link's
// goroutine's, and while that waits for the others the one's that receives datagrams.
type holding struct {
	paths *pathconn.Conn
	addr  net.Addr
}

func (h *holding) take(addr net.Addr) {
	h.addr = addr
	h.paths.Hold(virtual(addr))
}

func (h *holding) release() { h.paths.Release(virtual(h.addr)) }
