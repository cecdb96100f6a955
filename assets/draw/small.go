package draw

import "image/color"

// flyParts builds a fly with its wings up or down.
func flyParts(golden, wingsUp bool) []part {
	body := black
	if golden {
		body = gold
	}
	lift := 3.4
	if !wingsUp {
		lift = 0.6
	}
	r := 3.0
	if golden {
		r = 3.4
	}
	return []part{
		{shape: ellipsoid{vec{0, 0, 4}, vec{r, r + 0.6, r}}, paint: body, group: torsoGroup},
		{shape: ellipsoid{vec{1.6, r - 0.4, 4.8}, vec{1.3, 1.3, 1.3}}, paint: red, group: eyeGroup},
		{shape: ellipsoid{vec{1.6, -r + 0.4, 4.8}, vec{1.3, 1.3, 1.3}}, paint: red, group: eyeGroup},
		{shape: ellipsoid{vec{-1, 4.6, 5.2 + lift/2}, vec{2.2, 3.2, 0.9 + lift/3}}, paint: wing, group: legGroup},
		{shape: ellipsoid{vec{-1, -4.6, 5.2 + lift/2}, vec{2.2, 3.2, 0.9 + lift/3}}, paint: wing, group: legGroup},
	}
}

// inkOf maps the letters of hand-drawn rows to colours.
var inkOf = map[rune]color.NRGBA{
	'k': rgb(0x2a1e36), 'w': rgb(0xffffff), 'y': rgb(0xffd84a), 'o': rgb(0xe89a20), 'r': rgb(0xe0483c),
	'g': rgb(0x7cd068), 'd': rgb(0x3a8a48), 'b': rgb(0x6ab8e8), 'p': rgb(0xf49ac0), 'P': rgb(0xc8508a),
	's': rgb(0x9aa4b0), 'S': rgb(0x6a7480), 'n': rgb(0x7a4a2a), 'N': rgb(0x54301c), 'e': rgb(0x4c9a52), 'E': rgb(0x2c6a40),
}

// pictures are the hand-drawn ones, by name.
var pictures = map[string][]string{
	"icon/crown": {
		"k.....k.....k",
		"kyk..kyk..kyk",
		"kyykkyyykkyyk",
		"kyyyyywyyyyyk",
		"kyywyyyyyywyk",
		"koyyyyryyyyok",
		"koooooooooook",
		"k.....k.....k",
	},
	"icon/signal0": {".......kkk", ".......k.k", ".......k.k", "....kkkk.k", "....k.kk.k", "kkkkk.kk.k", "krkkk.kk.k", "krkkk.kk.k", "kkkkkkkkkk"},
	"icon/signal1": {".......kkk", ".......k.k", ".......k.k", "....kkkk.k", "....kykk.k", "kkkkkykk.k", "kykkkykk.k", "kykkkykk.k", "kkkkkkkkkk"},
	"icon/signal2": {".......kkk", ".......kgk", ".......kgk", "....kkkkgk", "....kgkkgk", "kkkkkgkkgk", "kgkkkgkkgk", "kgkkkgkkgk", "kkkkkkkkkk"},
	"icon/mute":    {"....kk....", "...kwk.k.k", "kkkwwkkrkr", "kwwwwk.krk", "kwwwwkkrkr", "kkkwwkk.k.", "...kwk....", "....kk...."},
	"icon/ready":   {".........kk", "........kgk", ".......kggk", "kk....kggk.", "kgk..kggk..", "kggkkggk...", ".kggggk....", "..kggk.....", "...kk......"},
	"icon/bot":     {"....k....", "...kyk...", "....k....", ".kkkkkkk.", "ksssssssk", "ksbbsbbsk", "ksbbsbbsk", "ksssssssk", "kskkkkksk", ".kkkkkkk."},
	"icon/fly":     {".kk.kk.", "kwwkwwk", "kwwkwwk", ".kkkkk.", "..kSk..", "..kkk.."},
	"icon/pause":   {"kkkk.kkkk", "kwwk.kwwk", "kwwk.kwwk", "kwwk.kwwk", "kwwk.kwwk", "kwwk.kwwk", "kwwk.kwwk", "kkkk.kkkk"},
	"icon/talk":    {".kkkkkkk.", "kwwwwwwwk", "kwkwkwkwk", "kwwwwwwwk", "kwwwwwwwk", ".kkkwwkk.", "...kwk...", "...kk...."},
	"icon/play":    {"kk......", "kwkk....", "kwwwkk..", "kwwwwwkk", "kwwwwwkk", "kwwwkk..", "kwkk....", "kk......"},
	"icon/warn":    {"....kk....", "...kyyk...", "...kyyk...", "..kykkyk..", "..kykkyk..", ".kyykkyyk.", ".kyyyyyyk.", "kyyykkyyyk", "kyyyyyyyyk", "kkkkkkkkkk"},
	"icon/heart":   {".kk.kk.", "krrkrrk", "krrrrrk", "krrrrrk", ".krrrk.", "..krk..", "...k..."},
	"star":         {"...k...", "..kyk..", "kkkykkk", "kyywyyk", ".kyyyk.", "kyykyyk", "kkk.kkk"},
	"drop":         {".w.", "wbw", ".w."},
	"spark0":       {".....", "..w..", ".wyw.", "..w..", "....."},
	"spark1":       {"..w..", "..y..", "wywyw", "..y..", "..w.."},
	"leaf":         {"..ee.", ".eeee", "eeEee", "eEee.", ".e..."},
	"flower": {
		"......kkk......",
		"..kk.kpppk.kk..",
		".kppkpwwpkppk..",
		".kpppkpwpkpppk.",
		"kPkppppppppkPPk",
		"kPPkppywypkPPPk",
		".kPPkpyyypkPPk.",
		"..kPPPPPPPPPk..",
		"...kkPPPPPkk...",
		".....kkkkk.....",
	},
	"reed0": {
		"....nn......", "....nn......", "...knnk.....", "...knNk..nn.", "...knNk..nn.", "...knNk.knnk", "...knNk.knNk", "...knNk.knNk", "....ek..knNk",
		"....ek..knNk", "e...ek...ek.", "ee..ek...ek.", ".ee.ek..eek.", ".Eeeek.eeek.", "..Eeekeeek..", "..EEeeeEek..", "...EeeeEek..", "...EEeeek...", "....Eeeek...", "....EEeek...",
	},
	"reed1": {
		"......e.....", ".....ee.....", "e....ee...e.", "ee...eE..ee.", ".ee..eE..eE.", ".Ee..eE.eeE.", "..Ee.eE.eE..", "..EeeeEeeE..", "...EeeEeE...", "...EEeEEE...", "....EeEE....",
	},
	"stone0": {"....kkkkk...", "..kkssssskk.", ".ksswwsssssk", ".kswsssssSSk", "kssssssSSSSk", "kSSSSSSSSSk.", ".kkkkkkkkk.."},
	"stone1": {"..kkkk..", ".ksswsk.", "ksssssSk", "kSSSSSSk", ".kkkkkk."},
}

// fountain draws the splash of something that falls into the water: a crown
// of water that rises, spreads and falls, in five steps.
func fountain(step int) *Canvas {
	c := NewCanvas(48, 40)
	const cx, cy = 24, 30
	radius := [...]int{8, 12, 15, 18, 21}[step]
	c.Over(cx-radius, cy-radius/2, ring(radius, alpha(foam, [...]uint8{255, 255, 230, 180, 110}[step]), 2))
	if step < 4 {
		inner := radius - 5
		c.Over(cx-inner, cy-inner/2, ring(inner, alpha(glimmer, 200), 1))
	}
	height := [...]int{9, 17, 20, 16, 0}[step]
	for i := range 9 { // drops on their arcs
		if step == 4 {
			break
		}
		side := i - 4
		x := cx + side*radius/5
		y := cy - height*(16-side*side)/16 - int(noise(i, step, 9)%3)
		size := 3 - step/2
		c.Box(x-size/2, y, size, size+1, foam)
		if size > 1 {
			c.Dot(x, y+size, glimmer)
		}
	}
	for x := -3; x <= 3 && step < 3; x++ { // the jet in the middle
		tall := height * (16 - x*x) / 20
		for y := range tall {
			col := foam
			if (x+y+step)%3 == 0 {
				col = glimmer
			}
			c.Dot(cx+x, cy-y, col)
		}
	}
	return c
}

// panel draws the 9-slice of the menus: 24 by 24, corners of 8.
func panel(fill, edge, light color.NRGBA) *Canvas {
	c := NewCanvas(24, 24)
	c.Box(2, 0, 20, 24, rgb(0x2a1e36))
	c.Box(0, 2, 24, 20, rgb(0x2a1e36))
	c.Dot(1, 1, rgb(0x2a1e36))
	c.Dot(22, 1, rgb(0x2a1e36))
	c.Dot(1, 22, rgb(0x2a1e36))
	c.Dot(22, 22, rgb(0x2a1e36))
	c.Box(2, 1, 20, 22, edge)
	c.Box(1, 2, 22, 20, edge)
	c.Box(2, 2, 20, 1, light)
	c.Box(3, 3, 18, 18, fill)
	c.Dot(3, 3, edge)
	c.Dot(20, 3, edge)
	c.Dot(3, 20, edge)
	c.Dot(20, 20, edge)
	return c
}

// ribbon draws the 9-slice of the banners: 24 by 20 with cut ends.
func ribbon(fill, dark color.NRGBA) *Canvas {
	c := NewCanvas(24, 20)
	for y := range 20 {
		cut := min(y, 19-y) / 2
		c.Box(cut, y, 24-2*cut, 1, fill)
		if y < 2 || y > 17 {
			c.Box(cut, y, 24-2*cut, 1, dark)
		}
		c.Dot(cut, y, dark)
		c.Dot(23-cut, y, dark)
	}
	return c
}
