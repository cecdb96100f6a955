package turn

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/pion/logging"
	"github.com/pion/stun/v3"
)

// sentence is an error that is written for players, and so like a sentence.
type sentence string

func (s sentence) Error() string { return string(s) }

func say(format string, args ...any) error { return sentence(fmt.Sprintf(format, args...)) }

// cannotReach says why there is no way to a server.
func cannotReach(s Server, err error) error {
	var (
		unknown     *net.DNSError
		certificate *tls.CertificateVerificationError
		name        x509.HostnameError
	)
	switch {
	case errors.As(err, &unknown):
		return say("The TURN server %s cannot be found: check its name and this computer's connection.", s)
	case errors.As(err, &certificate), errors.As(err, &name):
		return say("The TURN server %s does not prove that it is the one: its certificate is not valid for that name.", s)
	case errors.Is(err, errHandshake):
		return say("The TURN server %s does not speak TLS at that port: check the port, which is 5349 on most servers.", s)
	}
	return say("The TURN server %s cannot be reached: check its name and port, and this computer's connection.", s)
}

// refused says why a server gives no address.
func refused(s Server, err error) error {
	var answer *stun.TurnError
	switch {
	case errors.As(err, &answer):
		return s.answered(answer.ErrorCodeAttr.Code)
	case errors.Is(err, errNoAddress):
		return say("The TURN server %s gives an address that nobody can reach: its owner has to set its public address.", s)
	case s.Transport != UDP:
		return say("Something at %s takes the connection but does not answer as a TURN server does: check its port.", s)
	case errors.Is(err, syscall.ECONNREFUSED):
		return cannotReach(s, err)
	}
	return say("The TURN server %s does not answer: this network may let no UDP out, and transport=tcp or transport=tls may help.", s)
}

// answered says what the code of an answer means (RFC 8656 section 19, RFC 8489
// section 14.8). pion's server says 400 where others say 401. The server's own words
// are left out: it may be a stranger's.
func (s Server) answered(code stun.ErrorCode) error {
	switch code {
	case stun.CodeBadRequest, stun.CodeUnauthorized, stun.CodeForbidden, stun.CodeWrongCredentials:
		return say("The TURN server %s does not accept the user and the password: check both.", s)
	case stun.CodeAllocQuotaReached, stun.CodeInsufficientCapacity:
		return say("The TURN server %s has no room for another player just now: try again later or name another server.", s)
	case stun.CodeTryAlternate:
		return say("The TURN server %s wants another one to be used: ask its owner which.", s)
	}
	return say("The TURN server %s refuses to give an address (error %d): ask its owner.", s, int(code))
}

func hungUp(s Server) error {
	return say("The TURN server %s does not answer any more: trying again.", s)
}

// silence is where pion/turn logs to. What it says means nothing to players, and
// what matters is seen by its errors.
type silence struct{}

func (silence) NewLogger(string) logging.LeveledLogger { return silence{} }
func (silence) Trace(string)                           {}
func (silence) Tracef(string, ...any)                  {}
func (silence) Debug(string)                           {}
func (silence) Debugf(string, ...any)                  {}
func (silence) Info(string)                            {}
func (silence) Infof(string, ...any)                   {}
func (silence) Warn(string)                            {}
func (silence) Warnf(string, ...any)                   {}
func (silence) Error(string)                           {}
func (silence) Errorf(string, ...any)                  {}
