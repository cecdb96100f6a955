package rendezvous

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Over TCP each packet travels behind its length, 2 bytes big-endian.
const (
	streamQueue   = 64               // packets that wait to be written; a full queue drops the newest, as a wire would
	streamIdle    = 60 * time.Second // without a packet, after which the server hangs up
	streamWrite   = 10 * time.Second // to write one packet, then the other end is taken for dead
	streamDialing = 10 * time.Second
)

// errFrame ends a stream: after a wrong length nothing can be told apart.
var errFrame = errors.New("rendezvous: a packet of 0 or more than 1,500 bytes in a stream")

func appendFrame(dst, packet []byte) []byte {
	return append(binary.BigEndian.AppendUint16(dst, uint16(len(packet))), packet...)
}

// readFrame reads one packet into b, which has room for MaxPacket bytes.
func readFrame(r io.Reader, b []byte) ([]byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(head[:]))
	if n == 0 || n > MaxPacket {
		return nil, errFrame
	}
	_, err := io.ReadFull(r, b[:n])
	return b[:n], err
}

// Stream carries the packets of a client over TCP, for places where UDP is
// blocked: those to the server, and those of the relay. It behaves like a
// socket that can only reach the server. Its methods may be called from any
// goroutine.
type Stream struct {
	conn   net.Conn
	queue  chan []byte
	closed chan struct{}
	once   sync.Once
	done   sync.WaitGroup
}

// Dial connects to a server, HOST:PORT. Each packet that comes is given to
// receive, from one goroutine; the bytes are valid during the call. ended, if
// not nil, is called once when the connection is over for another reason than
// Close, with a sentence for the player.
func Dial(ctx context.Context, server string, receive func(b []byte), ended func(err error)) (*Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, streamDialing)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", server)
	if err != nil {
		return nil, fmt.Errorf("the rendezvous server at %s cannot be reached over TCP either: check the address and this computer's connection (%w)", server, err)
	}
	s := newStream(conn)
	s.done.Go(func() {
		err := s.read(receive)
		select {
		case <-s.closed:
		default:
			s.hangUp()
			if ended != nil {
				ended(fmt.Errorf("the rendezvous server at %s has hung up: connect again (%w)", server, err))
			}
		}
	})
	return s, nil
}

// newStream starts the writer.
func newStream(conn net.Conn) *Stream {
	s := &Stream{conn: conn, queue: make(chan []byte, streamQueue), closed: make(chan struct{})}
	s.done.Go(s.write)
	return s
}

// Send queues a packet; b is copied. It never blocks, and reports whether there
// was room.
func (s *Stream) Send(b []byte) bool {
	if len(b) == 0 || len(b) > MaxPacket {
		return false
	}
	select {
	case s.queue <- appendFrame(make([]byte, 0, 2+len(b)), b):
		return true
	default:
		return false
	}
}

// LocalAddr is the address of this computer that the connection uses: without it
// the connection is dead.
func (s *Stream) LocalAddr() netip.Addr {
	addr, _ := netip.ParseAddrPort(s.conn.LocalAddr().String())
	return addr.Addr().Unmap().WithZone("")
}

// Close ends the connection. What is queued is lost. It must not be called
// from receive or ended.
func (s *Stream) Close() error {
	s.hangUp()
	s.done.Wait()
	return nil
}

func (s *Stream) hangUp() {
	s.once.Do(func() {
		close(s.closed)
		s.conn.Close()
	})
}

func (s *Stream) write() {
	for {
		select {
		case <-s.closed:
			return
		case frame := <-s.queue:
			s.conn.SetWriteDeadline(time.Now().Add(streamWrite))
			if _, err := s.conn.Write(frame); err != nil {
				// The reader sees it too, and tells.
				s.conn.Close()
				return
			}
		}
	}
}

func (s *Stream) read(receive func(b []byte)) error {
	var b [MaxPacket]byte
	reader := newFrameReader(s.conn)
	for {
		packet, err := readFrame(reader, b[:])
		if err != nil {
			return err
		}
		receive(packet)
	}
}
