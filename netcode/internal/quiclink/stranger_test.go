package quiclink

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// stranger speaks QUIC, but not through this package.
type stranger struct {
	socket    *simConn
	transport *quic.Transport
	tls       *tls.Config
	quic      *quic.Config
}

func newStranger(t *testing.T, n *simNet, addr string) *stranger {
	t.Helper()
	certificate, err := newCertificate(testKey(99))
	if err != nil {
		t.Fatal(err)
	}
	s := &stranger{socket: n.listen(addr), tls: newTLS(certificate, link.Key{}, nil), quic: newQUIC(-1)}
	s.transport = &quic.Transport{Conn: s.socket}
	return s
}

func (s *stranger) dial(to netip.AddrPort) (*quic.Conn, error) {
	return s.transport.Dial(context.Background(), net.UDPAddrFromAddrPort(to), s.tls, s.quic)
}

// listen accepts every connection and does nothing with it.
func (s *stranger) listen(t *testing.T) {
	t.Helper()
	if _, err := s.transport.Listen(s.tls, newQUIC(1)); err != nil {
		t.Fatal(err)
	}
}

func (s *stranger) close() {
	s.transport.Close()
	s.socket.Close()
}

// TestMalformedStreams: each of these ends the link, and nothing else.
func TestMalformedStreams(t *testing.T) {
	for name, c := range map[string]struct {
		bytes  []byte
		opened bool // the owner has seen the link
	}{
		"no preamble":     {[]byte("GET / HTTP/1.1\r\n\r\n"), false},
		"too large":       {binary.AppendUvarint([]byte{preamble}, (link.MaxMessageBytes+1)<<1), true},
		"long header":     {[]byte{preamble, 0x80, 0x80, 0x80, 0x01}, true},
		"padded header":   {[]byte{preamble, 0x84, 0x00}, true},
		"large goodbye":   {binary.AppendUvarint([]byte{preamble}, (maxGoodbyeBytes+1)<<1|1), true},
		"empty goodbye":   {[]byte{preamble, 1}, true},
		"goodbye's code":  {append([]byte{preamble, 10<<1 | 1}, bytes.Repeat([]byte{0xff}, 10)...), true},
		"only a preamble": {[]byte{preamble}, true},
		"half a message":  {[]byte{preamble, 20, 'x'}, true},
		"nothing at all":  {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
				d, l := connect(t, a, b)
				s := newStranger(t, n, "10.0.0.3:1")
				defer s.close()
				conn, err := s.dial(b.Addr())
				if err != nil {
					t.Fatal(err)
				}
				stream, err := conn.OpenStream()
				if err != nil {
					t.Fatal(err)
				}
				if _, err := stream.Write(c.bytes); err != nil {
					t.Fatal(err)
				}
				stream.Close()
				<-conn.Context().Done()
				var closed *quic.ApplicationError
				if err := context.Cause(conn.Context()); !errors.As(err, &closed) || closed.ErrorCode != quic.ApplicationErrorCode(link.CodeProtocol) {
					t.Errorf("the stranger hears %v", err)
				}
				bad := b.Accept()
				if (bad != nil) != c.opened {
					t.Fatalf("accepted: %v", bad != nil)
				}
				if bad != nil {
					if end := awaitClosed(t, b, bad); end.Code != link.CodeProtocol || end.Remote {
						t.Errorf("got %+v", end)
					}
				}
				d.Send([]byte("still here"))
				time.Sleep(time.Second)
				if got := received(l, link.Message); len(got) != 1 {
					t.Errorf("the other link suffers: got %q", got)
				}
			})
		})
	}
}

// TestSilentStranger completes the handshake and then says nothing, or begins a
// stream and says no more.
func TestSilentStranger(t *testing.T) {
	for _, begins := range []bool{false, true} {
		inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
			s := newStranger(t, n, "10.0.0.3:1")
			defer s.close()
			start := time.Now()
			conn, err := s.dial(b.Addr())
			if err != nil {
				t.Fatal(err)
			}
			if begins {
				stream, err := conn.OpenStream()
				if err != nil {
					t.Fatal(err)
				}
				stream.Write([]byte{preamble, 200})
				l := accept(t, b)
				time.Sleep(time.Minute)
				if l.State() != link.Open {
					t.Error("a slow peer was closed; that is the owner's business")
				}
				l.Close(link.CodeDone, "slow")
			}
			<-conn.Context().Done()
			if took := time.Since(start); !begins && took > handshakeTimeout {
				t.Errorf("it was kept for %v", took)
			}
			time.Sleep(time.Second)
			if b.Accept() != nil {
				t.Error("it was accepted")
			}
			if got := b.strangers(); got != 0 {
				t.Errorf("%d strangers are still counted", got)
			}
		})
	}
}

// TestForeignProtocol covers both directions of another ALPN.
func TestForeignProtocol(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		s := newStranger(t, n, "10.0.0.3:1")
		defer s.close()
		s.tls.NextProtos = []string{"visavis/2"}
		if _, err := s.dial(b.Addr()); err == nil {
			t.Error("another version was let in")
		}
		s.listen(t)
		if end, _ := dialFails(t, a, s.socket.addr, nil); !strings.Contains(end.Reason, "another version") || end.Code != link.CodeRefused {
			t.Errorf("got %+v", end)
		}
	})
}

// TestSilentListener answers the handshake and then nothing.
func TestSilentListener(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		s := newStranger(t, n, "10.0.0.3:1")
		defer s.close()
		s.listen(t)
		end, took := dialFails(t, a, s.socket.addr, nil)
		if !strings.Contains(end.Reason, "answered, and then did not") || took != handshakeTimeout {
			t.Errorf("got %+v after %v", end, took)
		}
	})
}

// TestUnansweredHandshakes: many addresses begin a handshake and hear nothing
// of what we answer, as forged addresses do. They get no further than being
// asked to prove themselves, honest players get in meanwhile, and in the end
// nothing is left of it.
func TestUnansweredHandshakes(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		n.set(func(n *simNet) {
			n.drop = func(_, to netip.AddrPort, _ []byte) bool { return to != a.Addr() && to != b.Addr() }
		})
		var dials sync.WaitGroup
		for i := range 60 {
			s := newStranger(t, n, fmt.Sprintf("10.1.0.%d:1", i+1))
			dials.Go(func() {
				if _, err := s.dial(b.Addr()); err == nil {
					t.Error("a handshake without answers succeeded")
				}
				s.close()
			})
		}
		time.Sleep(100 * time.Millisecond)
		if got := b.strangers(); got != crowdedFrom {
			t.Errorf("%d strangers at a time, want %d", got, crowdedFrom)
		}
		_, l := connect(t, a, b)
		l.Known()
		dials.Wait()
		time.Sleep(handshakeTimeout)
		if got := b.strangers(); got != 0 {
			t.Errorf("%d strangers are still counted", got)
		}
	})
}

// strangers returns how many occupy the endpoint, and how many connections
// have just begun.
func (e *Endpoint) strangers() int {
	return e.guard.crowd.Len() + int(e.guard.begun.Load())
}

// TestFlood: one peer sends as much as it can; another is served as before.
func TestFlood(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		flooder, _ := n.endpoint(t, "10.0.0.3:7777", 3)
		bad, unread := connect(t, flooder, b)
		d, l := connect(t, a, b)
		for i := range 120 {
			for bad.Send(make([]byte, 10000)) == nil {
				bad.SendDatagram(make([]byte, 1000))
			}
			d.SendDatagram([]byte{byte(i)})
			d.Send([]byte{byte(i)})
			time.Sleep(time.Second / 60)
			b.Accept()
		}
		time.Sleep(time.Second)
		var datagrams, messages int
		l.Receive(func(kind link.Kind, _ time.Duration, _ []byte) {
			if kind == link.Message {
				messages++
			} else {
				datagrams++
			}
		})
		if datagrams != link.DatagramQueue || messages != 120 {
			t.Errorf("got %d datagrams, %d messages", datagrams, messages)
		}
		held := 0
		unread.Receive(func(_ link.Kind, _ time.Duration, b []byte) { held += len(b) })
		if held > maxUnreadBytes+link.DatagramQueue*link.MaxDatagramBytes+link.MaxMessageBytes {
			t.Errorf("the flooder occupied %d bytes", held)
		}
		flooder.Close()
	})
}

// TestTurnAway: whoever comes while the owner does not look reads why he is not let
// in, is gone a second later whether he wants to or not, and wakes nobody; after it
// links are accepted as before.
func TestTurnAway(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		waiting := a.Dial(b.Addr(), nil)
		await(t, a, "the link to open", func() bool { return waiting.State() == link.Open })
		b.TurnAway(func() (link.Code, string) { return link.CodeRefused, "nobody hosts here" })
		if end := awaitClosed(t, a, waiting); end.Code != link.CodeRefused || end.Reason != "nobody hosts here" || !end.Remote {
			t.Errorf("who waited reads %+v", end)
		}
		time.Sleep(5 * time.Second)
		s := newStranger(t, n, "10.0.0.3:1")
		defer s.close()
		var rude []*quic.Conn
		for range 40 {
			conn, err := s.dial(b.Addr())
			if err != nil {
				t.Fatal(err)
			}
			stream, err := conn.OpenStream()
			if err != nil {
				t.Fatal(err)
			}
			stream.Write(appendMessage([]byte{preamble}, make([]byte, 1000)))
			rude = append(rude, conn)
		}
		late := a.Dial(b.Addr(), nil)
		late.Send([]byte("hello"))
		if end := awaitClosed(t, a, late); end.Code != link.CodeRefused || end.Reason != "nobody hosts here" || !end.Remote {
			t.Errorf("who comes reads %+v", end)
		}
		if start := b.Now(); b.Accept() != nil || b.unread.Load() != 0 {
			t.Error("somebody waits to be accepted")
		} else if b.Wait(time.Second); b.Now()-start < time.Second {
			t.Error("the owner is woken")
		}
		time.Sleep(leaveTimeout)
		for _, conn := range rude {
			if conn.Context().Err() == nil {
				t.Fatal("who does not go stays")
			}
		}
		if got := b.strangers(); got != 0 {
			t.Errorf("%d strangers are still counted", got)
		}
		b.TurnAway(nil)
		connect(t, a, b)
	})
}
