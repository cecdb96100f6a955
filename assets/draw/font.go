package draw

import (
	_ "embed"
	"fmt"
	"image/color"
	"strings"
)

//go:embed font.txt
var fontText string

// Heights of the small font, in rows. The title font is twice as large.
const (
	accentRows = 3 // room above capitals for their accents
	capRows    = 7
	hangRows   = 2 // below the line
	glyphRows  = accentRows + capRows + hangRows
)

// accents are drawn above a letter, each centred, except the cedilla, which
// hangs below.
var accents = map[rune][]string{
	'`': {"#..", ".#."},
	'´': {"..#", ".#."},
	'^': {".#.", "#.#"},
	'~': {".#.#", "#.#."},
	'¨': {"...", "#.#"},
	'°': {".#.", "#.#", ".#."},
	'¸': {".#.", "##."},
}

// composed lists the letters that are a letter and an accent: base, accent,
// result.
const composed = "A`À A´Á A^Â A~Ã A¨Ä A°Å C¸Ç E`È E´É E^Ê E¨Ë I`Ì I´Í I^Î I¨Ï N~Ñ O`Ò O´Ó O^Ô O~Õ O¨Ö U`Ù U´Ú U^Û U¨Ü Y´Ý " +
	"a`à a´á a^â a~ã a¨ä a°å c¸ç e`è e´é e^ê e¨ë ı`ì ı´í ı^î ı¨ï n~ñ o`ò o´ó o^ô o~õ o¨ö u`ù u´ú u^û u¨ü y´ý y¨ÿ"

// glyph is a letter of the small font: glyphRows rows of '#' and '.'.
type glyph [glyphRows]string

// font reads font.txt and composes the accented letters.
func font() map[rune]glyph {
	glyphs := map[rune]glyph{' ': blank(3), '\u00a0': blank(3), '\u00ad': {}}
	lines := strings.Split(strings.TrimSpace(fontText), "\n")
	for i := range lines {
		names, ok := strings.CutPrefix(lines[i], "= ")
		if !ok {
			continue
		}
		for column, name := range strings.Fields(names) {
			g := blank(0)
			for row := range capRows + hangRows {
				g[accentRows+row] = strings.Fields(lines[i+1+row])[column]
			}
			for row := range accentRows {
				g[row] = strings.Repeat(".", len(g[accentRows]))
			}
			glyphs[[]rune(name)[0]] = g
		}
	}
	for trio := range strings.FieldsSeq(composed) {
		r := []rune(trio)
		glyphs[r[2]] = accented(glyphs[r[0]], r[1], strings.ContainsRune("ACEINOUY", r[0]))
	}
	glyphs['¨'] = accented(blank(3), '¨', false)
	return glyphs
}

// blank returns an empty glyph of the given width.
func blank(width int) (g glyph) {
	for i := range g {
		g[i] = strings.Repeat(".", width)
	}
	return g
}

// accented puts an accent on a letter, which gets wider if it must.
func accented(base glyph, accent rune, capital bool) glyph {
	mark := accents[accent]
	width := max(len(base[0]), len(mark[0]))
	cells := make([][]byte, glyphRows)
	pad := (width - len(base[0])) / 2
	for i := range cells {
		cells[i] = []byte(strings.Repeat(".", width))
		copy(cells[i][pad:], base[i])
	}
	top := accentRows - 1 // small letters are two rows lower than capitals
	switch {
	case accent == '¸':
		top = accentRows + capRows
	case capital && len(mark) == 3:
		top = 0
	case capital:
		top = accentRows - 3
	case len(mark) == 3:
		top = accentRows - 2
	}
	left := (width - len(mark[0]) + 1) / 2
	for y, row := range mark {
		for x := range row {
			if row[x] == '#' {
				cells[top+y][left+x] = '#'
			}
		}
	}
	var g glyph
	for i := range g {
		g[i] = string(cells[i])
	}
	return g
}

// small returns the picture of a glyph of the small font, in white.
func (g glyph) small() *Canvas {
	return fromRows(g[:], map[rune]color.NRGBA{'#': rgb(0xffffff)})
}

// large returns the glyph twice as large, with smoothed corners, bolder and
// with a dark line around it: one pixel of margin on every side.
func (g glyph) large() *Canvas {
	c := doubled(g.small())
	bold := NewCanvas(c.Rect.Dx()+1, c.Rect.Dy())
	bold.Over(1, 0, c)
	bold.Over(0, 0, c)
	return bold.Rimmed(rgb(0x2a1e36), true)
}

// doubled enlarges a picture two times and rounds its stairs: a corner takes
// the colour of its two neighbours if they agree and the opposite ones do not
// (the rule of Eric Johnston's EPX, 1992).
func doubled(c *Canvas) *Canvas {
	w, h := c.Rect.Dx(), c.Rect.Dy()
	out := NewCanvas(2*w, 2*h)
	for y := range h {
		for x := range w {
			p := c.NRGBAAt(x, y)
			up, down, left, right := c.NRGBAAt(x, y-1), c.NRGBAAt(x, y+1), c.NRGBAAt(x-1, y), c.NRGBAAt(x+1, y)
			corner := func(a, b, other1, other2 color.NRGBA) color.NRGBA {
				if a == b && a != other1 && b != other2 {
					return a
				}
				return p
			}
			out.Dot(2*x, 2*y, corner(up, left, right, down))
			out.Dot(2*x+1, 2*y, corner(up, right, left, down))
			out.Dot(2*x, 2*y+1, corner(down, left, right, up))
			out.Dot(2*x+1, 2*y+1, corner(down, right, left, up))
		}
	}
	return out
}

// glyphName is the name of a glyph in the index of the sheet.
func glyphName(face string, r rune) string { return fmt.Sprintf("%s/%04x", face, r) }
