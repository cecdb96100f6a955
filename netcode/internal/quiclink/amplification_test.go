package quiclink

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// firstFlight returns what a dial sends at first, in half a round trip.
func firstFlight(a *Endpoint, n *simNet, nobody netip.AddrPort) (flight [][]byte) {
	n.set(func(n *simNet) {
		n.drop = func(_, to netip.AddrPort, b []byte) bool {
			if to == nobody {
				flight = append(flight, append([]byte(nil), b...))
			}
			return to == nobody
		}
	})
	l := a.Dial(nobody, nil)
	time.Sleep(10 * time.Millisecond)
	l.Close(link.CodeDone, "")
	n.set(func(n *simNet) { n.drop = nil })
	return flight
}

// forge returns what a stranger may make of the first packet of a dial.
func forge(initial []byte) map[string][][]byte {
	changed := func(i int) []byte {
		b := append([]byte(nil), initial...)
		b[i] ^= 0x55
		return b
	}
	version, broken, short := changed(4), changed(len(initial)-1), append([]byte{0x40}, initial[1:60]...)
	return map[string][][]byte{
		"initial": {initial}, "twice": {initial, initial}, "often": slices.Repeat([][]byte{initial}, 7),
		"mixed": {initial, short, broken, initial, version}, "broken": {broken}, "version": {version}, "short": {short}, "a byte": {{0xc0}},
		"cut": {initial[:600]}, "all parts": parted(initial), "a part": parted(initial)[:1], "a part first": append(parted(initial)[:1], initial),
	}
}

// TestAmplification: whoever sends from a false address draws no more to it than
// three times the bytes of UDP payload that he sends, whatever he sends and how
// often, and whether many others do or not. The first flight is one packet.
func TestAmplification(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
		forged := 0
		for name := range forge(make([]byte, packetBytes)) {
			for _, many := range []int{1, 20} { // strangers at a time: from eight on they must prove their address
				for k := range many {
					forged++
					flight := firstFlight(a, n, n.listen(fmt.Sprintf("10.1.%d.%d:1", forged>>8, forged&255)).addr)
					if len(flight) != 1 || len(flight[0]) != packetBytes {
						t.Errorf("the first flight is %d packets", len(flight))
					}
					victim := n.listen(fmt.Sprintf("203.0.%d.%d:443", forged>>8, forged&255)).addr
					in, out := 0, 0
					n.set(func(n *simNet) {
						n.drop = func(_, to netip.AddrPort, b []byte) bool {
							if to == victim {
								out += len(b)
							}
							return true
						}
						for _, p := range forge(flight[0])[name] {
							in += len(p)
							n.conns[b.Addr()].in <- simPacket{append([]byte(nil), p...), victim}
						}
					})
					var answered, drawn int
					time.Sleep(100 * time.Millisecond)
					n.set(func(*simNet) { answered = out })
					if name == "initial" && k < crowdedFrom && answered < packetBytes {
						t.Errorf("it is answered by %d bytes", answered)
					}
					if k == many-1 {
						time.Sleep(2 * handshakeTimeout)
					}
					n.set(func(*simNet) { drawn = out })
					if drawn > 3*in {
						t.Errorf("%s, %d at a time: %d bytes for %d, %.2f times as many", name, many, drawn, in, float64(drawn)/float64(in))
					}
				}
			}
		}
		n.set(func(n *simNet) { n.drop = nil })
		connect(t, a, b)
	})
}

// parted is a packet in three payloads: see package pathconn.
func parted(b []byte) (list [][]byte) {
	for part := range slices.Chunk(b, (len(b)+2)/3) {
		list = append(list, append([]byte{0x26, 9, 9, byte(len(list)<<4 | 3)}, part...))
	}
	return list
}

// TestDialUnproven: where somebody else has named the address, and nothing has shown
// that anybody is there, three packets have to do. A path that loses 15 % lets nearly
// all such dials through: all three get lost once in 300 times.
func TestDialUnproven(t *testing.T) {
	const dials, loss = 200, 0.15
	failed := 0
	for seed := range uint64(dials) {
		inBubble(t, func(t *testing.T, n *simNet, a, b *Endpoint) {
			chance := rand.New(rand.NewPCG(seed, 15))
			n.set(func(n *simNet) {
				n.drop = func(_, _ netip.AddrPort, _ []byte) bool { return chance.Float64() < loss }
			})
			pin := b.Key()
			l := a.Dial(b.Addr(), &pin)
			l.Send([]byte("hello"))
			for l.State() == link.Connecting {
				a.Wait(time.Second)
			}
			if l.State() != link.Open {
				failed++
			}
			l.Close(link.CodeDone, "")
			n.set(func(n *simNet) { n.drop = nil })
		})
	}
	t.Logf("%d of %d dials failed", failed, dials)
	if failed > dials/25 {
		t.Errorf("%d of %d dials failed", failed, dials)
	}
}

// TestDialNamed: who has been named to us, at however many ports and however often, and
// is not there gets three packets.
func TestDialNamed(t *testing.T) {
	inBubble(t, func(t *testing.T, n *simNet, a, _ *Endpoint) {
		sent := 0
		n.set(func(n *simNet) {
			n.drop = func(_, to netip.AddrPort, _ []byte) bool {
				if to.Addr() == netip.MustParseAddr("203.0.113.7") {
					sent++
				}
				return true
			}
		})
		pin := link.Key{1}
		for port := range 20 {
			victim := n.listen(fmt.Sprintf("203.0.113.7:%d", 400+port)).addr
			l := a.Dial(victim, &pin)
			for l.State() != link.Closed {
				a.Wait(time.Second)
			}
		}
		if sent != 3 {
			t.Errorf("%d packets went to an address where nobody is", sent)
		}
	})
}
