package turn

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"syscall"
)

// sentence is an error that is written for players, and so like a sentence.
type sentence string

func (s sentence) Error() string { return string(s) }

func say(format string, args ...any) error { return sentence(fmt.Sprintf(format, args...)) }

// trouble says why a server gives no address.
func trouble(s Server, err error) error {
	var (
		unknown     *net.DNSError
		certificate *tls.CertificateVerificationError
		name        x509.HostnameError
		answer      answerError
	)
	switch {
	case errors.As(err, &answer):
		return s.answered(answer)
	case errors.Is(err, errNoAddress):
		return say("The TURN server %s gives an address that nobody can reach: its owner has to set its public address.", s)
	case errors.Is(err, errShort):
		return say("The TURN server %s gives an address for a few seconds only: its owner has to give it for longer.", s)
	case errors.As(err, &unknown):
		return say("The TURN server %s cannot be found: check its name and this computer's connection.", s)
	case errors.As(err, &certificate), errors.As(err, &name):
		return say("The TURN server %s does not prove that it is the one: its certificate is not valid for that name.", s)
	case errors.Is(err, errHandshake):
		return say("The TURN server %s does not speak TLS at that port: check the port, which is 5349 on most servers.", s)
	case errors.Is(err, errDial), s.Transport == UDP && errors.Is(err, syscall.ECONNREFUSED):
		return say("The TURN server %s cannot be reached: check its name and port, and this computer's connection.", s)
	case s.Transport != UDP:
		return say("Something at %s takes the connection but does not answer as a TURN server does: check its port.", s)
	}
	return say("The TURN server %s does not answer: this network may let no UDP out, and transport=tcp or transport=tls may help.", s)
}

// farthest is the error, of those at the addresses of one server, that tells most:
// where the server has answered, or else where a connection stood.
func farthest(errs []error) error {
	rank := func(err error) int {
		var answer answerError
		switch {
		case errors.As(err, &answer), errors.Is(err, errNoAddress), errors.Is(err, errShort):
			return 2
		case errors.Is(err, errDial):
			return 0
		}
		return 1
	}
	return slices.MaxFunc(errs, func(a, b error) int { return rank(a) - rank(b) })
}

// answered says what the code of an answer means. pion's server says 400 where
// others say 401.
func (s Server) answered(code answerError) error {
	switch code {
	case codeBadRequest, codeUnauthorized, codeForbidden, codeWrongCredentials:
		return say("The TURN server %s does not accept the user and the password: check both.", s)
	case codeQuota, codeNoCapacity:
		return say("The TURN server %s has no room for another player just now: try again later or name another server.", s)
	case codeTryAlternate:
		return say("The TURN server %s wants another one to be used: ask its owner which.", s)
	}
	return say("The TURN server %s refuses to give an address (error %d): ask its owner.", s, int(code))
}

func hungUp(s Server) error {
	return say("The TURN server %s does not answer any more: trying again.", s)
}
