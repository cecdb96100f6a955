package screens

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"
	"unicode"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
)

// lookup finds the machine that a name stands for, away from the game's loop.
// A code, an invite, or an address with a number in it, comes back as it is, at
// once.
type lookup struct {
	answer chan lookupAnswer // room for one; there is one
}

type lookupAnswer struct {
	address string
	err     error
}

const lookupTimeout = 5 * time.Second

func newLookup(address string) *lookup {
	l := &lookup{answer: make(chan lookupAnswer, 1)}
	if isCode(address) || isInvite(address) {
		l.answer <- lookupAnswer{address: address}
		return l
	}
	hostPort, fingerprint, pinned := strings.Cut(strings.TrimSpace(address), "#")
	if !strings.Contains(hostPort, ":") && hostPort != "" {
		hostPort += fmt.Sprintf(":%d", netplay.DefaultPort)
	}
	rest := ""
	if pinned {
		rest = "#" + fingerprint
	}
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil || host == "" || net.ParseIP(host) != nil {
		l.answer <- lookupAnswer{address: hostPort + rest} // netcode says what is wrong with it
		return l
	}
	if strings.ContainsFunc(host, func(r rune) bool { return !hostRune(r) }) {
		l.answer <- lookupAnswer{err: fmt.Errorf("%q is not an address: it should look like 192.168.1.5:7777", firstRunes(host, 60))}
		return l
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
		defer cancel()
		ips, err := net.DefaultResolver.LookupHost(ctx, host)
		if err != nil || len(ips) == 0 {
			l.answer <- lookupAnswer{err: fmt.Errorf("%q cannot be found: is the name spelt right, and is this machine online?", host)}
			return
		}
		l.answer <- lookupAnswer{address: net.JoinHostPort(ips[0], port) + rest}
	}()
	return l
}

// hostRune reports whether a letter may stand in the name of a machine.
func hostRune(r rune) bool {
	return r == '.' || r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// done returns the answer once it is there.
func (l *lookup) done() (lookupAnswer, bool) {
	select {
	case answer := <-l.answer:
		return answer, true
	default:
		return lookupAnswer{}, false
	}
}
