package art

import (
	"image"
	"image/color"
	"strconv"
	"strings"
	"sync"

	"github.com/hajimehoshi/ebiten/v2"
)

// Heights of the letters at scale 1, in pixels. Text is drawn with its
// capitals' upper left corner at the point that is asked for; accents rise
// above it and some letters hang below.
const (
	CapHeight  = 7  // of the small letters' capitals
	LineHeight = 12 // from one line of small letters to the next: accents never touch the line above

	TitleCapHeight  = 14
	TitleLineHeight = 24
)

// Font is one of the two fonts. Both have all printable letters of Latin-1
// and some signs (✓ … – — “ ” ‘ ’ • and arrows). Accented letters of other
// European languages lose their accent; anything else shows as a small box.
type Font struct {
	face    string
	factor  int // how much larger than the small one
	letters func() map[rune]letter
}

// letter is a glyph and how far the next one is.
type letter struct {
	sprite  Sprite
	advance int
}

// The fonts. Small is for nearly everything; Title is twice as large, with a
// dark line around it that keeps it readable over the pond.
var (
	Small = newFont("small", 1)
	Title = newFont("large", 2)
)

// newFont returns a font whose letters are looked up at the first use.
func newFont(face string, factor int) *Font {
	return &Font{face, factor, sync.OnceValue(func() map[rune]letter { return lettersOf(face, factor) })}
}

// lettersOf collects the letters of a face.
func lettersOf(face string, factor int) map[rune]letter {
	letters := make(map[rune]letter)
	for _, name := range names("small/") {
		hex, ok := strings.CutSuffix(strings.TrimPrefix(name, "small/"), "/advance")
		if !ok {
			continue
		}
		code, err := strconv.ParseUint(hex, 16, 32)
		if err != nil {
			continue // not a letter
		}
		l := letter{advance: Get(name).Anchor.X * factor}
		if _, drawn := load().sprites[face+"/"+hex]; drawn {
			l.sprite = Get(face + "/" + hex)
		}
		letters[rune(code)] = l
	}
	return letters
}

// plainOf gives the letters of Latin Extended-A without their accents, so that
// names of more languages can be read.
var plainOf = func() map[rune]rune {
	plain := make(map[rune]rune)
	for group := range strings.FieldsSeq("AĀĂĄ aāăą CĆĈĊČ cćĉċč DĎĐ dďđ EĒĔĖĘĚ eēĕėęě GĜĞĠĢ gĝğġģ HĤĦ hĥħ IĨĪĬĮİ iĩīĭį JĴ jĵ KĶ kķĸ " +
		"LĹĻĽĿŁ lĺļľŀł NŃŅŇŊ nńņňŋ OŌŎŐ oōŏő RŔŖŘ rŕŗř SŚŜŞŠȘ sśŝşšș TŢŤŦȚ tţťŧț UŨŪŬŮŰŲ uũūŭůűų WŴ wŵ YŶŸ yŷ ZŹŻŽ zźżž") {
		letters := []rune(group)
		for _, r := range letters[1:] {
			plain[r] = letters[0]
		}
	}
	return plain
}()

// of returns the glyph of a letter, or the box for unknown ones.
func (f *Font) of(r rune) letter {
	letters := f.letters()
	if l, ok := letters[r]; ok {
		return l
	}
	if l, ok := letters[plainOf[r]]; ok {
		return l
	}
	return letters['\uFFFD']
}

// Draw writes one line in a colour; scale 2 is twice as large.
func (f *Font) Draw(dst *ebiten.Image, s string, x, y int, scale int, c color.NRGBA) {
	if watcher != nil && f == Title {
		scale := max(scale, 1)
		at := image.Rect(x, y, x+f.Measure(s)*scale, y+TitleCapHeight*scale)
		watcher(Stroke{Kind: TextStroke, Dst: dst, At: at, Text: s, Ink: c, Shaded: true})
	}
	f.DrawAt(dst, s, float64(x), float64(y), Paint{Colour: c, Scale: float64(max(scale, 1))})
}

// DrawAt writes one line at any place and scale.
func (f *Font) DrawAt(dst *ebiten.Image, s string, x, y float64, p Paint) {
	scale := p.Scale
	if scale == 0 {
		scale = 1
	}
	for _, r := range s {
		l := f.of(r)
		l.sprite.Paint(dst, x, y, p)
		x += float64(l.advance) * scale
	}
}

// Measure returns the width of a line at scale 1, in pixels.
func (f *Font) Measure(s string) int {
	width := 0
	for _, r := range s {
		width += f.of(r).advance
	}
	return max(width-f.factor, 0) // no gap after the last letter
}

// Fit shortens a line to a width at scale 1; what is left out shows as three
// dots in one letter.
func (f *Font) Fit(s string, width int) string {
	if f.Measure(s) <= width {
		return s
	}
	room := width - f.Measure("…")
	for i, r := range s {
		if room -= f.of(r).advance; room < 0 {
			return strings.TrimRight(s[:i], " ") + "…"
		}
	}
	return s
}

// DrawText writes one line in the small font with the capitals' upper left
// corner at x, y. Scale 2 is twice as large.
func DrawText(dst *ebiten.Image, s string, x, y, scale int, c color.NRGBA) {
	watchText(dst, s, x, y, scale, c, false)
	Small.Draw(dst, s, x, y, scale, c)
}

// Measure returns the width of a line of the small font at scale 1, in pixels.
func Measure(s string) int { return Small.Measure(s) }

// Shade is what lies below shaded letters.
var Shade = color.NRGBA{16, 20, 36, 220}

// DrawShaded writes one line in the small font with a dark rim, for words over
// the pond.
func DrawShaded(dst *ebiten.Image, s string, x, y, scale int, c color.NRGBA) {
	scale = max(scale, 1)
	watchText(dst, s, x, y, scale, c, true)
	for _, d := range [...][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}} {
		Small.Draw(dst, s, x+d[0]*scale, y+d[1]*scale, scale, Shade)
	}
	Small.Draw(dst, s, x, y, scale, c)
}
