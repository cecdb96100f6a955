package screens

import (
	"strings"
	"unicode"

	"github.com/visavis-netcode/visavis/nat/invite"
)

// codeLike reports whether somebody who typed this meant a code: letters and
// digits in groups of four with dashes between, or about as many as a code has.
// Addresses have dots, colons or brackets; a machine's bare name that looks like
// a code can be told from one by its port.
func codeLike(text string) bool {
	text = strings.TrimSpace(text)
	if strings.ContainsAny(text, ".:#[]/@") {
		return false
	}
	groups := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	count, digits, four := 0, false, len(groups) > 1 && len(groups[0]) == 4
	for _, g := range groups {
		count += len(g)
		four = four && len(g) <= 4
		digits = digits || strings.ContainsFunc(g, unicode.IsDigit)
	}
	return four || digits && count >= invite.CodeLength-1 && count <= invite.CodeLength+1
}

// codeProblem says what is wrong with a code before anything of it is sent; ""
// if it is right, or no code at all.
func codeProblem(text string, canCode bool) string {
	if !codeLike(text) {
		return ""
	}
	if _, err := invite.ParseCode(text); err != nil {
		return err.Error()
	}
	if !canCode {
		return "This is a code. Codes need a rendezvous server: set the host's under Options, Network."
	}
	return ""
}

// tidy shows a code as the host sees it, K7QF-3MX9-TD4W, once all of it is
// there. Anything else stays as it was typed.
func tidy(text string) string {
	if !codeLike(text) {
		return text
	}
	if code, err := invite.ParseCode(text); err == nil {
		return code.String()
	}
	return text
}

// isCode reports whether text is a code without a mistake.
func isCode(text string) bool {
	_, err := invite.ParseCode(text)
	return err == nil && codeLike(text)
}
