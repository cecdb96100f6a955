//go:build !race

package stun

import (
	"bytes"
	"encoding/hex"
	"net"
	"net/netip"
	"testing"

	pion "github.com/pion/stun/v2"
)

// The sample messages of RFC 5769 sections 2.1 to 2.3. The password is of both
// sides of a short-term credential.
const (
	samplePassword = "VOkJxbRl1RmTxUk/WvJxBt"
	sampleRequest  = "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff" +
		"80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"
	sampleResponse4 = "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220" +
		"002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96"
	sampleResponse6 = "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220" +
		"002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c"
)

func sample(t testing.TB, text string) []byte {
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRFC5769(t *testing.T) {
	for text, want := range map[string]string{sampleResponse4: "192.0.2.1:32853",
		sampleResponse6: "[2001:db8:1234:5678:11:2233:4455:6677]:32853", sampleRequest: ""} {
		b := sample(t, text)
		m, err := Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		if !m.Proven([]byte(samplePassword)) || m.Proven([]byte("another")) || m.Sealed() {
			t.Error("the proof was not understood")
		}
		if addr, ok := m.XORAddress(AttrXORMappedAddress); ok != (want != "") || ok && addr.String() != want {
			t.Errorf("read %v, %v; want %q", addr, ok, want)
		}
		if name, ok := m.Get(AttrUsername); ok != (want == "") || ok && string(name) != "evtj:h6vY" {
			t.Errorf("the user is %q", name)
		}
		if m.ID() != TxID(b[8:20]) {
			t.Errorf("transaction %x", m.ID())
		}
		// The same, built anew from its parts. The samples pad with spaces.
		if built := AddFingerprint(Seal(bytes.Clone(b[:m.proven]), []byte(samplePassword))); !bytes.Equal(built, b) {
			t.Errorf("built %x\nwant  %x", built, b)
		}
	}
}

// TestAsPion: what this package writes another implementation reads, and the
// other way round.
func TestAsPion(t *testing.T) {
	id, key := TxID{1, 2, 3}, []byte("a key")
	for _, text := range []string{"203.0.113.9:4000", "[2001:db8::1]:5000", "0.0.0.0:0", "255.255.255.255:65535"} {
		addr := netip.MustParseAddrPort(text)
		ours := AddFingerprint(Seal(AddXORAddress(Add(New(BindingSuccess, id), AttrUsername, []byte("ana")), AttrXORMappedAddress, addr), key))
		theirs := pion.MustBuild(pion.NewTransactionIDSetter(id), pion.BindingSuccess, pion.NewUsername("ana"),
			&pion.XORMappedAddress{IP: net.IP(addr.Addr().AsSlice()), Port: int(addr.Port())}, pion.MessageIntegrity(key), pion.Fingerprint)
		if !bytes.Equal(ours, theirs.Raw) {
			t.Errorf("%s: we write %x\nthey write %x", text, ours, theirs.Raw)
		}
	}
	for _, code := range []pion.ErrorCode{pion.CodeTryAlternate, pion.CodeUnauthorized, pion.CodeServerError} {
		m, err := Parse(pion.MustBuild(pion.TransactionID, pion.BindingError, code).Raw)
		if got, ok := m.ErrorCode(); err != nil || !ok || got != int(code) {
			t.Errorf("code %d is read as %d, %v, %v", code, got, ok, err)
		}
	}
	other := pion.MustBuild(pion.TransactionID, pion.BindingSuccess, &pion.OtherAddress{IP: net.IPv4(192, 0, 2, 7), Port: 3479},
		&pion.MappedAddress{IP: net.IPv4(192, 0, 2, 8), Port: 1})
	m, err := Parse(other.Raw)
	if err != nil {
		t.Fatal(err)
	}
	second, _ := m.Address(AttrOtherAddress)
	mapped, _ := m.Address(AttrMappedAddress)
	if second.String() != "192.0.2.7:3479" || mapped.String() != "192.0.2.8:1" {
		t.Errorf("read %v and %v", second, mapped)
	}
}

func TestMalformed(t *testing.T) {
	good := sample(t, sampleResponse4)
	for n := range good {
		if _, err := Parse(good[:n]); err == nil {
			t.Errorf("%d of %d bytes passed", n, len(good))
		}
	}
	for name, b := range map[string][]byte{
		"something behind":    append(bytes.Clone(good), 0, 0, 0, 0),
		"a wrong cookie":      append(New(BindingSuccess, TxID{})[:4], make([]byte, 16)...),
		"an integrity of 19":  Add(New(BindingSuccess, TxID{}), AttrIntegrity, make([]byte, 19)),
		"an attribute beyond": append(New(BindingSuccess, TxID{})[:2], append([]byte{0, 4, 0x21, 0x12, 0xa4, 0x42}, append(make([]byte, 12), 0, 0x20, 0, 8)...)...),
		"first bits of QUIC":  append([]byte{0xc1}, good[1:]...),
	} {
		if _, err := Parse(b); err == nil {
			t.Errorf("%s passed", name)
		}
	}
	for size := range 24 {
		for family := range byte(4) {
			value := make([]byte, size)
			if size > 1 {
				value[1] = family
			}
			m, err := Parse(Add(New(BindingSuccess, TxID{}), AttrXORMappedAddress, value))
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := m.XORAddress(AttrXORMappedAddress); ok != (size == 8 && family == 1 || size == 20 && family == 2) {
				t.Errorf("an address of %d bytes of family %d: %v", size, family, ok)
			}
		}
	}
	// What stands behind the seal is nobody's word.
	m, err := Parse(AddXORAddress(Seal(New(BindingSuccess, TxID{}), []byte("k")), AttrXORMappedAddress, netip.MustParseAddrPort("192.0.2.1:1")))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := m.XORAddress(AttrXORMappedAddress); ok || m.Sealed() || !m.Proven([]byte("k")) {
		t.Error("an attribute behind the seal was read")
	}
}

// FuzzParse: whatever passes is read as another implementation reads it. That one
// is spared an address of no bytes, which ends it.
func FuzzParse(f *testing.F) {
	for _, text := range []string{sampleRequest, sampleResponse4, sampleResponse6} {
		f.Add(sample(f, text))
	}
	f.Add(Add(New(BindingError, TxID{}), AttrErrorCode, []byte{0, 0, 4, 1, 'n', 'o'}))
	f.Add(Add(New(BindingSuccess, TxID{}), AttrXORMappedAddress, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b)
		if err != nil {
			return
		}
		theirs := &pion.Message{Raw: bytes.Clone(b)}
		if err := theirs.Decode(); err != nil {
			t.Fatalf("%x passed, but %v", b, err)
		}
		if theirs.TransactionID != m.ID() || theirs.Type.Value() != uint16(m.Type()) {
			t.Errorf("type %v, %v; id %x, %x", m.Type(), theirs.Type, m.ID(), theirs.TransactionID)
		}
		if m.Sealed() {
			if want := pion.MessageIntegrity("k").Check(theirs) == nil; m.Proven([]byte("k")) != want {
				t.Errorf("proven: %v, %v", !want, want)
			}
		}
		if m.proven == len(b) {
			sameAttributes(t, m, theirs)
		}
	})
}

func sameAttributes(t *testing.T, m Message, theirs *pion.Message) {
	if _, draft := m.Get(AttrXORMappedDraft); draft {
		return // which they take for the other one
	}
	for _, attr := range []Attr{AttrUsername, AttrErrorCode, AttrXORMappedAddress, AttrOtherAddress} {
		value, ok := m.Get(attr)
		want, err := theirs.Get(pion.AttrType(attr))
		if ok != (err == nil) || !bytes.Equal(value, want) {
			t.Errorf("attribute %#x: %x, %v; want %x, %v", attr, value, ok, want, err)
		}
	}
	// The first byte of an address is to be passed over. They do not.
	if addr, ok := m.XORAddress(AttrXORMappedAddress); ok && first(m, AttrXORMappedAddress) == 0 {
		var want pion.XORMappedAddress
		if err := want.GetFrom(theirs); err != nil || !want.IP.Equal(net.IP(addr.Addr().AsSlice())) || want.Port != int(addr.Port()) {
			t.Errorf("address %v, want %v, %v", addr, want, err)
		}
	}
	m.ErrorCode()
}

func first(m Message, attr Attr) byte {
	value, _ := m.Get(attr)
	return value[0]
}
