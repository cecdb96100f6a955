package pathconn

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"
)

// halvesOf are the two payloads of a packet.
func halvesOf(number uint16, packet []byte) [2][]byte {
	var two [2][]byte
	middle := (len(packet) + 1) / 2
	for i, half := range [2][]byte{packet[:middle], packet[middle:]} {
		two[i] = append(binary.BigEndian.AppendUint16([]byte{halfMark}, number), byte(i))
		two[i] = append(two[i], half...)
	}
	return two
}

// Halves are joined in any order, each with its own other half only, and those
// whose other half is lost make room for others.
func TestHalves(t *testing.T) {
	var table halvesTable
	here := entrance{from: netip.MustParseAddrPort("192.0.2.1:1")}
	elsewhere := entrance{from: netip.MustParseAddrPort("192.0.2.2:1")}
	packet := func(n byte) []byte { return append([]byte{0xc0, n}, bytes.Repeat([]byte{n}, 1198)...) }
	join := func(by entrance, b []byte) []byte {
		whole, ok := table.join(by, b)
		if !ok {
			return nil
		}
		return whole
	}
	one, two := halvesOf(1, packet(1)), halvesOf(2, packet(2))
	for _, order := range [][4][]byte{{one[0], one[1], two[0], two[1]}, {one[1], two[1], one[0], two[0]}, {one[0], two[1], two[0], one[1]}} {
		var got [][]byte
		for _, b := range order {
			if whole := join(here, b); whole != nil {
				got = append(got, whole)
			}
		}
		if len(got) != 2 || !bytes.Equal(got[0], packet(got[0][1])) || !bytes.Equal(got[1], packet(got[1][1])) || got[0][1] == got[1][1] {
			t.Errorf("%d packets came out", len(got))
		}
	}
	for range 2 { // the same half twice is no packet
		if join(here, one[0]) != nil || join(elsewhere, one[1]) != nil || join(here, two[1]) != nil {
			t.Error("halves of two packets were joined")
		}
	}
	for n := range uint16(maxHalves) {
		join(elsewhere, halvesOf(1000+n, packet(3))[0])
	}
	if join(here, one[1]) != nil {
		t.Error("more halves wait than there may")
	}
}

// What goes in halves is what the handshake has shown to need it.
func TestHalving(t *testing.T) {
	m := newMortals()
	defer m.c.Close()
	long, data := append([]byte{0xc0}, make([]byte, 1199)...), append([]byte{0x40}, make([]byte, 1100)...)
	to := m.c.Virtual(netip.MustParseAddrPort("192.0.2.1:1"))
	p := m.c.table.fromVirtual(to)
	if m.c.halves(p, long) || m.c.halves(p, data) {
		t.Error("the first flight goes in halves")
	}
	p.halving.first.Store(int64(m.c.now() - halveAfter))
	if m.c.halves(p, data) {
		t.Error("packets that are none of a handshake began it")
	}
	if !m.c.halves(p, long) || !m.c.halves(p, data) || m.c.halves(p, long[:wholeBytes]) {
		t.Error("what has no answer does not go in halves")
	}
	heard := m.c.table.fromVirtual(m.c.Virtual(netip.MustParseAddrPort("192.0.2.2:1")))
	m.c.halves(heard, long)
	m.c.sort([]byte{quicByte}, netip.MustParseAddrPort("192.0.2.2:1"), 0)
	heard.halving.first.Store(1)
	if m.c.halves(heard, long) {
		t.Error("packets for a peer who answers go in halves")
	}
	for _, half := range halvesOf(7, long) {
		m.c.sort(half, netip.MustParseAddrPort("192.0.2.2:1"), 0)
	}
	if !m.c.halves(heard, data) {
		t.Error("packets for a peer who sends halves go whole")
	}
}

// What comes in halves, which anybody can send, decides nothing about a connection
// that is there; whoever has asked the path does.
func TestForgedHalves(t *testing.T) {
	m := newMortals()
	defer m.c.Close()
	from := netip.MustParseAddrPort("192.0.2.1:1")
	long, data := append([]byte{0xc0}, make([]byte, 1199)...), append([]byte{0x40}, make([]byte, 1100)...)
	virtual := m.c.Virtual(from)
	p := m.c.table.fromVirtual(virtual)
	m.c.Known(virtual)
	for _, packet := range [][]byte{long, data} {
		for _, half := range halvesOf(7, packet) {
			m.c.sort(half, from, 0)
		}
		if m.c.halves(p, data) {
			t.Error("two halves that anybody may have sent change a connection")
		}
	}
	if !m.c.halves(p, long) {
		t.Error("the handshake of another connection goes whole to who sends halves")
	}
	before := m.c.Long(virtual)
	m.c.Halve(virtual, true)
	if !m.c.halves(p, data) || m.c.halves(p, data[:wholeBytes]) || m.c.Long(virtual) != before+1 {
		t.Error("long packets go whole by a path that carries none, or are counted wrongly")
	}
	m.c.Halve(virtual, false)
	if m.c.halves(p, data) || m.c.halves(p, long) {
		t.Error("packets go in halves by a path that carries long ones")
	}
}

func FuzzHalves(f *testing.F) {
	for _, b := range halvesOf(3, append([]byte{0xc0}, make([]byte, 1199)...)) {
		f.Add(b, []byte{halfMark, 0, 3, 0, 0xc0})
	}
	f.Add([]byte{halfMark}, []byte{halfMark, 0, 0, 2, 1})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var table halvesTable
		by := entrance{from: netip.MustParseAddrPort("192.0.2.1:1")}
		for _, half := range [][]byte{a, b, a, b} {
			whole, ok := table.join(by, half)
			if ok && (len(whole) <= wholeBytes || !isQUIC(whole) || len(whole) != len(a)+len(b)-2*halfHeader) {
				t.Errorf("%x and %x are joined to %x", a, b, whole)
			}
		}
	})
}
