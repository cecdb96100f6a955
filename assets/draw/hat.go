package draw

// Seats is the number of seats that have a hat, a mark and a colour.
const Seats = 8

// hatParts builds the hat of a seat, its foot at 0,0,0. No two have the same
// outline, so that a frog is known without its colour.
func hatParts(seat int) []part {
	switch seat {
	case 0:
		return topHat()
	case 1:
		return partyHat()
	case 2:
		return strawHat()
	case 3:
		return beanie()
	case 4:
		return toque()
	case 5:
		return helmet()
	case 6:
		return wizardHat()
	}
	return mushroom()
}

func ball(f, s, z, r float64, m material) part {
	return part{shape: ellipsoid{vec{f, s, z}, vec{r, r, r}}, paint: m, group: hatGroup}
}

func oval(c, r vec, m material) part {
	return part{shape: ellipsoid{c, r}, paint: m, group: hatGroup}
}

func tube(z0, r0, z1, r1 float64, m material) part {
	return part{shape: cone{vec{}, z0, r0, z1, r1}, paint: m, group: hatGroup}
}

func topHat() []part {
	return []part{
		tube(0, 5.2, 0.9, 5.2, black),
		tube(0.9, 3.3, 2.8, 3.3, red),
		tube(2.8, 3.3, 8.5, 3.9, black),
	}
}

func partyHat() []part {
	stripes := func(at, n vec) material {
		if int(at.z+mul(at.s, 0.6)+mul(at.f, 0.3)+20)/2%2 == 0 {
			return pink
		}
		return blue
	}
	return []part{
		{shape: cone{vec{}, 0, 4, 10.4, 0.3}, pattern: stripes, group: hatGroup},
		ball(0, 0, 10.8, 1.8, gold),
	}
}

func strawHat() []part {
	return []part{
		oval(vec{0, 0, 0.8}, vec{7.6, 6.4, 1.0}, straw),
		tube(0.8, 4.0, 2.6, 3.9, red),
		oval(vec{0, 0, 2.6}, vec{3.8, 3.8, 2.8}, straw),
	}
}

func beanie() []part {
	quarters := func(at, n vec) material {
		if (at.f > 0) == (at.s > 0) {
			return red
		}
		return blue
	}
	return []part{
		{shape: ellipsoid{vec{0, 0, 0.5}, vec{4.6, 4.6, 4.4}}, pattern: quarters, group: hatGroup},
		tube(4.6, 0.7, 7.2, 0.7, iron),
		oval(vec{0, 3.4, 7.6}, vec{1.4, 3, 0.7}, gold),
		oval(vec{0, -3.4, 7.6}, vec{1.4, 3, 0.7}, gold),
		ball(0, 0, 7.9, 1, red),
	}
}

func toque() []part {
	return []part{
		tube(0, 4.1, 3.4, 4.1, white),
		ball(0, 3, 6, 3.3, white), ball(0, -3, 6, 3.3, white),
		ball(2.6, 0, 6, 3.3, white), ball(-2.6, 0, 6, 3.3, white),
		ball(0, 0, 7.4, 3.4, white),
	}
}

func helmet() []part {
	parts := []part{
		oval(vec{0, 0, 0.4}, vec{5.2, 5.2, 4.8}, iron),
		tube(0, 5.4, 1.4, 5.4, gold),
	}
	for _, side := range [...]float64{-1, 1} {
		for i := range 7 {
			k := float64(i)
			parts = append(parts, ball(0, mul(side, 4.8+mul(0.75, k)-mul(0.09, mul(k, k))), 2.6+mul(0.16, mul(k, k)), 2.0-mul(0.2, k), bone))
		}
	}
	return parts
}

func wizardHat() []part {
	stars := func(at, n vec) material {
		k, side := at.z-4.6, at.s
		if at.f < 0 {
			side += 1.5
		}
		if mul(k, k)+mul(side, side) < 1.6 {
			return gold
		}
		return violet
	}
	parts := []part{
		oval(vec{0, 0, 0.7}, vec{6.2, 5.4, 0.9}, violet),
		{shape: cone{vec{}, 0.7, 3.9, 8, 1.8}, pattern: stars, group: hatGroup},
		tube(1, 4.0, 2.1, 3.8, gold),
	}
	for i := range 6 { // the tip bends to the side
		k := float64(i)
		parts = append(parts, ball(0, mul(0.22, mul(k, k)), 8+mul(0.8, k), 2.0-mul(0.25, k), violet))
	}
	return parts
}

func mushroom() []part {
	dots := [...]vec{vec{0.5, 0, 0.87}.unit(), vec{0.45, 0.8, 0.45}.unit(), vec{0.45, -0.8, 0.45}.unit(), vec{-0.7, 0.35, 0.6}.unit(), vec{-0.55, -0.6, 0.6}.unit(), vec{0.95, 0.1, 0.2}.unit()}
	r := vec{6.4, 6, 5.4}
	cap := func(at, n vec) material {
		for _, d := range dots {
			if at.over(r).dot(d) > 0.95 {
				return white
			}
		}
		return red
	}
	return []part{
		tube(-1, 3, 2.6, 3, bone),
		{shape: ellipsoid{vec{0, 0, 2.4}, r}, pattern: cap, group: hatGroup},
		oval(vec{0, 0, 2.2}, vec{6.5, 6.1, 0.9}, bone),
	}
}
