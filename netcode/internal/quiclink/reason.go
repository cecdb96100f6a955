package quiclink

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/quic-go/quic-go"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
)

// leaving is what the other side hears when the endpoint is closed.
const leaving = "the player left the game"

// clean makes a reason fit to be shown: printable, on one line, at most
// maxReasonBytes long.
func clean(reason string) string {
	reason = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError || !unicode.IsPrint(r):
			return -1
		}
		return r
	}, reason)
	if len(reason) <= maxReasonBytes {
		return reason
	}
	end := maxReasonBytes
	for !utf8.RuneStart(reason[end]) {
		end--
	}
	return reason[:end]
}

func closed(code link.Code, format string, args ...any) *link.CloseError {
	return &link.CloseError{Code: code, Reason: clean(fmt.Sprintf(format, args...))}
}

// TLS alerts that mean something to a player, as QUIC transport errors (RFC
// 9001 section 4.8).
const (
	alertBadCertificate = 0x100 + 42
	alertInternal       = 0x100 + 80
	alertNoProtocol     = 0x100 + 120
	cryptoErrors        = 0x100
	lastCryptoError     = 0x1ff
)

// explain says in words for the player why a connection to addr is over.
// established tells whether there ever was one; sendError is why the latest
// packet did not leave this computer, if it did not.
func explain(err error, addr fmt.Stringer, established bool, sendError error) *link.CloseError {
	var (
		application *quic.ApplicationError
		transport   *quic.TransportError
		idle        *quic.IdleTimeoutError
		handshake   *quic.HandshakeTimeoutError
		reset       *quic.StatelessResetError
		version     *quic.VersionNegotiationError
	)
	for _, refusal := range []error{errWrongKey, errSelf, errNotKey} {
		if errors.Is(err, refusal) {
			return closed(link.CodeRefused, "%v", refusal)
		}
	}
	switch {
	case errors.Is(err, errFrame):
		return closed(link.CodeProtocol, "%v", errFrame)
	case errors.As(err, &application):
		return applicationClosed(application)
	case errors.As(err, &reset):
		return closed(link.CodeLost, "the game at %v was restarted", addr)
	case errors.As(err, &version):
		return closed(link.CodeRefused, "somebody answers at %v, but not this game", addr)
	case errors.As(err, &idle), errors.As(err, &handshake), errors.Is(err, context.DeadlineExceeded):
		switch {
		case established:
			return closed(link.CodeLost, "the connection to %v was lost: nothing was heard for %v", addr, idleTimeout)
		case sendError != nil:
			unsent := closed(link.CodeLost, "%v cannot be reached from this computer (%v): is the network up?", addr, rootCause(sendError))
			unsent.Unsent = true
			return unsent
		}
		return closed(link.CodeLost, "nobody answered at %v: is the address right and the port open?", addr)
	case errors.As(err, &transport):
		return transportClosed(transport, addr)
	case errors.Is(err, quic.ErrTransportClosed), errors.Is(err, context.Canceled):
		return closed(link.CodeLeft, "the game closed the connection")
	}
	return closed(link.CodeLost, "the connection to %v broke: %v", addr, err)
}

func applicationClosed(err *quic.ApplicationError) *link.CloseError {
	e := &link.CloseError{Code: link.CodeProtocol, Reason: clean(err.ErrorMessage), Remote: err.Remote}
	if err.ErrorCode <= 1<<32-1 {
		e.Code = link.Code(err.ErrorCode)
	}
	if e.Reason == "" {
		e.Reason = "the other side closed the connection"
	}
	return e
}

func transportClosed(err *quic.TransportError, addr fmt.Stringer) *link.CloseError {
	var e *link.CloseError
	switch code := err.ErrorCode; {
	case err.Remote && (code == quic.ConnectionRefused || code == quic.ApplicationErrorErrorCode):
		// Nothing can be said before the handshake is complete (RFC 9000 section
		// 10.2.3), and these are for whoever has to make room: see guard.
		e = closed(link.CodeBusy, "%v takes nobody just now, because many are knocking there or the game is being closed: try again in a moment", addr)
	case code == alertInternal && err.Remote: // see greetable
		e = closed(link.CodeLeft, "the game at %v is being closed", addr)
	case code == alertNoProtocol:
		e = closed(link.CodeRefused, "what answers at %v is another version of the game, or no game at all: get the newest version on both sides", addr)
	case code == alertBadCertificate && err.Remote:
		e = closed(link.CodeRefused, "the game at %v does not accept this player's key", addr)
	case code >= cryptoErrors && code <= lastCryptoError:
		e = closed(link.CodeRefused, "no secure connection with %v: %v", addr, err)
	default:
		e = closed(link.CodeProtocol, "the connection to %v broke off: %v", addr, err)
	}
	e.Remote = err.Remote
	return e
}

// rootCause returns the innermost error: "network is unreachable", without the
// names of system calls and addresses around it.
func rootCause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
