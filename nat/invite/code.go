package invite

import (
	"encoding/binary"
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"
)

// CodeLength is the number of characters of a code, without its dashes.
const CodeLength = 12

// codeBits is what the first 11 characters hold.
const codeBits = 5 * (CodeLength - 1)

// Code is a short code: 55 random bits. Codes can be compared with ==. The zero
// value is a code that everybody can guess.
type Code struct{ bits uint64 }

// NewCode draws a code; random is crypto/rand.Reader outside of tests. The
// error is that of random.
func NewCode(random io.Reader) (Code, error) {
	var b [8]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return Code{}, fmt.Errorf("invite: no random numbers for a code: %w", err)
	}
	return Code{binary.BigEndian.Uint64(b[:]) >> (64 - codeBits)}, nil
}

// String is the code as it is shown: K7QF-3MX9-TD4W.
func (c Code) String() string {
	text := make([]byte, 0, CodeLength+2)
	var sum checksum
	for i := range CodeLength {
		if i == 4 || i == 8 {
			text = append(text, '-')
		}
		value := sum.last()
		if i < CodeLength-1 {
			value = byte(c.bits>>(codeBits-5*(i+1))) & 31
		}
		sum.add(value)
		text = append(text, alphabet[value])
	}
	return string(text)
}

// ParseCode reads what a player typed or pasted: upper or lower case, with or
// without dashes and spaces. The error is an *Error with a sentence for the
// player.
func ParseCode(text string) (Code, error) {
	if len(text) > maxText {
		return Code{}, &Error{Length, "This text is far too long for a code: a code has 12 letters and digits, such as K7QF-3MX9-TD4W."}
	}
	var values [CodeLength]byte
	var sum checksum
	count := 0
	for _, r := range text {
		if blank(r) || joint(r) {
			continue
		}
		value, ok := digit(r)
		if !ok {
			return Code{}, wrongCharacter(r)
		}
		if count < CodeLength {
			values[count] = value
			sum.add(value)
		}
		count++
	}
	switch {
	case count == 0:
		return Code{}, &Error{Empty, "Type the code that the host sees: 12 letters and digits, such as K7QF-3MX9-TD4W."}
	case count < CodeLength:
		return Code{}, &Error{Length, fmt.Sprintf("This code is too short: it has %d of 12 characters.", count)}
	case count > CodeLength:
		return Code{}, &Error{Length, fmt.Sprintf("This code is too long: it has %d characters instead of 12.", count)}
	case !sum.valid():
		return Code{}, &Error{Check, "This code has a wrong character or two that are swapped: compare it with the host's."}
	}
	var c Code
	for _, value := range values[:CodeLength-1] {
		c.bits = c.bits<<5 | uint64(value)
	}
	return c, nil
}

func wrongCharacter(r rune) *Error {
	switch {
	case r == 'u' || r == 'U':
		return &Error{Character, "No code contains the letter U: it may be a V."}
	case r == utf8.RuneError || !unicode.IsPrint(r):
		return &Error{Character, "This contains something that is no letter and no digit: type the code by hand."}
	}
	return &Error{Character, fmt.Sprintf("No code contains the character %c: a code has 12 letters and digits, such as K7QF-3MX9-TD4W.", r)}
}

// checksum is a weighted sum in the field of 32 elements (polynomial x^5+x^2+1):
// character i weighs x^(11-i), and a valid code sums up to checkTarget. No
// weight is 0, so one wrong character always shows; all differ, so two
// characters that changed places always show, neighbours or not.
type checksum byte

// checkTarget makes K7QF-3MX9-TD4W, the example that players are shown, a code,
// and keeps 0000-0000-0000 from being one.
const checkTarget = 19

func (s *checksum) add(value byte) { *s = s.shifted() ^ checksum(value) }

// shifted is s times x.
func (s checksum) shifted() checksum {
	s <<= 1
	if s&32 != 0 {
		s ^= 0b100101
	}
	return s
}

// last is the check character after the first eleven.
func (s checksum) last() byte { return byte(s.shifted()) ^ checkTarget }

func (s checksum) valid() bool { return s == checkTarget }
