package art

import "testing"

// Whatever the players wish for, no two frogs have the same colour, and the first one's
// wish comes true.
func TestSettle(t *testing.T) {
	if got := Settle([Seats]Wish{}); got != SeatStyles() {
		t.Errorf("without wishes: %v", got)
	}
	for n := range 2000 {
		var wishes [Seats]Wish
		for seat := range wishes {
			wishes[seat] = Wish{Colour: uint8(n * (seat + 3) % 11), Hat: uint8(n / 7 * (seat + 1) % 300)}
		}
		all := Settle(wishes)
		seen := map[uint8]bool{}
		first := true
		for seat, style := range all {
			if seen[style.Colour] || int(style.Colour) >= Seats || int(style.Hat) >= Seats {
				t.Fatalf("%v: seat %d looks like %v", wishes, seat, style)
			}
			seen[style.Colour] = true
			if c := wishes[seat].Colour; first && c >= 1 && int(c) <= Seats {
				if first = false; style.Colour != c-1 {
					t.Fatalf("%v: the first to wish looks like %v", wishes, style)
				}
			}
			if h := wishes[seat].Hat; h >= 1 && int(h) <= Seats && style.Hat != h-1 {
				t.Fatalf("%v: seat %d has hat %d", wishes, seat, style.Hat)
			}
		}
	}
	same := Settle([Seats]Wish{{Colour: 4, Hat: 2}, {Colour: 4}, {}, {Colour: 4}})
	if same[0] != (Style{3, 1}) || same[1].Colour != 4 || same[3].Colour != 5 || same[2].Colour != 2 {
		t.Errorf("three want the same colour: %v", same)
	}
}
