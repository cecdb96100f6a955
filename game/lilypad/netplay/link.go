package netplay

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/visavis-netcode/visavis/nat/invite"
)

// Link is the way into a lobby as one line of text, which a friend is sent:
//
//	lilypad:192.168.1.5:7777#FINGERPRINT
//	lilypad:K7QF-3MX9-TD4W@rendezvous.example.org:3478
//	lilypad:VvB2...                                     an invite
type Link struct {
	Address    string // what netcode.JoinLobby takes
	Rendezvous string // the server, host:port, that knows the code; "" for any other address
}

// linkScheme is what a link begins with, in any letters.
const linkScheme = "lilypad:"

// String is the link as it is sent.
func (l Link) String() string {
	if l.Rendezvous == "" {
		return linkScheme + l.Address
	}
	return linkScheme + l.Address + "@" + l.Rendezvous
}

// FindLink returns the first link in a text, whatever stands around it, and whether there is
// one. It may lead nowhere: only its form is looked at.
func FindLink(text string) (Link, bool) {
	for {
		at := indexScheme(text)
		if at < 0 {
			return Link{}, false
		}
		text = text[at+len(linkScheme):]
		rest := strings.TrimLeft(text, "/") // some programs make lilypad:// of it
		end := strings.IndexFunc(rest, func(r rune) bool { return !linkRune(r) })
		if end < 0 {
			end = len(rest)
		}
		if l := linkOf(strings.TrimRight(rest[:end], ".:")); l.Address != "" {
			return l, true
		}
	}
}

// indexScheme is where a link begins, or -1: not in the middle of another word.
func indexScheme(text string) int {
	for from := 0; from+len(linkScheme) <= len(text); from++ {
		if !strings.EqualFold(text[from:from+len(linkScheme)], linkScheme) {
			continue
		}
		if before, _ := utf8.DecodeLastRuneInString(text[:from]); from == 0 || !linkRune(before) {
			return from
		}
	}
	return -1
}

// linkOf takes a code and the server that knows it apart.
func linkOf(text string) Link {
	before, server, both := strings.Cut(text, "@")
	if code, err := invite.ParseCode(before); both && err == nil {
		return Link{code.String(), server}
	}
	return Link{Address: text}
}

// linkRune reports whether a letter may stand in a link: those of addresses and names of
// computers, codes and invites.
func linkRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(".-_:#@[]", r)
}
