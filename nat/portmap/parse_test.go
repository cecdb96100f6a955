package portmap

import (
	"bytes"
	"encoding/hex"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The bytes are laid out by hand from figures 2, 9 and 10 of RFC 6887.
const (
	pcpRequestHex = "02010000 000004b0 00000000000000000000ffffc0a80102" +
		"0102030405060708090a0b0c 11000000 1388 3a98 00000000000000000000ffff00000000"
	pcpAnswerHex = "02810000 00000258 0000002a 000000000000000000000000" +
		"0102030405060708090a0b0c 11000000 1388 3a98 00000000000000000000ffffcb007107"
)

func TestPCPRequest(t *testing.T) {
	r := pcpRequest{
		client:       netip.MustParseAddr("192.168.1.2"),
		nonce:        pcpNonce{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
		internalPort: 5000,
		wanted:       netip.MustParseAddrPort("0.0.0.0:15000"),
		lifetimeSec:  1200,
	}
	if got, want := r.append(nil), unhex(t, pcpRequestHex); !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
	r.wanted, r.lifetimeSec = netip.AddrPort{}, 0
	if got := r.append(nil); !bytes.Equal(got[42:], unhex(t, "0000 00000000000000000000ffff00000000")) {
		t.Errorf("to close a port it suggests %x", got[42:])
	}
}

func TestPCPAnswer(t *testing.T) {
	answer := unhex(t, pcpAnswerHex)
	a, err := parsePCP(answer)
	want := pcpAnswer{0, 600, 42, true, pcpNonce{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 5000, netip.MustParseAddrPort("203.0.113.7:15000")}
	if err != nil || a != want {
		t.Errorf("got %+v, %v, want %+v", a, err, want)
	}
	for _, c := range []struct {
		name string
		b    []byte
		err  error
	}{
		{"empty", nil, errMalformed},
		{"a request", unhex(t, pcpRequestHex), errMalformed},
		{"NAT-PMP only", unhex(t, "0081 0001 00000009"), errNoPCP},
		{"PCP 1", append([]byte{1}, answer[1:]...), errNoPCP},
		{"cut", answer[:56], errMalformed},
		{"cut inside a word", answer[:58], errMalformed},
		{"too long", append(answer[:60:60], make([]byte, 1044)...), errMalformed},
		{"ANNOUNCE", append([]byte{2, 0x80}, answer[2:]...), errMalformed},
	} {
		if a, err := parsePCP(c.b); err != c.err {
			t.Errorf("%s: %+v, %v, want %v", c.name, a, err, c.err)
		}
	}
	short, err := parsePCP(unhex(t, "02810003 00000e10 0000002a 000000000000000000000000"))
	if err != nil || short.result != 3 || short.full {
		t.Errorf("an error without opcode data: %+v, %v", short, err)
	}
	withOption := append(answer[:60:60], 1, 0, 0, 0)
	if a, err := parsePCP(withOption); err != nil || a != want {
		t.Errorf("with an option: %+v, %v", a, err)
	}
}

func FuzzParsePCP(f *testing.F) {
	f.Add(unhex(f, pcpAnswerHex))
	f.Add(unhex(f, pcpRequestHex))
	f.Add([]byte{0, 0x81, 0, 1, 0, 0, 0, 9})
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := parsePCP(b)
		if err != nil && a != (pcpAnswer{}) {
			t.Errorf("%+v with error %v", a, err)
		}
		if err == nil && a.result == 0 && !a.full {
			t.Errorf("a success says nothing: %+v", a)
		}
	})
}

func TestEpoch(t *testing.T) {
	at := time.Unix(1e9, 0)
	for _, c := range []struct {
		name    string
		seconds uint32 // after 1000 before
		after   time.Duration
		lost    bool
	}{
		{"on time", 1600, 600 * time.Second, false},
		{"a second back", 999, 0, false},
		{"restarted", 5, 600 * time.Second, true},
		{"restarted, and longer ago than we looked", 990, 5 * time.Second, true},
		{"slow by less than 1/16", 1565, 600 * time.Second, false},
		{"slow by more than 1/16", 1550, 600 * time.Second, true},
		{"fast by less than 1/16", 1635, 600 * time.Second, false},
		{"fast by more than 1/16", 1650, 600 * time.Second, true},
		{"our clock went back", 1000, -time.Hour, false},
	} {
		var e epoch
		if e.observe(1000, at) {
			t.Error("lost at the first look")
		}
		if lost := e.observe(c.seconds, at.Add(c.after)); lost != c.lost {
			t.Errorf("%s: lost is %v", c.name, lost)
		}
	}
}

func TestRenewAfter(t *testing.T) {
	for _, c := range []struct{ left, asked, want time.Duration }{
		{20 * time.Minute, 20 * time.Minute, 10 * time.Minute},
		{10 * time.Minute, 20 * time.Minute, 5 * time.Minute},
		{1 << 32 * time.Second, 20 * time.Minute, 10 * time.Minute},
		{time.Second, 20 * time.Minute, 4 * time.Second},
		{-time.Minute, 20 * time.Minute, 4 * time.Second},
	} {
		if got := renewAfter(c.left, c.asked); got != c.want {
			t.Errorf("%v left of %v: %v, want %v", c.left, c.asked, got, c.want)
		}
	}
}

func TestIsPublic(t *testing.T) {
	for text, want := range map[string]bool{
		"203.0.113.7": true, "8.8.8.8": true, "198.18.0.1": true, "172.32.0.1": true, "100.128.0.1": true,
		"10.0.0.1": false, "172.16.0.1": false, "192.168.1.3": false, "100.64.3.4": false, "169.254.1.1": false,
		"127.0.0.1": false, "0.0.0.0": false, "0.1.2.3": false, "192.0.0.2": false, "224.0.0.1": false,
		"240.0.0.1": false, "255.255.255.255": false, "2001:db8::1": false, "::ffff:8.8.8.8": false,
	} {
		if got := isPublic(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"": "visavis", "\x00\n": "visavis", "Ana's pond": "Ana's pond", "Frösche": "Frsche",
		strings.Repeat("a", 100): strings.Repeat("a", 48),
	} {
		if got := printable(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

const routeTable = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0101A8C0	0003	0	0	600	00000000	0	0	0
eth0	00000000	FE00000A	0003	0	0	100	00000000	0	0	0
tun0	00000000	00000000	0001	0	0	50	00000000	0	0	0
down0	00000000	0102A8C0	0002	0	0	1	00000000	0	0	0
tun1	00000000	0100A8C0	0003	0	0	0	00000080	0	0	0
eth1	00000000	FE00000A	0003	0	0	700	00000000	0	0	0
eth0	0000000A	00000000	0001	0	0	100	00FFFFFF	0	0	0
`

func TestParseRoutes(t *testing.T) {
	if hostIsBigEndian() {
		t.Skip("the table is of a little-endian machine")
	}
	want := []netip.Addr{netip.MustParseAddr("10.0.0.254"), netip.MustParseAddr("192.168.1.1")}
	if got := parseRoutes([]byte(routeTable)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func hostIsBigEndian() bool {
	a := parseRoutes([]byte("x 00000000 01000000 0003 0 0 0 00000000\n"))
	return a[0] == netip.MustParseAddr("1.0.0.0")
}

func FuzzParseRoutes(f *testing.F) {
	f.Add([]byte(routeTable))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, a := range parseRoutes(b) {
			if !a.Is4() || a.IsUnspecified() {
				t.Errorf("%v is no gateway", a)
			}
		}
	})
}

func TestLikelyGateways(t *testing.T) {
	var around []localNetwork
	for _, p := range []string{"127.0.0.1/8", "192.168.1.20/24", "192.168.1.21/24", "10.1.2.3/8", "10.0.0.1/24", "100.64.0.2/10", "8.8.8.8/24", "172.16.0.2/32"} {
		around = append(around, localNetwork{prefix: netip.MustParsePrefix(p)})
	}
	want := []netip.Addr{netip.MustParseAddr("192.168.1.1"), netip.MustParseAddr("10.0.0.1")}
	if got := likelyGateways(around); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCheckLocation(t *testing.T) {
	from := netip.MustParseAddr("192.168.1.1")
	for location, want := range map[string]bool{
		"http://192.168.1.1:5000/rootDesc.xml": true,
		"http://192.168.1.1/":                  true,
		"http://192.168.1.2:5000/":             false,
		"http://example.org/":                  false,
		"https://192.168.1.1/":                 false,
		"file://192.168.1.1/etc/passwd":        false,
		"http://192.168.1.1:0/":                false,
		"http://192.168.1.1:65536/":            false,
		"http://admin:admin@192.168.1.1/":      false,
		"http://192.168.1.1@example.org/":      false,
		"http://[fe80::1]/":                    false,
		"http:///":                             false,
		"":                                     false,
		"http://192.168.1.1:5000\x00/":         false,
	} {
		if _, err := checkLocation(location, from); (err == nil) != want {
			t.Errorf("%q: %v", location, err)
		}
	}
}

func FuzzSearchReply(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nST: x\r\nLocation: http://192.168.1.1:5000/rootDesc.xml\r\n\r\n"))
	f.Add([]byte("NOTIFY * HTTP/1.1\r\n\r\n"))
	from := netip.MustParseAddr("192.168.1.1")
	f.Fuzz(func(t *testing.T, b []byte) {
		location, ok := parseSearchReply(b)
		if !ok {
			return
		}
		if u, err := checkLocation(location, from); err == nil && u.Hostname() != "192.168.1.1" &&
			u.Hostname() != "::ffff:192.168.1.1" && u.Hostname() != "::ffff:c0a8:101" {
			if a, err := netip.ParseAddr(u.Hostname()); err != nil || a.Unmap() != from {
				t.Errorf("%q is not at %v", location, from)
			}
		}
	})
}

func FuzzDescription(f *testing.F) {
	f.Add(description(ip1, "/ctl", ""))
	f.Add(description(ip2, "http://192.168.1.1:1/ctl", "http://192.168.1.1:2/"))
	f.Add(description(ppp1, "http://192.168.1.2/", "::"))
	f.Add(strings.Repeat("<device>", 1000))
	location, err := url.Parse("http://192.168.1.1:5000/rootDesc.xml")
	if err != nil {
		f.Fatal(err)
	}
	p := place{netip.MustParseAddr("192.168.1.1"), location}
	f.Fuzz(func(t *testing.T, text string) {
		all, err := connections(strings.NewReader(text), p, http.DefaultClient)
		if (err == nil) != (len(all) > 0) || len(all) > connectionsMax {
			t.Errorf("%d connections, error %v", len(all), err)
		}
	})
}
