package pathfinder

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/visavis-netcode/visavis/nat"
	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

func testOffer(candidates int) nat.Offer {
	o := nat.Offer{Descriptor: nat.Descriptor{Mapping: nat.MappingIndependent}}
	for i := range candidates {
		addr := netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 15: byte(i + 1)})
		o.Candidates = append(o.Candidates, nat.Candidate{Kind: nat.KindReflexive, Addr: netip.AddrPortFrom(addr, uint16(1000+i))})
	}
	return o
}

func TestOffer(t *testing.T) {
	key := [32]byte{1, 2, 3}
	for n := range nat.MaxCandidates + 1 {
		b := appendKeyed(nil, key, testOffer(n))
		if len(b) > rendezvous.MaxOffer {
			t.Errorf("%d candidates take %d bytes", n, len(b))
		}
		gotKey, got, err := parseKeyed(b)
		if err != nil || gotKey != key || len(got.Candidates) != n {
			t.Fatalf("%d candidates: %v, %v", n, got, err)
		}
		for i := range b {
			if _, _, err := parseKeyed(b[:i]); err == nil {
				t.Errorf("%d candidates: the first %d of %d bytes are taken for all", n, i, len(b))
			}
		}
		if _, _, err := parseKeyed(append(b, 0)); err == nil {
			t.Error("bytes after the end are taken")
		}
	}
}

func FuzzOffer(f *testing.F) {
	for n := range 4 {
		f.Add(appendKeyed(nil, [32]byte{byte(n)}, testOffer(n)))
	}
	f.Add([]byte{offerVersion})
	f.Fuzz(func(t *testing.T, b []byte) {
		key, offer, err := parseKeyed(b)
		if err != nil {
			if key != [32]byte{} || offer.Candidates != nil {
				t.Error("there is something besides the error")
			}
			return
		}
		if again := appendKeyed(nil, key, offer); !bytes.Equal(again, b) {
			t.Errorf("%x becomes %x", b, again)
		}
	})
}

func FuzzKeep(f *testing.F) {
	mine := newKeepKey([]byte("a shared secret"), [32]byte{1}, [32]byte{2})
	peer := newKeepKey([]byte("a shared secret"), [32]byte{2}, [32]byte{1})
	f.Add(peer.packet(keepAsk, 1))
	f.Add(peer.answer(2, 7, 0))
	f.Add(peer.packet(keepAsk|keepWide|keepUsed, 3))
	f.Add(peer.answer(4, 7, keepAsk|keepWide))
	f.Add([]byte{firstKeep})
	f.Fuzz(func(t *testing.T, b []byte) {
		kind, nonce, mark, ok := mine.open(b)
		again := peer.packet(kind, nonce)
		if kind&keepWhat == keepReply {
			again = peer.answer(nonce, mark, kind)
		}
		if ok && !bytes.Equal(again, b) {
			t.Errorf("%x was taken", b)
		}
	})
}
