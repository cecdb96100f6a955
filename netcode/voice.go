package netcode

import (
	"strings"
	"unicode"
)

// All that this package says to a player is in one voice: it begins small and ends without
// a full stop, as errors do in Go, so that a game may show it as it is, or put it behind a
// colon. What is meant for the developer begins with the package's name; a DesyncError and
// a Report are a few sentences. Package nat speaks in sentences of a report.

// voiced is what package nat says, in this package's voice. A second sentence follows a
// semicolon.
func voiced(words string) string {
	sentences := strings.Split(strings.TrimSuffix(words, "."), ". ")
	for i, s := range sentences {
		if letters := []rune(s); len(letters) > 1 && unicode.IsUpper(letters[0]) && !unicode.IsUpper(letters[1]) { // not UDP
			letters[0] = unicode.ToLower(letters[0])
			sentences[i] = string(letters)
		}
	}
	return strings.Join(sentences, "; ")
}

// voicedError is an error of package nat that is handed on.
type voicedError struct{ err error }

func (e *voicedError) Error() string { return voiced(e.err.Error()) }
func (e *voicedError) Unwrap() error { return e.err }
