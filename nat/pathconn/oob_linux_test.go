package pathconn

import (
	"encoding/binary"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/net/ipv4"
	"golang.org/x/sys/unix"
)

// control builds a control message.
func control(level, kind int32, body []byte) []byte {
	b := make([]byte, unix.CmsgSpace(len(body)))
	header := (*unix.Cmsghdr)(unsafe.Pointer(&b[0]))
	header.Level, header.Type = level, kind
	header.SetLen(unix.CmsgLen(len(body)))
	copy(b[unix.CmsgLen(0):], body)
	return b
}

var (
	segmentControl = control(unix.IPPROTO_UDP, unix.UDP_SEGMENT, binary.NativeEndian.AppendUint16(nil, 1200))
	ecnControl     = control(unix.IPPROTO_IP, unix.IP_TOS, []byte{2})
)

func TestSegmentsAreCounted(t *testing.T) {
	c, far := open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0")
	b := make([]byte, 3*1200+500)
	for i := 0; i < len(b); i += 1200 {
		b[i] = quicByte
	}
	out := c.PacketConn().(fast)
	peer := net.UDPAddrFromAddrPort(c.Virtual(far.Addr()))
	if _, _, err := out.WriteMsgUDP(b, append(ecnControl, segmentControl...), peer); err != nil {
		t.Fatal(err)
	}
	if c.SendError(c.Virtual(far.Addr())) != nil {
		t.Skip("no segmentation here:", c.SendError(c.Virtual(far.Addr())))
	}
	for _, want := range []int{1200, 1200, 1200, 500} {
		if got, _ := read(t, far); len(got) != want {
			t.Errorf("a packet of %d bytes, want %d", len(got), want)
		}
	}
	if s, r := c.Stats(), far.Stats(); s.PacketsSent != 4 || s.BytesSent != uint64(len(b)) || r.PacketsReceived != 4 || r.BytesReceived != s.BytesSent {
		t.Errorf("sent %+v, received %+v", s, r)
	}
}

// TestCannotSegment: quic-go must hear of it, but only the first time.
func TestCannotSegment(t *testing.T) {
	c, f := newFaulty(t)
	out := c.PacketConn().(fast)
	peer := net.UDPAddrFromAddrPort(c.Virtual(netip.MustParseAddrPort("127.0.0.1:9")))
	f.sendError = syscall.EIO
	if _, _, err := out.WriteMsgUDP(make([]byte, 2400), segmentControl, peer); err == nil {
		t.Error("quic-go never hears that it cannot segment")
	}
	if _, _, err := out.WriteMsgUDP(make([]byte, 1200), ecnControl, peer); err != nil {
		t.Errorf("EIO on a plain packet ends the connection: %v", err)
	}
}

// TestLocalAddressOfAnotherPath: what QUIC knows of the local address is dropped
// when the path is another or the address gone.
func TestLocalAddressOfAnotherPath(t *testing.T) {
	c, f := newFaulty(t)
	far, elsewhere := open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0")
	peer := c.Virtual(far.Addr())
	out := c.PacketConn().(fast)
	with := func(source net.IP) []byte {
		return append(append((&ipv4.ControlMessage{Src: source}).Marshal(), segmentControl...), ecnControl...)
	}
	without := string(segmentControl) + string(ecnControl)
	write := func(oob []byte, at *Conn) {
		t.Helper()
		if _, _, err := out.WriteMsgUDP([]byte{quicByte}, oob, net.UDPAddrFromAddrPort(peer)); err != nil {
			t.Fatal(err)
		}
		if err := c.SendError(peer); err != nil {
			t.Fatal(err)
		}
		read(t, at)
	}
	good := with(net.IPv4(127, 0, 0, 1).To4())
	if write(good, far); string(f.oob) != string(good) {
		t.Errorf("the control messages were changed to %x", f.oob)
	}
	if write(with(net.IPv4(192, 0, 2, 1).To4()), far); string(f.oob) != without {
		t.Errorf("after an error: %x, want %x", f.oob, without)
	}
	c.SetPath(peer, elsewhere.Addr())
	if write(good, elsewhere); string(f.oob) != without {
		t.Errorf("on another path: %x, want %x", f.oob, without)
	}
	if got := string(withoutPacketInfo(nil, good, false)); got != string(segmentControl) {
		t.Errorf("in another family: %x, want %x", got, segmentControl)
	}
}
