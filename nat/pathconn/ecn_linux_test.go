package pathconn

import (
	"bytes"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// observer is a plain socket that sees the ECN bits of what arrives.
func observer(t *testing.T, local string) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(local)))
	if err != nil {
		t.Skipf("%s cannot be used here: %v", local, err)
	}
	t.Cleanup(func() { conn.Close() })
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) {
		unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_RECVTOS, 1)
		unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_RECVTCLASS, 1)
	})
	return conn
}

// mark is the ECN field of the next packet that arrives.
func mark(t *testing.T, conn *net.UDPConn) byte {
	t.Helper()
	var b, oob [2000]byte
	conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, n, _, _, err := conn.ReadMsgUDPAddrPort(b[:], oob[:])
	if err != nil {
		t.Fatal(err)
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		if m.Header.Level == unix.IPPROTO_IP && m.Header.Type == unix.IP_TOS || m.Header.Level == unix.IPPROTO_IPV6 && m.Header.Type == unix.IPV6_TCLASS {
			return m.Data[0] & 3
		}
	}
	return 0
}

// TestNotECT: what QUIC marks as ECT(0) leaves without the mark, cut by the kernel
// or not. A plain socket shows that the mark would be seen.
func TestNotECT(t *testing.T) {
	for local, ecn := range map[string][]byte{
		"127.0.0.1:0": control(unix.IPPROTO_IP, unix.IP_TOS, []byte{2}),
		"[::1]:0":     control(unix.IPPROTO_IPV6, unix.IPV6_TCLASS, []byte{2, 0, 0, 0}),
	} {
		t.Run(local, func(t *testing.T) {
			at, c := observer(t, local), open(t, local)
			to := at.LocalAddr().(*net.UDPAddr)
			if _, _, err := c.main.Load().udp.WriteMsgUDPAddrPort([]byte{quicByte}, bytes.Clone(ecn), to.AddrPort()); err != nil {
				t.Fatal(err)
			}
			if got := mark(t, at); got != 2 {
				t.Skipf("marks do not arrive here: %d", got)
			}
			out, peer := c.PacketConn().(fast), net.UDPAddrFromAddrPort(c.Virtual(to.AddrPort()))
			packet := make([]byte, 2*1200)
			packet[0], packet[1200] = quicByte, quicByte
			for _, oob := range [][]byte{bytes.Clone(ecn), append(bytes.Clone(ecn), segmentControl...), append(bytes.Clone(segmentControl), ecn...)} {
				n := 1
				if segmentSize(oob) > 0 {
					n = 2
				}
				if _, _, err := out.WriteMsgUDP(packet[:n*1200], oob, peer); err != nil {
					t.Fatal(err)
				}
				if n == 2 && c.SendError(c.Virtual(to.AddrPort())) != nil {
					continue // no segmentation here
				}
				for range n {
					if got := mark(t, at); got != 0 {
						t.Errorf("a packet left with the mark %d", got)
					}
				}
			}
		})
	}
}
