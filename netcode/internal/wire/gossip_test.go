//go:build !race

package wire

import "testing"

// TestGossipBytes: what a datagram says of all members is short, a minute into a match: so
// short that it may stand in every datagram for as long as something is wrong, and is next
// to nothing when it stands in one of 32.
func TestGossipBytes(t *testing.T) {
	for n, most := range map[int]int{2: 24, 4: 36, 8: 60, 16: 108} {
		d := Data{View: 3, Born: 0, Beat: 3700, Held: 3600, Confirmed: 3590}
		head := len(AppendData(nil, &d))
		d.HasGossip, d.Gossip = true, Gossip{Bears: 15, Sent: 3700, Count: uint8(n)}
		for i := range n {
			d.Gossip.Streams[i] = StreamState{ID: StreamID{Machine: uint8(i)}, Held: 3600, Beat: 3700}
		}
		whole := len(AppendData(nil, &d))
		t.Logf("%d machines: %d bytes, %d more with gossip, %.1f a datagram", n, head, whole-head, float64(whole-head)/32)
		if head != 6 || whole-head > most {
			t.Errorf("%d machines: %d bytes, and %d more", n, head, whole-head)
		}
	}
}
