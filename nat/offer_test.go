//go:build !race

package nat

import (
	"bytes"
	"net/netip"
	"reflect"
	"testing"
)

func candidate(kind Kind, addr string) Candidate {
	return Candidate{kind, netip.MustParseAddrPort(addr)}
}

func TestOfferSizes(t *testing.T) {
	for _, row := range []struct {
		name  string
		offer Offer
		size  int
	}{
		{"nothing", Offer{}, 1},
		{"LAN and public with one port", Offer{Candidates: []Candidate{
			candidate(KindHost, "192.168.1.7:40000"), candidate(KindReflexive, "203.0.113.9:40000")}}, 11},
		{"LAN, public and IPv6", Offer{Descriptor: Descriptor{Mapping: MappingIndependent}, Candidates: []Candidate{
			candidate(KindHost, "10.1.2.3:40000"), candidate(KindReflexive, "203.0.113.9:40001"),
			candidate(KindHost, "[2001:db8::7]:40000")}}, 33},
		{"counted ports", Offer{Descriptor: Descriptor{Mapping: MappingPredictable, PortMapped: true, Delta: -2, Port: 1234},
			Candidates: []Candidate{candidate(KindMapped, "203.0.113.9:40001"), candidate(KindRelay, "198.51.100.1:1")}}, 19},
	} {
		b := AppendOffer(nil, row.offer)
		if len(b) != row.size {
			t.Errorf("%s: %d bytes, want %d", row.name, len(b), row.size)
		}
		got, rest, err := ParseOffer(append(b, 'x'))
		if err != nil || string(rest) != "x" || !reflect.DeepEqual(got, row.offer) {
			t.Errorf("%s: read back %+v, rest %q, %v", row.name, got, rest, err)
		}
		for n := range b {
			if _, _, err := ParseOffer(b[:n]); err == nil {
				t.Errorf("%s: %d of %d bytes passed for an offer", row.name, n, len(b))
			}
		}
	}
}

// TestOfferLeavesOut writes what must not be offered.
func TestOfferLeavesOut(t *testing.T) {
	var o Offer
	for _, addr := range []string{"0.0.0.0:1", "255.255.255.255:1", "224.0.0.1:1", "192.0.2.1:0",
		"[::]:1", "[ff02::1]:1", "[fe80::1]:1"} {
		o.Candidates = append(o.Candidates, candidate(KindHost, addr))
	}
	o.Candidates = append(o.Candidates, Candidate{}, candidate(KindPeerReflexive, "192.0.2.1:1"), candidate(9, "192.0.2.1:1"))
	if b := AppendOffer(nil, o); len(b) != 1 {
		t.Errorf("unusable addresses were written: %x", b)
	}
	for range 40 {
		o.Candidates = append(o.Candidates, candidate(KindHost, "[::ffff:192.0.2.1]:7"))
	}
	got, _, err := ParseOffer(AppendOffer(nil, o))
	if err != nil || len(got.Candidates) != MaxCandidates || got.Candidates[0] != candidate(KindHost, "192.0.2.1:7") {
		t.Errorf("of 40 candidates came back %v, %v", got.Candidates, err)
	}
}

func FuzzOffer(f *testing.F) {
	f.Add([]byte{})
	f.Add(AppendOffer(nil, Offer{Candidates: []Candidate{candidate(KindHost, "192.168.1.7:40000"),
		candidate(KindReflexive, "203.0.113.9:40000"), candidate(KindHost, "[2001:db8::7]:40000")}}))
	f.Add(AppendOffer(nil, Offer{Descriptor: Descriptor{Mapping: MappingPredictable, Delta: 1, Port: 9},
		Candidates: []Candidate{candidate(KindMapped, "10.0.0.1:1")}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, rest, err := ParseOffer(data)
		if err != nil {
			return
		}
		if len(o.Candidates) > MaxCandidates {
			t.Errorf("%d candidates", len(o.Candidates))
		}
		if again := AppendOffer(nil, o); !bytes.Equal(again, data[:len(data)-len(rest)]) {
			t.Errorf("%x was read, %x would be written", data, again)
		}
	})
}
