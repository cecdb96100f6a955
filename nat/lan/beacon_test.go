package lan

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf8"
)

// signedBeacon returns a beacon and its packet.
func signedBeacon(private ed25519.PrivateKey, sequence uint64, game string, info Info) (beacon, []byte) {
	b := beacon{key: public(private), sequence: sequence, game: game, info: info}
	return b, appendBeacon(nil, &b, private)
}

// The packet does not change: two versions of a game list each other.
func TestGolden(t *testing.T) {
	_, packet := signedBeacon(key(1), 0x0123456789abcdef, "pond", someInfo)
	const want = "76764201" +
		"b1f804dabc68274c1233995c5a9119b56935bcdd83b7de07ec726dcedc4e9ce7" +
		"0123456789abcdef" + "1e61" + "01" + "0104" + "04706f6e64" + "03416e61" + "0a416e61277320706f6e64" +
		"bf25e41acf6336927ab5212336c9d7fc8063fba126541b57ed99eb4f18463ed9785ef0b7978adbfb4ae32fb3267531c7275a25571098a45277680d9c9bac190a"
	if got := hex.EncodeToString(packet); got != want {
		t.Errorf("a beacon is now\n%s, it was\n%s", got, want)
	}
	asked := appendSolicit(nil, solicit{nonce: 0x0123456789abcdef, game: "pond"})
	if got, want := hex.EncodeToString(asked), "76765301"+"0123456789abcdef"+"04706f6e64"; got != want {
		t.Errorf("a solicit is now %s, it was %s", got, want)
	}
}

func TestBeaconSizes(t *testing.T) {
	info := someInfo
	info.Name, info.Title = strings.Repeat("n", MaxName), strings.Repeat("t", MaxTitle)
	want, packet := signedBeacon(key(1), 1<<63, strings.Repeat("g", MaxGame), info)
	if len(packet) != maxBeacon || maxBeacon > 300 {
		t.Errorf("the longest beacon takes %d bytes, maxBeacon is %d", len(packet), maxBeacon)
	}
	got, err := decodeBeacon(packet)
	if err != nil || got != want || !got.verify(packet) {
		t.Errorf("decoded %+v, %v, want %+v", got, err, want)
	}
}

// Every single changed bit makes a packet that is refused.
func TestBeaconForged(t *testing.T) {
	_, packet := signedBeacon(key(1), 5, "pond", someInfo)
	for i := range packet {
		for bit := range 8 {
			forged := bytes.Clone(packet)
			forged[i] ^= 1 << bit
			if b, err := decodeBeacon(forged); err == nil && b.verify(forged) {
				t.Fatalf("byte %d bit %d can be changed", i, bit)
			}
		}
	}
	for n := range packet {
		if _, err := decodeBeacon(packet[:n]); err == nil {
			t.Fatalf("the first %d bytes pass for a beacon", n)
		}
	}
}

// A signature that the key made for something else is none here.
func TestBeaconContext(t *testing.T) {
	private := key(1)
	b := beacon{key: public(private), sequence: 1, game: "pond", info: someInfo}
	packet := appendUnsigned(nil, &b)
	packet = append(packet, ed25519.Sign(private, packet)...)
	if got, err := decodeBeacon(packet); err != nil || got.verify(packet) {
		t.Errorf("a signature without the context passes (%v)", err)
	}
}

func TestBounded(t *testing.T) {
	info := someInfo
	info.Name = strings.Repeat("ü", 40)
	info.Title = "bad \xff byte" + strings.Repeat("x", 1<<20)
	got, err := info.bounded()
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != strings.Repeat("ü", 16) || !utf8.ValidString(got.Title) || len(got.Title) != MaxTitle {
		t.Errorf("bounded to %+v", got)
	}
	if short, _ := someInfo.bounded(); short != someInfo {
		t.Errorf("a good info became %+v", short)
	}
	odd := someInfo
	odd.Name = strings.Repeat("n", MaxName-1) + "ü" // ends in the middle of the last character
	if got, _ := odd.bounded(); got.Name != strings.Repeat("n", MaxName-1) {
		t.Errorf("cut to %q", got.Name)
	}
	for _, bad := range []func(*Info){
		func(i *Info) { i.Port = 0 },
		func(i *Info) { i.Seats = 0 },
		func(i *Info) { i.Taken = i.Seats + 1 },
		func(i *Info) { i.Flags = 0x40 },
		func(i *Info) { i.Flags = goodbye },
	} {
		info := someInfo
		bad(&info)
		if _, err := info.bounded(); err == nil {
			t.Errorf("%+v was accepted", info)
		}
	}
}

func TestConfigMistakes(t *testing.T) {
	for _, c := range []AnnounceConfig{
		{Game: "pond", Info: someInfo},
		{Key: key(1), Info: someInfo},
		{Key: key(1), Game: strings.Repeat("g", MaxGame+1), Info: someInfo},
		{Key: key(1), Game: "pond"},
	} {
		if _, err := Announce(c); err == nil || !strings.HasPrefix(err.Error(), "lan: ") {
			t.Errorf("Announce(%+v) = %v", c, err)
		}
	}
	if _, err := Browse(BrowseConfig{}); err == nil {
		t.Error("a list of no game was opened")
	}
}

func FuzzDecodeBeacon(f *testing.F) {
	for _, info := range []Info{someInfo, {Port: 1, Seats: 255, Taken: 255, Flags: Secret | Playing}, {Port: 65535, Seats: 1, Flags: goodbye, Name: "é"}} {
		_, packet := signedBeacon(key(7), 1<<40, "pond", info)
		f.Add(packet)
	}
	f.Fuzz(func(t *testing.T, packet []byte) {
		b, err := decodeBeacon(packet)
		if err != nil {
			return
		}
		again := appendUnsigned(nil, &b)
		if end := len(packet) - ed25519.SignatureSize; !bytes.Equal(again, packet[:end]) {
			t.Errorf("%x decodes to %+v, which encodes to %x", packet, b, again)
		}
		if len(packet) > maxBeacon || !utf8.ValidString(b.info.Name+b.info.Title+b.game) {
			t.Errorf("accepted %+v of %d bytes", b, len(packet))
		}
		b.verify(packet)
	})
}

func FuzzDecodeSolicit(f *testing.F) {
	f.Add(appendSolicit(nil, solicit{nonce: 1, game: "pond"}))
	f.Add(appendSolicit(nil, solicit{nonce: 1<<64 - 1, game: strings.Repeat("g", MaxGame)}))
	f.Fuzz(func(t *testing.T, packet []byte) {
		s, err := decodeSolicit(packet)
		if err != nil {
			return
		}
		if again := appendSolicit(nil, s); !bytes.Equal(again, packet) || len(packet) > maxSolicit || !isSolicit(packet) {
			t.Errorf("%x decodes to %+v, which encodes to %x", packet, s, again)
		}
	})
}
