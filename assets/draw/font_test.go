package draw

import (
	"strings"
	"testing"
)

// Every printable letter of Latin-1 has a glyph whose rows are all of one
// width, and no two letters look the same by accident.
func TestFontCoversLatin1(t *testing.T) {
	glyphs := font()
	seen := map[glyph]rune{}
	for r := rune(0x20); r <= 0xff; r++ {
		if r >= 0x7f && r < 0xa0 {
			continue
		}
		g, ok := glyphs[r]
		if !ok {
			t.Errorf("no glyph for %q", r)
			continue
		}
		for i, row := range g {
			if len(row) != len(g[0]) || strings.Trim(row, "#.") != "" {
				t.Errorf("%q: row %d is %q, want %d letters of # and .", r, i, row, len(g[0]))
			}
		}
		if r == 0xa0 || r == 0xad {
			continue
		}
		if other, twice := seen[g]; twice {
			t.Errorf("%q looks like %q", r, other)
		}
		seen[g] = r
	}
}

// Pictures drawn as rows are rectangles, and every letter has a colour.
func TestPicturesAreWhole(t *testing.T) {
	for name, rows := range pictures {
		for i, row := range rows {
			if len(row) != len(rows[0]) {
				t.Errorf("%s: row %d has %d letters, want %d", name, i, len(row), len(rows[0]))
			}
			for _, r := range row {
				if _, ok := inkOf[r]; !ok && r != '.' {
					t.Errorf("%s: row %d has the unknown letter %q", name, i, r)
				}
			}
		}
	}
}
