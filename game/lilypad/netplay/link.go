package netplay

import (
	"strings"

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

// maxLinkLetters is more than any address, code with its server or invite has.
const maxLinkLetters = 1000

// FindLink returns the first link in a text, whatever stands around it, and whether there is
// one. It may lead nowhere: only its form is looked at.
func FindLink(text string) (Link, bool) {
	for {
		at := indexScheme(text)
		if at < 0 {
			return Link{}, false
		}
		text = strings.TrimLeft(text[at+len(linkScheme):], "/") // some programs make lilypad:// of it
		end := strings.IndexFunc(text, func(r rune) bool { return !linkRune(r) })
		if end < 0 {
			end = len(text)
		}
		if end <= maxLinkLetters {
			if l := linkOf(withoutTail(text[:end])); l.Address != "" {
				return l, true
			}
		}
		text = text[end:]
	}
}

// indexScheme is where a link begins, or -1: not in the middle of another word.
func indexScheme(text string) int {
	for from := 0; from+len(linkScheme) <= len(text); from++ {
		if strings.EqualFold(text[from:from+len(linkScheme)], linkScheme) && (from == 0 || !letterOrDigit(rune(text[from-1]))) {
			return from
		}
	}
	return -1
}

// withoutTail is a link without what ends the sentence or closes what stands around it. A #
// stays: who pastes half a link is told so, and does not go where nobody is pinned.
func withoutTail(text string) string {
	for {
		tail := ".:"
		if strings.ContainsAny(text, ".:@#") {
			tail += "-_" // an invite may end so, and nothing else
		}
		if strings.Count(text, "]") > strings.Count(text, "[") {
			tail += "]"
		}
		if !strings.ContainsAny(text[max(0, len(text)-1):], tail) {
			return text
		}
		text = text[:len(text)-1]
	}
}

// linkOf takes a code and the server that knows it apart.
func linkOf(text string) Link {
	before, server, both := strings.Cut(text, "@")
	if code, err := invite.ParseCode(before); both && err == nil {
		return Link{code.String(), withoutTail(server)}
	}
	return Link{Address: text}
}

// linkRune reports whether a letter may stand in a link: those of addresses and names of
// computers, codes and invites. Others belong to the sentence: not all languages part words.
func linkRune(r rune) bool { return letterOrDigit(r) || strings.ContainsRune(".-_:#@[]", r) }

func letterOrDigit(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}
