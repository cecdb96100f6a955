package turn

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

const (
	dialLimit   = 5 * time.Second
	writeLimit  = 10 * time.Second // to write one packet to a stream, then the server is taken for dead
	maxRefusals = 3                // ICMP messages in a row, without a packet between them, that end a link over UDP
)

// errFrame ends a stream: after a wrong length nothing can be told apart.
var errFrame = errors.New("turn: neither a message nor channel data in a stream")

// errHandshake is a connection that stands but cannot be secured.
var errHandshake = errors.New("turn: no TLS")

// errDial is a connection that does not stand.
var errDial = errors.New("turn: no connection")

// link is the way to a server.
type link struct {
	net.Conn
	stream bool
	hasty  atomic.Bool // is about to be closed
}

// dial connects to a server at one of its addresses.
func dial(ctx context.Context, s Server, ip netip.Addr, trust *tls.Config) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	at := netip.AddrPortFrom(ip, s.Port).String()
	var dialer net.Dialer
	if s.Transport == UDP {
		conn, err := dialer.DialContext(ctx, "udp", at)
		if err != nil {
			return nil, errors.Join(errDial, err)
		}
		return &link{Conn: conn}, nil
	}
	conn, err := dialer.DialContext(ctx, "tcp", at)
	if err != nil {
		return nil, errors.Join(errDial, err)
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

// send writes a packet. Over UDP only a closed socket is an error; a stream that
// has failed is of no use any more, as half a packet may be in it.
func (l *link) send(b []byte) error {
	if l.stream && !l.hasty.Load() {
		l.SetWriteDeadline(time.Now().Add(writeLimit))
	}
	_, err := l.Write(b)
	if err != nil && !l.stream && !errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// hurry gives what is written from now on only a moment.
func (l *link) hurry() {
	l.hasty.Store(true)
	l.SetWriteDeadline(time.Now().Add(closeLimit))
}

// read gives each packet of the server to take, whose argument is valid during the
// call only, until the link ends.
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
		take(b[:n])
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
		take(packet)
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
