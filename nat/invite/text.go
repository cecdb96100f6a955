package invite

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"strconv"
	"strings"
)

// maxText is the longest text that is looked at at all: four times the longest
// invite, for what chats put around and into it.
const maxText = 1024

var crockford = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

// plain64 refuses texts whose unused last bits are set, so that each message
// has one text only.
var plain64 = base64.RawURLEncoding.Strict()

func text64(b []byte) string { return plain64.EncodeToString(b) }

func letters(b []byte) string { return crockford.EncodeToString(b) }

// decodeText reads a text of either form into a message of the wanted kind,
// whose length and CRC are right.
func decodeText(text string, want uint16) ([]byte, error) {
	what, other := "an invite", "a reply"
	if want == magicReply {
		what, other = other, what
	}
	if len(text) > maxText {
		return nil, &Error{Length, "This text is far too long for " + what + ": copy only the code itself."}
	}
	text = strings.Map(func(r rune) rune {
		if blank(r) {
			return -1
		}
		return r
	}, text)
	if text == "" {
		return nil, &Error{Empty, "There is no text here: copy " + what + " and paste it."}
	}
	if _, err := ParseCode(text); err == nil {
		return nil, &Error{Kind, "This is a short code, not " + what + ": enter it where codes are entered."}
	}
	var b []byte
	ok := false
	if strings.HasPrefix(text, "Vv") {
		var err error
		b, err = plain64.DecodeString(text)
		if ok = err == nil; !ok && len(text) > 2*CodeLength {
			return nil, &Error{Character, "A character of the text is wrong: copy all of it again, from its beginning Vv to its end."}
		}
	} else {
		b, ok = fromLetters(text)
	}
	switch {
	case !ok || len(b) < 2 || binary.BigEndian.Uint16(b)&^0xf != magicAll:
		return nil, &Error{Character, "This is not " + what + ": copy the whole text, from its beginning Vv to its end."}
	case len(b) < headBytes+crcBytes:
		return nil, &Error{Length, "A part of the text is missing: copy all of it."}
	case len(b) > maxMessage:
		return nil, &Error{Length, "The text is longer than " + what + " can be: copy only the code itself."}
	}
	body := b[:len(b)-crcBytes]
	if crc32.ChecksumIEEE(body) != binary.BigEndian.Uint32(b[len(body):]) {
		return nil, &Error{Check, "A part of the text is missing or wrong: copy all of it again."}
	}
	switch magic := binary.BigEndian.Uint16(b); {
	case magic == want:
		return b, nil
	case want == magicInvite && magic == magicReply:
		return nil, &Error{Kind, "This is a reply: it goes to the host. What you need is the host's invite."}
	case magic == magicInvite:
		return nil, &Error{Kind, "This is an invite: your guest pastes it. What you need is your guest's reply."}
	}
	return nil, &Error{Version, "This was made by another version of the game: both sides need the same one."}
}

// IsInvite reports whether a text that a player has entered is meant as an invite
// or a reply, rather than as a code or an address: Parse then says whether it is
// one.
func IsInvite(text string) bool {
	if _, err := ParseCode(text); err == nil {
		return false
	}
	// A colon stands before the port of an address, but may also be a slip.
	_, port, colon := strings.Cut(text, ":")
	if _, err := strconv.ParseUint(port, 10, 16); colon && (err == nil || !strings.HasPrefix(text, "Vv")) {
		return false
	}
	count, first := 0, ""
	for _, r := range text {
		if blank(r) {
			continue
		}
		if count++; count <= 2 {
			first += string(r)
		}
	}
	if colon {
		return count > 2*CodeLength && !strings.Contains(text, ".")
	}
	return first == "Vv" || count > 2*CodeLength && !strings.Contains(text, ".")
}

// fromLetters reads Crockford's letters, with dashes or without.
func fromLetters(text string) ([]byte, bool) {
	folded := make([]byte, 0, len(text))
	for _, r := range text {
		if joint(r) {
			continue
		}
		value, ok := digit(r)
		if !ok {
			return nil, false
		}
		folded = append(folded, alphabet[value])
	}
	b, err := crockford.DecodeString(string(folded))
	if err != nil || letters(b) != string(folded) { // the second: unused last bits set
		return nil, false
	}
	return b, true
}
