package turn

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"
)

const (
	dialLimit   = 5 * time.Second
	writeLimit  = 10 * time.Second       // to write one packet to a stream, then the server is taken for dead
	closeLimit  = 300 * time.Millisecond // to say goodbye
	maxRefusals = 3                      // ICMP messages in a row, without a packet between them, that end a link over UDP
)

// errFrame ends a stream: after a wrong length nothing can be told apart.
var errFrame = errors.New("turn: neither a message nor channel data in a stream")

// errHandshake is a connection that stands but cannot be secured.
var errHandshake = errors.New("turn: no TLS")

// link is the way to a server. It is the net.PacketConn that pion/turn writes to;
// what comes is read here, as pion/turn stops at the first packet that it does not
// understand, and may be led round in circles by the lengths in a stream.
type link struct {
	net.Conn
	stream bool
	heard  atomic.Int64 // when a packet last came, in Unix nanoseconds
	hasty  atomic.Bool  // is about to be closed
}

func dial(ctx context.Context, s Server, trust *tls.Config) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	var dialer net.Dialer
	if s.Transport == UDP {
		conn, err := dialer.DialContext(ctx, "udp", s.Address())
		return &link{Conn: conn}, err
	}
	conn, err := dialer.DialContext(ctx, "tcp", s.Address())
	if err != nil {
		return nil, err
	}
	if s.Transport == TLS {
		config := trust.Clone()
		if config == nil {
			config = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		config.ServerName = s.Host
		secured := tls.Client(conn, config)
		if err := secured.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, errors.Join(errHandshake, err)
		}
		conn = secured
	}
	return &link{Conn: conn, stream: true}, nil
}

// ReadFrom is there for net.PacketConn. Nobody calls it.
func (l *link) ReadFrom([]byte) (int, net.Addr, error) { return 0, nil, net.ErrClosed }

// WriteTo sends a packet to the server. Over UDP only a closed socket is an error;
// a stream that has failed is closed, as half a packet may be in it.
func (l *link) WriteTo(b []byte, _ net.Addr) (int, error) {
	if len(b) > maxPacket {
		return len(b), nil // lost, as on a wire
	}
	if l.stream && !l.hasty.Load() {
		l.SetWriteDeadline(time.Now().Add(writeLimit))
	}
	_, err := l.Write(b)
	switch {
	case err == nil, !l.stream && !errors.Is(err, net.ErrClosed):
		return len(b), nil
	case l.stream:
		l.Close()
	}
	return 0, err
}

// hurry gives what is written from now on only a moment.
func (l *link) hurry() {
	l.hasty.Store(true)
	l.SetWriteDeadline(time.Now().Add(closeLimit))
}

// read gives each packet of the server that is in order to take, whose argument is
// valid during the call only, until the link ends.
func (l *link) read(take func(b []byte)) error {
	if l.stream {
		return l.readStream(take)
	}
	var b [maxPacket + 1]byte
	for refusals := 0; ; {
		n, err := l.Read(b[:])
		switch {
		case err == nil:
		case !errors.Is(err, net.ErrClosed) && refusals < maxRefusals:
			refusals++
			continue
		default:
			return err
		}
		refusals = 0
		l.take(b[:n], take)
	}
}

func (l *link) readStream(take func(b []byte)) error {
	r := bufio.NewReaderSize(l.Conn, 2*maxPacket)
	var b [maxPacket]byte
	for {
		packet, err := readFrame(r, b[:])
		if err != nil {
			return err
		}
		l.take(packet, take)
	}
}

func (l *link) take(b []byte, take func(b []byte)) {
	if admissible(b) {
		l.heard.Store(time.Now().UnixNano())
		take(b)
	}
}

// readFrame reads one packet of a stream into b (RFC 8656 section 12.5, RFC 8489
// section 6.2.2). One that is too long is skipped: a player may have sent it.
func readFrame(r *bufio.Reader, b []byte) ([]byte, error) {
	for {
		head, err := r.Peek(channelHeader)
		if err != nil {
			return nil, err
		}
		size := int(binary.BigEndian.Uint16(head[2:]))
		whole := stunHeader + size
		switch head[0] & 0xc0 {
		case 0x00:
		case 0x40:
			whole = channelHeader + (size+3)&^3
		default:
			return nil, errFrame
		}
		if whole > len(b) {
			if _, err := r.Discard(whole); err != nil {
				return nil, err
			}
			continue
		}
		_, err = io.ReadFull(r, b[:whole])
		return b[:whole], err
	}
}
