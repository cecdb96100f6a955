package turn

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/stun/v3"
	pion "github.com/pion/turn/v4"
)

// attr is an attribute of a message.
func attr(kind uint16, value ...byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, kind)
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(value))), value...)
	return append(b, make([]byte, -len(value)&3)...)
}

// message is a message of a server.
func message(kind uint16, id []byte, attrs ...[]byte) []byte {
	body := bytes.Join(attrs, nil)
	b := binary.BigEndian.AppendUint16(nil, kind)
	b = binary.BigEndian.AppendUint16(b, uint16(len(body)))
	b = binary.BigEndian.AppendUint32(b, stunCookie)
	return append(append(b, append(id, make([]byte, 12)...)[:12]...), body...)
}

var (
	place    = []byte{0, 1, 0x21, 0x12, 0x42, 0x21, 0x12, 0x45} // 5.0.0.99:..., of some address
	relayed  = attr(attrXORRelayed, place...)
	lifetime = attr(attrLifetime, 0, 0, 2, 88)
)

func TestGuard(t *testing.T) {
	good := [][]byte{
		message(allocateSuccess, nil, relayed, lifetime),
		message(allocateError, nil, attr(attrErrorCode, 0, 0, 4, 1), attr(0x0014, 'r'), attr(0x0015, 'n', 'o')),
		message(dataIndication, nil, attr(attrXORPeer, place...), attr(0x0013, 1, 2, 3)),
		message(refreshSuccess, nil, lifetime),
		message(bindingSuccess, nil, attr(attrXORMapped, append([]byte{0, 2, 1, 1}, make([]byte, 16)...)...)),
		{0x40, 0, 0, 0},
		{0x7f, 0xff, 0, 2, 1, 2, 0, 0},
	}
	for _, b := range good {
		if !admissible(b) {
			t.Errorf("%x is kept out", b)
		}
		for cut := range b {
			if b[0] < 0x40 && admissible(b[:cut]) {
				t.Errorf("%x is let in, cut off after %d", b, cut)
			}
		}
	}
	for name, b := range map[string][]byte{
		"an address of no bytes":            message(bindingSuccess, nil, attr(attrXORMapped)),
		"an old address of no bytes":        message(bindingSuccess, nil, attr(attrXORMapped32)),
		"a peer of no bytes":                message(dataIndication, nil, attr(0x0013, 1), attr(attrXORPeer)),
		"a peer of 4 bytes":                 message(dataIndication, nil, attr(attrXORPeer, 0, 1, 0, 0)),
		"a peer of another family":          message(dataIndication, nil, attr(attrXORPeer, 0, 3, 0, 0, 1, 1, 1, 1)),
		"data of nobody":                    message(dataIndication, nil, attr(0x0013, 1)),
		"no relayed address":                message(allocateSuccess, nil, lifetime),
		"no lifetime":                       message(allocateSuccess, nil, relayed),
		"a lifetime of 0":                   message(allocateSuccess, nil, relayed, attr(attrLifetime, 0, 0, 0, 0)),
		"a lifetime of 5 s":                 message(refreshSuccess, nil, attr(attrLifetime, 0, 0, 0, 5)),
		"a lifetime of 2 bytes":             message(refreshSuccess, nil, attr(attrLifetime, 1, 1)),
		"an error without a code":           message(allocateError, nil, attr(attrErrorCode, 0, 0)),
		"a request":                         message(0x0001, nil),
		"an attempt to connect (RFC 6062)":  message(0x001c, nil, attr(attrXORPeer, place...)),
		"an attribute that is too long":     message(dataIndication, nil, []byte{0, 0x13, 0, 8, 1, 2, 3, 4}),
		"channel data that is too short":    {0x40, 0, 0, 5, 1, 2, 3, 4},
		"a packet that is too long":         append(message(0x0101, nil), make([]byte, maxPacket)...),
		"another protocol":                  bytes.Repeat([]byte{0x16, 3}, 20),
		"a message without the magic":       make([]byte, 20),
		"a message with something after it": append(message(0x0101, nil), 0, 0, 0, 0),
	} {
		if admissible(b) {
			t.Errorf("%s is let in", name)
		}
	}
}

// TestFrames: a stream is taken to pieces; what is too long is skipped, and what is
// no frame ends it.
func TestFrames(t *testing.T) {
	long := message(dataIndication, nil, attr(0x0013, make([]byte, 60000)...))
	full := message(0x0101, nil)
	full[2], full[3] = 0xff, 0xec // with the header, 65536: too much for 16 bits
	full = append(full, make([]byte, 0xffec)...)
	stream := bytes.Join([][]byte{{0x40, 1, 0, 1, 9, 0, 0, 0}, long, full, message(refreshSuccess, nil, lifetime), {0x40, 2, 0xff, 0xff}, make([]byte, 65536), {0x40, 3, 0, 0}, {0x99, 0, 0, 0}}, nil)
	r := bufio.NewReader(bytes.NewReader(stream))
	var b [maxPacket]byte
	for _, want := range [][]byte{{0x40, 1, 0, 1, 9, 0, 0, 0}, message(refreshSuccess, nil, lifetime), {0x40, 3, 0, 0}} {
		if got, err := readFrame(r, b[:]); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%x, %v; want %x", got, err, want)
		}
	}
	if _, err := readFrame(r, b[:]); !errors.Is(err, errFrame) {
		t.Errorf("at the end: %v", err)
	}
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte{0x40, 1, 0, 1, 9, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := bufio.NewReader(bytes.NewReader(stream))
		var b [maxPacket]byte
		read := 0
		for {
			frame, err := readFrame(r, b[:])
			if err != nil {
				break
			}
			if len(frame) < channelHeader {
				t.Fatal("a frame without a header")
			}
			if read += len(frame); read > len(stream) {
				t.Fatal("more was read than was there")
			}
		}
	})
}

// scripted is a server in the place of a link: it gives an address, and then
// answers with what a test says.
type scripted struct {
	net.Conn
	client *pion.Client
	answer func(id []byte) []byte
	seen   bool
}

func (s *scripted) ReadFrom([]byte) (int, net.Addr, error) { return 0, nil, io.EOF }

func (s *scripted) Close() error { return nil }

func (s *scripted) WriteTo(b []byte, to net.Addr) (int, error) {
	if b[0]&0xc0 != 0 {
		return len(b), nil
	}
	id, kind := bytes.Clone(b[8:20]), binary.BigEndian.Uint16(b)
	var answer []byte
	switch {
	case kind == 0x0003 && !s.seen:
		s.seen = true
		answer = message(allocateError, id, attr(attrErrorCode, 0, 0, 4, 1), attr(0x0014, 'r'), attr(0x0015, 'n'))
	case kind == 0x0003:
		answer = message(allocateSuccess, id, relayed, lifetime)
	case kind == 0x0008:
		answer = s.answer(id)
	default:
		return len(b), nil
	}
	go s.client.HandleInbound(answer, to) // pion/turn waits for it only after this
	return len(b), nil
}

// FuzzServer: whatever a server sends, pion/turn does not panic on what the guard
// lets through, be it an answer to a request or not.
func FuzzServer(f *testing.F) {
	f.Add(message(createPermissionSuccess, nil), true)
	f.Add(message(createPermissionError, nil, attr(attrErrorCode, 0, 0, 4, 38), attr(0x0015, 'n')), true)
	f.Add(message(dataIndication, nil, attr(attrXORPeer, place...), attr(0x0013, 1, 2, 3)), false)
	f.Add([]byte{0x40, 0, 0, 2, 1, 2, 0, 0}, false)
	f.Fuzz(func(t *testing.T, b []byte, reply bool) {
		if !admissible(b) {
			return
		}
		tries := 0
		s := &scripted{answer: func(id []byte) []byte {
			if tries++; !reply || b[0] != 0x01 || tries > maxStale {
				return message(createPermissionSuccess, id)
			}
			answer := bytes.Clone(b)
			copy(answer[8:20], id)
			return answer
		}}
		var err error
		s.client, err = pion.NewClient(&pion.ClientConfig{Conn: s, TURNServerAddr: serverDummy, Username: "u", Password: "p",
			LoggerFactory: silence{}, RTO: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		defer s.client.Close()
		conn, err := s.client.Allocate()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		to := net.UDPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.1:9"))
		err = s.client.CreatePermission(to)
		if turn := (*stun.TurnError)(nil); errors.As(err, &turn) {
			_ = (Server{}).answered(turn.ErrorCodeAttr.Code).Error()
		}
		_, _ = s.client.HandleInbound(b, s.client.TURNServerAddr())
	})
}
