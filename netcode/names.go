package netcode

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxNameRunes is the longest name that is shown.
const maxNameRunes = 16

// cleanName makes a name from a stranger fit to show: broken UTF-8, control
// and formatting characters go, spaces are single, the length is bounded.
func cleanName(name string) string {
	name = cleanText(name, maxNameRunes)
	if name == "" {
		return "somebody"
	}
	return name
}

// cleanText does the same for a line of at most maxRunes.
func cleanText(s string, maxRunes int) string {
	if len(s) > 4*maxRunes+64 { // do not walk what is thrown away
		s = s[:4*maxRunes+64]
	}
	var b strings.Builder
	n, space := 0, false
	for _, r := range strings.ToValidUTF8(s, "") {
		switch {
		case r == utf8.RuneError || unicode.IsControl(r) && !unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r):
			continue
		case unicode.IsSpace(r):
			space = n > 0
			continue
		}
		if n++; n > maxRunes {
			break
		}
		if space && n < maxRunes {
			b.WriteByte(' ')
			n++
		}
		space = false
		b.WriteRune(r)
	}
	return b.String()
}
