package art

// Style is what a frog looks like: a colour, with the mark and the ring that go with
// it, and a hat. Both are 0 to Seats-1.
type Style struct{ Colour, Hat uint8 }

// Styles are those of all seats.
type Styles [Seats]Style

// SeatStyles gives every seat the look that is named after it.
func SeatStyles() (all Styles) {
	for seat := range all {
		all[seat] = StyleOf(seat)
	}
	return all
}

// StyleOf is the style of a seat whose player has no wish.
func StyleOf(seat int) Style { return Style{uint8(seat % Seats), uint8(seat % Seats)} }

// Wish is what a player would like to look like. The zero value leaves it to the seat.
type Wish struct {
	Colour, Hat uint8 // one more than those of a Style; 0, or what is beyond them, is no wish
}

// Settle gives every seat a style, the first seats first: no two have the same colour,
// because that is how they are told apart, and a colour that is taken becomes the next
// one that is free. Seats without a wish get what is left. Hats may be the same.
func Settle(wishes [Seats]Wish) (all Styles) {
	var taken [Seats]bool
	take := func(seat, from int) {
		for taken[from%Seats] {
			from++
		}
		taken[from%Seats] = true
		all[seat].Colour = uint8(from % Seats)
	}
	for seat, wish := range wishes {
		if wish.Colour >= 1 && int(wish.Colour) <= Seats {
			take(seat, int(wish.Colour)-1)
		}
	}
	for seat, wish := range wishes {
		if wish.Colour < 1 || int(wish.Colour) > Seats {
			take(seat, seat)
		}
		all[seat].Hat = all[seat].Colour
		if wish.Hat >= 1 && int(wish.Hat) <= Seats {
			all[seat].Hat = wish.Hat - 1
		}
	}
	return all
}
