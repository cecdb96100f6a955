package pathconn

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"golang.org/x/sys/unix"
)

// option reads a socket option of the main socket of now.
func option(t *testing.T, c *Conn, level, name int) (value int) {
	t.Helper()
	raw, err := c.main.Load().udp.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) { value, err = unix.GetsockoptInt(int(fd), level, name) })
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// kill takes the socket away from under the Conn, as a system does: the file
// descriptor is there, but no socket.
func kill(t *testing.T, c *Conn) {
	t.Helper()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	m := c.main.Load()
	raw, err := m.udp.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) { err = unix.Dup3(int(null.Fd()), int(fd), 0) })
	if err != nil {
		t.Fatal(err)
	}
}

func selfSigned(t *testing.T) *tls.Config {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: private}},
		InsecureSkipVerify: true, NextProtos: []string{"test"}}
}

// TestQUICNoticesNothing: the socket below a busy connection dies for real, on
// the side that dialled and on the other.
func TestQUICNoticesNothing(t *testing.T) {
	for _, who := range []string{"dialler", "listener"} {
		t.Run(who, func(t *testing.T) {
			near, far := open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0")
			config := &quic.Config{EnableDatagrams: true}
			dialler, listener := &quic.Transport{Conn: near.PacketConn()}, &quic.Transport{Conn: far.PacketConn()}
			defer dialler.Close()
			defer listener.Close()
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			accept, err := listener.Listen(selfSigned(t), config)
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				conn, err := accept.Accept(ctx)
				tick := time.NewTicker(16 * time.Millisecond) // as a game sends
				defer tick.Stop()
				for ; err == nil && ctx.Err() == nil; <-tick.C {
					err = conn.SendDatagram([]byte("here I am"))
				}
			}()
			conn, err := dialler.Dial(ctx, net.UDPAddrFromAddrPort(near.Virtual(far.Addr())), selfSigned(t), config)
			if err != nil {
				t.Fatal(err)
			}
			heard := func(since uint64) time.Duration {
				for start := time.Now(); ; {
					if err := conn.SendDatagram([]byte("still there?")); err != nil {
						t.Fatal(err)
					}
					soon, cancel := context.WithTimeout(ctx, 16*time.Millisecond)
					_, err := conn.ReceiveDatagram(soon)
					cancel()
					if err == nil && near.Stats().Rebinds+far.Stats().Rebinds == since {
						return time.Since(start)
					}
					if conn.Context().Err() != nil || ctx.Err() != nil {
						t.Fatal("the connection is lost: ", err)
					}
				}
			}
			heard(0)
			victim := near
			if who == "listener" {
				victim = far
			}
			for round := range 3 {
				victim.main.mu.Lock()
				victim.main.born = time.Time{} // as if long ago: a good socket
				victim.main.mu.Unlock()
				addr := victim.Addr()
				tos, df := option(t, victim, unix.IPPROTO_IP, unix.IP_RECVTOS), option(t, victim, unix.IPPROTO_IP, unix.IP_MTU_DISCOVER)
				room := option(t, victim, unix.SOL_SOCKET, unix.SO_RCVBUF)
				kill(t, victim)
				gap := heard(uint64(round + 1))
				t.Logf("round %d: it stood still for %v; %+v", round, gap, victim.Stats())
				if got := victim.Stats().Rebinds; got != uint64(round+1) || victim.Addr() != addr {
					t.Fatalf("%d rebinds, now at %v, before at %v", got, victim.Addr(), addr)
				}
				if got := option(t, victim, unix.IPPROTO_IP, unix.IP_RECVTOS); got != tos || tos == 0 {
					t.Errorf("RECVTOS is %d, was %d", got, tos)
				}
				if got := option(t, victim, unix.IPPROTO_IP, unix.IP_MTU_DISCOVER); got != df || df != unix.IP_PMTUDISC_PROBE {
					t.Errorf("MTU_DISCOVER is %d, was %d", got, df)
				}
				if got := option(t, victim, unix.SOL_SOCKET, unix.SO_RCVBUF); got != room {
					t.Errorf("room for %d bytes, was %d", got, room)
				}
			}
		})
	}
}

// TestDeadSocketOfBothFamilies: the next one is of both families too.
func TestDeadSocketOfBothFamilies(t *testing.T) {
	c := open(t, "[::]:0")
	four := open(t, "127.0.0.1:0")
	kill(t, c)
	done := make(chan string)
	go func() {
		got, _ := read(t, c)
		done <- got
	}()
	virtual := c.Virtual(four.Addr())
	to := netip.AddrPortFrom(four.Addr().Addr(), c.Addr().Port())
	for {
		send(t, c, []byte{quicByte}, virtual) // wakes a reader that only waits
		send(t, four, []byte{quicByte, 3}, four.Virtual(to))
		select {
		case got := <-done:
			if got != "\x40\x03" || c.Stats().Rebinds != 1 {
				t.Errorf("got %x; %+v", got, c.Stats())
			}
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}
