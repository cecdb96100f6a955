//go:build !race

package nat

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"testing"

	"github.com/visavis-netcode/visavis/nat/stun"
)

// TestRFC5769 reads the sample responses of RFC 5769 sections 2.2 and 2.3.
func TestRFC5769(t *testing.T) {
	for _, row := range []struct{ name, packet, want string }{
		{"IPv4", "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220" +
			"002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96", "192.0.2.1:32853"},
		{"IPv6", "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220" +
			"002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c",
			"[2001:db8:1234:5678:11:2233:4455:6677]:32853"},
	} {
		b, err := hex.DecodeString(row.packet)
		if err != nil {
			t.Fatal(err)
		}
		a, err := ParseSTUNAnswer(b)
		if want := (STUNAnswer{ID: TxID(b[8:20]), Public: netip.MustParseAddrPort(row.want)}); err != nil || a != want {
			t.Errorf("%s: read %+v, %v", row.name, a, err)
		}
	}
}

// TestOldServers: servers from before RFC 5389 give the plain address, and some an
// attribute of a draft. The form that routers leave alone counts first.
func TestOldServers(t *testing.T) {
	id, right, wrong := TxID{1}, netip.MustParseAddrPort("203.0.113.9:4000"), netip.MustParseAddrPort("10.0.0.9:4000")
	plain := func(b []byte, addr netip.AddrPort) []byte {
		value := append([]byte{0, 1, byte(addr.Port() >> 8), byte(addr.Port())}, addr.Addr().AsSlice()...)
		return stun.Add(b, stun.AttrMappedAddress, value)
	}
	begin := func() []byte { return stun.New(stun.BindingSuccess, id) }
	for name, b := range map[string][]byte{
		"plain":        plain(begin(), right),
		"plain first":  stun.AddXORAddress(plain(begin(), wrong), stun.AttrXORMappedAddress, right),
		"draft":        stun.AddXORAddress(plain(begin(), wrong), stun.AttrXORMappedDraft, right),
		"IPv4 in IPv6": stun.Add(begin(), stun.AttrMappedAddress, append([]byte{0, 2, 0x0f, 0xa0, 10: 0, 14: 0xff, 15: 0xff}, 203, 0, 113, 9)),
	} {
		if a, err := ParseSTUNAnswer(b); err != nil || a != (STUNAnswer{ID: id, Public: right}) {
			t.Errorf("%s: read %+v, %v", name, a, err)
		}
	}
	for name, b := range map[string][]byte{
		"no address":             begin(),
		"an address of no bytes": stun.Add(begin(), stun.AttrXORMappedAddress, nil),
		"a refusal":              stun.Add(stun.New(stun.BindingError, id), stun.AttrErrorCode, []byte{0, 0, 5, 0}),
	} {
		if a, err := ParseSTUNAnswer(b); err != nil || a != (STUNAnswer{ID: id}) {
			t.Errorf("%s: read %+v, %v", name, a, err)
		}
	}
}

func TestSTUNRequest(t *testing.T) {
	id := TxID{1, 2, 3}
	b := STUNRequest(id)
	if len(b) != 44 || !IsSTUN(b) || stun.IDOf(b) != id || b[0] >= 0x40 {
		t.Errorf("a request of %x", b)
	}
	if _, err := ParseSTUNAnswer(b); err == nil {
		t.Error("a request passed for a response")
	}
}

// answerTo is a server's answer.
func answerTo(id TxID, public netip.AddrPort) []byte {
	c := newChecker([]byte("anything"), [32]byte{1}, [32]byte{2})
	return c.reply(id, public)
}

func checkers() (a, b checker) {
	secret, ka, kb := []byte("a secret of the session"), [32]byte{1}, [32]byte{2}
	return newChecker(secret, ka, kb), newChecker(secret, kb, ka)
}

func TestChecks(t *testing.T) {
	a, b := checkers()
	id := TxID{9, 8, 7}
	request := a.request(id)
	if len(request) != 64 || request[0] >= 0x40 {
		t.Fatalf("a check has %d bytes and begins with %#x", len(request), request[0])
	}
	got, err := b.open(request)
	if err != nil || got.id != id || got.answer {
		t.Fatalf("the peer read %+v, %v", got, err)
	}
	if link, ok := CheckID(request); !ok || link != b.in || link != a.out {
		t.Errorf("the check is for %x, %v", link, ok)
	}
	for _, seen := range []string{"203.0.113.9:4000", "[2001:db8::1]:5000"} {
		addr := netip.MustParseAddrPort(seen)
		got, err = a.open(b.reply(id, addr))
		if err != nil || got.id != id || !got.answer || got.seen != addr {
			t.Errorf("the answer read as %+v, %v", got, err)
		}
	}
	if _, ok := CheckID(STUNRequest(id)); ok {
		t.Error("a request to a server passed for a check")
	}
}

// TestFalseChecks changes each bit and cuts at each length.
func TestFalseChecks(t *testing.T) {
	a, b := checkers()
	stranger := newChecker([]byte("another secret"), [32]byte{1}, [32]byte{2})
	third := newChecker([]byte("a secret of the session"), [32]byte{3}, [32]byte{2})
	good := a.request(TxID{1})
	for name, packet := range map[string][]byte{
		"empty":            nil,
		"another secret":   stranger.request(TxID{1}),
		"another player":   third.request(TxID{1}),
		"our own, back":    b.request(TxID{1}),
		"something behind": append(bytes.Clone(good), 0x80, 0x28, 0, 4, 1, 2, 3, 4),
		"a server's":       STUNRequest(TxID{1}),
	} {
		if _, err := b.open(packet); err == nil {
			t.Errorf("%s: a false check passed", name)
		}
	}
	// Attributes behind the seal, with a header that counts them.
	longer := append(bytes.Clone(good), 0x80, 0x28, 0, 4, 1, 2, 3, 4)
	binary.BigEndian.PutUint16(longer[2:], uint16(len(longer)-20))
	if _, err := b.open(longer); err == nil {
		t.Error("attributes behind the seal passed")
	}
	for _, packet := range [][]byte{good, a.reply(TxID{1}, netip.MustParseAddrPort("203.0.113.9:4000"))} {
		for n := range packet {
			if _, err := b.open(packet[:n]); err == nil {
				t.Errorf("%d of %d bytes passed", n, len(packet))
			}
		}
		for bit := range 8 * len(packet) {
			changed := bytes.Clone(packet)
			changed[bit/8] ^= 1 << (bit % 8)
			if _, err := b.open(changed); err == nil {
				t.Errorf("bit %d changed and the check passed", bit)
			}
		}
	}
}

func FuzzSTUN(f *testing.F) {
	a, b := checkers()
	f.Add(STUNRequest(TxID{1}))
	f.Add(a.request(TxID{1}))
	f.Add(b.reply(TxID{1}, netip.MustParseAddrPort("203.0.113.9:4000")))
	f.Add(b.reply(TxID{1}, netip.MustParseAddrPort("[2001:db8::1]:4000")))
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, err := ParseSTUNAnswer(data); err == nil && a.ID != stun.IDOf(data) {
			t.Error("an answer to another question")
		}
		if c, err := a.open(data); err == nil {
			if _, ok := CheckID(data); !ok {
				t.Error("a check for nobody")
			}
			if c.answer && !c.seen.IsValid() {
				t.Error("an answer without an address")
			}
		}
		CheckID(data)
	})
}

func BenchmarkCheckAndAnswer(b *testing.B) {
	x, y := checkers()
	addr := netip.MustParseAddrPort("203.0.113.9:4000")
	b.ReportAllocs()
	for b.Loop() {
		c, err := y.open(x.request(TxID{1}))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := x.open(y.reply(c.id, addr)); err != nil {
			b.Fatal(err)
		}
	}
}
