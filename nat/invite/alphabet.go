package invite

import "strings"

// alphabet is Crockford's base 32: no I, L, O, U.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// digit returns the value of a character; lower case counts as upper case, O as
// 0, I and L as 1.
func digit(r rune) (value byte, ok bool) {
	if 'a' <= r && r <= 'z' {
		r -= 'a' - 'A'
	}
	switch r {
	case 'O':
		r = '0'
	case 'I', 'L':
		r = '1'
	}
	i := strings.IndexRune(alphabet, r)
	return byte(i), i >= 0
}

// blank reports characters that chats, pages and fingers put into a text and
// that mean nothing.
func blank(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r', '\u00a0', '\u00ad', '\u200b', '\u2060', '\ufeff', '"', '\'', '`', '“', '”', '<', '>':
		return true
	}
	return false
}

// joint reports characters that stand between groups of letters.
func joint(r rune) bool {
	return r == '-' || r == '_' || r == '.' || r == '−' || '\u2010' <= r && r <= '\u2015'
}
