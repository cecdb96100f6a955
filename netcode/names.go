package netcode

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/visavis-netcode/visavis/netcode/internal/wire"
)

// maxNameRunes is the longest name that is shown.
const maxNameRunes = 16

// defaultName is the name of somebody who has said none. It tells nothing of him.
const defaultName = "Player"

// cleanName makes a name from a stranger fit to show: broken UTF-8, control,
// formatting and invisible characters go, spaces are single, the length is
// bounded.
func cleanName(name string) string {
	name = cleanText(name, maxNameRunes)
	if name == "" {
		return defaultName
	}
	return name
}

// cleanLine does the same for a line of chat, which is bounded in bytes.
func cleanLine(text string) string {
	text = cleanText(text, wire.MaxTextBytes)
	end := min(len(text), wire.MaxTextBytes)
	for end < len(text) && !utf8.RuneStart(text[end]) {
		end--
	}
	return strings.TrimRight(text[:end], " ")
}

// cleanText does the same for a line of at most maxRunes.
func cleanText(s string, maxRunes int) string {
	if len(s) > 4*maxRunes+64 { // do not walk what is thrown away
		s = s[:4*maxRunes+64]
	}
	var b strings.Builder
	n, space := 0, false
	for _, r := range norm.NFC.String(strings.ToValidUTF8(s, "")) {
		switch {
		case r == utf8.RuneError || unicode.IsControl(r) && !unicode.IsSpace(r) || invisible(r):
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
	return norm.NFC.String(b.String()) // what stood between two parts of a letter may be gone
}

// invisible reports whether a character has no look, or none that is agreed upon
// (Unicode Standard Annex 44: Default_Ignorable_Code_Point, private use).
func invisible(r rune) bool {
	const brailleBlank = '\u2800'
	return r == brailleBlank || unicode.In(r, unicode.Cf, unicode.Co, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// lookalikes are letters that are taken for others, in whatever script: pairs of
// a character and what it is read as. It is a short list of what is on keyboards;
// the whole one is Unicode Technical Standard 39.
var lookalikes = strings.NewReplacer(
	"0", "o", "O", "o", "1", "l", "I", "l", "i", "l", "|", "l", "!", "l", "ı", "l", "ł", "l", "Ł", "l",
	"ø", "o", "Ø", "o", "đ", "d", "Đ", "d", "ð", "d", "vv", "w", "rn", "m",
	// Cyrillic
	"А", "a", "а", "a", "В", "b", "в", "b", "Ь", "b", "ь", "b", "С", "c", "с", "c", "ԁ", "d", "Е", "e", "е", "e",
	"Н", "h", "н", "h", "һ", "h", "І", "l", "і", "l", "Ӏ", "l", "ӏ", "l", "Ј", "j", "ј", "j", "К", "k", "к", "k", "М", "m", "м", "m",
	"О", "o", "о", "o", "Р", "p", "р", "p", "ԛ", "q", "Ѕ", "s", "ѕ", "s", "Т", "t", "т", "t", "У", "y", "у", "y", "ԝ", "w",
	"Х", "x", "х", "x", "З", "3", "з", "3",
	// Greek
	"Α", "a", "α", "a", "Β", "b", "Ε", "e", "Ζ", "z", "Η", "h", "Ι", "l", "ι", "l", "Κ", "k", "κ", "k", "Μ", "m", "Ν", "n", "ν", "v",
	"Ο", "o", "ο", "o", "Ρ", "p", "ρ", "p", "Τ", "t", "τ", "t", "Υ", "y", "υ", "u", "Χ", "x", "χ", "x", "Ϲ", "c", "ϲ", "c",
)

// look is what a name looks like at a glance: names with the same look cannot be
// told apart. Case, accents, spaces and punctuation do not count.
func look(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(name) {
		if !unicode.In(r, unicode.M, unicode.Z) && (r == '!' || !unicode.IsPunct(r)) {
			b.WriteRune(r)
		}
	}
	seen := lookalikes.Replace(strings.ToLower(lookalikes.Replace(b.String())))
	if seen == "" {
		return name // of punctuation alone
	}
	return seen
}

// cutNumber takes "Ana 4" apart into "Ana" and 4; a name without a number is
// number 1 of itself.
func cutNumber(name string) (root string, number int) {
	at := strings.LastIndexByte(name, ' ')
	if at < 1 || len(name)-at > 4 {
		return name, 1
	}
	n, err := strconv.ParseUint(name[at+1:], 10, 16)
	if err != nil || n < 2 || name[at+1] == '0' {
		return name, 1
	}
	return name[:at], int(n)
}

// numbered is the name with a number behind it, cut so that both fit.
func numbered(root string, number int) string {
	suffix := " " + strconv.Itoa(number)
	runes := []rune(root)
	runes = runes[:min(len(runes), maxNameRunes-len(suffix))]
	return strings.TrimRight(string(runes), " ") + suffix
}

// seatName is the name of a machine's players that have none of their own: the
// first's, and the numbers after it.
func seatName(name string, seat int) string {
	if seat == 0 {
		return name
	}
	root, number := cutNumber(name)
	return numbered(root, number+seat)
}

// wishes are a member's players as it wants them shown: clean, and none without a
// name.
func wishes(said []wire.Player) []wire.Player {
	wanted := make([]wire.Player, len(said))
	first := cleanName(said[0].Name)
	for i, p := range said {
		wanted[i] = p
		if name := cleanText(p.Name, maxNameRunes); name != "" {
			wanted[i].Name = name
		} else {
			wanted[i].Name = seatName(first, i)
		}
	}
	return wanted
}

// seat gives a member's players the names that it wants, or with the first number
// with which none looks like that of anybody else. Who was here first keeps his name,
// and a name once given is kept until its owner wants another. It is the host's to
// say: all machines show the names of its roster.
func (r *roster) seat(m *member, said []wire.Player) {
	wanted := wishes(said)
	shown := append([]wire.Player(nil), wanted...)
	taken := map[string]bool{}
	for _, other := range r {
		if other != nil && other != m {
			for _, p := range other.Players {
				taken[look(p.Name)] = true
			}
		}
	}
	keeps := func(i int) bool {
		return i < min(len(m.wanted), len(m.Players)) && m.wanted[i].Name == wanted[i].Name
	}
	for i := range shown {
		if keeps(i) {
			shown[i].Name = m.Players[i].Name
			taken[look(shown[i].Name)] = true
		}
	}
	for i := range shown {
		if !keeps(i) {
			shown[i].Name = freeName(wanted[i].Name, taken)
			taken[look(shown[i].Name)] = true
		}
	}
	m.wanted = wanted
	m.show(shown)
}

// freeName is a name with the first number with which it is not taken.
func freeName(wanted string, taken map[string]bool) string {
	name := wanted
	root, _ := cutNumber(wanted)
	for number := 2; taken[look(name)]; number++ { // ends: there are at most 16 players
		name = numbered(root, number)
	}
	return name
}
