package pathconn

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"testing"
)

// partsOf are the payloads of a packet.
func partsOf(number uint16, packet []byte) (list [][]byte) {
	count := (len(packet) + partBytes - 1) / partBytes
	size := (len(packet) + count - 1) / count
	for part := range slices.Chunk(packet, size) {
		b := append(binary.BigEndian.AppendUint16([]byte{partMark}, number), byte(len(list)<<4|count))
		list = append(list, append(b, part...))
	}
	return list
}

// Parts are joined in any order, each with those of its own packet only, also when
// some come twice, and those whose others are lost make room.
func TestParts(t *testing.T) {
	here := entrance{from: netip.MustParseAddrPort("192.0.2.1:1")}
	elsewhere := entrance{from: netip.MustParseAddrPort("192.0.2.2:1")}
	random := rand.New(rand.NewPCG(1, 2))
	packet := func(n byte, size int) []byte {
		return append([]byte{0xc0, n}, bytes.Repeat([]byte{n}, size-2)...)
	}
	for range 200 {
		var table partsTable
		var all [][]byte
		var sizes [3]int
		for n := range sizes {
			sizes[n] = partBytes + 1 + random.IntN((maxParts-1)*partBytes)
			all = append(all, partsOf(uint16(n), packet(byte(n), sizes[n]))...)
		}
		random.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
		var got [3]int
		for _, b := range all {
			if random.IntN(4) == 0 {
				table.join(elsewhere, b) // somebody plays it again
			}
			if whole, ok := table.join(here, b); ok {
				n := whole[1]
				if got[n]++; !bytes.Equal(whole, packet(n, sizes[n])) {
					t.Fatalf("a packet of %d bytes came out of one of %d", len(whole), sizes[n])
				}
			}
		}
		if got != [3]int{1, 1, 1} {
			t.Fatalf("packets came out %v times", got)
		}
	}
	var table partsTable
	one, two := partsOf(1, packet(1, 1200)), partsOf(2, packet(2, 1200))
	for _, b := range [][]byte{one[0], one[0], one[1], two[2], one[1]} { // no packet is whole
		if _, ok := table.join(here, b); ok {
			t.Error("parts of two packets were joined, or one twice")
		}
	}
	for n := range uint16(maxWaiting) {
		table.join(elsewhere, partsOf(1000+n, packet(3, 1200))[0])
	}
	if _, ok := table.join(here, one[2]); ok {
		t.Error("more parts wait than there may")
	}
}

// keeping is a socket that keeps what is sent.
type keeping struct {
	*mortal
	sent [][]byte
}

func (k *keeping) WriteTo(b []byte, _ net.Addr) (int, error) {
	k.sent = append(k.sent, slices.Clone(b))
	return len(b), nil
}

// TestPartsOnTheWire: each payload of a packet fits 576 bytes with all headers, and
// the packet comes out of them as it was.
func TestPartsOnTheWire(t *testing.T) {
	const headers = 40 + 8 + 8 // IPv6, UDP, a relay's
	wire := &keeping{mortal: newMortal(7777)}
	c := Over(wire)
	defer c.Close()
	virtual := c.Virtual(netip.MustParseAddrPort("192.0.2.1:1"))
	c.Part(virtual, true)
	for size := partBytes - 5; size <= 1280; size++ {
		b := append([]byte{0x40}, make([]byte, size-1)...)
		binary.BigEndian.PutUint32(b[1:], uint32(size))
		wire.sent = nil
		if _, err := c.PacketConn().WriteTo(b, net.UDPAddrFromAddrPort(virtual)); err != nil {
			t.Fatal(err)
		}
		var table partsTable
		var whole []byte
		for _, sent := range wire.sent {
			if len(sent)+headers > 576 {
				t.Fatalf("%d bytes: a payload of %d", size, len(sent))
			}
			if size <= partBytes {
				whole = sent
			} else if all, ok := table.join(entrance{}, sent); ok {
				whole = all
			}
		}
		if !bytes.Equal(whole, b) {
			t.Fatalf("%d bytes: %d came out", size, len(whole))
		}
	}
}

// What goes in parts is what the handshake has shown to need it.
func TestParting(t *testing.T) {
	m := newMortals()
	defer m.c.Close()
	long, data := append([]byte{0xc0}, make([]byte, 1199)...), append([]byte{0x40}, make([]byte, 1100)...)
	to := m.c.Virtual(netip.MustParseAddrPort("192.0.2.1:1"))
	p := m.c.table.fromVirtual(to)
	if m.c.out.parts(p, long) || m.c.out.parts(p, data) {
		t.Error("the first flight goes in parts")
	}
	p.parting.first.Store(int64(m.c.clock.now() - partAfter))
	if m.c.out.parts(p, data) {
		t.Error("packets that are none of a handshake began it")
	}
	if !m.c.out.parts(p, long) || !m.c.out.parts(p, data) || m.c.out.parts(p, long[:partBytes]) {
		t.Error("what has no answer does not go in parts")
	}
	heard := m.c.table.fromVirtual(m.c.Virtual(netip.MustParseAddrPort("192.0.2.2:1")))
	m.c.out.parts(heard, long)
	m.c.in.sort([]byte{quicByte}, netip.MustParseAddrPort("192.0.2.2:1"), 0)
	heard.parting.first.Store(1)
	if m.c.out.parts(heard, long) {
		t.Error("packets for a peer who answers go in parts")
	}
	for _, part := range partsOf(7, long) {
		m.c.in.sort(part, netip.MustParseAddrPort("192.0.2.2:1"), 0)
	}
	if !m.c.out.parts(heard, data) {
		t.Error("packets for a peer who sends parts go whole")
	}
}

// What comes in parts, which anybody can send, decides nothing about a connection
// that is there; whoever has asked the path does.
func TestForgedParts(t *testing.T) {
	m := newMortals()
	defer m.c.Close()
	from := netip.MustParseAddrPort("192.0.2.1:1")
	long, data := append([]byte{0xc0}, make([]byte, 1199)...), append([]byte{0x40}, make([]byte, 1100)...)
	virtual := m.c.Virtual(from)
	p := m.c.table.fromVirtual(virtual)
	m.c.Known(virtual)
	for _, packet := range [][]byte{long, data} {
		for _, part := range partsOf(7, packet) {
			m.c.in.sort(part, from, 0)
		}
		if m.c.out.parts(p, data) {
			t.Error("parts that anybody may have sent change a connection")
		}
	}
	if !m.c.out.parts(p, long) {
		t.Error("the handshake of another connection goes whole to who sends parts")
	}
	before := m.c.Long(virtual)
	m.c.Part(virtual, true)
	if !m.c.out.parts(p, data) || m.c.out.parts(p, data[:partBytes]) || m.c.Long(virtual) != before+1 {
		t.Error("long packets go whole by a path that carries none, or are counted wrongly")
	}
	m.c.Part(virtual, false)
	if m.c.out.parts(p, data) || m.c.out.parts(p, long) {
		t.Error("packets go in parts by a path that carries long ones")
	}
}

func FuzzParts(f *testing.F) {
	for _, b := range partsOf(3, append([]byte{0xc0}, make([]byte, 1199)...)) {
		f.Add(b, []byte{partMark, 0, 3, 0, 0xc0})
	}
	f.Add([]byte{partMark}, []byte{partMark, 0, 0, 2, 1})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var table partsTable
		by := entrance{from: netip.MustParseAddrPort("192.0.2.1:1")}
		for _, part := range [][]byte{a, b, a, b} {
			whole, ok := table.join(by, part)
			if ok && (len(whole) <= partBytes || !isQUIC(whole) || len(whole) != len(a)+len(b)-2*partHeader) {
				t.Errorf("%x and %x are joined to %x", a, b, whole)
			}
		}
	})
}
