package invite

import (
	"crypto/hmac"
	"crypto/sha256"
)

// RefusalLength is the length of a Refusal in bytes.
const RefusalLength = 1 + 16

// Refusal tells a guest that the invite with this secret is of no use any more:
// Expired or Closed. Only who knows the secret can write it, and only this guest
// takes it for one.
func Refusal(secret [8]byte, guest [16]byte, problem Problem) []byte {
	mac := hmac.New(sha256.New, secret[:])
	mac.Write([]byte("visavis refusal v1\x00"))
	mac.Write(guest[:])
	mac.Write([]byte{byte(problem)})
	return append([]byte{byte(problem)}, mac.Sum(nil)[:RefusalLength-1]...)
}

// ParseRefusal reads a Refusal that is meant for this guest. The result is nil if
// it is none, and otherwise says what the host says.
func ParseRefusal(b []byte, secret [8]byte, guest [16]byte) *Error {
	if len(b) != RefusalLength || !hmac.Equal(Refusal(secret, guest, Problem(b[0])), b) {
		return nil
	}
	switch Problem(b[0]) {
	case Expired:
		return &Error{Expired, "This invite has expired: ask the host for a new one."}
	case Closed:
		return &Error{Closed, "The host has taken this invite back: ask for the present one."}
	}
	return nil
}
