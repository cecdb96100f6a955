package netcode

import "testing"

// TestNumbersOfALiar: whatever a host has said of how many matches there were, those that others
// begin after it have numbers, one after the other, that all take for new ones.
func TestNumbersOfALiar(t *testing.T) {
	for _, said := range []uint32{1, mostMatches - 1, mostMatches, 1<<32 - 2, 1<<32 - 1} {
		host, guest, newcomer := series{matches: 2, begun: 2}, series{matches: 2, begun: 2}, series{}
		for _, s := range []*series{&host, &guest, &newcomer} {
			if s.hasBegun(said); s.isNext(1<<32 - 1) {
				t.Errorf("after %d: one with the highest number begins", said)
			}
			if s.comesNext(0) {
				t.Errorf("after %d: what is of no match is of the next", said)
			}
		}
		for range 3 {
			host.matches = host.next()
			for k, s := range []*series{&guest, &newcomer} {
				if !s.isNext(host.matches) || k == 0 && !s.comesNext(host.matches) {
					t.Errorf("after %d: the match %d of the next host does not begin for guest %d", said, host.matches, k)
				}
				s.matches = host.matches
			}
		}
	}
}
